/**
 * Reads a frame as a receiver does, strictly, and independently of how frames are built: every length must come out, every checksum be right.
 * Throws with what is wrong.
 */

export interface Dissected {
  readonly destinationMac: string;
  /** 32 hexadecimal digits each */
  readonly source: string;
  readonly destination: string;
  readonly hopLimit: number;
  /** protocol numbers in order, the upper layer last */
  readonly chain: readonly number[];
  readonly upper: Buffer;
  /** undefined where it is no fragment */
  readonly fragment: { readonly offset_bytes: number; readonly more: boolean } | undefined;
}

const [HOP_BY_HOP, TCP, UDP, ROUTING, FRAGMENT, ICMPV6, DESTINATION] = [0, 6, 17, 43, 44, 58, 60];

function must(holds: boolean, what: string): void {
  if (!holds) throw new Error(what);
}

export function dissect(bytes: Uint8Array): Dissected {
  const frame = Buffer.from(bytes);
  must(frame.length >= 60, 'shorter than Ethernet allows');
  must(frame.readUInt16BE(12) === 0x86dd && frame[14] === 0x60, 'not IPv6');
  must(frame.readUInt16BE(18) === frame.length - 54, 'payload length');
  const chain: number[] = [];
  let [next, at, fragment] = [frame.readUInt8(20), 54, undefined as Dissected['fragment']];
  for (;;) {
    chain.push(next);
    must(next !== HOP_BY_HOP || chain.length === 1, 'hop-by-hop options are not first');
    if (next === HOP_BY_HOP || next === DESTINATION) options(frame, at);
    if (next === FRAGMENT) {
      const word = frame.readUInt16BE(at + 2);
      fragment = { offset_bytes: word & 0xfff8, more: (word & 1) === 1 };
      must(!fragment.more || (frame.length - at - 8) % 8 === 0, 'a fragment that is not the last is of no multiple of 8');
    }
    if (next !== HOP_BY_HOP && next !== DESTINATION && next !== ROUTING && next !== FRAGMENT) break;
    const length = next === FRAGMENT ? 8 : 8 * (1 + frame.readUInt8(at + 1));
    next = frame.readUInt8(at);
    at += length;
    must(at <= frame.length, 'an extension header ends behind the frame');
    if (fragment !== undefined) {
      chain.push(next);
      break;
    }
  }
  const upper = frame.subarray(at);
  if (fragment === undefined) checked(frame, upper, next);
  return {
    destinationMac: frame.toString('hex', 0, 6),
    source: frame.toString('hex', 22, 38),
    destination: frame.toString('hex', 38, 54),
    hopLimit: frame.readUInt8(21),
    chain,
    upper,
    fragment,
  };
}

/** Options fill their header exactly. */
function options(frame: Buffer, at: number): void {
  const end = at + 8 * (1 + frame.readUInt8(at + 1));
  let option = at + 2;
  while (option < end) option += frame[option] === 0 ? 1 : 2 + frame.readUInt8(option + 1);
  must(option === end, 'options do not fill their header');
}

/** The way of RFC 1071, section 4.1: with the checksum in it, everything adds up to all ones. */
function checked(frame: Buffer, upper: Buffer, protocol: number): void {
  must([TCP, UDP, ICMPV6].includes(protocol), `upper layer ${protocol}`);
  if (protocol === UDP) {
    must(upper.readUInt16BE(4) === upper.length, 'UDP length');
    must(upper.readUInt16BE(6) !== 0, 'UDP without a checksum (RFC 8200, section 8.1)');
  }
  if (protocol === TCP) must((upper.readUInt8(12) >> 4) * 4 === upper.length, 'TCP data offset');
  const pseudo = Buffer.alloc(40);
  frame.copy(pseudo, 0, 22, 54);
  pseudo.writeUInt32BE(upper.length, 32);
  pseudo.writeUInt32BE(protocol, 36);
  const all = Buffer.concat([pseudo, upper, Buffer.alloc(upper.length % 2)]);
  let sum = 0;
  for (let at = 0; at < all.length; at += 2) sum += all.readUInt16BE(at);
  while (sum > 0xffff) sum = (sum & 0xffff) + (sum >>> 16);
  must(sum === 0xffff, 'checksum');
}
