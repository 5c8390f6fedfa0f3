/** A lock between processes, held by flock(1): the kernel lets go of it when its holder dies, however it dies. */
import { mkdirSync } from 'node:fs';
import { dirname } from 'node:path';
import { execa } from 'execa';
import { InfraError } from '../results/errors.ts';

/**
 * Runs `work` while holding the lock file `path` (made where missing). `waiting` is called once when another holder is in the way.
 * Throws InfraError when the lock is not to be had in `limit_s` seconds.
 */
export async function withLock<T>(path: string, limit_s: number, waiting: () => void, work: () => Promise<T>): Promise<T> {
  mkdirSync(dirname(path), { recursive: true });
  // flock runs cat once it has the lock; cat echoes our line, which tells us; closing cat's input lets go
  const holder = execa('flock', ['--exclusive', '--timeout', String(limit_s), path, 'cat'], { reject: false, buffer: false });
  const notice = setTimeout(waiting, 500);
  try {
    holder.stdin.on('error', () => {
      // the holder gave up; the race below reports it
    });
    holder.stdin.write('held\n');
    const held = new Promise<true>((resolve) => holder.stdout.once('data', () => resolve(true)));
    const first = await Promise.race([held, holder]);
    if (first !== true) throw new InfraError(`the lock ${path} is held by another run for more than ${limit_s} s`);
    clearTimeout(notice);
    return await work();
  } finally {
    clearTimeout(notice);
    holder.stdin.end();
    await holder;
  }
}
