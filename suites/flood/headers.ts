/** Extension headers, UDP and TCP as parts of a packet. */
import { long, type Part, PROTOCOL, word } from './packet.ts';

/** An option of a hop-by-hop or destination options header (RFC 8200, section 4.2): its type and what follows the length. */
export interface Option {
  readonly type: number;
  readonly content: readonly number[];
}

/** RFC 2711, section 2.1, with the value of a "datagram contains RSVP message" or of MLD. */
export const routerAlert = (value: 'mld' | 'rsvp'): Option => ({ type: 5, content: word(value === 'mld' ? 0 : 1) });
/**
 * An option for experiments (RFC 4727, section 3.6: 0x1e): who does not know it passes over it. A destination options header with it is what
 * a module under test hooks.
 */
export const EXPERIMENTAL_OPTION = 0x1e;
/** A routing type for experiments (RFC 4727, section 3.4). */
const EXPERIMENTAL_ROUTING = 253;

export const hopByHop = (options: readonly Option[]): Part => ({ protocol: PROTOCOL.hopByHop, bytes: optionsHeader(options) });
export const destinationOptions = (options: readonly Option[]): Part => ({
  protocol: PROTOCOL.destinationOptions,
  bytes: optionsHeader(options),
});

/** Next header, length in units of 8 bytes without the first one, options, padding (RFC 8200, sections 4.2 and 4.3). */
function optionsHeader(options: readonly Option[]): Uint8Array {
  const filled = [0, 0, ...options.flatMap(({ type, content }) => [type, content.length, ...content])];
  const missing = -filled.length & 7;
  const padding = missing === 0 ? [] : missing === 1 ? [0] : [1, missing - 2, ...Array<number>(missing - 2).fill(0)];
  const bytes = Uint8Array.from([...filled, ...padding]);
  bytes[1] = bytes.length / 8 - 1;
  return bytes;
}

/** A routing header with no segment left, which a node must pass over if it does not know the type (RFC 8200, section 4.4). */
export const spentRouting = (): Part => ({
  protocol: PROTOCOL.routing,
  bytes: Uint8Array.from([0, 0, EXPERIMENTAL_ROUTING, 0, 0, 0, 0, 0]),
});

/** RFC 8200, section 4.5. The identification varies, so that each packet is of another datagram. */
export function fragment(options: { readonly offset_bytes: number; readonly more: boolean }): Part {
  return {
    protocol: PROTOCOL.fragment,
    bytes: Uint8Array.from([0, 0, ...word(options.offset_bytes | (options.more ? 1 : 0)), ...long(1)]),
    varied: [{ at: 4, bytes: 4 }],
  };
}

/** Any payload of a fragment. */
export const rest = (protocol: number, bytes: Uint8Array): Part => ({ protocol, bytes });

export const UDP_BYTES = 8;
const FIRST_PORT = 0xc000;

/** A datagram (RFC 768) from a random port. */
export function udp(options: { readonly port: number; readonly payload_bytes: number }): Part {
  const length = UDP_BYTES + options.payload_bytes;
  return {
    protocol: PROTOCOL.udp,
    bytes: Uint8Array.from([
      ...[...word(FIRST_PORT), ...word(options.port), ...word(length), 0, 0],
      ...Array<number>(options.payload_bytes).fill(0x42),
    ]),
    varied: [{ at: 0, bytes: 2 }],
    checksumAt: 6,
  };
}

/** The SYN of a connection (RFC 9293, section 3.1) from a random port with a random sequence number; it tells the MSS of Ethernet. */
export function tcpSyn(port: number): Part {
  const [SYN, WINDOW, MSS] = [0x02, 64_240, 1440];
  return {
    protocol: PROTOCOL.tcp,
    bytes: Uint8Array.from([
      ...[...word(FIRST_PORT), ...word(port), ...long(1), ...long(0)],
      ...[6 << 4, SYN, ...word(WINDOW), 0, 0, 0, 0],
      ...[2, 4, ...word(MSS)],
    ]),
    varied: [
      { at: 0, bytes: 2 },
      { at: 4, bytes: 4 },
    ],
    checksumAt: 16,
  };
}
