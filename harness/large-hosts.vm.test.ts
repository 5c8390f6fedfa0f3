/** Large hosts on a small machine: nodes, sparse memory and a ballast, as the guest itself sees them, and what they cost here. */
import { existsSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { run, theRun, workspace } from './commandline.testing.ts';

const GiB_kB = 2 ** 20;
const CLASSES = `classes:
  pair: { memory_GiB: 48, nodes: 2, unused_GiB: 2 }
  vast: { memory_GiB: 65536 }
`;

test('a host of two nodes boots empty and full, and little of it is really there', async () => {
  using space = workspace();
  writeFileSync(join(space.dir, 'stormproof.yaml'), CLASSES);
  const { code, stdout, stderr } = await run(['run', 'large-memory/boot', 'large-memory/group-limit', '--class', 'pair'], space);
  expect(code, stdout + stderr).toBe(0);
  const { trials, scope } = theRun(space.dir).run;
  expect(scope?.kind).toBe('lab');
  expect(scope?.emulated.join()).toMatch(/memory of head sparse.*ballast/);
  const [empty, full] = trials.map(({ memory }) => memory?.head);
  for (const state of [empty, full]) {
    expect(state?.total_kB).toBeGreaterThan(46 * GiB_kB);
    expect(state?.nodes.map(({ cpus }) => cpus)).toEqual(['0', '1']);
    for (const { total_kB } of state?.nodes ?? []) expect(total_kB).toBeGreaterThan(22 * GiB_kB);
  }
  expect(empty?.ballast_kB).toBe(0);
  expect(full?.ballast_kB).toBeGreaterThan(43 * GiB_kB);
  // as much is left on each node, in the zone that can be used
  const left = full?.zones.filter(({ zone }) => zone === 'Normal').map(({ free_pages }) => free_pages * 4) ?? [];
  expect(left).toHaveLength(2);
  for (const kB of left) expect(Math.abs(kB / GiB_kB - 1)).toBeLessThan(0.2);
  // the ballast takes nothing away from what the kernel makes its watermarks of
  expect(full?.minFree_kB).toBe(empty?.minFree_kB);
  expect(trials[0]?.measures?.map(({ name }) => name)).toEqual(['boot', 'drop-caches', 'compaction']);
  for (const { peakResident_MiB } of trials) expect(peakResident_MiB).toBeLessThan(4096);
});

test('a class that is too large is refused with what it would need, before anything is there', async () => {
  using space = workspace();
  writeFileSync(join(space.dir, 'stormproof.yaml'), CLASSES);
  const { code, stderr } = await run(['certify', '--class', 'vast'], space);
  expect(code).toBe(125);
  expect(stderr).toMatch(/^stormproof: class vast is too large for this machine: \S+ needs about 1\d{3}\.\d GiB .* there are \d+\.\d GiB/);
  expect(existsSync(join(space.dir, 'results'))).toBe(false);
});
