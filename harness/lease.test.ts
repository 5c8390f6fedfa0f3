import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { InfraError } from '../results/errors.ts';
import { CLASSES } from '../suites/classes.ts';
import { SUITES } from '../suites/index.ts';
import { PROFILES } from '../suites/profiles.ts';
import { MARK } from '../targets/leash.ts';
import { leases, newRuntimeDir, settle, takeLease } from './lease.ts';

/** sun_path of a UNIX socket has 108 bytes, one of them for the NUL (unix(7)). */
const SOCKET_PATH_CHARS = 107;

let dir: string;
let run: string;
let processes: ChildProcess[];

beforeEach(() => {
  dir = mkdtempSync(join(tmpdir(), 'lease-'));
  vi.stubEnv('STORMPROOF_STATE', join(dir, 'state'));
  vi.stubEnv('TMPDIR', dir);
  run = `20260102-030405z-${randomBytes(2).toString('hex')}`;
  processes = [];
});
afterEach(() => {
  vi.unstubAllEnvs();
  for (const each of processes) each.kill('SIGKILL');
  rmSync(dir, { recursive: true });
});

/** A process of the run, as an engine would be. */
/** A program of the run; `script` says when it has started all that it starts. */
async function marked(script = 'echo; sleep 300'): Promise<ChildProcess> {
  const child = spawn('sh', ['-c', script], { env: { ...process.env, [MARK]: run }, stdio: ['ignore', 'pipe', 'ignore'] });
  processes.push(child);
  await new Promise((resolve) => child.stdout.once('data', resolve));
  return child;
}

const ended = (child: ChildProcess): Promise<NodeJS.Signals | null> =>
  new Promise((resolve) => {
    if (child.exitCode !== null || child.signalCode !== null) resolve(child.signalCode);
    else child.once('exit', (_code, signal) => resolve(signal));
  });
const lease = () => join(dir, 'state', 'leases', `${run}.json`);

/** The lease of a run whose controller is another process, which has ended. */
function takenByTheDead(runtimeDir: string): void {
  const script = `import { takeLease } from ${JSON.stringify(join(import.meta.dirname, 'lease.ts'))}; takeLease(${JSON.stringify(run)}, ${JSON.stringify(runtimeDir)});`;
  const child = spawnSync(process.execPath, ['--input-type=module', '-e', script], { encoding: 'utf8', env: process.env });
  expect([child.stderr, child.status]).toEqual(['', 0]);
}

describe('the lease of a run', () => {
  it('is on disk as soon as it is taken, and tells that the run is under way', () => {
    expect(leases()).toEqual([]);
    takeLease(run, newRuntimeDir(run));
    expect(leases()).toEqual([{ run, alive: true, runtimeDir: newRuntimeDir(run) }]);
    expect(JSON.parse(readFileSync(lease(), 'utf8'))).toMatchObject({ run, controller: { pid: process.pid } });
  });

  it('says where the record is written, so that whoever wants to watch it need not look for it', () => {
    takeLease(run, newRuntimeDir(run), '/runs/one');
    expect(leases()).toEqual([{ run, alive: true, runtimeDir: newRuntimeDir(run), dir: '/runs/one' }]);
  });

  it('tells that its controller has ended', () => {
    takenByTheDead(newRuntimeDir(run));
    expect(leases()).toEqual([{ run, alive: false, runtimeDir: newRuntimeDir(run) }]);
  });

  it('is not taken for that of another process which was given the same number later', () => {
    takeLease(run, newRuntimeDir(run));
    const text = readFileSync(lease(), 'utf8');
    writeFileSync(lease(), text.replace(/"started":"\d+"/, '"started":"1"'));
    expect(leases()).toMatchObject([{ run, alive: false }]);
    expect(leases()[0]?.damaged).toBeUndefined();
  });

  it.each([
    ['torn', '{"run":"20'],
    ['empty', ''],
    ['of another form', '{"hello":1}'],
    ['with a run that is no name', '{"run":"../../etc","controller":{"pid":1,"started":"1"},"runtimeDir":"/etc"}'],
  ])('that is damaged (%s) still names the run and its own directory, and says what is wrong', (_what, text) => {
    takeLease(run, '/somewhere/else');
    writeFileSync(lease(), text);
    expect(leases()).toEqual([{ run, alive: false, runtimeDir: newRuntimeDir(run), damaged: expect.stringMatching(/./) }]);
  });

  it('that cannot be written is our own failure, before anything is started', () => {
    writeFileSync(join(dir, 'file'), '');
    vi.stubEnv('STORMPROOF_STATE', join(dir, 'file'));
    expect(() => takeLease(run, newRuntimeDir(run))).toThrow(InfraError);
    expect(leases()).toEqual([]);
  });
});

