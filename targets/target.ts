/**
 * The contract of a target: where machines come from. One folder per implementation (`lab/`, later `metal/`), one line in `TARGETS`.
 *
 * A `Target` makes one `Site` per trial: the machines, networks and tails that a suite's `Topology` asks for. What a site has made it
 * undoes in reverse order when it is disposed, whatever happened in between.
 */
import type { Duplex, Readable } from 'node:stream';
import type { CandidateRecord, Seat } from '../results/model.ts';
import type { Tail } from './tails/tail.ts';

/** A candidate kernel resolved to files; made by `targets/candidate/`. */
export interface Candidate {
  /** what the person asked for, for example `deb:linux-image-cloud-amd64` */
  readonly asked: string;
  /** the release string inside the image, as `uname -r` will print it */
  readonly release: string;
  /** the version banner inside the image (`6.1.0-56-cloud-amd64 (debian-kernel@…) #1 SMP …`) */
  readonly version: string;
  /** the bzImage */
  readonly image: string;
  /** the directory that holds `modules.dep`, or undefined for a kernel without modules */
  readonly modules: string | undefined;
  /** the kernel's configuration, `CONFIG_X` -> `y`, `m` or a value; empty where it is not known */
  readonly config: ReadonlyMap<string, string>;
  /** sha256 over all its files: the key of everything that is cached for it */
  readonly digest: string;
  readonly record: CandidateRecord;
}

/** What a trial needs, as plain data. */
export interface Topology {
  readonly machines: readonly MachineSpec[];
  /** rate of the storage link in bit/s; undefined is unlimited */
  readonly storeRate_bps?: number;
}

export interface MachineSpec {
  /** unique in the topology: `head`, `tenant1` … */
  readonly name: string;
  readonly seat: Seat;
  readonly cpus: number;
  readonly memory_MiB: number;
  /** its disk on the tail: who speaks NBD, QEMU (as a cloud does) or the candidate kernel's own driver */
  readonly disk?: { readonly attach: 'qemu' | 'kernel'; readonly size_MiB: number };
}

/** The networks of every site: `front` faces customers and floods, `store` carries NBD between head and tails. */
export type NetworkName = 'front' | 'store';

export interface Target {
  readonly kind: string;
  /** Makes networks, tails and machines (not yet booted). Throws InfraError. */
  open(topology: Topology, options: SiteOptions): Promise<Site>;
}

export interface SiteOptions {
  readonly candidate: Candidate;
  /** the run that everything started here is marked with, and a short-named directory of its own for sockets and disks */
  readonly run: string;
  readonly runtimeDir: string;
  /** raw console bytes go to `<consoleDir>/<prefix><machine>.log` */
  readonly consoleDir: string;
  readonly prefix: string;
  /** everything that this site starts ends by itself after so many seconds, even when nobody is left to end it */
  readonly limit_s: number;
  /** kernel parameters added to the candidate's command line */
  readonly append: readonly string[];
  readonly signal: AbortSignal;
  /** progress for a person: `building the guest image` … */
  readonly note: (text: string) => void;
  /** our own side broke while nobody was waiting for it (disk full, QEMU died): the trial must end */
  readonly fault: (error: Error) => void;
}

export interface Site extends AsyncDisposable {
  /** what the machines run on, and why: `tcg`, since /dev/kvm … */
  readonly accelerator: { readonly kind: string; readonly why: string };
  readonly machines: ReadonlyMap<string, Machine>;
  readonly networks: Readonly<Record<NetworkName, Network>>;
  /** the tail that serves a machine's disk */
  tailOf(machine: string): Tail;
}

export interface Network {
  readonly name: NetworkName;
  /** its IPv6 prefix, always inside 2001:2::/48 in the lab */
  readonly prefix: string;
  /** the address of the station on this network */
  readonly station: string;
  /** whether an address belongs to a machine that may be stormed; engines are refused anything else */
  consents(address: string): boolean;
  /** Starts a program on the network's station (the front's generator, the store's tail). It is bounded by `limit_s`. */
  spawn(argv: readonly string[], options: { readonly limit_s: number }): Job;
  /** the interface of the station, and the link-layer address that frames to `machine` must carry */
  link(machine: string): { readonly device: string; readonly source: string; readonly destination: string };
  /** Takes the link down, as a pulled cable does; `restore` undoes it. Both may be called twice. */
  cut(): Promise<void>;
  restore(): Promise<void>;
}

export interface Machine extends AsyncDisposable {
  readonly name: string;
  readonly seat: Seat;
  /** its address on the networks it is attached to */
  readonly address: Readonly<Partial<Record<NetworkName, string>>>;
  readonly console: Console;
  readonly power: Power;
  /** the block device that holds its tail disk, as the machine names it; undefined without a disk */
  readonly disk: string | undefined;
  /**
   * Turns the machine on and waits until its management answers. Throws CandidateError when the kernel did not get to its init,
   * InfraError when our side failed or it cannot be told.
   */
  boot(limit_s: number): Promise<BootTimes>;
  /** After `power.reset()`: waits until management answers again. Throws as `boot` does. */
  rejoin(limit_s: number): Promise<BootTimes>;
  /** A management connection; reused until it breaks, then made anew. Throws InfraError where none can be had in `limit_s`. */
  manage(limit_s?: number): Promise<Channel>;
}

/** Seconds from power on to each milestone. */
export interface BootTimes {
  readonly firstByte_s: number;
  readonly init_s: number;
  readonly ready_s: number;
}

/** The serial console, raw from the first byte; it is also written to `path`. */
export interface Console {
  readonly path: string;
  readonly bytes: number;
  /** Calls `listener` with every chunk from now on; returns the way to stop it. */
  subscribe(listener: (chunk: Buffer) => void): () => void;
}

export type PowerEvent =
  | { readonly kind: 'reset'; readonly byGuest: boolean }
  | { readonly kind: 'panicked' }
  | { readonly kind: 'watchdog' }
  | { readonly kind: 'off'; readonly expected: boolean; readonly detail: string };

export interface Power {
  reset(): Promise<void>;
  pause(): Promise<void>;
  resume(): Promise<void>;
  /** Writes the machine's memory to `path`, in kdump's compressed, flattened form, which crash(8) reads. */
  dump(path: string): Promise<void>;
  subscribe(listener: (event: PowerEvent) => void): () => void;
}

/** A way to run programs on a machine. Arguments are quoted by the channel; programs are bounded by the machine itself. */
export interface Channel {
  /** Runs to the end. Throws InfraError when the connection breaks or `limit_s` passes; a non-zero exit is returned, not thrown. */
  run(argv: readonly string[], options: { readonly limit_s: number; readonly input?: string }): Promise<Output>;
  /** Starts and streams. A job with a `name` ends an earlier one of the same name on that machine, so that there is never a second. */
  start(argv: readonly string[], options: { readonly limit_s: number; readonly name?: string }): Promise<Job>;
  close(): void;
}

export interface Output {
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
}

/** A running program, here or on a machine. `done` resolves when it has ended, never rejects; `stop` ends it and waits for that. */
export interface Job {
  readonly stdin: NodeJS.WritableStream | undefined;
  readonly stdout: Readable | Duplex;
  /** `code` is null when it was ended by a signal or the connection broke; `stderr` holds its last 4 KiB */
  readonly done: Promise<{ readonly code: number | null; readonly stderr: string; readonly timedOut: boolean }>;
  stop(): Promise<void>;
}
