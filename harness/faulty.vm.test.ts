/** A kernel with a known bug in the handling of one extension header, among floods of which only some carry it. */
import { expect, test } from 'vitest';
import { leftovers, NOTHING, run, theRun, workspace } from './commandline.testing.ts';
import { faultyKernel } from './faulty.testing.ts';

test('a kernel that breaks at an extension header is found by ext-headers alone, and the run goes on', async () => {
  using space = workspace();
  const kernel = await faultyKernel(space.dir, 1000);
  const vectors = ['udp-66', 'ext-headers', 'echo'].map((vector) => `ipv6-flood/${vector}`);
  const { code, stdout, stderr } = await run(['run', ...vectors, ...kernel], space);
  expect(code, stdout + stderr).toBe(1);
  const { run: record } = theRun(space.dir);
  expect(record.trials.map(({ case: vector, verdict }) => [vector, verdict])).toEqual([
    ['udp-66', 'pass'],
    ['ext-headers', 'fail'],
    ['echo', 'pass'],
  ]);
  const broken = record.trials[1];
  expect(broken?.events.map(({ title }) => title)).toContain('BUG: unable to handle kernel NULL pointer dereference in option_oops');
  // it was booted again, and its disk was whole
  expect(broken?.recovery.map(({ how }) => how)).toEqual(['after reset', 'after reset', 'after reset']);
  expect(broken?.objectives.find(({ name }) => name === 'no_data_loss')?.verdict).toBe('pass');
  // under which load is in the record
  expect(broken?.flow?.offered_packets).toBeGreaterThan(1000);
  expect(stdout).toMatch(/xdp-frames: \d+ offered/);
  expect(leftovers(space.env)).toEqual(NOTHING);
});
