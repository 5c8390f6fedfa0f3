/**
 * The contract of a target: where machines come from. One folder per implementation (`lab/`, later `metal/`), one line in `TARGETS`.
 *
 * A `Target` makes one `Site` per trial: the machines, networks and tails that a suite's `Topology` asks for. What a site has made it
 * undoes in reverse order when it is disposed, whatever happened in between.
 */
import type { Duplex, Readable } from 'node:stream';
import type { CandidateRecord, Contention, FileSystemName, Seat } from '../results/model.ts';
import type { TailName } from './tails/index.ts';
import type { Failing, Tail } from './tails/tail.ts';

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
  /**
   * Rates of the storage link and of each machine's front link, in both directions, in bit/s of the medium: a frame takes its FCS, preamble and
   * gap too (24 bytes), and 84 bytes at least, as on Ethernet. Undefined is unlimited.
   */
  readonly storeRate_bps?: number | undefined;
  readonly frontRate_bps?: number | undefined;
  /** the largest packet of the front network in bytes, without its link-layer header; 1500 where it is not said, 9000 for jumbo frames */
  readonly mtu_bytes?: number | undefined;
  /** how tails serve; as `TailPlan` says where nothing is said */
  readonly tails?: TailPlan;
  /**
   * Storage comes in over the front link and by the front card: `frontRate_bps` is then for both together, and a flood of the front starves
   * storage. Machines' disks must be attached by their kernels.
   */
  readonly sharedLink?: true | undefined;
}

/** How a trial's tails serve, all alike, each a disk under the name of its machine. */
export interface TailPlan {
  /** nbdkit where it is not said */
  readonly kind?: TailName;
  /** the server's binary, where it is not the one in PATH */
  readonly program?: string;
  /** clients must use TLS, and show a certificate of the run's own */
  readonly tls?: true;
  /** they keep a log of their requests, where they can */
  readonly log?: true;
  /** the errors that will be injected */
  readonly failing?: Failing;
}

export interface MachineSpec {
  /** unique in the topology: `head`, `tenant1` … */
  readonly name: string;
  readonly seat: Seat;
  readonly cpus: number;
  readonly memory_MiB: number;
  /** nodes of NUMA among which memory and processors are shared out evenly; 1 where it is not said */
  readonly nodes?: number;
  /**
   * What a full host has left, in MiB over all nodes: a ballast takes the rest whenever the machine has booted, without writing to it. Where it is
   * not said there is none.
   */
  readonly unused_MiB?: number;
  /** how much memory the trial will write to beside what a kernel needs to run, in MiB: for what it costs */
  readonly touched_MiB?: number;
  /** its disk on the tail */
  readonly disk?: DiskSpec;
  /** a tenant behind it, as a VM stands behind its host; none where it is not said */
  readonly behind?: Forwarding;
}

export interface DiskSpec {
  /** who speaks NBD: QEMU (as a cloud does), or the candidate kernel's own driver */
  readonly attach: 'qemu' | 'kernel';
  readonly size_MiB: number;
  /** what it carries; ext4 where it is not said */
  readonly fileSystem?: FileSystemName;
  /** of a disk that the kernel attaches */
  readonly nbd?: NbdSettings;
}

/** What nbd-client(8) tells the kernel's driver (drivers/block/nbd.c). */
export interface NbdSettings {
  /** a request that has no answer for so long fails, or goes by another connection where there is one; 0, the default, waits for ever */
  readonly timeout_s?: number;
  /** 1 where it is not said */
  readonly connections?: number;
  /** nbd-client stays, and connects anew when a connection is lost; on where it is not said */
  readonly persist?: boolean;
}

/** What the disk of a machine carries; undefined without a disk. */
export const fileSystemOf = ({ disk }: Pick<MachineSpec, 'disk'>): FileSystemName | undefined => disk && (disk.fileSystem ?? 'ext4');

/** How a machine passes packets on to the tenant behind it: bridged at layer 2, forwarded at layer 3, or forwarded and each of them tracked. */
export type Forwarding = 'bridge' | 'route' | 'conntrack';

