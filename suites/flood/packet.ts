/** Frames out of parts: Ethernet II, the IPv6 header, then a chain of headers, each of which names the next one. */
import type { Aim } from '../../targets/target.ts';
import { addressBytes, macBytes, multicastMac } from './address.ts';
import type { Checksum, Frame, VariedField } from './frame.ts';

export const ETHERNET_BYTES = 14;
export const IPV6_BYTES = 40;
const ETHERTYPE_IPV6 = [0x86, 0xdd] as const;
/** Where the addresses stand in an IPv6 header (RFC 8200, section 3). */
const ADDRESS_AT = { source: 8, destination: 24 } as const;
/** The last 64 bits of an address are what varies of it. */
const IDENTIFIER_AT = 8;
const DEFAULT_HOP_LIMIT = 64;

/** Numbers of RFC 8200, section 4, and IANA's protocol numbers. */
export const PROTOCOL = { hopByHop: 0, tcp: 6, udp: 17, routing: 43, fragment: 44, icmpv6: 58, none: 59, destinationOptions: 60 } as const;

/** One header (or all that follows the IPv6 header), as it is chained: what precedes it says its number. */
export interface Part {
  readonly protocol: number;
  readonly bytes: Uint8Array;
  /** what is random, counted from its own first byte */
  readonly varied?: readonly VariedField[];
  /** it is an upper layer, whose checksum over all that follows stands here, counted from its own first byte */
  readonly checksumAt?: number;
}

export interface Addresses {
  readonly source: Uint8Array;
  readonly destination: Uint8Array;
  /** of which address the last 64 bits vary */
  readonly varied?: readonly (keyof typeof ADDRESS_AT)[];
  readonly hopLimit?: number;
}

/** The addresses of a packet from the station to where it aims. */
export const aimed = (aim: Aim): Addresses => ({ source: addressBytes(aim.source), destination: addressBytes(aim.destination) });

/**
 * The frame of a packet, from the station's card to the aim's, or to a group's link-layer address. Every part but the last one is an
 * extension header, which begins with the number of the next one.
 */
export function frame(aim: Aim, addresses: Addresses, parts: readonly Part[]): Frame {
  const { source, destination, varied = [], hopLimit = DEFAULT_HOP_LIMIT } = addresses;
  const destinationMac = destination[0] === 0xff ? multicastMac(destination) : macBytes(aim.destinationMac);
  const length = parts.reduce((sum, { bytes }) => sum + bytes.length, 0);
  const bytes = Uint8Array.from([
    ...[...destinationMac, ...macBytes(aim.sourceMac), ...ETHERTYPE_IPV6],
    ...[0x60, 0, 0, 0, ...word(length), parts[0]?.protocol ?? PROTOCOL.none, hopLimit, ...source, ...destination],
  ]);
  const headersOf = varied.map((which): VariedField => ({ at: ETHERNET_BYTES + ADDRESS_AT[which] + IDENTIFIER_AT, bytes: 8 }));
  return chained(bytes, headersOf, parts);
}

/** The parts one after the other, behind the headers in `bytes`, with what varies counted from the frame's beginning. */
function chained(headers: Uint8Array, variedHeaders: readonly VariedField[], parts: readonly Part[]): Frame {
  const bytes = Uint8Array.from([...headers, ...parts.flatMap((part) => [...part.bytes])]);
  const varied = [...variedHeaders];
  let checksum: Checksum | undefined;
  let start = headers.length;
  for (const [index, part] of parts.entries()) {
    const next = parts[index + 1];
    if (next !== undefined) bytes[start] = next.protocol;
    varied.push(...(part.varied ?? []).map((field) => ({ at: start + field.at, bytes: field.bytes })));
    if (part.checksumAt !== undefined) checksum = { at: start + part.checksumAt, from: start, protocol: part.protocol };
    start += part.bytes.length;
  }
  if (checksum === undefined) return { bytes, varied };
  bytes.set(word(checksumOf(bytes, checksum)), checksum.at);
  return { bytes, varied, ...(varied.some((field) => counts(field, checksum)) ? { checksum } : {}) };
}

/** Whether a field is in what the checksum covers: the addresses, or the upper layer. */
const counts = ({ at }: VariedField, { from }: Checksum): boolean =>
  at >= from || (at >= ETHERNET_BYTES + ADDRESS_AT.source && at < ETHERNET_BYTES + IPV6_BYTES);

/**
 * The Internet checksum (RFC 1071) of a frame's upper layer under the IPv6 pseudo-header (RFC 8200, section 8.1), as if the checksum's own
 * field were zero. UDP sends 0xffff for a sum of 0, and nobody minds if the others do as well: both are zero in one's complement.
 */
export function checksumOf(bytes: Uint8Array, { at, from, protocol }: Checksum): number {
  const pseudo = bytes.subarray(ETHERNET_BYTES + ADDRESS_AT.source, ETHERNET_BYTES + IPV6_BYTES);
  const upper = bytes.subarray(from);
  const sum = sumOf(pseudo) + upper.length + protocol + sumOf(upper) - sumOf(bytes.subarray(at, at + 2));
  return 0xffff - (sum % 0xffff);
}

/** The sum of big-endian 16-bit words; an odd byte is padded with a zero. */
function sumOf(bytes: Uint8Array): number {
  let sum = 0;
  for (const [index, byte] of bytes.entries()) sum += index % 2 === 0 ? byte << 8 : byte;
  return sum;
}

/** A number of 16 or 32 bits in network byte order. */
export const word = (value: number): [number, number] => [(value >> 8) & 0xff, value & 0xff];
export const long = (value: number): number[] => [...word(value >>> 16), ...word(value)];
