import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { ANYWHERE } from '../flood/anywhere.ts';
import { dissect } from '../flood/dissect.testing.ts';
import { advanced } from '../flood/draw.ts';
import type { Frame } from '../flood/frame.ts';
import type { Vector } from '../flood/vector.ts';
import { VECTORS } from '../flood/vectors.ts';
import { packetOf } from './draw.ts';
import { anyCounter, anyFrame, receivedSum, withSumOfOnes } from './frames.testing.ts';

const SHORT = { min: 100, max: 300 };
const vectors: readonly (readonly [string, Vector])[] = Object.entries(VECTORS);
/** A frame that is nothing but one field. */
const EIGHT: Frame = { bytes: new Uint8Array(8), varied: [{ at: 0, bytes: 8 }] };
const drawn = (frame: Frame, counter: bigint, index: number): Buffer => {
  const { at, bytes } = frame.varied[index] ?? { at: 0, bytes: 0 };
  return Buffer.from(packetOf(frame, counter)).subarray(at, at + bytes);
};

describe('what is drawn', () => {
  // as the generator's authors print it for the seeds 0 (http://prng.di.unimi.it/splitmix64.c) and 1234567
  it.each([
    [0n, [0xe220a8397b1dcdafn, 0x6e789e6aa1b965f4n, 0x06c45d188009454fn]],
    [1234567n, [6457827717110365317n, 3203168211198807973n, 9817491932198370423n]],
  ])('is SplitMix64 of the counter: from %d', (seed, outputs) => {
    expect(outputs.map((_, packets) => drawn(EIGHT, advanced(seed, packets), 0).readBigUInt64LE())).toEqual(outputs);
  });

  it('never comes twice in 2^64 packets, as far as the field is wide enough', () => {
    fc.assert(
      fc.property(anyCounter, anyCounter, (one, other) => {
        fc.pre(one !== other);
        expect(drawn(EIGHT, one, 0)).not.toEqual(drawn(EIGHT, other, 0));
      }),
    );
  });

  it('is the same for the same field of all frames of a stream, as far as both are wide: so fragments share their datagram', () => {
    fc.assert(
      fc.property(anyFrame(SHORT), anyFrame(SHORT), anyCounter, (one, other, counter) => {
        for (const index of [0, 1, 2]) {
          const [a, b] = [drawn(one, counter, index), drawn(other, counter, index)];
          const both = Math.min(a.length, b.length);
          expect(a.subarray(0, both)).toEqual(b.subarray(0, both));
        }
      }),
    );
  });

  it('is something else for each field of a packet', () => {
    const frame: Frame = { bytes: new Uint8Array(64), varied: [0, 8, 16, 24].map((at) => ({ at, bytes: 8 })) };
    fc.assert(
      fc.property(anyCounter, (counter) => {
        expect(new Set([0, 1, 2, 3].map((index) => drawn(frame, counter, index).toString('hex'))).size).toBe(4);
      }),
    );
  });

  it('goes on where it was, however many packets are passed over', () => {
    fc.assert(
      fc.property(anyCounter, fc.nat(200), fc.nat(200), (counter, some, more) => {
        expect(advanced(advanced(counter, some), more)).toBe(advanced(counter, some + more));
        expect(advanced(counter, some)).toBeLessThan(2n ** 64n);
      }),
    );
  });
});

describe('a packet', () => {
  it('is the frame in all that does not vary, and always the same for the same counter', () => {
    fc.assert(
      fc.property(anyFrame(SHORT), anyCounter, (frame, counter) => {
        const before = Buffer.from(frame.bytes);
        const packet = packetOf(frame, counter);
        expect(packetOf(frame, counter)).toEqual(packet);
        expect(Buffer.from(frame.bytes)).toEqual(before);
        const still = Buffer.from(packet);
        for (const { at, bytes } of [...frame.varied, ...(frame.checksum === undefined ? [] : [{ at: frame.checksum.at, bytes: 2 }])])
          before.copy(still, at, at, at + bytes);
        expect(still).toEqual(before);
      }),
    );
  });

  it('has a checksum that a receiver finds right, and that is not the zero of "none"', () => {
    fc.assert(
      fc.property(anyFrame(SHORT), anyCounter, (frame, counter) => {
        fc.pre(frame.checksum !== undefined);
        const packet = Buffer.from(packetOf(frame, counter));
        expect(receivedSum(packet, frame.checksum as NonNullable<typeof frame.checksum>)).toBe(0xffff);
        expect(packet.readUInt16LE(frame.checksum?.at)).not.toBe(0);
      }),
    );
  });

  it('has the checksum 0xffff where it would be zero (RFC 8200, section 8.1)', () => {
    const checksum = { at: 60, from: 54, protocol: 17 };
    const frame = { bytes: new Uint8Array(70).fill(0x42), varied: [{ at: 54, bytes: 2 }], checksum } as const;
    fc.assert(
      fc.property(anyCounter, (counter) => {
        const draw = (each: Frame) => packetOf(each, counter);
        const packet = Buffer.from(draw(withSumOfOnes(frame, 64, draw)));
        expect(packet.readUInt16BE(60)).toBe(0xffff);
        expect(receivedSum(packet, checksum)).toBe(0xffff);
      }),
    );
  });

  it.each(vectors)('of %s is one that a receiver takes for valid', (_name, vector) => {
    const frames = vector.streams(ANYWHERE, 7).flatMap(({ frames: each }) => each);
    fc.assert(
      fc.property(fc.constantFrom(...frames), anyCounter, (frame, counter) => void dissect(packetOf(frame, counter))),
      { numRuns: 50 },
    );
  });
});
