/** The last resort, as on a real host. Whether it helps is recorded, and given back; that it was needed is a failure already. */
import { setTimeout as sleep } from 'node:timers/promises';
import { explain, InfraError } from '../results/errors.ts';
import type { History } from '../results/history.ts';
import type { Profile } from '../suites/profiles.ts';
import type { Machine } from '../targets/target.ts';
import { mountFileSystem } from './data.ts';
import type { Monitor } from './monitor.ts';
import type { PanicDumps } from './panic-dumps.ts';

const POLL_MS = 100;

export interface ResetContext {
  readonly history: History;
  readonly trial: string;
  readonly monitor: Monitor;
  readonly profile: Profile;
  readonly dumps: PanicDumps;
  /** sets the machine up again as it was, its probes among it */
  readonly setUp: (machine: Machine) => Promise<void>;
  readonly isSteady: (from: number) => boolean;
  readonly steadyWithin_s: number;
  readonly signal: AbortSignal;
}

/** Resets a machine and waits until it is steady; false where it does not come back. Throws the signal's reason. */
export async function resetMachine(machine: Machine, context: ResetContext): Promise<boolean> {
  const { history, trial, monitor, profile, isSteady, steadyWithin_s, signal } = context;
  const tell = (state: 'begin' | 'end' | 'failed', told: { detail?: string } = {}) =>
    history.write(trial, { k: 'action', what: 'reset', name: 'reset', on: machine.name, state, ...told });
  const recovered = (how: 'after reset' | 'not recovered') => history.write(trial, { k: 'recovered', machine: machine.name, how });
  await context.dumps.finish(machine);
  signal.throwIfAborted(); // a core takes minutes
  tell('begin');
  let booted = false;
  try {
    await machine.power.reset();
    monitor.revive(machine.name);
    await machine.rejoin(profile.bootLimit_s);
    booted = true;
    await mountFileSystem(machine);
    await context.setUp(machine);
    tell('end');
  } catch (error) {
    tell('failed', { detail: explain(error) });
    signal.throwIfAborted(); // what we ended ourselves says nothing of the machine
    // as in the first boot: what our own side could not do is none of the kernel's failures
    if (!booted && error instanceof InfraError) throw error;
    recovered('not recovered');
    return false;
  }
  const from = history.now();
  while (!isSteady(from) && history.now() - from <= steadyWithin_s) await sleep(POLL_MS, undefined, { signal });
  const steady = isSteady(from);
  recovered(steady ? 'after reset' : 'not recovered');
  return steady;
}
