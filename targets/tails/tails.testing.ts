/** Real tails on the loopback and real clients, for the tests. */
import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { accessSync, constants, mkdtempSync, rmSync } from 'node:fs';
import { createConnection, createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { delimiter, join } from 'node:path';
import { afterAll, beforeAll } from 'vitest';
import { start } from '../leash.ts';
import type { LocalJob } from '../target.ts';
import { TAILS } from './index.ts';
import type { Tail, TailFault, TailFaultKind, TailKind, TailOptions } from './tail.ts';

export const MiB = 1024 * 1024;
export const HOST = '::1';
const SIZE_MiB = 16;
export const SIZE_bytes = SIZE_MiB * MiB;
/** Ends whatever a test left running. */
const LIMIT_S = 60;
const CLIENTS = ['qemu-io', 'nbdinfo', 'openssl'];

/** One of each kind of fault. */
export const FAULTS: Readonly<Record<TailFaultKind, TailFault>> = {
  pause: { kind: 'pause' },
  delay: { kind: 'delay', delay_ms: 30 },
  error: { kind: 'error', errno: 'EIO', share: 1 },
  rate: { kind: 'rate', rate_bps: 64 * MiB },
  kill: { kind: 'kill' },
};
export const KINDS = Object.keys(FAULTS) as TailFaultKind[];

const found = (program: string): string | undefined =>
  (process.env.PATH ?? '')
    .split(delimiter)
    .concat('/usr/sbin', '/sbin')
    .map((dir) => (program.includes('/') ? program : join(dir, program)))
    .find((path) => {
      try {
        accessSync(path, constants.X_OK);
        return true;
      } catch {
        return false;
      }
    });

/** flexnbd is in no archive: a build of it is named by the environment. */
export const FLEXNBD = found(process.env.STORMPROOF_FLEXNBD ?? 'flexnbd');

/** Why a kind cannot be tried here, undefined where it can. */
export function missingFor({ programs }: TailKind): string | undefined {
  const missing = [...programs, ...CLIENTS].filter(
    (program) => found(program) === undefined && !(program === 'flexnbd' && FLEXNBD !== undefined),
  );
  return missing.length === 0 ? undefined : `there is no ${missing.join(', ')} here`;
}

/** A bench and a tail of that kind on it, for the tests of a `describe`; there is none where the kind cannot be tried. */
export function tailOf(kind: TailKind): { readonly bench: Bench; readonly tail: Tail } {
  const here = missingFor(kind) === undefined;
  const on = {} as { bench: Bench; tail: Tail };
  beforeAll(async () => {
    if (!here) return;
    on.bench = new Bench();
    on.tail = await on.bench.start(kind);
  });
  afterAll(async () => {
    if (here) await on.bench[Symbol.asyncDispose]();
  });
  return on;
}

/** A title that tells why its tests are skipped. */
export const title = (kind: TailKind): string => {
  const why = missingFor(kind);
  return why === undefined ? kind.name : `${kind.name} (skipped: ${why})`;
};

/** For `describe.each`. */
export const EACH_KIND = Object.values<TailKind>(TAILS).map((kind) => [title(kind), kind] as const);

/** A port of the loopback that nobody has at the moment; flexnbd's other one is as free as chance has it. */
export function freePort(): Promise<number> {
  return new Promise((resolve, reject) => {
    const server = createServer().once('error', reject);
    server.listen(0, HOST, () => {
      const { port } = server.address() as { port: number };
      server.close(() => resolve(port));
    });
  });
}

export const answers = (port: number): Promise<boolean> =>
  new Promise((resolve) => {
    const socket = createConnection(port, HOST);
    socket.once('error', () => resolve(false)).once('connect', () => resolve(true));
    socket.once('connect', () => socket.destroy());
  });

/** Tails of a test file, in a directory that goes with them. */
export class Bench implements AsyncDisposable {
  readonly run = `tail-test-${randomBytes(4).toString('hex')}`;
  readonly dir = mkdtempSync(join(tmpdir(), 'tail-'));
  readonly jobs: LocalJob[] = [];
  readonly #tails: Tail[] = [];

  async options(kind: TailKind, change: Partial<TailOptions> = {}): Promise<TailOptions> {
    return {
      dir: join(this.dir, randomBytes(4).toString('hex')),
      host: HOST,
      port: await freePort(),
      backing: { kind: 'file', size_MiB: SIZE_MiB },
      exportName: kind.name === 'nbd-server' ? 'disk' : '',
      program: kind.name === 'flexnbd' ? FLEXNBD : undefined,
      spawn: (argv) => {
        const job = start(argv, { run: this.run, limit_s: LIMIT_S });
        this.jobs.push(job);
        return job;
      },
      ...change,
    };
  }

  async start(kind: TailKind, change: Partial<TailOptions> = {}): Promise<Tail> {
    const tail = await kind.start(await this.options(kind, change));
    this.#tails.push(tail);
    return tail;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    for (const tail of this.#tails) await tail[Symbol.asyncDispose]();
    rmSync(this.dir, { recursive: true });
  }
}

export interface Heard {
  readonly said: string;
  readonly took_s: number;
  readonly ended: boolean;
}

/** A client: qemu-io(1) carries out its commands one after the other, and ends by itself in time. */
export function client(uri: string, ...commands: string[]): { child: ChildProcess; done: Promise<Heard> } {
  return clientOf(['-f', 'raw', uri], ...commands);
}

export function clientOf(image: readonly string[], ...commands: string[]): { child: ChildProcess; done: Promise<Heard> } {
  const from = performance.now();
  const child = spawn('qemu-io', [...commands.flatMap((command) => ['-c', command]), ...image], { timeout: 15_000, killSignal: 'SIGKILL' });
  let said = '';
  for (const stream of [child.stdout, child.stderr])
    stream.setEncoding('utf8').on('data', (text: string) => {
      said += text;
    });
  const done = new Promise<Heard>((resolve) => {
    child.on('close', (code) => resolve({ said, took_s: (performance.now() - from) / 1000, ended: code !== null }));
  });
  return { child, done };
}

/** A client that shows a certificate. libnbd 1.14 will not do: it gives an IP address as its SNI, which GnuTLS refuses (RFC 6066, section 3). */
export function tlsClient({ host, port, exportName }: TailOptions, certificates: string, ...commands: string[]): Promise<Heard> {
  const image = `driver=nbd,host=${host},port=${port},export=${exportName},tls-creds=tls`;
  const credentials = `tls-creds-x509,id=tls,endpoint=client,dir=${certificates}`;
  return clientOf(['--object', credentials, '--image-opts', image], ...commands).done;
}

export const io = (tail: Tail, ...commands: string[]): Promise<Heard> => client(tail.uri, ...commands).done;

/** The size that nbdinfo(1) is told, or its complaint. */
export function sizeSeen(uri: string): string {
  const { stdout, stderr } = spawnSync('nbdinfo', ['--size', uri], { encoding: 'utf8', timeout: 10_000 });
  return stdout.trim() || stderr.trim();
}
