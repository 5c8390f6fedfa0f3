/** Storms of I/O at length: what protects the neighbours, every shape on two kernels, and who is accused where it is hard to tell. */
import { expect, test } from 'vitest';
import { ioStorm } from '../suites/io-storm.ts';
import { run, theRun, workspace } from './commandline.testing.ts';
import { proveAccused, type Tenant, trialOf } from './culprit.testing.ts';

const HOURS = 3_600_000;
const KERNELS = ['deb:linux-image-cloud-amd64', 'deb:linux-image-6.12-cloud-amd64'];
const CASES = Object.keys(ioStorm.cases?.all ?? {});

test('bfq and io.max keep the p99 of the victims below what it is without', { timeout: HOURS }, async () => {
  using space = workspace();
  const { code, stdout, stderr } = await run(['run', 'io-storm/randwrite-64/groups', '--policies', 'none,bfq,io.max,iocost'], space);
  console.log(stdout);
  expect(code, stdout + stderr).toBe(0);
  const [none, ...others] = theRun(space.dir).run.trials[0]?.pool?.policies ?? [];
  expect(none).toMatchObject({ policy: 'none', rounds: 6 });
  for (const { victims_p99_ms, jain, rounds } of others) {
    expect(rounds).toBe(6);
    expect([victims_p99_ms?.low, victims_p99_ms?.high, jain?.low, jain?.high]).toEqual(Array(4).fill(expect.any(Number)));
  }
  expect(others.find(({ policy }) => policy === 'io.max')?.victims_p99_ratio?.high, stdout).toBeLessThan(1);
});

test.each(KERNELS.flatMap((kernel) => CASES.map((name) => [name, kernel] as const)))(
  'io-storm/%s is what it says on %s, and the kernel bears it',
  { timeout: HOURS },
  async (name, kernel) => {
    using space = workspace();
    const { code, stdout, stderr } = await run(['run', `io-storm/${name}`, '--kernel', kernel], space);
    expect(code, stdout + stderr).toBe(0);
  },
);

test('a tenant that storms through its cache is accused, and not the threads of its kernel', { timeout: HOURS }, async () => {
  await proveAccused({
    a: { does: 'steady', disk_MiB: 512 },
    b: { does: 'buffered', disk_MiB: 128 },
    c: { does: 'steady', disk_MiB: 96 },
  });
});

test('nobody is accused where all work alike', { timeout: HOURS }, async () => {
  const same: Tenant = { does: 'random', disk_MiB: 128 };
  const culprits = await trialOf({ a: same, b: { ...same, disk_MiB: 1024 }, c: same });
  expect(culprits).toMatchObject({ accused: [], unexplained: 'nobody stands out' });
  expect(culprits.suffered_s).toBeGreaterThan(0);
});
