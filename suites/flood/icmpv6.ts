/** Messages of ICMPv6, neighbour discovery and multicast listener discovery as parts of a packet. */

import type { VariedField } from './frame.ts';
import { long, type Part, PROTOCOL, word } from './packet.ts';

/** Types of RFC 4443, RFC 4861 and RFC 3810. */
export const TYPE = { packetTooBig: 2, echoRequest: 128, echoReply: 129, mldQuery: 130, ra: 134, ns: 135, mldReport: 143 } as const;

/** Type, code, checksum, then the body (RFC 4443, section 2.1); what varies is counted from the message's first byte. */
function message(type: number, body: readonly number[], varied: readonly VariedField[] = []): Part {
  return { protocol: PROTOCOL.icmpv6, bytes: Uint8Array.from([type, 0, 0, 0, ...body]), varied, checksumAt: 2 };
}

/** RFC 4443, section 4.1; identifier and sequence number vary. */
export const echoRequest = (): Part => message(TYPE.echoRequest, long(1), [{ at: 4, bytes: 4 }]);

/** Source link-layer address option (RFC 4861, section 4.6.1). */
const sourceLinkLayer = (mac: Uint8Array): number[] => [1, 1, ...mac];

/** RFC 4861, section 4.3. */
export const neighbourSolicitation = (target: Uint8Array, mac: Uint8Array): Part =>
  message(TYPE.ns, [...long(0), ...target, ...sourceLinkLayer(mac)]);

/** RFC 4861, section 4.2: a default router that advertises a /64, on link and for addresses of one's own, of which 16 bits vary. */
export function routerAdvertisement(options: { readonly prefix: Uint8Array; readonly mac: Uint8Array; readonly lifetime_s: number }): Part {
  const { prefix, mac, lifetime_s } = options;
  const [HOP_LIMIT, ON_LINK_AND_AUTONOMOUS] = [64, 0xc0];
  const fixed = [HOP_LIMIT, 0, ...word(lifetime_s), ...long(0), ...long(0), ...sourceLinkLayer(mac)];
  // prefix information, RFC 4861, section 4.6.2
  const information = [3, 4, 64, ON_LINK_AND_AUTONOMOUS, ...long(lifetime_s), ...long(lifetime_s), ...long(0), ...prefix];
  const fourthGroup = 4 + fixed.length + information.length - prefix.length + 6;
  return message(TYPE.ra, [...fixed, ...information], [{ at: fourthGroup, bytes: 2 }]);
}

/** RFC 3810, section 5.1: a general query, to be answered at once. */
export function listenerQuery(): Part {
  const [ROBUSTNESS, INTERVAL_S] = [2, 125];
  return message(TYPE.mldQuery, [...word(1), ...word(0), ...Array<number>(16).fill(0), ROBUSTNESS, INTERVAL_S, ...word(0)]);
}

/** RFC 3810, section 5.2: somebody joins a group, of which the last 64 bits vary. */
export function listenerReport(group: Uint8Array): Part {
  const CHANGE_TO_EXCLUDE = 4;
  const before = [...word(0), ...word(1), CHANGE_TO_EXCLUDE, 0, ...word(0)];
  return message(TYPE.mldReport, [...before, ...group], [{ at: 4 + before.length + 8, bytes: 8 }]);
}

/** RFC 4443, section 3.2: quotes an echo reply from `source` to an address of which the last 64 bits vary. */
export function packetTooBig(options: { readonly mtu: number; readonly source: Uint8Array; readonly destination: Uint8Array }): Part {
  const quoted = [0x60, 0, 0, 0, ...word(8), PROTOCOL.icmpv6, 64, ...options.source, ...options.destination];
  const echoReply = [TYPE.echoReply, 0, ...word(0), ...long(1)];
  return message(TYPE.packetTooBig, [...long(options.mtu), ...quoted, ...echoReply], [{ at: 8 + 32, bytes: 8 }]);
}
