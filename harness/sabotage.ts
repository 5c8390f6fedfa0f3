/** Positive controls: each must turn the verdict to `fail`, and for its own reason. A harness that cannot fail proves nothing. */
import { InfraError } from '../results/errors.ts';
import type { History } from '../results/history.ts';
import type { Tolerance } from '../results/model.ts';
import { crash } from '../suites/faults/panic.ts';
import { BLOCKS } from '../suites/probes/storage.ts';
import type { Profile } from '../suites/profiles.ts';
import type { Action, SuitePlan } from '../suites/suite.ts';
import type { Site } from '../targets/target.ts';
import { flipBit, tamper } from './tamper.ts';

export interface SabotageContext {
  readonly site: Site;
  readonly history: History;
  readonly trial: string;
  /** the highest acknowledged sequence number of a machine */
  readonly acknowledged: (machine: string) => number;
}

export interface Sabotage {
  readonly summary: string;
  /** the suite it is tried on when none is named */
  readonly suite: string;
  /** the objectives of which at least one must fail for the control to have worked */
  readonly expects: readonly string[];
  /** changes what the suite does */
  readonly plan?: (plan: SuitePlan, profile: Profile) => SuitePlan;
  readonly tolerance?: (tolerance: Tolerance) => Tolerance;
  /** done in the middle of the storm */
  readonly during?: (context: SabotageContext) => Promise<void>;
  /** done at the end of the storm, and undone once recovery has been given up */
  readonly linger?: (context: SabotageContext) => Promise<() => Promise<void>>;
  /** done before the data check */
  readonly beforeCheck?: (context: SabotageContext) => Promise<void>;
}

/**
 * Beyond twice the hung-task timeout the kernel's check must have come by twice (kernel/hung_task.c: it looks once per timeout, and must see the
 * same task twice). With the quick profile's 10 s this ends well before TCP's retransmission 25.4 s after the cut (200 ms, doubled each time):
 * a link that comes back just after a retransmission was lost stays silent for as long again, and the control would fail for another reason too.
 */
const HUNG_FACTOR = 2.2;
/** A recovery that will not come need not be waited for as long as a real one. */
const NO_RECOVERY_LIMIT_S = 12;
/** In the content of a block's fourth sector, far from any header. */
const FLIPPED_BIT = 2000 * 8;

export const SABOTAGES = {
  panic: {
    summary: 'the kernel is made to panic in the middle of the storm (sysrq c)',
    suite: 'ipv6-flood/udp-66',
    expects: ['no_crash'],
    during: async (context) => {
      const machine = firstMachine(context.site);
      record(context, 'panic', machine.name, 'begin', 'echo c > /proc/sysrq-trigger');
      await crash(machine);
      record(context, 'panic', machine.name, 'end');
    },
  },
  'hung-task': {
    summary: 'the storage network stays cut for longer than the hung-task timeout',
    suite: 'storage-cutoff/cut',
    expects: ['no_hang'],
    plan: (plan, profile) => ({
      ...plan,
      schedule: plan.schedule.flatMap((action, index): Action[] => {
        if (action.kind !== 'fault') return [action];
        const first = plan.schedule.findIndex(({ kind }) => kind === 'fault') === index;
        return first ? [{ ...action, for_s: Math.ceil(profile.hungTaskTimeout_s * HUNG_FACTOR) }] : [];
      }),
    }),
  },
  'no-recovery': {
    summary: 'the front network stays cut after the storm',
    suite: 'storage-cutoff/cut',
    expects: ['network_recovery_s'],
    tolerance: (tolerance) => ({ ...tolerance, limit_s: Math.min(tolerance.limit_s, NO_RECOVERY_LIMIT_S) }),
    linger: async (context) => {
      record(context, 'no-recovery', 'front', 'begin', 'the front link is cut and stays so');
      await context.site.networks.front.cut();
      return () => context.site.networks.front.restore();
    },
  },
  corruption: {
    summary: 'one bit of an acknowledged block is flipped on the tail',
    suite: 'io-storm',
    expects: ['no_data_loss'],
    beforeCheck: async (context) => {
      const machine = firstMachine(context.site);
      const last = context.acknowledged(machine.name);
      // in the middle of what stands there still: in a long run the oldest blocks have been written over
      const seq = last - Math.floor(Math.min(last, BLOCKS.slots) / 2);
      if (seq < 0) throw new InfraError(`${machine.name} has acknowledged no block that could be changed`);
      const { backing } = context.site.tailOf(machine.name);
      if (backing === undefined) throw new InfraError('the disk is in the memory of its tail, where nobody can flip a bit of it');
      const block = { tenant: machine.name, slot: seq % BLOCKS.slots, seq };
      const { offset } = tamper(backing, block, flipBit(FLIPPED_BIT));
      const byte = offset + (FLIPPED_BIT >> 3);
      record(
        context,
        'corruption',
        machine.name,
        'begin',
        `one bit at byte ${byte} of the tail's disk, in block ${seq} of ${machine.name}`,
      );
    },
  },
} as const satisfies Record<string, Sabotage>;

export type SabotageName = keyof typeof SABOTAGES;

function firstMachine(site: Site) {
  const [machine] = site.machines.values();
  if (machine === undefined) throw new Error('a site without machines cannot be sabotaged');
  return machine;
}

function record({ history, trial }: SabotageContext, name: string, on: string, state: 'begin' | 'end', detail?: string): void {
  history.write(trial, { k: 'action', what: 'sabotage', name, on, state, ...(detail === undefined ? {} : { detail }) });
}
