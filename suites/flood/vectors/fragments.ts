/**
 * Fragments that never make a datagram. Each packet, or set of packets, is of a datagram of its own, so each asks for a queue, until those
 * take `net.ipv6.ip6frag_high_thresh` (4 MiB; net/ipv6/reassembly.c, net/ipv4/inet_fragment.c) or `net.ipv6.ip6frag_time` (60 s) is over.
 */
import type { Aim } from '../../../targets/target.ts';
import type { Frame } from '../frame.ts';
import { fragment, rest, udp } from '../headers.ts';
import { aimed, ETHERNET_BYTES, frame, IPV6_BYTES, PROTOCOL } from '../packet.ts';
import type { Effect, Vector } from '../vector.ts';
import { filled, grew, nothing, PORT, sysctl } from './evidence.ts';

/** A part of the datagram, in bytes from its first one; all but the last part are of a multiple of 8 (RFC 8200, section 4.5). */
interface Piece {
  readonly from: number;
  readonly to: number;
}
const DATAGRAM_BYTES = 192;

/** One frame for each piece of one datagram, with its checksum over all of it. */
function fragmented(aim: Aim, pieces: readonly Piece[]): readonly Frame[] {
  const whole = frame(aim, aimed(aim), [udp({ port: PORT, payload_bytes: DATAGRAM_BYTES - 8 })]).bytes.subarray(
    ETHERNET_BYTES + IPV6_BYTES,
  );
  return pieces.map(({ from, to }) =>
    frame(aim, aimed(aim), [fragment({ offset_bytes: from, more: to < DATAGRAM_BYTES }), rest(PROTOCOL.udp, whole.subarray(from, to))]),
  );
}

/** A tenth of a second of what an emulated head takes: timers that have run out by the hundred are no accident. */
const MANY_TIMEOUTS = 500;
/** Three quarters of the threshold, in bytes. */
const MOST_OF_THE_MEMORY = 3 * 2 ** 20;

const received = grew('fragments_received', 'Ip6ReasmReqds');
const timedOut: Effect = { name: 'reassemblies_timed_out', counter: 'Ip6ReasmTimeout', of: 'growth', atLeast: MANY_TIMEOUTS };

/** Pieces that never meet another: queues that end after a second, by their timers. */
const alone = (summary: string, piece: Piece): Vector => ({
  summary,
  paths: ['to', 'conntrack'],
  streams: (aim) => [{ frames: fragmented(aim, [piece]), share: 1 }],
  // on the way through, connection tracking collects fragments by itself (net/ipv6/netfilter/nf_conntrack_reasm.c)
  prepare: (path) => {
    const timeout = path === 'to' ? 'net.ipv6.ip6frag_time' : 'net.netfilter.nf_conntrack_frag6_timeout';
    return [{ ...sysctl(timeout, 1), holds: timeout }];
  },
  effects: (path) => (path === 'to' ? [received, timedOut] : [timedOut]),
});

const together = (summary: string, pieces: readonly Piece[], effect: Effect): Vector => ({
  summary,
  paths: ['to'],
  streams: (aim) => [{ frames: fragmented(aim, pieces), share: 1 }],
  prepare: nothing,
  effects: () => [received, effect],
});

export const fragmentsFirst = alone('first fragments only: queues that end by their timers, each with an error to the sender', {
  from: 0,
  to: 64,
});
export const fragmentsLast = alone('last fragments only: queues that end by their timers, in silence', { from: 128, to: DATAGRAM_BYTES });
export const fragmentsOverlap = together(
  'overlapping fragments: each datagram is to be discarded at once (RFC 5722, section 4)',
  [
    { from: 0, to: 64 },
    { from: 32, to: DATAGRAM_BYTES },
  ],
  grew('datagrams_discarded', 'Ip6ReasmFails'),
);
export const fragmentsNever = together(
  'datagrams whose middle never comes: fragments take all the memory they may have, for a minute',
  [
    { from: 0, to: 64 },
    { from: 128, to: DATAGRAM_BYTES },
  ],
  filled('fragment_memory_taken', 'fragment_memory_bytes', MOST_OF_THE_MEMORY),
);
