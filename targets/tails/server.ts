/**
 * What all tails have in common: a disk, programs that are started and waited for, told with their own words when they die, killed and
 * started again, and made to stand still by signals. A server's own file says the rest.
 */
import { closeSync, ftruncateSync, mkdirSync, openSync } from 'node:fs';
import { join } from 'node:path';
import { explain, InfraError } from '../../results/errors.ts';
import type { LocalJob } from '../target.ts';
import type { TailRequest } from './nbdkit-log.ts';
import { endProgram, signal, startProgram } from './program.ts';
import type { Backing, Tail, TailFault, TailFaultKind, TailKind, TailOptions } from './tail.ts';

/** What a server brings along. */
export interface Server {
  /** what is started, one after the other, and the port on which each then listens */
  readonly programs: readonly { readonly argv: readonly string[]; readonly port: number }[];
  /** before each start: files that it reads, and what a dead one may have left */
  prepare?(): void;
  /**
   * Puts a fault in force, or none of its kind where it is undefined; may be called twice. It is asked for everything but `kill`, and for
   * `pause` only with `pausesItself`; never while the server is dead or stands still by a signal.
   */
  set?(kind: TailFaultKind, fault: TailFault | undefined): Promise<void>;
  readonly pausesItself?: boolean;
  /** it is about to be killed: what goes on in the background ends, in silence */
  forget?(): void;
  /** why it cannot do a fault of a kind that it can do */
  refuses?(fault: TailFault): string | undefined;
  requests?(): Promise<TailRequest[]>;
}

/**
 * A sparse file, since a lab has more disks than space. Gives the path of what holds the bytes, undefined for the server's
 * memory. Throws InfraError.
 */
function makeDisk(dir: string, backing: Backing): string | undefined {
  const path = backing.kind === 'file' ? join(dir, 'disk') : backing.kind === 'device' ? backing.path : undefined;
  try {
    mkdirSync(dir, { recursive: true });
    if (backing.kind !== 'file' || path === undefined) return path;
    const fd = openSync(path, 'w');
    ftruncateSync(fd, backing.size_MiB * 1024 * 1024);
    closeSync(fd);
    return path;
  } catch (cause) {
    throw new InfraError(`cannot make the tail's disk in ${dir}: ${explain(cause)}`, { cause });
  }
}

/**
 * Makes the disk, starts the server that `serverOf` gives for it (for its path, which is undefined in memory) and waits until it listens. Throws
 * InfraError for what the kind refuses, and with the server's words where it does not start.
 */
export async function startServer(kind: TailKind, options: TailOptions, serverOf: (path: string | undefined) => Server): Promise<Tail> {
  const why = kind.refuses?.(options);
  if (why !== undefined) throw new InfraError(why);
  const path = makeDisk(options.dir, options.backing);
  const tail = new ServerTail(kind, options, path, serverOf(path));
  await tail.start();
  return tail;
}

class ServerTail implements Tail {
  readonly kind: string;
  readonly faults: ReadonlySet<TailFaultKind>;
  readonly uri: string;
  readonly backing: string | undefined;
  readonly #server: Server;
  readonly #spawn: TailOptions['spawn'];
  readonly #inMemory: boolean;
  readonly #died: TailOptions['died'];
  #jobs: LocalJob[] = [];
  /** in force, or to be as soon as the server can be asked */
  readonly #injected = new Map<TailFaultKind, TailFault>();
  /** what has changed since the server stands still by a signal */
  readonly #late = new Set<TailFaultKind>();
  #alive = false;
  #still = false;
  #turn: Promise<unknown> = Promise.resolve();

  constructor(kind: TailKind, options: TailOptions, backing: string | undefined, server: Server) {
    this.kind = kind.name;
    this.#inMemory = options.backing.kind === 'memory';
    this.faults = this.#inMemory ? kind.faults.difference(new Set(['kill'])) : kind.faults;
    const { host, port, exportName, tls } = options;
    this.uri = `nbd${tls === undefined ? '' : 's'}://[${host}]:${port}${exportName === '' ? '' : `/${encodeURIComponent(exportName)}`}`;
    this.backing = backing;
    this.#spawn = options.spawn;
    this.#died = options.died;
    this.#server = server;
  }

