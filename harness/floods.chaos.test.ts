/** Floods at length: every vector on two kernels, and the search three times. Hours on an emulated lab, so they are no part of the tests; `npm run chaos`. */
import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import type { Vector } from '../suites/flood/vector.ts';
import { VECTORS } from '../suites/flood/vectors.ts';
import { readRun } from './cli/run-dir.ts';
import { run, theRun, workspace } from './commandline.testing.ts';
import { faultyKernel } from './faulty.testing.ts';

const KERNELS = ['deb:linux-image-cloud-amd64', 'deb:linux-image-6.12-cloud-amd64'];
const HOURS = 3_600_000;
/** The bug's threshold in packets/s, and how far apart three searches may be. */
const THRESHOLD_PPS = 3000;
const APART = 0.15;

const CASES = Object.entries<Vector>(VECTORS).flatMap(([name, { paths }]) =>
  paths.map((path) => `ipv6-flood/${name}${path === 'to' ? '' : `/${path}`}`),
);

describe.each(KERNELS)('on %s', (kernel) => {
  test.each(CASES)('%s does what it says, and the kernel bears it', { timeout: HOURS }, async (vector) => {
    using space = workspace();
    const { code, stdout, stderr } = await run(['run', vector, '--kernel', kernel], space);
    expect(code, stdout + stderr).toBe(0);
  });
});

test('the search finds the same survival load in three runs, and names what the kernel died of', { timeout: HOURS }, async () => {
  using space = workspace();
  const kernel = await faultyKernel(space.dir, THRESHOLD_PPS);
  const loads: number[] = [];
  for (const name of ['first', 'second', 'third']) {
    const out = join(space.dir, name);
    const { code, stdout, stderr } = await run(['run', 'ipv6-flood/ext-headers', '--search', '--out', out, ...kernel], space);
    expect(code, stdout + stderr).toBe(1);
    expect(readdirSync(out)).toContain('ipv6-flood.ext-headers.curve.svg');
    const curve = readRun(out).run.trials[0]?.curve;
    expect(curve?.points.filter(({ outcome }) => outcome === 'died').map(({ why }) => why)).toContain(
      'BUG: unable to handle kernel NULL pointer dereference in option_oops',
    );
    loads.push(curve?.goals.find(({ goal }) => goal === 'survival')?.pps ?? Number.NaN);
  }
  console.log(`survival loads, in packets/s: ${loads.join(', ')}`);
  expect(Math.max(...loads) / Math.min(...loads) - 1, loads.join(', ')).toBeLessThanOrEqual(APART);
});

test('a kernel that breaks at an extension header is found by ext-headers, and by no other vector that does not contain it', {
  timeout: HOURS,
}, async () => {
  using space = workspace();
  const kernel = await faultyKernel(space.dir, 0);
  const vectors = CASES.filter((name) => name.split('/').length === 2);
  await run(['run', ...vectors, ...kernel], space);
  const { run: record } = theRun(space.dir);
  const found = record.trials.filter(({ verdict }) => verdict === 'fail').map(({ case: vector }) => vector);
  expect(found).toEqual(['ext-headers', 'mixed']);
});
