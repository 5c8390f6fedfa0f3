import { type ChildProcess, spawn } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { InfraError } from '../results/errors.ts';
import { withLock } from './lock.ts';

let dir: string;
beforeAll(() => {
  dir = mkdtempSync(join(tmpdir(), 'lock-'));
});
afterAll(() => rmSync(dir, { recursive: true }));

const nobody = () => undefined;

/** Another process that holds the lock and never lets go by itself. */
async function otherHolder(path: string): Promise<ChildProcess> {
  const script = `import { withLock } from ${JSON.stringify(join(import.meta.dirname, 'lock.ts'))};
    await withLock(${JSON.stringify(path)}, 10, () => undefined, async () => {
      console.log('held');
      await new Promise((resolve) => setTimeout(resolve, 60_000));
    });`;
  const child = spawn(process.execPath, ['--input-type=module', '-e', script], { stdio: ['ignore', 'pipe', 'inherit'] });
  await new Promise((resolve) => child.stdout.once('data', resolve));
  return child;
}

describe('a lock', () => {
  it('gives what the work gives, and is made with the directories above it', async () => {
    expect(await withLock(join(dir, 'a', 'b', 'lock'), 5, nobody, async () => 42)).toBe(42);
  });

  it('is held by one at a time', async () => {
    const path = join(dir, 'one');
    let inside = 0;
    let most = 0;
    const work = async () => {
      inside += 1;
      most = Math.max(most, inside);
      await sleep(30);
      inside -= 1;
    };
    await Promise.all(Array.from({ length: 5 }, () => withLock(path, 10, nobody, work)));
    expect(most).toBe(1);
  });

  it('is let go of when the work fails, whose failure is passed on', async () => {
    const path = join(dir, 'failing');
    await expect(withLock(path, 5, nobody, () => Promise.reject(new TypeError('no')))).rejects.toThrow(new TypeError('no'));
    expect(await withLock(path, 5, nobody, async () => 'free')).toBe('free');
  });

  it('that another process holds is waited for, said once, and had as soon as that process is killed', async () => {
    const path = join(dir, 'killed');
    const other = await otherHolder(path);
    const events: string[] = [];
    const mine = withLock(
      path,
      10,
      () => events.push('waiting'),
      async () => events.push('mine'),
    );
    await sleep(900);
    expect(events).toEqual(['waiting']);
    other.kill('SIGKILL');
    await mine;
    expect(events).toEqual(['waiting', 'mine']);
  });

  it('that is not to be had in time is our own failure, and the work is not begun', async () => {
    const path = join(dir, 'late');
    const other = await otherHolder(path);
    let begun = false;
    try {
      const error = await withLock(path, 1, nobody, async () => {
        begun = true;
      }).catch((cause: unknown) => cause);
      expect(error).toBeInstanceOf(InfraError);
      expect((error as Error).message).toBe(`the lock ${path} is held by another run for more than 1 s`);
      expect(begun).toBe(false);
    } finally {
      other.kill('SIGKILL');
    }
  });

  it('that is free is had without a word', async () => {
    let [waited, had_ms] = [false, Number.POSITIVE_INFINITY];
    // where the programs that hold it take half a second to start, it is told of rightly, and says nothing here
    for (let tries = 0; tries < 5 && had_ms > 400; tries += 1) {
      waited = false;
      const from = performance.now();
      const told = () => {
        waited = true;
      };
      await withLock(join(dir, 'free'), 5, told, () => {
        had_ms = performance.now() - from;
        return sleep(700);
      });
    }
    expect(had_ms).toBeLessThanOrEqual(400);
    expect(waited).toBe(false);
  });
});