/**
 * A tenant behind a machine: a network namespace `tenant` of the machine, whose card hangs on a tap `tap0` (with `bridge` a port of `br0`, beside
 * the machine's front card, whose addresses are then `br0`'s).
 */
export interface Behind {
  readonly forwarding: Forwarding;
  /** the tenant's own */
  readonly address: string;
  readonly mac: string;
  /** the /64 that it stands in, as its first four groups: the front's with `bridge`, one of its own else */
  readonly prefix: string;
}

/** The networks of every site: `front` faces customers and floods, `store` carries NBD between head and tails. */
export type NetworkName = 'front' | 'store';

export interface Target {
  readonly kind: string;
  /**
   * What a topology would take of this machine's memory at its peak, in MiB, with its disks in `dir`, and why that, or the room for them, cannot be
   * had; `whyNot` is undefined where it can.
   */
  cost(topology: Topology, dir: string): { readonly memory_MiB: number; readonly whyNot: string | undefined };
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
  /** others took processors that the machines run on, and none was left idle */
  readonly contended: (told: Contention) => void;
}

export interface Site extends AsyncDisposable {
  /** what the machines run on, and why: `tcg`, since /dev/kvm … */
  readonly accelerator: { readonly kind: string; readonly why: string };
  /** what of the site is not what it would be in service, each in a few words: `processors emulated (tcg)` */
  readonly emulated: readonly string[];
  /** the most memory of this machine that the run has taken so far, in MiB */
  peak_MiB(): number;
  readonly machines: ReadonlyMap<string, Machine>;
  readonly networks: Readonly<Record<NetworkName, Network>>;
  /** the tails, by the machine whose disk each serves */
  readonly tails: ReadonlyMap<string, Tail>;
  /** Throws InfraError for a machine without a disk. */
  tailOf(machine: string): Tail;
}

export interface Network {
  readonly name: NetworkName;
  /** its IPv6 prefix, always inside 2001:2::/48 in the lab */
  readonly prefix: string;
  /** the address of the station on this network */
  readonly station: string;
  /**
   * Whether an address belongs to a machine that may be stormed, or to a tenant behind one; engines are refused anything else. Only the
   * spelling in which the target gives it is known.
   */
  consents(address: string): boolean;
  /** Whether all of a /64, given as its first four groups, may be stormed: it is this network's own, or that of a tenant behind it. */
  consentsPrefix(prefix: string): boolean;
  /** Starts a program on the network's station (the front's generator, the store's tail). It is bounded by `limit_s`. */
  spawn(argv: readonly string[], options: { readonly limit_s: number }): LocalJob;
  /** Where frames go that are `to` the machine, or through it to the tenant `behind` it. Throws InfraError for what was not made here. */
  aim(machine: string, at: 'to' | 'behind'): Aim;
  /** What the wire between station and machine has seen until now, read at once. Throws InfraError for a machine without a card here. */
  wire(machine: string): WireCounters;
  /**
   * Takes the station's link down, as a pulled cable does; `restore` undoes it. Both may be called twice. On a shared link (see `Topology`) it
   * is still the station's own cable, at the switch: cut off from the front a machine keeps its storage, and the other way round.
   */
  cut(): Promise<void>;
  restore(): Promise<void>;
  /** The station's link carries no more than this in each direction, counted as in `Topology`; `unthrottle` undoes it. Both may be called twice. */
  throttle(rate_bps: number): Promise<void>;
  unthrottle(): Promise<void>;
  /** The station forgets all connections of the programs that ran on it, as by a loss of power; on a link that is up the other ends are reset. */
  forget(): Promise<void>;
  /** The station's addresses stand on another card from now on, as where another host takes them over, and the network is told so. */
  takeOver(): Promise<void>;
}

/** Where an engine aims: always what the target made itself, or what consents. */
export interface Aim {
  /** the station's interface, and the link-layer addresses of a frame that is to get there */
  readonly device: string;
  readonly sourceMac: string;
  readonly destinationMac: string;
  readonly source: string;
  readonly destination: string;
  /** the /64 in which `destination` stands, as its first four groups (`2001:2:0:8a3c`); all of it is the run's own, so it may be flooded as a whole */
  readonly prefix: string;
}

