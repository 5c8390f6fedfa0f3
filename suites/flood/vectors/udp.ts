/** UDP of every size, from many ports and from many hosts, and with hop-by-hop options. */
import type { Aim } from '../../../targets/target.ts';
import { SPOOFED } from '../address.ts';
import type { Frame } from '../frame.ts';
import { hopByHop, routerAlert, UDP_BYTES, udp } from '../headers.ts';
import { type Addresses, aimed, ETHERNET_BYTES, frame, IPV6_BYTES, type Part } from '../packet.ts';
import { ETHERNET_SIZES, FCS_BYTES, IPV6_IMIX, JUMBO_SIZES } from '../sizes.ts';
import { PATHS, type Vector } from '../vector.ts';
import { arrived, grew, nothing, PORT } from './evidence.ts';

const delivered = arrived(grew('datagrams_delivered', 'Udp6NoPorts'));

/** A frame of exactly `frame_bytes` (with FCS), with extension headers before its datagram. */
export function datagram(aim: Aim, frame_bytes: number, addresses: Addresses = aimed(aim), extensions: readonly Part[] = []): Frame {
  const headers = extensions.reduce((sum, { bytes }) => sum + bytes.length, ETHERNET_BYTES + IPV6_BYTES + UDP_BYTES + FCS_BYTES);
  return frame(aim, addresses, [...extensions, udp({ port: PORT, payload_bytes: frame_bytes - headers })]);
}

/** Datagrams in frames of one size, from random ports. */
export const udpOf = (frame_bytes: number): Vector => ({
  summary: `UDP in frames of ${frame_bytes} bytes (RFC 5180, section 5.1.1) from random ports to a closed one`,
  paths: PATHS,
  ...(frame_bytes > 1518 ? { largest_bytes: frame_bytes } : {}),
  streams: (aim) => [{ frames: [datagram(aim, frame_bytes)], share: 1 }],
  prepare: nothing,
  effects: delivered,
});

type UdpSize = (typeof ETHERNET_SIZES | typeof JUMBO_SIZES)[number];
/** One vector for each size. */
export const UDP_SIZES = Object.fromEntries([...ETHERNET_SIZES, ...JUMBO_SIZES].map((size) => [`udp-${size}`, udpOf(size)])) as {
  readonly [Size in UdpSize as `udp-${Size}`]: Vector;
};

export const udpImix: Vector = {
  ...udpOf(1518),
  summary: 'UDP in the IPv6 Internet mix: 28 frames of 78 bytes, 16 of 570, 4 of 1518',
  streams: (aim) => IPV6_IMIX.map(({ frame_bytes, share }) => ({ frames: [datagram(aim, frame_bytes)], share })),
};

/** Both kinds of frames are of one size, so that a part of the packets is that part of the bandwidth. */
const OPTIONS_FRAME_BYTES = 128;

/** RFC 5180, section 5.3: so many percent of the traffic's bandwidth carry a hop-by-hop options header, here with a router alert. */
export const udpWithHopByHop = (percent: number): Vector => ({
  summary: `UDP, ${percent} % of the bandwidth with hop-by-hop options (RFC 5180, section 5.3)`,
  paths: PATHS,
  streams: (aim) => [
    { frames: [datagram(aim, OPTIONS_FRAME_BYTES)], share: 100 - percent },
    { frames: [datagram(aim, OPTIONS_FRAME_BYTES, aimed(aim), [hopByHop([routerAlert('rsvp')])])], share: percent },
  ],
  prepare: nothing,
  effects: delivered,
});

/** Nothing that is kept per source or per flow helps against it: destination caches, inet peers of the error limit, conntrack. */
export const randomSources: Vector = {
  summary: 'UDP from random sources and ports: what is kept of each peer or connection',
  paths: PATHS,
  streams: (aim) => [{ frames: [datagram(aim, 66, { ...aimed(aim), source: SPOOFED, varied: ['source'] })], share: 1 }],
  prepare: nothing,
  effects: delivered,
};
