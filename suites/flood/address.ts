/** Addresses as the bytes that stand in a frame. */

/** The bytes of a link-layer address (`02:53:50:00:0f:01`). */
export const macBytes = (mac: string): Uint8Array => Uint8Array.from(mac.split(':'), (octet) => Number.parseInt(octet, 16));

/** The 16 bytes of an IPv6 address in its text form (RFC 4291, section 2.2), without a zone and without an embedded IPv4 address. */
export function addressBytes(address: string): Uint8Array {
  const [head = '', tail] = address.split('::');
  const groups = (text: string | undefined): number[] =>
    text === undefined || text === '' ? [] : text.split(':').map((group) => Number.parseInt(group, 16));
  const [front, back] = [groups(head), groups(tail)];
  const words = tail === undefined ? front : [...front, ...Array<number>(8 - front.length - back.length).fill(0), ...back];
  return Uint8Array.from(words.flatMap((word) => [word >> 8, word & 0xff]));
}

/** Where a multicast address goes on Ethernet: 33:33 and its last four bytes (RFC 2464, section 7). */
export const multicastMac = (group: Uint8Array): Uint8Array => Uint8Array.from([0x33, 0x33, ...group.subarray(12)]);

/** The group in which the owner of an address hears its solicitations: ff02::1:ff00:0/104 and the last 24 bits (RFC 4291, section 2.7.1). */
export const solicitedNode = (address: Uint8Array): Uint8Array =>
  Uint8Array.from([...addressBytes('ff02::1:ff00:0').subarray(0, 13), ...address.subarray(13)]);

/** Groups of this link's scope: all nodes (RFC 4291, section 2.7.1), all MLDv2 routers (RFC 3810, section 5.2.14). */
export const ALL_NODES = addressBytes('ff02::1');
export const ALL_MLDV2_ROUTERS = addressBytes('ff02::16');

/** Link-local addresses (RFC 4291, section 2.5.6); what follows the first 64 bits is to vary. */
export const LINK_LOCAL = addressBytes('fe80::1');

/**
 * Whence spoofed packets come; what follows the first 64 bits is to vary. It is of RFC 5180's benchmarking prefix, but of no network here:
 * theirs have the top bit of the fourth group (targets/lab/networks/addresses.ts). Answers leave by the head's default route, to the station.
 */
export const SPOOFED = addressBytes('2001:2:0:1::1');
