/** Who did it, on a real kernel: the accused is the one who was told to storm, whatever its disk and whoever else was there, and nobody else. */
import { expect, test } from 'vitest';
import type { Culprits } from '../results/culprit.ts';
import { run, theRun, workspace } from './commandline.testing.ts';
import { accusedBy, proveAccused } from './culprit.testing.ts';

test('a run accuses fio of the stormer among the tenants of a head, in its record and on the terminal', async () => {
  using space = workspace();
  const { code, stdout, stderr } = await run(['run', 'io-storm/randwrite-16/groups'], space);
  expect(code, stdout + stderr).toBe(0);
  const { culprits, pool } = theRun(space.dir).run.trials[0] ?? {};
  expect(accusedBy(culprits as Culprits), stdout).toEqual(['stormer']);
  expect(culprits?.accused).toMatchObject([{ machine: 'head', process: 'fio', device: 'nbd0' }]);
  expect(culprits?.accused[0]?.share).toBeGreaterThan(0.6);
  expect(stdout).toMatch(/culprit +stormer: fio \(pid [\d, …]+\) on \w+ (of head )?did \d+ % of the\s+pool's work/);
  // and each tenant's seconds were accounted for
  expect(pool?.policies[0]?.tenants.map(({ isolation }) => isolation)).toEqual([expect.any(Number), expect.any(Number)]);
});

test.for([
  [
    'one of three, on the smallest disk',
    { a: { does: 'random', disk_MiB: 96 }, b: { does: 'steady', disk_MiB: 1024 }, c: { does: 'steady', disk_MiB: 320 } },
  ],
  [
    'two of three, each on a disk smaller than the other tenant has',
    { a: { does: 'steady', disk_MiB: 2048 }, b: { does: 'random', disk_MiB: 96 }, c: { does: 'sequential', disk_MiB: 128 } },
  ],
] as const)('storming: %s', async ([, tenants]) => {
  await proveAccused(tenants);
});
