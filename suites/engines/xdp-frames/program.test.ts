import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { ANYWHERE } from '../../flood/anywhere.ts';
import { dissect } from '../../flood/dissect.testing.ts';
import { advanced } from '../../flood/draw.ts';
import type { Frame } from '../../flood/frame.ts';
import type { Vector } from '../../flood/vector.ts';
import { VECTORS } from '../../flood/vectors.ts';
import { packetOf } from '../draw.ts';
import { anyCounter, anyFrame, withSumOfOnes } from '../frames.testing.ts';
import { instructionsOf, type Kernel, runProgram, successors } from './interpreter.testing.ts';
import { leaving, MOST_GIVEN_BYTES, programOf, WAYS, wayOf } from './program.ts';

const EGRESS = { ifindex: 7, map: 11 };

const SHORT = { min: 100, max: 400 };
/** What goes out live and what is cloned, as it has to be: frames of a page and more. */
const LIVE = { min: 100, max: 3300 };
const LONG = { min: 3301, max: 9212 };

const kernelFor = (frame: Frame, state: bigint, packet: Uint8Array = given(frame)): Kernel => ({
  way: wayOf(frame),
  ...EGRESS,
  state,
  packet: Buffer.from(packet),
});
/** What is given to the kernel for a test run. */
const given = (frame: Frame): Uint8Array =>
  wayOf(frame) === 'live' ? leaving(frame).bytes : leaving(frame).bytes.subarray(0, MOST_GIVEN_BYTES);

/** The packets that the program makes in so many runs that send. */
function made(frame: Frame, counter: bigint, packets: number): Buffer[] {
  const program = programOf(frame, EGRESS);
  const kernel = kernelFor(frame, counter);
  const runs = wayOf(frame) === 'live' ? packets : packets + 1;
  return Array.from({ length: runs }, () => {
    // of live frames each has a page of its own
    if (kernel.way === 'live') kernel.packet = Buffer.from(given(frame));
    return runProgram(program, kernel).sent;
  }).flat();
}
const wanted = (frame: Frame, counter: bigint, packets: number): Buffer[] =>
  Array.from({ length: packets }, (_, index) => Buffer.from(packetOf(leaving(frame), advanced(counter, index))));

const vectors: readonly (readonly [string, Vector])[] = Object.entries(VECTORS);
const framesOf = (vector: Vector): readonly Frame[] => vector.streams(ANYWHERE, 7).flatMap(({ frames }) => frames);

