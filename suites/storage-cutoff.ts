/**
 * Storage cut-off: storage goes away under tenants while they write to a journalled file system, and comes back. A case for each way in which it
 * can go, and for who attaches the disk. Outages that are shorter than the hung-task timeout must leave no hung task behind; longer ones must not
 * be survived by chance: what hangs is then told, and no failure.
 */
import { UsageError } from '../results/errors.ts';
import type { Objective } from '../results/model.ts';
import type { DiskSpec, MachineSpec, TailPlan } from '../targets/target.ts';
import { emptyHeadOf, type HostClass, isLarge } from './classes.ts';
import { ATTACHMENTS, type Attachment, OUTAGES, type Outage, type OutageName } from './cutoff/outages.ts';
import { commonObjectives } from './objectives.ts';
import type { Profile } from './profiles.ts';
import { DISK_MiB } from './storage-settings.ts';
import type { Action, Suite } from './suite.ts';

const TENANTS = ['tenant1', 'tenant2'] as const;
const PROBES = ['network', 'storage', 'management'] as const;
/** writers run this long before the first outage */
const LEAD_S = 3;
const WHO: Readonly<Record<Attachment, string>> = { qemu: 'QEMU attaches the disks', kernel: "the tenants' kernels attach the disks" };
/** A tenant's ordinary work. */
const STEADY = { pattern: 'write', block_bytes: 16_384, depth: 1, fsync_every: 8, size_MiB: 32, pause_ms: 25 } as const;
/** What a host writes to memory for its own work meanwhile. */
const TOUCHED_MiB = 512;
const MOST_DIRTY_MiB = 2048;
/** An emulated host dirties so much of its memory in a second. */
const DIRTIED_MiB_PER_S = 60;
/** So long after storage is gone all of it is to be written: whoever wants that waits, and is reported where it is too long. */
const SYNC_AFTER_S = 1;
/** `cut` is of disks that QEMU attaches, `cut/kernel` of those that the tenants' kernels attach. */
const DEFAULT_CASE = 'cut';

interface Case {
  readonly outage: Outage;
  readonly attach: Attachment;
  /** gigabytes are written before it, and none of that is on the disk yet */
  readonly dirty?: true;
}

const DIRTY = 'cut/dirty';

const CASES: ReadonlyMap<string, Case> = new Map([
  ...(Object.keys(OUTAGES) as OutageName[]).flatMap((name) =>
    ATTACHMENTS.filter((attach) => attach in OUTAGES[name].hosts).map((attach): [string, Case] => [
      attach === 'qemu' ? name : `${name}/${attach}`,
      { outage: OUTAGES[name], attach },
    ]),
  ),
  [DIRTY, { outage: OUTAGES.cut, attach: 'kernel', dirty: true }] as [string, Case],
]);

const USUAL: Readonly<Record<Profile['cutoffs'], readonly string[]>> = {
  few: ['cut', 'cut/kernel'],
  many: [
    ...['cut', 'cut/kernel', 'pause', 'pause/kernel', 'flap', 'collapse/kernel', 'slow', 'impaired/kernel', 'competing/kernel'],
    ...['killed', 'power-cut', 'power-cut/kernel', 'failover', 'idle-connections', 'eio/kernel', 'eio-some'],
  ],
  all: [...CASES.keys()],
};

export const storageCutoff: Suite = {
  name: 'storage-cutoff',
  summary: 'storage goes away while tenants write, and comes back; a case for each way',
  seat: 'tenant',
  cases: {
    all: Object.fromEntries(
      [...CASES].map(([name, { outage, attach, dirty }]) => [
        name,
        `${outage.summary} (${WHO[attach]}${dirty ? ', with much still to be written' : ''})`,
      ]),
    ),
    usual: ({ cutoffs }) => USUAL[cutoffs],
  },
  plan(size, profile, _seed, name = DEFAULT_CASE) {
    const found = CASES.get(name);
    if (found === undefined) throw new UsageError(`storage-cutoff has no case "${name}"`);
    const { outage, attach, dirty } = found;
    const dirty_MiB = dirty === undefined ? 0 : dirtyOf_MiB(size);
    const { outages, end_s } = outagesOf(found, profile, dirty_MiB);
    // what is told of errors gives up: there the probes are the only writers
    const hosts = hostsOf(size, diskOf(found, profile, dirty_MiB), dirty_MiB);
    const names = hosts.map(({ name: each }) => each);
    const writing = outage.hosts[attach] === 'lives' ? names : [];
    const writers = writing.map(
      (machine): Action => ({
        at_s: 0,
        // the writers' time is up when the last outage ends: what they still hold then is written as soon as the kernel can
        for_s: end_s,
        kind: 'load',
        on: { machine },
        ...(dirty === undefined
          ? ({ engine: 'fio', params: STEADY } as const)
          : ({
              engine: 'memory-work',
              params: { work: 'dirty-pages', args: [String(dirty_MiB), String((outages[0]?.at_s ?? 0) + SYNC_AFTER_S)] },
            } as const)),
      }),
    );
    return {
      topology: {
        machines: hosts,
        storeRate_bps: size.storeRate_bps,
        tails: { log: true, ...failingOf(outage, names, size.storeRate_bps) },
      },
      probes: Object.fromEntries(names.map((each) => [each, PROBES])),
      schedule: [
        ...writers,
        ...outages.flatMap(({ at_s, for_s }) =>
          outage.faults(names, size.storeRate_bps).map((fault) => ({ ...fault, at_s, for_s }) as Action),
        ),
      ],
      objectives: [
        ...objectivesOf(found, profile, outages),
        ...proofsOf(outage, names, outages),
        ...(dirty === undefined ? [] : names.map((machine) => dirtyProof(machine, dirty_MiB))),
      ],
      ...(outage.hosts[attach] === 'lives' ? { outageObjectives: searchObjectivesOf(outage, names, profile) } : {}),
    };
  },
};