/**
 * Totals since the network was made, from the station to the machine's card, in the order in which a frame passes; with the link-layer header,
 * without FCS. Whatever uses the way is counted, neighbour discovery and pings too.
 */
export interface WireCounters {
  /** What left the station by its link, however it got there: by a socket, or redirected to the link by XDP. */
  readonly sent: Frames;
  /** what the station had for its link that was lost there: the link is cut, or its far end has no room */
  readonly unsent_packets: number;
  /**
   * What came out of the link at the machines' side. In the lab that is `sent`, counted a second time: one counter of the kernel is read at both
   * ends of a veth. What several segments were joined to by GRO counts as they came.
   */
  readonly arrived: Frames;
  /**
   * What the machine's card took, from whomever it came: on a shared link storage too, and always what the lab's own end says. What GRO joined
   * counts once.
   */
  readonly taken: Frames;
  /**
   * What was lost since the machine did not take it in time: its card's queue was full. What a rate dropped (`frontRate_bps`) is in neither of
   * these two: it is what of `arrived` is missing from them.
   */
  readonly dropped_packets: number;
}

export interface Frames {
  readonly packets: number;
  readonly bytes: number;
}

export interface Machine extends AsyncDisposable {
  readonly name: string;
  readonly seat: Seat;
  /** its address on the networks it is attached to */
  readonly address: Readonly<Partial<Record<NetworkName, string>>>;
  /** the tenant behind it; undefined without one. It is there, and reached, whenever the machine is ready. */
  readonly behind: Behind | undefined;
  readonly console: Console;
  readonly power: Power;
  /** the block device that holds its tail disk, as the machine names it; undefined without a disk */
  readonly disk: string | undefined;
  /** what that is to carry; the harness makes it */
  readonly fileSystem: FileSystemName | undefined;
  /**
   * Turns the machine on and waits until its management answers. Throws CandidateError when the kernel did not get to its init,
   * InfraError when our side failed or it cannot be told.
   */
  boot(limit_s: number): Promise<BootTimes>;
  /** After `power.reset()`: waits until management answers again. Throws as `boot` does. */
  rejoin(limit_s: number): Promise<BootTimes>;
  /** Holds its disk to no more than that, by whoever serves it to the machine; undefined lifts the limit. Only where QEMU attaches the disk. */
  readonly limitDisk?: ((limit: DiskLimit | undefined) => Promise<void>) | undefined;
  /** A management connection; reused until it breaks, then made anew. Throws InfraError where none can be had in `limit_s`. */
  manage(limit_s?: number): Promise<Channel>;
}

/** Of reads and writes together. */
export interface DiskLimit {
  readonly bytes_per_s: number;
  readonly requests_per_s: number;
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
  /** told once for each boot, `by` what of the machine */
  | { readonly kind: 'panicked'; readonly by: string }
  | { readonly kind: 'watchdog' }
  | { readonly kind: 'off'; readonly expected: boolean; readonly detail: string };

/** The log of the kernel as text, as dmesg(1) shows it; or a core in kdump's compressed form, of the kernel's own pages, which crash(8) reads. */
export type DumpKind = 'log' | 'vmcore';

export interface DumpBudget {
  readonly limit_s: number;
  /** of what is kept; of a log that is longer its end is kept */
  readonly most_bytes: number;
  readonly signal?: AbortSignal;
}

export interface DumpAccount {
  readonly bytes: number;
  /** in words: of how much it is, and without what */
  readonly detail: string;
}

export interface Power {
  reset(): Promise<void>;
  pause(): Promise<void>;
  resume(): Promise<void>;
  /**
   * Takes of the machine's memory, which need not work any more, its kernel's log or a core, and writes it to `path`: whole, or not at all. The machine is
   * paused for it and stays so; a reset waits for it. Throws InfraError with the reason why it cannot be had, or the signal's.
   */
  dump(kind: DumpKind, path: string, budget: DumpBudget): Promise<DumpAccount>;
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

/** A program on this machine, with a time limit. */
export interface LocalJob extends Job {
  /** the program and whatever it started that still runs, without what bounds its time */
  pids(): number[];
}