  async start(): Promise<void> {
    this.#server.prepare?.();
    try {
      for (const { argv, port } of this.#server.programs) {
        const job = await startProgram(argv, { kind: this.kind, port, spawn: this.#spawn });
        this.#jobs.push(job);
        void job.done.then(({ code, stderr }) => {
          // what is killed, or released, is none of the jobs any more
          if (this.#jobs.includes(job)) this.#died?.(new InfraError(`a tail died: ${this.kind}: ${stderr || `exit ${code}`}`));
        });
      }
      this.#alive = true;
    } catch (error) {
      await this.#end();
      throw error;
    }
  }

  refuses(fault: TailFault): string | undefined {
    if (fault.kind === 'kill' && this.#inMemory) return `${this.kind} keeps this disk in its memory: killed, it would come back empty`;
    if (!this.faults.has(fault.kind)) return `the tail is ${this.kind}, which cannot ${fault.kind}`;
    return this.#server.refuses?.(fault);
  }

  inject(fault: TailFault): Promise<void> {
    const why = this.refuses(fault);
    if (why !== undefined) return Promise.reject(new InfraError(why));
    return this.#inTurn(() => {
      this.#injected.set(fault.kind, fault);
      return this.#enforce(fault.kind);
    });
  }

  heal(kind: TailFaultKind): Promise<void> {
    if (!this.faults.has(kind)) return Promise.resolve(); // nothing was ever injected
    return this.#inTurn(() => {
      this.#injected.delete(kind);
      return this.#enforce(kind);
    });
  }

  async requests(): Promise<TailRequest[] | undefined> {
    return this.#server.requests?.();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#server.forget?.();
    await this.#end();
    // what was on its way may have started it again
    await this.#turn;
    await this.#end();
  }

  /** One after the other: a fault may be healed while another is still on its way. */
  #inTurn(work: () => Promise<void>): Promise<void> {
    const done = this.#turn.then(work);
    this.#turn = done.catch(() => undefined); // told to whoever asked for it
    return done;
  }

  async #enforce(kind: TailFaultKind): Promise<void> {
    if (kind === 'kill') return this.#injected.has('kill') ? this.#kill() : this.#revive();
    if (this.#injected.has('kill')) return; // when it is back
    if (kind === 'pause' && !this.#server.pausesItself) return this.#injected.has('pause') ? this.#standStill() : this.#goOn();
    if (this.#still) this.#late.add(kind);
    else await this.#server.set?.(kind, this.#injected.get(kind));
  }

  async #kill(): Promise<void> {
    this.#server.forget?.();
    this.#alive = false;
    this.#still = false;
    const jobs = this.#jobs.splice(0);
    for (const job of jobs) signal(job, 'SIGKILL');
    await Promise.all(jobs.map(endProgram));
  }

  /**
   * On the same disk, with what else was injected: a pause first, so that as little as can be slips through, but one by a signal last, since what
   * stands still hears of nothing else.
   */
  async #revive(): Promise<void> {
    if (this.#alive) return;
    await this.start();
    this.#late.clear();
    const pauseIs = this.#server.pausesItself ? -1 : 1;
    const kinds = [...this.#injected.keys()].sort((a, b) => pauseIs * (Number(a === 'pause') - Number(b === 'pause')));
    for (const kind of kinds) await this.#enforce(kind);
  }

  #standStill(): void {
    const running = this.#jobs.map((job) => signal(job, 'SIGSTOP'));
    if (running.includes(0)) throw new InfraError(`${this.kind} has ended by itself and cannot be paused`);
    this.#still = true;
  }

  async #goOn(): Promise<void> {
    for (const job of this.#jobs) signal(job, 'SIGCONT');
    this.#still = false;
    for (const kind of [...this.#late]) {
      this.#late.delete(kind);
      await this.#enforce(kind);
    }
  }

  async #end(): Promise<void> {
    await Promise.all(this.#jobs.splice(0).map(endProgram));
  }
}