describe('settling a run', () => {
  it('kills its processes and theirs, removes its directory and its lease, and says so', async () => {
    const runtimeDir = newRuntimeDir(run);
    takenByTheDead(runtimeDir);
    mkdirSync(join(runtimeDir, 'trial', 'tail-head'), { recursive: true });
    writeFileSync(join(runtimeDir, 'trial', 'tail-head', 'disk'), 'x');
    const deaf = await marked("trap '' TERM INT HUP; sleep 300 & echo; wait; sleep 300");
    const done = await settle(run, runtimeDir);
    expect(await ended(deaf)).toBe('SIGKILL');
    // the shell and the program that it started
    expect(done.filter((each) => /^process \d+ \((sh|dash|bash|sleep)\)$/.test(each)).length).toBeGreaterThanOrEqual(2);
    expect(done.at(-1)).toBe(runtimeDir);
    expect(existsSync(runtimeDir)).toBe(false);
    expect(leases()).toEqual([]);
  });

  it('leaves other runs alone, also one whose name begins the same', async () => {
    const other = `${run}0`;
    const child = spawn('sleep', ['300'], { env: { ...process.env, [MARK]: other }, stdio: 'ignore' });
    processes.push(child);
    takeLease(run, newRuntimeDir(run));
    takeLease(other, newRuntimeDir(other));
    mkdirSync(newRuntimeDir(other));
    await sleep(100);
    expect(await settle(run, newRuntimeDir(run))).toEqual([]);
    expect(child.exitCode ?? child.signalCode).toBeNull();
    expect(existsSync(newRuntimeDir(other))).toBe(true);
    expect(leases().map((each) => each.run)).toEqual([other]);
  });

  it.each([
    ['a directory of the person', 'precious'],
    ['the directory of another run', 'stormproof-20260102-030405z-ffff0'],
    ['the directory above', ''],
  ])('never removes %s, whatever the lease says', async (_what, name) => {
    const precious = join(dir, name);
    mkdirSync(precious, { recursive: true });
    writeFileSync(join(precious, 'file'), 'mine');
    takeLease(run, precious);
    await settle(run, precious);
    expect(readFileSync(join(precious, 'file'), 'utf8')).toBe('mine');
    expect(leases()).toEqual([]);
  });

  it('of which nothing is left is done already, and can be done twice', async () => {
    takeLease(run, newRuntimeDir(run));
    expect(await settle(run, newRuntimeDir(run))).toEqual([]);
    expect(await settle(run, newRuntimeDir(run))).toEqual([]);
    expect(readdirSync(join(dir, 'state', 'leases'))).toEqual([]);
  });
});

/** A trial's own directory is called after its place in the run. */
const LATE_TRIAL = '999';

describe("a run's directory for sockets", () => {
  it('stands below $TMPDIR, unless that is too long for a socket', () => {
    expect(newRuntimeDir(run)).toBe(join(dir, `stormproof-${run}`));
    vi.stubEnv('TMPDIR', `/tmp/${'x'.repeat(40)}`);
    expect(newRuntimeDir(run)).toBe(`/tmp/stormproof-${run}`);
  });

  it.each([4, 20, 40])('leaves room for every socket of every suite, with a $TMPDIR of %d characters', (length) => {
    vi.stubEnv('TMPDIR', `/${'x'.repeat(length - 1)}`);
    const longest = Object.values(SUITES).flatMap((suite) => {
      const { machines } = suite.plan(CLASSES['1G'], PROFILES.quick, 1).topology;
      // the longest of a machine's: the control socket of its tail (targets/tails/nbdkit.ts)
      return machines.map(({ name }) => join(newRuntimeDir(run), LATE_TRIAL, `tail-${name}`, 'pause'));
    });
    expect(longest.filter((path) => path.length > SOCKET_PATH_CHARS)).toEqual([]);
  });
});