/**
 * Two tenants, as a cut at a tail hits several at once. A host whose size matters is itself what loses its disk, and empty, so that its dirty limits are
 * those of all its memory.
 */
function hostsOf(size: HostClass, disk: DiskSpec, dirty_MiB: number): MachineSpec[] {
  if (isLarge(size)) return [{ ...emptyHeadOf(size), touched_MiB: TOUCHED_MiB + dirty_MiB, disk }];
  return TENANTS.map((name) => ({ name, seat: 'tenant', ...size.tenant, disk }));
}

/** Some servers must be told when they start with what they will fail. */
function failingOf(outage: Outage, machines: readonly string[], link_bps: number): Pick<TailPlan, 'failing'> {
  const errors = outage
    .faults(machines, link_bps)
    .flatMap((fault) => (fault.fault === 'tail' && fault.params.kind === 'error' ? [fault.params] : []));
  return errors[0] === undefined ? {} : { failing: { errno: errors[0].errno, share: errors[0].share } };
}

/**
 * A kernel that has lost its only connection with requests on their way holds these for ever, unless it was given a timeout (drivers/block/nbd.c,
 * nbd_xmit_timeout()). Where connections are lost it has one, well below what is called hung; `--nbd timeout=0` takes it away.
 */
function diskOf({ outage, attach }: Case, { hungTaskTimeout_s }: Profile, dirty_MiB: number): DiskSpec {
  const disk = { attach, size_MiB: DISK_MiB + 2 * dirty_MiB };
  return attach === 'kernel' && outage.hosts.kernel === 'errs' ? { ...disk, nbd: { timeout_s: Math.ceil(hungTaskTimeout_s / 3) } } : disk;
}

/** Well below what any kernel writes by itself: a tenth of its memory (vm.dirty_background_ratio). */
const dirtyOf_MiB = (size: HostClass): number =>
  Math.min(MOST_DIRTY_MiB, Math.floor((isLarge(size) ? size.memory_MiB : size.tenant.memory_MiB) / 20));

/** Half of it was still to be written at a time: it is written in no order of ours. */
const dirtyProof = (machine: string, dirty_MiB: number): Objective => ({
  kind: 'effect',
  name: `${machine}_was_dirty`,
  evidence: { of: 'peak', machine, counter: 'nr_dirty', atLeast: (dirty_MiB * PAGES_PER_MiB) / 2 },
});
const PAGES_PER_MiB = 256;

interface Times {
  readonly at_s: number;
  readonly for_s: number;
}

/** The profile's, one after the other; of a host that does not live through the first there is nothing to be learnt from more. */
function outagesOf(
  { outage, attach, dirty }: Case,
  { outages_s, betweenOutages_s }: Profile,
  dirty_MiB: number,
): { outages: readonly Times[]; end_s: number } {
  // what is written before it is written once
  const lengths = outage.hosts[attach] === 'lives' && dirty === undefined ? outages_s : [Math.max(...outages_s)];
  const outages: Times[] = [];
  let at_s = LEAD_S + Math.ceil(dirty_MiB / DIRTIED_MiB_PER_S);
  let end_s = at_s;
  for (const for_s of lengths) {
    outages.push({ at_s, for_s });
    end_s = at_s + for_s;
    // TCP's backoff after an outage is as long as the outage was
    at_s = end_s + Math.max(betweenOutages_s, for_s);
  }
  return { outages, end_s };
}

function objectivesOf({ outage, attach, dirty }: Case, profile: Profile, outages: readonly Times[]): Objective[] {
  const mayFail = outage.hosts[attach] === 'errs' ? (['storage'] as const) : [];
  return commonObjectives(profile, PROBES, {
    mayFail,
    mayHang: dirty !== undefined || outages.some(({ for_s }) => for_s >= profile.hungTaskTimeout_s),
  });
}

/** Where it is searched for the outage that is too long, it is to be found: a host must come through that after a reset, alive and with its data. */
function searchObjectivesOf(outage: Outage, machines: readonly string[], profile: Profile): Objective[] {
  const common = commonObjectives(profile, PROBES, { mayFail: ['storage'], mayHang: true });
  return [...common, ...proofsOf(outage, machines, [{ at_s: 0, for_s: profile.outageSearch.least_s }])];
}

function proofsOf({ proof }: Outage, machines: readonly string[], outages: readonly Times[]): Objective[] {
  const longest_s = Math.max(...outages.map(({ for_s }) => for_s));
  return machines.map((machine) => ({
    kind: 'effect',
    name: `${machine}_was_cut_off`,
    evidence:
      'figure' in proof
        ? { of: 'fault', on: machine, figure: proof.figure, atLeast: proof.atLeast }
        : { of: 'stall', probe: 'storage', machine, atLeast: proof.leastStall_s(longest_s) },
  }));
}
