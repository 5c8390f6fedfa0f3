/**
 * A tail served by nbdkit(1). Filters stand in this order, outermost first: pause, error, rate; an error filter outside the others fails
 * a request at once. Idle filters cost nothing measurable.
 */
import { closeSync, existsSync, ftruncateSync, mkdirSync, openSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { createConnection } from 'node:net';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { explain, InfraError } from '../../results/errors.ts';
import type { Job } from '../target.ts';
import type { StartTail, Tail, TailFault, TailFaultKind, TailOptions } from './tail.ts';

const START_LIMIT_MS = 10_000;
const CONTROL_LIMIT_MS = 10_000;
/** `rate-file` has no word for unlimited: a rate that no link here reaches. */
const UNLIMITED_BPS = 1e12;
/** Between two delays the pause filter lets what has waited go through. */
const DELAY_GAP_MS = 1;

/** The argv; pure. nbdkit's own plugin `file` keeps the disk in a sparse file. */
export function nbdkitArgv(options: Pick<TailOptions, 'dir' | 'host' | 'port'>): string[] {
  const { dir, host, port } = options;
  return [
    ...['nbdkit', '--foreground', '--ipaddr', host, '--port', String(port), '--pidfile', join(dir, 'pid')],
    ...['--filter=pause', '--filter=error', '--filter=rate', 'file', join(dir, 'disk')],
    ...[`pause-control=${join(dir, 'pause')}`],
    ...['error=EIO', 'error-rate=100%', `error-file=${join(dir, 'error')}`],
    ...[`rate=${UNLIMITED_BPS}`, `rate-file=${join(dir, 'rate')}`],
  ];
}

/** Starts nbdkit on a new sparse disk and waits until it listens. Throws InfraError with its words when it does not start. */
export const startNbdkit: StartTail = async (options) => {
  const { dir } = options;
  try {
    mkdirSync(dir, { recursive: true });
    const fd = openSync(join(dir, 'disk'), 'w');
    ftruncateSync(fd, options.size_MiB * 1024 * 1024);
    closeSync(fd);
  } catch (cause) {
    throw new InfraError(`cannot make the tail's disk in ${dir}: ${explain(cause)}`, { cause });
  }
  const job = options.spawn(nbdkitArgv(options));
  let ended: { code: number | null; stderr: string } | undefined;
  void job.done.then((how) => {
    ended = how;
  });
  job.stdout.resume();
  // nbdkit writes its pid file once it listens
  for (const end = Date.now() + START_LIMIT_MS; !existsSync(join(dir, 'pid')); await sleep(10)) {
    if (ended !== undefined) throw new InfraError(`nbdkit did not start: ${ended.stderr || `exit ${ended.code}`}`);
    if (Date.now() > end) {
      await job.stop();
      throw new InfraError(`nbdkit did not listen within ${START_LIMIT_MS / 1000} s`);
    }
  }
  return new NbdkitTail(options, job);
};

class NbdkitTail implements Tail {
  readonly kind = 'nbdkit';
  readonly faults: ReadonlySet<TailFaultKind> = new Set(['pause', 'delay', 'error', 'rate']);
  readonly uri: string;
  readonly backing: string;
  readonly #dir: string;
  readonly #job: Job;
  #delay: AbortController | undefined;
  #delayEnded: Promise<void> = Promise.resolve();

  constructor(options: TailOptions, job: Job) {
    this.#dir = options.dir;
    this.#job = job;
    this.uri = `nbd://[${options.host}]:${options.port}`;
    this.backing = join(options.dir, 'disk');
  }

  async inject(fault: TailFault): Promise<void> {
    switch (fault.kind) {
      case 'pause':
        return this.#pause('p');
      case 'error':
        return writeFileSync(join(this.#dir, 'error'), '');
      case 'rate':
        return this.#rate(fault.rate_bps);
      case 'delay':
        await this.heal('delay');
        this.#delay = new AbortController();
        this.#delayEnded = this.#stutter(fault.delay_ms, this.#delay.signal);
        this.#delayEnded.catch(() => undefined); // a server that died meanwhile is told to whoever heals it
    }
  }

  async heal(kind: TailFaultKind): Promise<void> {
    switch (kind) {
      case 'pause':
        return this.#pause('r');
      case 'error':
        return rmSync(join(this.#dir, 'error'), { force: true });
      case 'rate':
        return this.#rate(UNLIMITED_BPS);
      case 'delay':
        this.#delay?.abort();
        this.#delay = undefined;
        await this.#delayEnded;
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.heal('delay').catch(() => undefined); // it is ended with the server below
    await this.#job.stop();
  }

  /** The filter is read by rename, so that no half-written figure is seen; its units are binary, plain digits are bits per second. */
  #rate(rate_bps: number): void {
    const partial = join(this.#dir, 'rate.partial');
    writeFileSync(partial, `${Math.round(rate_bps)}\n`);
    renameSync(partial, join(this.#dir, 'rate'));
  }

  /**
   * nbdkit's delay filter is fixed when the server starts. A pause of the delay's length, over and over, makes each synchronous
   * request wait as long: it arrives just after the last one was let go.
   */
  async #stutter(delay_ms: number, signal: AbortSignal): Promise<void> {
    while (!signal.aborted) {
      await this.#pause('p');
      await sleep(delay_ms, undefined, { signal }).catch(() => undefined); // healed early
      await this.#pause('r');
      await sleep(DELAY_GAP_MS);
    }
  }

  /** Sends `p` or `r` to the pause filter's socket; it echoes the letter in upper case once that is in force. */
  async #pause(letter: 'p' | 'r'): Promise<void> {
    const path = join(this.#dir, 'pause');
    await new Promise<void>((resolve, reject) => {
      const socket = createConnection(path);
      const fail = (why: string) => {
        socket.destroy();
        reject(new InfraError(`the tail's pause control ${path} failed: ${why}`));
      };
      socket.setTimeout(CONTROL_LIMIT_MS, () => fail(`no answer in ${CONTROL_LIMIT_MS / 1000} s`));
      socket.on('error', (error) => fail(explain(error)));
      socket.on('connect', () => socket.write(letter));
      socket.on('data', (data) => {
        if (data.toString() !== letter.toUpperCase()) return fail(`unexpected answer ${JSON.stringify(data.toString())}`);
        socket.end();
        resolve();
      });
    });
  }
}
