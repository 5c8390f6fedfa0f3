/** However a run ends, nothing of it is left: no machine, engine, tail, namespace, tap, mount or file. */
import { execFileSync } from 'node:child_process';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { expect, test } from 'vitest';
import { leftovers, NOTHING, run, start, theRun, workspace } from './commandline.testing.ts';

const RUN = ['run', 'ipv6-flood/udp-66'];
/** From SIGKILL of the controller to the death of everything on its leash. */
const LEASH_LIMIT_MS = 10_000;

const links = () => execFileSync('ip', ['-o', 'link']).toString().replaceAll(/\d+: /g, '');
const mounts = () => readFileSync('/proc/self/mounts', 'utf8');

test.for([
  { signal: 'SIGINT', at: /engine xdp-frames on head begins/, during: 'the storm' },
  { signal: 'SIGTERM', at: / {2}boot\n/, during: 'the boot' },
  { signal: 'SIGHUP', at: / {2}baseline\n/, during: 'the baseline' },
] as const)('$signal in $during ends with 130, a verdict and nothing left', async ({ signal, at }) => {
  using space = workspace();
  const before = { links: links(), mounts: mounts() };
  const started = start(RUN, space);
  await started.saw(at);
  started.child.kill(signal);
  const { code, stdout, stderr } = await started.done;
  expect(code, stdout + stderr).toBe(130);
  expect(leftovers(space.env)).toEqual(NOTHING);
  expect({ links: links(), mounts: mounts() }).toEqual(before);
  const { run: record } = theRun(space.dir);
  expect(record.verdict).toBe('unknown');
  expect(record.reasons.join()).toContain(`interrupted by ${signal}`);
});

test('after SIGKILL engines end by themselves, and clean removes the rest', async () => {
  using space = workspace();
  const before = { links: links(), mounts: mounts() };
  const started = start(RUN, space);
  await started.saw(/engine xdp-frames on head begins/);
  await sleep(500); // it is begun, and then it must start
  const going = leftovers(space.env).processes.join();
  expect(going).toMatch(/qemu/);
  expect(going).toMatch(/node|MainThread/); // xdp-frames
  started.child.kill('SIGKILL');
  await started.done;
  for (const end = Date.now() + LEASH_LIMIT_MS; leftovers(space.env).processes.length > 0 && Date.now() < end; ) await sleep(100);
  expect(leftovers(space.env)).toMatchObject({ processes: [], leases: [expect.any(String)] });

  const cleaned = await run(['clean'], space);
  expect(cleaned.code, cleaned.stderr).toBe(0);
  expect(cleaned.stdout).toMatch(/removed/);
  expect(leftovers(space.env)).toEqual(NOTHING);
  expect({ links: links(), mounts: mounts() }).toEqual(before);
  expect((await run(['clean'], space)).stdout).toContain('nothing was left behind');

  // what it saw until then can still be judged, and is no pass
  const { path } = theRunWithoutReports(space.dir);
  expect((await run(['judge', path], space)).code).toBe(125);
});

test.for([
  { what: 'no link cut', args: ['storage-cutoff/cut'], begun: /fault link-cut on store begins/ },
  // its server is stopped by a signal, and would stand still for ever
  { what: 'no tail paused', args: ['storage-cutoff/pause', '--tail', 'qemu-storage-daemon'], begun: /fault tail on tenant2 begins: pause/ },
])('after SIGKILL in the middle of an outage $what is left', async ({ args, begun }) => {
  using space = workspace();
  const before = { links: links(), mounts: mounts() };
  const started = start(['run', ...args], space);
  await started.saw(begun);
  await sleep(1000);
  started.child.kill('SIGKILL');
  await started.done;
  for (const end = Date.now() + LEASH_LIMIT_MS; leftovers(space.env).processes.length > 0 && Date.now() < end; ) await sleep(100);
  expect(leftovers(space.env).processes).toEqual([]);
  expect((await run(['clean'], space)).code).toBe(0);
  expect(leftovers(space.env)).toEqual(NOTHING);
  expect({ links: links(), mounts: mounts() }).toEqual(before);
});

test('SIGINT while the guest image is built leaves neither its mounts nor what was unpacked', async () => {
  using space = workspace();
  const env = { ...space.env, STORMPROOF_CACHE: join(space.dir, 'cache') };
  const before = { links: links(), mounts: mounts() };
  const started = start(RUN, { ...space, env });
  await started.saw(/building the guest image/);
  await sleep(8000); // mmdebstrap has begun to unpack by then
  started.child.kill('SIGINT');
  expect((await started.done).code).toBe(130);
  expect(leftovers(env)).toEqual(NOTHING);
  expect({ links: links(), mounts: mounts() }).toEqual(before);
  expect(readdirSync(join(space.dir, 'cache', 'userland'))).toEqual(['lock']);
});

test('clean leaves a run alone that is under way', async () => {
  using space = workspace();
  const started = start(RUN, space);
  await started.saw(/ {2}boot\n/);
  const { stdout } = await run(['clean'], space);
  expect(stdout).toContain('left alone');
  expect(leftovers(space.env).processes.length).toBeGreaterThan(0);
  started.child.kill('SIGINT');
  expect((await started.done).code).toBe(130);
});

/** A killed run never came to write its JUnit file. */
function theRunWithoutReports(dir: string): { path: string } {
  const [path] = execFileSync('find', [dir, '-name', 'history.jsonl']).toString().trim().split('\n');
  if (path === undefined || path === '') throw new Error('the killed run has no history');
  return { path: path.replace(/\/history\.jsonl$/, '') };
}
