/** Chains of extension headers before a datagram (RFC 8200, sections 4.1 to 4.6). */
import { destinationOptions, EXPERIMENTAL_OPTION, hopByHop, type Option, spentRouting } from '../headers.ts';
import { aimed, type Part } from '../packet.ts';
import { PATHS, type Vector } from '../vector.ts';
import { arrived, grew, nothing } from './evidence.ts';
import { datagram } from './udp.ts';

/** An option of six bytes, so that a header of it alone needs no padding. */
const EXPERIMENT: Option = { type: EXPERIMENTAL_OPTION, content: [0x73, 0x74, 0x6f, 0x72] };
/** The most options that the kernel takes in one header (include/net/ipv6.h, IP6_DEFAULT_MAX_DST_OPTS_CNT). */
const MOST_OPTIONS = 8;
const LONG_CHAIN = 24;

const CHAINS: readonly (readonly Part[])[] = [
  [destinationOptions([EXPERIMENT])],
  // in the order of RFC 8200, section 4.1
  [hopByHop([EXPERIMENT]), destinationOptions([EXPERIMENT]), spentRouting(), destinationOptions([EXPERIMENT])],
  [hopByHop(Array<Option>(MOST_OPTIONS).fill(EXPERIMENT)), destinationOptions(Array<Option>(MOST_OPTIONS).fill(EXPERIMENT))],
  // "in any order and occurring any number of times in the same packet"
  Array<Part>(LONG_CHAIN).fill(destinationOptions([EXPERIMENT])),
];
/** All are of one size, so that only the chains differ. */
const FRAME_BYTES = 512;

export const extensionHeaders: Vector = {
  summary: `chains of up to ${LONG_CHAIN} extension headers with experimental options (type 0x1e) before a datagram`,
  paths: PATHS,
  streams: (aim) => CHAINS.map((chain) => ({ frames: [datagram(aim, FRAME_BYTES, aimed(aim), chain)], share: 1 })),
  prepare: nothing,
  effects: arrived(grew('datagrams_delivered', 'Udp6NoPorts')),
};
