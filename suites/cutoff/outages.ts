/**
 * The ways in which storage can go away under a host, one row each: the faults that make it, how long its writes must then have waited for it to
 * count as real, and what a host has to bear by itself.
 */
import type { TailFault } from '../../targets/tails/tail.ts';
import type { Action } from '../suite.ts';

/** Who speaks NBD: QEMU, as a cloud does, or the candidate kernel's own driver. */
export const ATTACHMENTS = ['qemu', 'kernel'] as const;
export type Attachment = (typeof ATTACHMENTS)[number];

/** Disks are written to ten times a second: that storage stood still for much less could not be told from how it always is. An hour is longer than anybody waits for. */
export const SHORTEST_OUTAGE_S = 1;
export const LONGEST_OUTAGE_S = 3600;

/** A fault without its times. */
type Fault = WithoutTimes<Extract<Action, { kind: 'fault' }>>;
type WithoutTimes<A> = A extends unknown ? Omit<A, 'at_s' | 'for_s'> : never;

export interface Outage {
  readonly summary: string;
  /** what happens to each of the machines' tails, or once to the network of all, whose link has that rate */
  readonly faults: (machines: readonly string[], link_bps: number) => readonly Fault[];
  /**
   * By what it is seen to be real: for how long storage must have given no answer in an outage of `for_s` seconds; or a figure that its fault tells.
   */
  readonly proof: { readonly leastStall_s: (for_s: number) => number } | { readonly figure: string; readonly atLeast: number };
  /**
   * What becomes of a host, by who attaches its disk. `lives`: it rides it out, without an error and by itself. `errs`: it is told of failed
   * requests, and may say so; its file system may be gone until it is reset, and that is all: it must not crash, hang or lose what it
   * acknowledged. Absent: whoever attaches it is out of reach.
   */
  readonly hosts: Readonly<Partial<Record<Attachment, 'lives' | 'errs'>>>;
}

const once = (fault: Fault) => () => [fault];
const atEach = (params: TailFault) => (machines: readonly string[]) =>
  machines.map((on): Fault => ({ kind: 'fault', fault: 'tail', on, params }));

/** Of what is held up, so much must be seen: probes need a moment to notice. */
const SEEN = 0.8;
/** Of an outage during which nothing is answered. */
const allOfIt = (for_s: number): number => SEEN * for_s;
/** Of one that holds up each request for so long, and not for all of its time. */
const holding =
  (seconds: number) =>
  (for_s: number): number =>
    Math.min(SEEN * seconds, allOfIt(for_s));
const FLAP = { down_s: 1, up_s: 1 } as const;
const SLOW_MS = 500;
const IMPAIRED = { delay_ms: 300, jitter_ms: 100, loss_percent: 2, reorder_percent: 5 } as const;
const COLLAPSED_BPS = 100_000;
const IDLE_CONNECTIONS = 64;
/** So many times what the link carries: what it drops is then mostly the others', and much of the storage's. */
const OVERLOAD = 4;
/** What is lost is sent again after this time at the soonest (include/net/tcp.h, TCP_RTO_MIN). */
const LEAST_RETRANSMISSION_S = 0.2;

const LIVES = { qemu: 'lives', kernel: 'lives' } as const;
const ERRS = { qemu: 'errs', kernel: 'errs' } as const;
/**
 * A kernel that has lost all connections of a disk fails its requests at once (drivers/block/nbd.c, nbd_handle_cmd()), unless somebody gives it new
 * ones within dead_conn_timeout, which nbd-client(8) does not; QEMU connects again by itself and lets them wait (`reconnect-delay`).
 */
const QEMU_LIVES = { qemu: 'lives', kernel: 'errs' } as const;

