import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { createConnection, createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { InfraError } from '../../results/errors.ts';
import { start } from '../leash.ts';
import type { Job } from '../target.ts';
import { nbdkitArgv, startNbdkit } from './nbdkit.ts';
import type { Tail } from './tail.ts';

const MiB = 1024 * 1024;
const HOST = '::1';
const missing = ['nbdkit', 'nbdinfo', 'qemu-io'].filter((program) => spawnSync(program, ['--version']).error !== undefined);
const WHY_NOT = missing.length === 0 ? '' : ` (skipped: there is no ${missing.join(', ')} here)`;

/** A port of the loopback that nobody has at the moment. */
function freePort(): Promise<number> {
  return new Promise((resolve, reject) => {
    const server = createServer().once('error', reject);
    server.listen(0, HOST, () => {
      const { port } = server.address() as { port: number };
      server.close(() => resolve(port));
    });
  });
}

const listens = (port: number): Promise<boolean> =>
  new Promise((resolve) => {
    const socket = createConnection(port, HOST);
    socket.once('connect', () => resolve(true)).once('error', () => resolve(false));
    socket.once('connect', () => socket.destroy());
  });

/** A client: qemu-io(1) carries out its commands one after the other, and ends by itself in time. */
function client(
  uri: string,
  ...commands: string[]
): { child: ChildProcess; done: Promise<{ said: string; took_s: number; ended: boolean }> } {
  const from = performance.now();
  const child = spawn('qemu-io', ['-f', 'raw', ...commands.flatMap((command) => ['-c', command]), uri], {
    timeout: 15_000,
    killSignal: 'SIGKILL',
  });
  let said = '';
  for (const stream of [child.stdout, child.stderr])
    stream.setEncoding('utf8').on('data', (text: string) => {
      said += text;
    });
  const done = new Promise<{ said: string; took_s: number; ended: boolean }>((resolve) => {
    child.on('close', (code) => resolve({ said, took_s: (performance.now() - from) / 1000, ended: code !== null }));
  });
  return { child, done };
}

describe.skipIf(missing.length > 0)(`a tail served by nbdkit${WHY_NOT}`, () => {
  let dir: string;
  let port: number;
  let tail: Tail;
  const run = `tail-test-${randomBytes(4).toString('hex')}`;
  const options = (name: string, at: number) => ({
    dir: join(dir, name),
    host: HOST,
    port: at,
    size_MiB: 16,
    spawn: (argv: readonly string[]): Job => start(argv, { run, limit_s: 60 }),
  });

  beforeAll(async () => {
    dir = mkdtempSync(join(tmpdir(), 'tail-'));
    port = await freePort();
    tail = await startNbdkit(options('shared', port));
  });
  afterAll(async () => {
    await tail[Symbol.asyncDispose]();
    rmSync(dir, { recursive: true });
  });

  const io = (...commands: string[]) => client(tail.uri, ...commands).done;

  it('listens as soon as it is there, with a disk of the size that was asked for', () => {
    const { stdout, stderr } = spawnSync('nbdinfo', ['--size', tail.uri], { encoding: 'utf8', timeout: 10_000 });
    expect([stdout.trim(), stderr]).toEqual([String(16 * MiB), '']);
    // sparse: a lab has more disks than space
    expect(statSync(tail.backing).size).toBe(16 * MiB);
    expect(statSync(tail.backing).blocks * 512).toBeLessThan(MiB);
  });

  it('keeps what is written in its backing file, and gives it back', async () => {
    const { said } = await io('write -P 0x5a 8192 4096', 'flush', 'read -P 0x5a 8192 4096', 'read -P 0 0 4096');
    expect(said).not.toMatch(/fail|error|cannot/i);
    expect(
      readFileSync(tail.backing)
        .subarray(8192, 12_288)
        .every((byte) => byte === 0x5a),
    ).toBe(true);
  });

  it('answers nothing while it is paused, and everything once that is healed', async () => {
    await tail.inject({ kind: 'pause' });
    const waiting = client(tail.uri, 'write -P 1 0 4096');
    const early = await Promise.race([waiting.done, sleep(1000, 'still waiting')]);
    expect(early).toBe('still waiting');
    await tail.heal('pause');
    const { said, ended } = await waiting.done;
    expect(ended).toBe(true);
    expect(said).toContain('wrote 4096/4096 bytes at offset 0');
  });

  it('answers every request with an error, until that is healed', async () => {
    await tail.inject({ kind: 'error', errno: 'EIO', share: 1 });
    const broken = await io('write 0 4096', 'read 0 4096');
    expect(broken.said).toContain('write failed: Input/output error');
    expect(broken.said).toContain('read failed: Input/output error');
    await tail.heal('error');
    expect((await io('write 0 4096', 'read 0 4096')).said).not.toContain('failed');
  });

  it('makes each of a row of requests wait, until that is healed', async () => {
    // a client that thinks between two requests for longer than the tail lets everything through
    const row = Array.from({ length: 8 }, (_, index) => [`write ${index * 4096} 4096`, 'sleep 20']).flat();
    const before = await io(...row);
    await tail.inject({ kind: 'delay', delay_ms: 150 });
    const during = await io(...row);
    await tail.heal('delay');
    const after = await io(...row);
    expect(during.said).not.toContain('failed');
    expect(during.took_s).toBeGreaterThan(7 * 0.15);
    expect(during.took_s - before.took_s).toBeLessThan(60 * 0.15);
    expect(after.took_s).toBeLessThan(during.took_s - 0.5);
  });

  it('carries no more than the rate allows, until that is healed', async () => {
    // nbdkit lets a burst of two seconds through: 4 MiB of these 8
    const rate_bps = 2 * MiB * 8;
    const whole = Array.from({ length: 8 }, (_, index) => `write ${index * MiB} 1M`);
    await tail.inject({ kind: 'rate', rate_bps });
    await io('write 0 512'); // the new rate is read at a request
    const slow = await io(...whole);
    await tail.heal('rate');
    await io('write 0 512');
    const fast = await io(...whole);
    expect(slow.said).not.toContain('failed');
    expect(slow.took_s).toBeGreaterThan(1.5);
    expect(fast.took_s).toBeLessThan(slow.took_s / 2);
  });

  it.each(['pause', 'delay', 'error', 'rate'] as const)('can be healed of %s twice, also where nothing was injected', async (kind) => {
    await tail.heal(kind);
    await tail.heal(kind);
    expect((await io('read 0 512')).said).toContain('read 512/512');
  });

  it('does every fault that it promises', () => {
    expect([...tail.faults].sort()).toEqual(['delay', 'error', 'pause', 'rate']);
  });

  it('is gone once it is disposed, also in the middle of a fault', async () => {
    const at = await freePort();
    const other = await startNbdkit(options('gone', at));
    await other.inject({ kind: 'pause' });
    await other.inject({ kind: 'delay', delay_ms: 5000 });
    expect(await listens(at)).toBe(true);
    await other[Symbol.asyncDispose]();
    expect(await listens(at)).toBe(false);
  });

  it('that dies during a fault is told to whoever heals it, and to nobody else', async () => {
    const jobs: Job[] = [];
    const { spawn: really, ...rest } = options('dead', await freePort());
    const dying = await startNbdkit({
      ...rest,
      spawn: (argv) => {
        const job = really(argv);
        jobs.push(job);
        return job;
      },
    });
    await dying.inject({ kind: 'delay', delay_ms: 20 });
    await jobs[0]?.stop();
    await sleep(200); // a rejection that nobody handles would end the test run
    await expect(dying.heal('delay')).rejects.toThrow(InfraError);
    await expect(dying.inject({ kind: 'pause' })).rejects.toThrow(/pause control .* failed/);
    await dying[Symbol.asyncDispose]();
  });

  it('that cannot listen is our own failure, in the words of nbdkit', async () => {
    await expect(startNbdkit(options('taken', port))).rejects.toThrow(/^nbdkit did not start: .*[Aa]ddress already in use/s);
  });

  it('whose disk cannot be made is our own failure', async () => {
    mkdirSync(join(dir, 'place'));
    writeFileSync(join(dir, 'place', 'file'), '');
    await expect(startNbdkit(options('place/file', port))).rejects.toThrow(/^cannot make the tail's disk in .*place\/file: /);
  });
});

describe("nbdkit's command line", () => {
  it('has the filters outermost first: a pause holds everything, an error is not slowed down', () => {
    const argv = nbdkitArgv({ dir: '/run/tail', host: '2001:2:0:8001::1', port: 10_809 });
    expect(argv.filter((word) => word.startsWith('--filter='))).toEqual(['--filter=pause', '--filter=error', '--filter=rate']);
    expect(argv.join(' ')).toContain('--ipaddr 2001:2:0:8001::1 --port 10809');
    expect(argv).toContain('pause-control=/run/tail/pause');
    // without a file there is no error: the rate alone says that then every request fails
    expect(argv.filter((word) => word.startsWith('error'))).toEqual(['error=EIO', 'error-rate=100%', 'error-file=/run/tail/error']);
    // plain digits: nbdkit would read 1e+12 as another figure
    expect(argv).toContain('rate=1000000000000');
  });
});
