/** What is random in a packet: every engine draws the same packets from the same counter. */
import { advanced, mixed } from '../flood/draw.ts';
import type { Checksum, Frame } from '../flood/frame.ts';

/** sets the fields of one packet apart from each other */
export const FIELD = 0xd1342543de82ef95n;

/** The packet that finds the counter so: the frame with its varied fields drawn and its checksum right. */
export function packetOf(frame: Frame, counter: bigint): Uint8Array {
  const packet = Buffer.from(frame.bytes);
  for (const [index, { at, bytes }] of frame.varied.entries()) {
    const value = Buffer.alloc(8);
    value.writeBigUInt64LE(mixed(advanced(counter, 1) + BigInt(index) * FIELD));
    value.copy(packet, at, 0, bytes);
  }
  if (frame.checksum !== undefined) {
    packet.writeUInt16LE(0, frame.checksum.at);
    packet.writeUInt16LE(checksumOf(sumOf(packet, frame.checksum)), frame.checksum.at);
  }
  return packet;
}

/** The addresses of an untagged IPv6 frame, source and destination. */
export const ADDRESSES = { from: 22, to: 54 } as const;

/**
 * The sum of all 16-bit words that a checksum covers, not folded yet; in the byte order of this machine, which a ones' complement sum does not
 * mind (RFC 1071, section 2).
 */
export function sumOf(bytes: Uint8Array, { from, protocol }: Checksum): number {
  const pseudo = Buffer.alloc(8);
  pseudo.writeUInt32BE(bytes.length - from, 0);
  pseudo[7] = protocol;
  let sum = 0;
  for (const part of [bytes.subarray(ADDRESSES.from, ADDRESSES.to), pseudo, bytes.subarray(from)])
    for (let index = 0; index < part.length; index += 2) sum += (part[index] as number) | ((part[index + 1] ?? 0) << 8);
  return sum;
}

/** The checksum of a sum; never zero, which would mean that there is none (RFC 8200, section 8.1). */
function checksumOf(sum: number): number {
  let folded = sum;
  while (folded > 0xffff) folded = (folded & 0xffff) + Math.floor(folded / 0x1_0000);
  return folded === 0xffff ? 0xffff : 0xffff - folded;
}
