/** Any frame that the contract allows (suites/flood/frame.ts), and whether a checksum is right, told independently of how it is made. */
import fc from 'fast-check';
import type { Checksum, Frame, VariedField } from '../flood/frame.ts';

const [ADDRESSES_AT, UPPER_AT] = [22, 54];

/** What a checksum may cover or not: a field lies within one of these. */
const regions = ({ from }: Pick<Checksum, 'from'>, length: number) => [
  [0, ADDRESSES_AT],
  [ADDRESSES_AT, UPPER_AT],
  [UPPER_AT, from],
  [from, length],
];

const lies = ({ at, bytes }: VariedField, from: number, to: number): boolean => at >= from && at + bytes <= to;
const overlap = (one: VariedField, other: VariedField): boolean => one.at < other.at + other.bytes && other.at < one.at + one.bytes;

/** Of 100 bytes at least. Fields anywhere, of any width, that do not overlap; with a checksum or without one; odd lengths too. */
export const anyFrame = (sizes: { readonly min: number; readonly max: number }): fc.Arbitrary<Frame> =>
  fc
    .record({
      bytes: fc.uint8Array({ minLength: sizes.min, maxLength: sizes.max, size: 'max' }),
      fields: fc.array(fc.record({ at: fc.nat(), bytes: fc.constantFrom(2, 4, 8) }), { maxLength: 6 }),
      summed: fc.boolean(),
      from: fc.nat(),
      at: fc.nat(),
      protocol: fc.nat(255),
    })
    .map(({ bytes, fields, summed, protocol, ...drawn }) => {
      const room = bytes.length;
      const from = UPPER_AT + 2 * (drawn.from % 20);
      const checksum = { at: from + 2 * (drawn.at % Math.min(10, Math.floor((room - from) / 2))), from, protocol };
      const taken: VariedField[] = summed ? [{ at: checksum.at, bytes: 2 }] : [];
      const varied = fields.flatMap((field): VariedField[] => {
        // most of them among the headers, as they are
        const one = { at: 2 * (field.at % Math.min(150, Math.floor(room / 2))), bytes: field.bytes as VariedField['bytes'] };
        const fits = regions(checksum, room).some(([begin, end]) => lies(one, begin as number, end as number));
        if (!fits || taken.some((other) => overlap(one, other))) return [];
        taken.push(one);
        return [one];
      });
      return { bytes, varied, ...(summed ? { checksum } : {}) };
    });

export const anyCounter = fc.bigInt({ min: 0n, max: 2n ** 64n - 1n });

/**
 * The sum that a receiver makes (RFC 1071, section 4.1, over the pseudo-header of RFC 8200, section 8.1), the checksum in it: 0xffff where that
 * is right.
 */
export function receivedSum(packet: Uint8Array, { from, protocol }: Checksum): number {
  const pseudo = Buffer.alloc(8);
  pseudo.writeUInt32BE(packet.length - from);
  pseudo.writeUInt32BE(protocol, 4);
  const all = Buffer.concat([packet.subarray(ADDRESSES_AT, UPPER_AT), pseudo, packet.subarray(from), Buffer.alloc(packet.length % 2)]);
  let sum = 0;
  for (let at = 0; at < all.length; at += 2) {
    sum += all.readUInt16BE(at);
    if (sum > 0xffff) sum -= 0xffff;
  }
  return sum;
}

/** The frame, changed so that the sum without the checksum is all ones at that counter, for which the checksum would be zero. */
export function withSumOfOnes(frame: Frame & { readonly checksum: Checksum }, word: number, packetOf: (frame: Frame) => Uint8Array): Frame {
  const still = Buffer.from(frame.bytes);
  still.writeUInt16BE(0, word);
  const checksum = Buffer.from(packetOf({ ...frame, bytes: still })).readUInt16BE(frame.checksum.at);
  still.writeUInt16BE(checksum, word);
  return { ...frame, bytes: still };
}