describe('the program of a frame', () => {
  it.each([
    ['live', SHORT, 200],
    ['live', LIVE, 30],
    ['clone', LONG, 20],
  ] as const)('makes the packets that every engine draws, one after the other: %s, %j', (way, sizes, numRuns) => {
    fc.assert(
      fc.property(anyFrame(sizes), anyCounter, (frame, counter) => {
        expect(wayOf(frame)).toBe(way);
        expect(made(frame, counter, 3)).toEqual(wanted(frame, counter, 3));
      }),
      { numRuns },
    );
  });

  it.each(vectors)('of %s makes the packets that every engine draws, and a receiver takes them for valid', (_name, vector) => {
    for (const frame of framesOf(vector))
      fc.assert(
        fc.property(anyCounter, (counter) => {
          const packets = made(frame, counter, 2);
          expect(packets).toEqual(wanted(frame, counter, 2));
          for (const packet of packets) dissect(packet);
        }),
        { numRuns: 3 },
      );
  });

  it('writes 0xffff for a checksum of zero', () => {
    const checksum = { at: 60, from: 54, protocol: 17 };
    const some = { bytes: new Uint8Array(70).fill(0x42), varied: [{ at: 54, bytes: 2 }], checksum } as const;
    fc.assert(
      fc.property(anyCounter, (counter) => {
        const frame = withSumOfOnes(some, 64, (each) => packetOf(each, counter));
        const [packet] = made(frame, counter, 1);
        expect(packet?.readUInt16BE(60)).toBe(0xffff);
      }),
    );
  });

  it('writes the headers and what varies anew, whatever was done to the page before', () => {
    fc.assert(
      fc.property(anyFrame(SHORT), anyCounter, fc.uint8Array({ minLength: 400, maxLength: 400 }), (frame, counter, dirt) => {
        const ends = [54, ...frame.varied.map(({ at, bytes }) => at + bytes), ...(frame.checksum ? [frame.checksum.at + 2] : [])];
        const page = Buffer.from(frame.bytes);
        page.set(dirt.subarray(0, Math.max(...ends)));
        const { sent } = runProgram(programOf(frame, EGRESS), kernelFor(frame, counter, page));
        expect(sent).toEqual(wanted(frame, counter, 1));
      }),
    );
  });

  it('touches nothing of a packet that is shorter than it should be, and sends nothing', () => {
    fc.assert(
      fc.property(anyFrame(SHORT), fc.nat(53), (frame, length) => {
        const page = Buffer.from(frame.bytes.subarray(0, length));
        const kernel = kernelFor(frame, 1n, page);
        expect(runProgram(programOf(frame, EGRESS), kernel)).toEqual({ verdict: WAYS.live.drop, sent: [] });
        expect(kernel).toMatchObject({ packet: page, state: 1n });
      }),
    );
  });

  it.each([
    ['is redirected: live', { bytes: new Uint8Array(66), varied: [] }, [4]],
    ['leaves its original for the next: cloned', { bytes: new Uint8Array(9014), varied: [] }, [2, 2, 2]],
  ] as const)('a packet that has left %s', (_what, frame, verdicts) => {
    const kernel = kernelFor(frame, 1n);
    expect(verdicts.map(() => runProgram(programOf(frame, EGRESS), kernel).verdict)).toEqual(verdicts);
  });

  it('goes only to instructions that are there, never into half of a constant, and every way through it ends', () => {
    fc.assert(
      fc.property(fc.oneof(anyFrame(SHORT), anyFrame(LONG)), (frame) => {
        const instructions = instructionsOf(programOf(frame, EGRESS));
        const halves = new Set(instructions.flatMap(({ code }, index) => (code === 0x18 ? [index + 1] : [])));
        const reached = new Set<number>();
        const open = [0];
        for (let at = open.pop(); at !== undefined; at = open.pop()) {
          if (reached.has(at)) continue;
          reached.add(at);
          expect(instructions[at]).toBeDefined();
          expect(halves).not.toContain(at);
          const after = successors(instructions[at] as (typeof instructions)[number], at);
          // forwards alone: so it ends
          for (const each of after) expect(each).toBeGreaterThan(at);
          open.push(...after);
        }
        // the verifier refuses what nobody can come to
        expect(reached.size + halves.size).toBe(instructions.length);
      }),
      { numRuns: 30 },
    );
  });

  it('is not longer than any kernel takes, for every vector: 4096 instructions', () => {
    for (const frame of vectors.flatMap(([, vector]) => framesOf(vector)))
      expect(programOf(frame, EGRESS).length / 8).toBeLessThanOrEqual(4096);
  });
});

describe('how a frame leaves', () => {
  it('is live and as it is while it fits into a page, and cloned with zeros at its end when it does not', () => {
    fc.assert(
      fc.property(anyFrame(LONG), (frame) => {
        expect(wayOf(frame)).toBe('clone');
        const { bytes } = leaving(frame);
        expect(bytes.length).toBe(frame.bytes.length);
        expect(bytes.subarray(0, MOST_GIVEN_BYTES)).toEqual(frame.bytes.subarray(0, MOST_GIVEN_BYTES));
        expect(bytes.subarray(MOST_GIVEN_BYTES).every((each) => each === 0)).toBe(true);
      }),
      { numRuns: 20 },
    );
    fc.assert(
      fc.property(anyFrame(LIVE), (frame) => {
        expect(wayOf(frame)).toBe('live');
        expect(leaving(frame)).toBe(frame);
      }),
    );
  });

  it.each([
    [3300, 'live'],
    [3301, 'clone'],
  ])('is, at %d bytes, %s', (length, way) => {
    expect(wayOf({ bytes: new Uint8Array(length), varied: [] })).toBe(way);
  });

  it('makes the first run grow the packet and no more: nothing is sent, and the counter stands', () => {
    const frame: Frame = { bytes: new Uint8Array(9014).fill(1), varied: [{ at: 54, bytes: 2 }] };
    const kernel = kernelFor(frame, 5n);
    expect(kernel.packet).toHaveLength(MOST_GIVEN_BYTES);
    expect(runProgram(programOf(frame, EGRESS), kernel)).toEqual({ verdict: WAYS.clone.drop, sent: [] });
    expect(kernel.packet).toHaveLength(9014);
    expect(kernel.state).toBe(5n);
  });
});
