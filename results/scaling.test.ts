import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { bySize, Scaling, type ScalingPoint, scaleOf } from './scaling.ts';

const SIZES = [64, 128, 384, 768];

const at = (memory_GiB: number, seconds: number): ScalingPoint => ({ trial: 't', class: `${memory_GiB}G`, memory_GiB, seconds });
const timed = (seconds: readonly number[], sizes: readonly number[] = SIZES): ScalingPoint[] =>
  seconds.flatMap((each, index) => (sizes[index] === undefined ? [] : [at(sizes[index], each)]));
const along = (sizes: readonly number[], of: (GiB: number) => number): ScalingPoint[] => sizes.map((GiB) => at(GiB, of(GiB)));

/** Three to six sizes, each at least a third larger than the one before, from 1 GiB to some 10 TiB. */
const someSizes = fc
  .tuple(
    fc.double({ min: 1, max: 64, noNaN: true }),
    fc.array(fc.double({ min: 1.34, max: 4, noNaN: true }), { minLength: 2, maxLength: 5 }),
  )
  .map(([first, steps]) => [first, ...steps].map((_, index, factors) => factors.slice(0, index + 1).reduce((a, b) => a * b)));
const positive = fc.double({ min: 0, max: 100, noNaN: true });

describe('what is timed on several sizes', () => {
  it.each<[what: string, points: ScalingPoint[], growth: string, exponent: number]>([
    // 64, 128, 384 and 768 GiB
    ['boot', timed([6.1, 7.9, 13.0, 24]), 'linear or slower', 1],
    ['compaction', timed([0.4, 0.9, 2.9, 6.0]), 'linear or slower', 1],
    ['what is constant', timed([3, 3, 3, 3]), 'linear or slower', 0],
    ['what is constant but for noise', timed([3, 3.1, 2.9, 3.05]), 'linear or slower', 0],
    ['what grows with the logarithm', timed([1, 2, 3.6, 4.6]), 'linear or slower', 0.55],
    ['what takes no time', timed([0, 0, 0, 0]), 'linear or slower', 0],
    ['what grows with the square', timed([1, 4, 36, 144]), 'faster than linear', 2],
    ['what grows with the square beside a constant', timed([5.2, 5.9, 12.2, 33.8]), 'faster than linear', 2],
    ['what falls off a cliff at the largest', timed([1, 2, 6, 40]), 'faster than linear', 3.05],
    ['what takes a step of the clock or two', timed([0, 0.3, 0, 0.3]), 'linear or slower', 0],
    ['what is too short to matter', timed([0.001, 0.004, 0.036, 0.144]), 'linear or slower', 0],
    ['what may be noise, two sizes being near each other', timed([10, 10.5, 40], [128, 160, 768]), 'unknown', 1],
  ])('%s', (_what, points, growth, exponent) => {
    const { fit, ...scaled } = scaleOf(points);
    expect(scaled.growth).toBe(growth);
    expect(fit?.exponent).toBe(exponent);
    expect(() => Scaling.parse({ measures: [{ candidate: 'k', name: 'x', fit, ...scaled }] })).not.toThrow();
  });

  it.each([
    [0, 3],
    [1, 2],
    [2, 1],
  ])('of %d sizes needs %d more', (count, more) => {
    // a second trial of a size is no other size, nor is one that keeps a little more for itself
    const points = timed(SIZES.slice(0, count)).flatMap((point) => [point, { ...point, memory_GiB: point.memory_GiB * 1.01 }]);
    expect(scaleOf(points)).toMatchObject({ growth: 'unknown', why: `not enough sizes: ${more} more needed` });
    expect(scaleOf(points).fit).toBeUndefined();
  });

  it('is taken at its median where a size was tried several times', () => {
    const [first, second, other, third] = [at(128, 9), at(128.4, 7), at(384, 12), at(127.9, 8)] as const;
    expect(bySize([first, second, other, third])).toEqual([
      { memory_GiB: 128, seconds: 8, spread_s: 1, points: [third, first, second] },
      { memory_GiB: 384, seconds: 12, spread_s: 0, points: [other] },
    ]);
  });

  it('is not marked for growth within the spread of a size', () => {
    const single = timed([1, 2, 6, 30]);
    expect(scaleOf(single).growth).toBe('faster than linear');
    expect(scaleOf([...single, at(768, 12), at(768, 48)])).toMatchObject({ growth: 'unknown', why: expect.stringContaining('noise') });
  });

  it('keeps its points by rising memory', () => {
    const points = timed([1, 2, 3, 4]);
    expect(scaleOf(points.toReversed()).points).toEqual(points);
  });
});

describe('growth', () => {
  it('along a straight line is never marked', () => {
    fc.assert(
      fc.property(someSizes, positive, positive, (sizes, constant, perGiB) => {
        const { growth, fit } = scaleOf(along(sizes, (GiB) => constant + perGiB * GiB));
        expect(growth).toBe('linear or slower');
        expect(fit?.exponent).toBeLessThanOrEqual(1);
      }),
    );
  });

  it('with the square is always marked, unless a constant hides it or it is short', () => {
    const share = fc.double({ min: 0, max: 0.5, noNaN: true });
    fc.assert(
      fc.property(someSizes, share, fc.double({ min: 20, max: 1000, noNaN: true }), (sizes, constant, longest) => {
        // the constant is at most half of what the second size adds to it, and the last three sizes are about half of each other at most
        const [second, largest] = [sizes[1] as number, sizes.at(-1) as number];
        fc.pre(largest >= 1.9 * (sizes.at(-2) as number) && (sizes.at(-2) as number) >= 1.9 * (sizes.at(-3) as number));
        const square = (GiB: number) => longest * (GiB / largest) ** 2;
        expect(scaleOf(along(sizes, (GiB) => constant * square(second) + square(GiB))).growth).toBe('faster than linear');
      }),
    );
  });

  it('that is marked is so in any unit of time, but for what is too short', () => {
    const seconds = fc.array(fc.double({ min: 2, max: 100, noNaN: true }), { minLength: 4, maxLength: 4 });
    fc.assert(
      fc.property(seconds, fc.constantFrom(2, 16, 1024), (values, unit) => {
        expect(scaleOf(timed(values.map((each) => each * unit))).growth).toBe(scaleOf(timed(values)).growth);
      }),
    );
  });
});
