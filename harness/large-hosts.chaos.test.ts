/** Large hosts at length: the whole certificate of 768 GiB, every case on two kernels, and one size after the other. */
import { existsSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { largeMemory } from '../suites/large-memory.ts';
import { run, theRun, workspace } from './commandline.testing.ts';

const HOURS = 3_600_000;
const KERNELS = ['deb:linux-image-cloud-amd64', 'deb:linux-image-6.12-cloud-amd64'];
const CASES = Object.keys(largeMemory.cases?.all ?? {});
const GiB_kB = 2 ** 20;

test('a host of 768 GiB is certified with less than 20 GiB', { timeout: HOURS }, async () => {
  using space = workspace();
  const { code, stdout, stderr } = await run(['certify', '--class', '768G'], space);
  console.log(stdout);
  expect(code, stdout + stderr).toBe(0);
  const { trials } = theRun(space.dir).run;
  expect([...new Set(trials.map(({ suite }) => suite))]).toEqual(['large-memory', 'ipv6-flood', 'storage-cutoff']);
  for (const { memory, peakResident_MiB } of trials) {
    expect(peakResident_MiB).toBeLessThan(20 * 1024);
    expect(memory?.head?.total_kB).toBeGreaterThan(755 * GiB_kB);
    expect(memory?.head?.nodes.every(({ total_kB }) => total_kB > 377 * GiB_kB)).toBe(true);
  }
});

test.each(KERNELS)('what is kept for packets is enough at the watermarks of %s, and not far below', { timeout: HOURS }, async (kernel) => {
  using space = workspace();
  const { code, stdout, stderr } = await run(['run', 'large-memory/atomic-allocations', '--class', '128G', '--kernel', kernel], space);
  console.log(stdout);
  expect(code, stdout + stderr).toBe(0);
  const [own, ...lowered] = theRun(space.dir).run.trials[0]?.reserve ?? [];
  expect(own).toMatchObject({ own: true, failures: 0 });
  expect(lowered).toHaveLength(3);
  // whoever comes first is refused: a packet, or a program that is killed for its memory
  for (const { failures, kills } of lowered.slice(1)) expect(failures + kills, stdout).toBeGreaterThan(0);
});

test.each(KERNELS.flatMap((kernel) => CASES.map((name) => [name, kernel] as const)))(
  'large-memory/%s is what it says on %s, and the kernel bears it',
  { timeout: HOURS },
  async (name, kernel) => {
    using space = workspace();
    const { code, stdout, stderr } = await run(['run', `large-memory/${name}`, '--class', '64G', '--kernel', kernel], space);
    expect(code, stdout + stderr).toBe(0);
  },
);

test('of several sizes there is one chart', { timeout: HOURS }, async () => {
  using space = workspace();
  const sizes = ['64G', '128G', '384G', '768G'].flatMap((size) => ['--class', size]);
  const { code, stdout, stderr } = await run(
    ['run', 'large-memory/boot', 'large-memory/panic', 'storage-cutoff/cut/kernel', ...sizes],
    space,
  );
  console.log(stdout);
  expect(code, stdout + stderr).toBe(0);
  const names = theRun(space.dir).run.scaling?.measures.map(({ name }) => name) ?? [];
  expect(names).toEqual(
    expect.arrayContaining(['boot', 'drop-caches', 'compaction', 'panic log', 'recovery of storage-cutoff.cut.kernel']),
  );
  const runs = join(space.dir, 'results', 'runs');
  expect(existsSync(join(runs, readdirSync(runs)[0] as string, 'scaling.svg'))).toBe(true);
});
