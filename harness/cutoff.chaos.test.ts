/** Storage that goes away, at length: every way on two kernels, and the search for the cut-off point again and again. Hours on an emulated lab. */
import { describe, expect, test } from 'vitest';
import { type CutOff, mayFailStill } from '../results/outage.ts';
import { storageCutoff } from '../suites/storage-cutoff.ts';
import { run, theRun, workspace } from './commandline.testing.ts';
import { proveOutages } from './cutoff.testing.ts';

const KERNELS = ['deb:linux-image-cloud-amd64', 'deb:linux-image-6.12-cloud-amd64'];
const HOURS = 3_600_000;
const CASES = Object.keys(storageCutoff.cases?.all ?? {});
/** How far apart three searches may be. */
const APART = 0.2;

describe.each(KERNELS)('on %s', (kernel) => {
  test.each(['cut', 'cut/kernel', 'pause', 'pause/kernel'])(
    '%s: hung tasks are told in time, and recovery is what the tail knows',
    {
      timeout: HOURS,
    },
    async (name) => {
      using space = workspace();
      await proveOutages(kernel, [name], space);
    },
  );

  test.each(CASES)('storage-cutoff/%s is what it says, and the kernel bears it', { timeout: HOURS }, async (name) => {
    using space = workspace();
    const { code, stdout, stderr } = await run(['run', `storage-cutoff/${name}`, '--kernel', kernel], space);
    expect(code, stdout + stderr).toBe(0);
  });
});

async function cutOff(...more: string[]): Promise<CutOff> {
  using space = workspace();
  const { stdout, stderr } = await run(['run', 'storage-cutoff/cut/kernel', '--search', ...more], space);
  const found = theRun(space.dir).run.trials[0]?.cutOff;
  if (found === undefined) throw new Error(stdout + stderr);
  console.log(`${more.join(' ')}: ${JSON.stringify(found)}`);
  return found;
}

test('the search finds the same cut-off point in three runs, and names the nbd timeout', { timeout: HOURS }, async () => {
  const found: number[] = [];
  for (let time = 0; time < 3; time += 1) {
    const { kind, borne_s, times, gaveUp } = await cutOff('--nbd', 'timeout=8');
    expect(kind).toBe('found');
    expect(mayFailStill(times)).toBeLessThan(1);
    expect(gaveUp.map(({ layer }) => layer)).toContain('nbd timeout');
    found.push(borne_s ?? Number.NaN);
  }
  console.log(`cut-off points, in seconds: ${found.join(', ')}`);
  expect(Math.max(...found) / Math.min(...found) - 1, found.join(', ')).toBeLessThanOrEqual(APART);
});

test('the cut-off point moves with the nbd timeout, and with a kernel that panics over hung tasks', { timeout: HOURS }, async () => {
  const short = await cutOff('--nbd', 'timeout=4');
  const long = await cutOff('--nbd', 'timeout=16');
  const patient = await cutOff();
  const panics = await cutOff('--tweak', 'kernel.hung_task_panic=1');
  expect(short.borne_s ?? 0).toBeLessThan(long.borne_s ?? 0);
  expect(long.borne_s ?? 0).toBeLessThan(patient.borne_s ?? 0);
  expect(panics.borne_s ?? 0).toBeLessThan(patient.borne_s ?? 0);
  expect(panics.gaveUp.map(({ layer }) => layer)).toContain('kernel');
});
