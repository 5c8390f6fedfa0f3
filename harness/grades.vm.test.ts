/** Promises of storage on a real kernel: what an idle host can hold, and cannot beside a neighbour's storm. */
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { leftovers, NOTHING, run, theRun, workspace } from './commandline.testing.ts';

/** The pool carries some 600 commits/s, or 2.5 MB/s, of which a flood of large writes leaves its neighbour little. */
const CONFIG = `suites: [grades]
grades:
  gold: { iops: 200, p99_ms: 250 }
  bulk: { bytes_per_s: 1e6 }
`;

test('promises that an idle host holds are kept in nearly all seconds, and under a storm in clearly fewer, which is told and no failure', async () => {
  using space = workspace();
  writeFileSync(join(space.dir, 'stormproof.yaml'), CONFIG);
  const { code, stdout, stderr } = await run(['run', 'grades'], space);
  expect(code, stdout + stderr).toBe(0);
  const { run: record, records, path } = theRun(space.dir);
  const [trial] = record.trials;
  expect(trial).toMatchObject({ verdict: 'pass', suite: 'grades' });
  expect(trial?.objectives.filter(({ name }) => name.startsWith('grade_')).map(({ name, verdict }) => [name, verdict])).toEqual([
    ['grade_gold_idle', 'pass'],
    ['grade_bulk_idle', 'pass'],
  ]);
  const [gold, bulk] = trial?.grades?.grades ?? [];
  expect(gold?.promised).toEqual({ name: 'gold', iops: 200, p99_ms: 250 });
  expect([gold?.storms, bulk?.storms].map((storms) => storms?.map(({ policy }) => policy))).toEqual([[null], [null]]);
  const shares = [
    [gold?.idle.iops, gold?.storms[0]?.held.iops],
    [bulk?.idle.bytes_per_s, bulk?.storms[0]?.held.bytes_per_s],
  ] as const;
  for (const [idle, storm] of shares) {
    expect(idle?.seconds).toBeGreaterThanOrEqual(10);
    expect(idle?.share).toBeGreaterThanOrEqual(0.9);
    expect(storm?.seconds).toBeGreaterThanOrEqual(10);
    expect(storm?.share).toBeLessThanOrEqual(0.5);
  }
  expect(gold?.idle.p99_ms).toBeLessThanOrEqual(250);
  expect(stdout).toMatch(/gold +promised +200 .*250 ms/);
  // what was promised is in the history, from which alone an old run is judged again
  expect(records.find(({ k }) => k === 'trial')).toMatchObject({ grades: [gold?.promised, bulk?.promised] });
  const again = await run(['judge', path], space);
  expect(again.code).toBe(0);
  expect(again.stdout).toMatch(/bulk +promised/);
  expect(leftovers(space.env)).toEqual(NOTHING);
});