export const OUTAGES = {
  cut: {
    summary: 'the link of the storage network is cut: nobody is told, packets are gone',
    faults: once({ kind: 'fault', fault: 'link-cut', on: 'store' }),
    proof: { leastStall_s: allOfIt },
    hosts: LIVES,
  },
  pause: {
    summary: 'tails answer nothing; connections stay',
    faults: atEach({ kind: 'pause' }),
    proof: { leastStall_s: allOfIt },
    hosts: LIVES,
  },
  flap: {
    summary: `the link goes down for ${FLAP.down_s} s and comes back for ${FLAP.up_s} s, over and over`,
    faults: once({ kind: 'fault', fault: 'link-flap', on: 'store', params: FLAP }),
    proof: { leastStall_s: holding(FLAP.down_s) },
    hosts: LIVES,
  },
  collapse: {
    summary: `the link carries no more than ${COLLAPSED_BPS / 1000} kbit/s`,
    faults: once({ kind: 'fault', fault: 'link-rate', on: 'store', params: { rate_bps: COLLAPSED_BPS } }),
    proof: { leastStall_s: holding(1) },
    hosts: LIVES,
  },
  slow: {
    summary: `tails let requests through only every ${SLOW_MS} ms`,
    faults: atEach({ kind: 'delay', delay_ms: SLOW_MS }),
    proof: { leastStall_s: holding(SLOW_MS / 1000) },
    hosts: LIVES,
  },
  impaired: {
    summary: `what machines send to tails is ${IMPAIRED.delay_ms} ms late, ${IMPAIRED.loss_percent} % of it lost, ${IMPAIRED.reorder_percent} % out of order`,
    faults: once({ kind: 'fault', fault: 'link-impair', on: 'store', params: IMPAIRED }),
    proof: { leastStall_s: holding((IMPAIRED.delay_ms - IMPAIRED.jitter_ms) / 1000) },
    hosts: { kernel: 'lives' },
  },
  competing: {
    summary: `somebody else offers the machines' links ${OVERLOAD} times what they carry`,
    faults: (machines, link_bps) =>
      machines.map((on): Fault => ({ kind: 'fault', fault: 'competing-traffic', on, params: { rate_bps: OVERLOAD * link_bps } })),
    proof: { leastStall_s: () => LEAST_RETRANSMISSION_S },
    hosts: { kernel: 'lives' },
  },
  killed: {
    summary: 'the servers of the tails die, and are started again: connections are reset',
    faults: atEach({ kind: 'kill' }),
    proof: { leastStall_s: allOfIt },
    hosts: QEMU_LIVES,
  },
  'power-cut': {
    summary: 'the host of the tails loses power and comes back: connections are half-open',
    faults: once({ kind: 'fault', fault: 'power-cut', on: 'store' }),
    proof: { leastStall_s: allOfIt },
    hosts: QEMU_LIVES,
  },
  failover: {
    summary: "another host takes over the tails' address: another card, no connection",
    faults: once({ kind: 'fault', fault: 'failover', on: 'store' }),
    proof: { leastStall_s: allOfIt },
    hosts: QEMU_LIVES,
  },
  'idle-connections': {
    summary: `${IDLE_CONNECTIONS} connections that say nothing are opened to each tail; hosts must not notice`,
    faults: (machines) =>
      machines.map((on): Fault => ({ kind: 'fault', fault: 'connection-flood', on, params: { connections: IDLE_CONNECTIONS } })),
    proof: { figure: 'open_connections', atLeast: IDLE_CONNECTIONS },
    hosts: LIVES,
  },
  eio: {
    summary: 'tails answer every request with EIO',
    faults: atEach({ kind: 'error', errno: 'EIO', share: 1 }),
    proof: { leastStall_s: allOfIt },
    hosts: ERRS,
  },
  'eio-some': {
    summary: 'tails answer a tenth of the requests with EIO',
    faults: atEach({ kind: 'error', errno: 'EIO', share: 0.1 }),
    proof: { leastStall_s: holding(1) },
    hosts: ERRS,
  },
  enospc: {
    summary: 'tails answer every request with ENOSPC',
    faults: atEach({ kind: 'error', errno: 'ENOSPC', share: 1 }),
    proof: { leastStall_s: allOfIt },
    hosts: ERRS,
  },
} as const satisfies Record<string, Outage>;

export type OutageName = keyof typeof OUTAGES;
