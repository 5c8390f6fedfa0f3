import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { UsageError } from '../../results/errors.ts';
import { type Load, lengthOf, packetsOf } from './load.ts';
import { burst, parseShape, ramp, SHAPES, type ShapeParams, step, sustained } from './shapes.ts';

const shapes = Object.entries<(params: ShapeParams) => Load>(SHAPES);
const params = fc.record({
  peak_pps: fc.integer({ min: 1, max: 100_000_000 }),
  for_s: fc.double({ min: 0.1, max: 3600, noNaN: true }),
  seed: fc.maxSafeInteger(),
});

describe('a load', () => {
  it.each(shapes)(
    'that is %s begins at once, ends in time, reaches its peak and never passes it; no two steps of it overlap',
    (_name, shape) => {
      fc.assert(
        fc.property(params, (any) => {
          const load = shape(any);
          expect(load[0]?.at_s).toBe(0);
          expect(lengthOf(load)).toBeCloseTo(any.for_s, 6);
          expect(load.reduce((most, { from_pps, to_pps }) => Math.max(most, from_pps, to_pps), 0)).toBe(any.peak_pps);
          const wrong = load.filter(({ at_s, for_s, from_pps, to_pps }, index) => {
            const before = load[index - 1];
            const overlaps = before !== undefined && at_s < before.at_s + before.for_s - 1e-6;
            return overlaps || !(for_s > 0) || from_pps < 0 || to_pps < 0;
          });
          expect(wrong).toEqual([]);
        }),
      );
    },
  );

  it.each(shapes)('that is %s is the same for the same seed', (_name, shape) => {
    fc.assert(fc.property(params, (any) => void expect(shape(any)).toEqual(shape({ ...any }))));
  });
});

const MINUTE: ShapeParams = { peak_pps: 1000, for_s: 60, seed: 1 };

describe('the shapes', () => {
  it('offer what they say in all', () => {
    expect(packetsOf(sustained(MINUTE))).toBe(60_000);
    expect(packetsOf(ramp(MINUTE))).toBe(30_000);
    expect(packetsOf(step(MINUTE))).toBeCloseTo(33_000);
    expect(packetsOf(burst(MINUTE))).toBeCloseTo(40_000);
  });

  it('climb stairs of equal height', () => {
    const stairs = step(MINUTE).map(({ at_s, for_s, from_pps }) => [at_s, for_s, from_pps]);
    expect(stairs).toHaveLength(10);
    expect(stairs.slice(0, 2)).toEqual([
      [0, 6, 100],
      [6, 6, 200],
    ]);
    expect(stairs.at(-1)).toEqual([54, 6, 1000]);
  });

  it('burst for two seconds each, with pauses that another seed draws otherwise, none of them nothing', () => {
    const pauses = (seed: number): number[] => {
      const load = burst({ ...MINUTE, seed });
      return load.slice(1).map(({ at_s }, index) => at_s - (load[index]?.at_s ?? 0) - (load[index]?.for_s ?? 0));
    };
    expect(new Set(burst(MINUTE).map(({ for_s }) => for_s))).toEqual(new Set([2]));
    expect(pauses(1)).not.toEqual(pauses(2));
    for (const pause of [1, 2, 3].flatMap(pauses)) expect(pause).toBeGreaterThan(0.3);
    // no time for two
    expect(burst({ ...MINUTE, for_s: 4 })).toEqual(sustained({ ...MINUTE, for_s: 4 }));
  });

  it('are found by their names, and no other', () => {
    expect(Object.keys(SHAPES).map(parseShape)).toEqual(['sustained', 'step', 'ramp', 'burst']);
    for (const name of ['saw', '', 'toString', 'Ramp']) expect(() => parseShape(name)).toThrow(UsageError);
    expect(() => parseShape('saw')).toThrow('no load shape is called saw; there are sustained, step, ramp, burst');
  });
});
