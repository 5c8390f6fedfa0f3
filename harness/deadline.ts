/** Waiting that ends: for work, until it is done, or the run is ended first. */
import { setTimeout as sleep } from 'node:timers/promises';
import { InfraError } from '../results/errors.ts';

/** A timer beyond this fires at once (Node, setTimeout). */
const LONGEST_TIMER_MS = 2 ** 31 - 1;

/** Gives what `work` gives, unless `signal` is aborted or `limit_s` passes first: then throws the signal's reason, or InfraError naming `what`. */
export async function within<T>(work: Promise<T>, what: string, limit_s: number, signal: AbortSignal): Promise<T> {
  work.catch(() => undefined); // when it loses the race, nobody is there to hear of it
  const stop = new AbortController();
  try {
    return await Promise.race([
      work,
      new Promise<never>((_, reject) => {
        if (signal.aborted) reject(signal.reason);
        signal.addEventListener('abort', () => reject(signal.reason), { signal: stop.signal });
      }),
      sleep(Math.min(limit_s * 1000, LONGEST_TIMER_MS), undefined, { signal: stop.signal }).then(
        () => {
          throw new InfraError(`${what} did not end in ${limit_s} s`);
        },
        () => new Promise<never>(() => undefined), // the race is over
      ),
    ]);
  } finally {
    stop.abort();
  }
}
