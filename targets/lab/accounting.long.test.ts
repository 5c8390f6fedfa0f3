/** The accounting of a machine, asked of this one. */
import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { expect, test } from 'vitest';
import { IoAccount, type ProcessIo } from '../../results/accounting.ts';

const ACCOUNTING = join(import.meta.dirname, 'guest/accounting.py');
const WHY_NOT = spawnSync('python3', ['--version']).status === 0 ? '' : ' (skipped: there is no python3 here)';
const EVERY_S = 0.3;
const CALLS = 200_000;
/** Whatever else goes on here. */
const MOST = 1000;

/** A child that calls for more than an interval and ends, and a parent that waits for it and then works a little itself. */
const FAMILY = `
child() { exec python3 -c 'import os, time
fd = os.open("/dev/null", os.O_WRONLY)
for part in range(4):
    for _ in range(${CALLS / 4}): os.write(fd, b"x")
    time.sleep(${EVERY_S})
time.sleep(${8 * EVERY_S})'; }
child & wait
for i in $(seq 40); do echo >/dev/null; sleep 0.1; done`;

const ended = (child: ChildProcess) => new Promise<void>((resolve) => void child.once('exit', () => resolve()));

test.skipIf(WHY_NOT !== '')(`what a child did is not told again as its parent's, once that has waited for it${WHY_NOT}`, async () => {
  const accounting = spawn('python3', [ACCOUNTING, String(EVERY_S), String(MOST)], { stdio: ['ignore', 'pipe', 'inherit'] });
  let text = '';
  accounting.stdout.setEncoding('utf8').on('data', (chunk: string) => {
    text += chunk;
  });
  while (text === '') await sleep(50);
  const parent = spawn('sh', ['-c', FAMILY], { stdio: 'ignore' });
  await ended(parent);
  accounting.kill('SIGKILL');
  const accounts = text
    .trim()
    .split('\n')
    .slice(0, -1)
    .map((line) => IoAccount.parse(JSON.parse(line)));
  const told = accounts.flatMap(({ processes }) => processes);
  const callsOf = (wanted: (process: ProcessIo) => boolean) =>
    told.filter(wanted).reduce((sum, { write_calls = 0 }) => sum + write_calls, 0);
  const children = new Set(
    told.filter(({ name, write_calls = 0 }) => name.startsWith('python3') && write_calls > 1000).map(({ pid }) => pid),
  );
  expect(callsOf(({ pid }) => children.has(pid))).toBeGreaterThan(CALLS / 2);
  const own = callsOf(({ pid }) => pid === parent.pid);
  expect(own).toBeGreaterThan(0);
  expect(own).toBeLessThan(CALLS / 10);
  expect(told.every(({ kernel, name }) => kernel === undefined || name !== 'sh')).toBe(true);
});
