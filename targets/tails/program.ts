/** A program of a tail: started until it listens, and signalled without its leash. */
import { readFileSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import { InfraError } from '../../results/errors.ts';
import type { LocalJob } from '../target.ts';
import { listens } from './listening.ts';
import type { TailOptions } from './tail.ts';

const START_LIMIT_MS = 10_000;
const END_LIMIT_MS = 5_000;
const POLL_MS = 10;

/** Signals everything of a job but its leash, which must go on to bound it. Gives how many that were. */
export function signal(job: LocalJob, name: NodeJS.Signals): number {
  const told = new Set<number>();
  // a server may have forked before its signal came; what stands still forks no more
  for (let fresh = job.pids(); fresh.length > 0; fresh = job.pids().filter((pid) => !told.has(pid)))
    for (const pid of fresh) {
      told.add(pid);
      try {
        process.kill(pid, name);
      } catch (error) {
        if ((error as NodeJS.ErrnoException).code !== 'ESRCH') throw error; // it has ended, which is no less still
      }
    }
  return told.size;
}

/** Starts a program of a tail of that kind, and waits until it listens. Throws InfraError with its words where it does not. */
export async function startProgram(
  argv: readonly string[],
  { kind, port, spawn }: Pick<TailOptions, 'port' | 'spawn'> & { readonly kind: string },
): Promise<LocalJob> {
  const job = spawn(argv);
  let ended: { code: number | null; stderr: string } | undefined;
  void job.done.then((how) => {
    ended = how;
  });
  job.stdout.resume();
  for (const end = performance.now() + START_LIMIT_MS; !listens(job.pids(), port); await sleep(POLL_MS)) {
    if (ended !== undefined) throw new InfraError(`${kind} did not start: ${ended.stderr || `exit ${ended.code}`}`);
    if (performance.now() <= end) continue;
    await job.stop();
    throw new InfraError(`${kind} did not listen within ${START_LIMIT_MS / 1000} s`);
  }
  return job;
}

/**
 * Ends a program and waits until nothing of it is left, so that its port and its disk are free: a namespace may outlive its leash for a moment. One that
 * stands still ends too, since timeout(1) tells what it ends to go on. Throws InfraError.
 */
export async function endProgram(job: LocalJob): Promise<void> {
  const pids = job.pids();
  await job.stop();
  for (const end = performance.now() + END_LIMIT_MS; pids.some(runs); await sleep(POLL_MS))
    if (performance.now() > end) throw new InfraError(`a tail did not end: process ${pids.filter(runs).join(', ')} still runs`);
}

/** Whether it is more than the record of a dead one (proc(5), state in /proc/PID/stat). */
function runs(pid: number): boolean {
  try {
    return !/^.*\) [ZX] /s.test(readFileSync(`/proc/${pid}/stat`, 'latin1'));
  } catch {
    return false; // no such process
  }
}
