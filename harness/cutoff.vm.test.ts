/** Storage that goes away, on a real kernel: a link that is cut, and a tail that pauses. All of it on two kernels is `npm run chaos`. */
import { expect, test } from 'vitest';
import { run, theRun, workspace } from './commandline.testing.ts';
import { proveOutages } from './cutoff.testing.ts';

test('hung tasks are told in time, and recovery is what the tail knows, of 1 to 40 s without storage', async () => {
  using space = workspace();
  await proveOutages('deb:linux-image-cloud-amd64', ['cut', 'pause/kernel'], space);
});

test.each([
  ['the host of the tails loses power', ['power-cut', 'power-cut/kernel'], []],
  ['tails answer with errors', ['eio/kernel'], ['--file-system', 'xfs']],
  ['what machines send is late and lost', ['impaired/kernel'], ['--tls', '--nbd', 'connections=2']],
] as const)('%s', async (_what, cases, more) => {
  using space = workspace();
  const { code, stdout, stderr } = await run(['run', ...cases.map((name) => `storage-cutoff/${name}`), ...more], space);
  expect(code, stdout + stderr).toBe(0);
  for (const { outages } of theRun(space.dir).run.trials) expect(outages?.map(({ hosts }) => hosts.length)).toEqual([2]);
});
