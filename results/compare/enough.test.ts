import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { exactCounts, lnChoose } from './counts.ts';
import { canTell, moreToTell, pairsToSee, trialsToSee, valuesToSee } from './enough.ts';
import { ALPHA } from './holm.ts';
import { quantileOf, upperTail } from './normal.ts';
import { rankSum } from './ranks.ts';

describe('how many runs it takes to tell anything', () => {
  it.each([
    // with four against four 2 of 70 ways are the extreme ones, with three against three 2 of 20
    [{ a: 3, b: 3 }, 1, { a: 1, b: 1 }],
    [{ a: 4, b: 4 }, 1, { a: 0, b: 0 }],
    // seven against seven: 2 of 3432, at most 0.05 / 40 of all
    [{ a: 1, b: 1 }, 40, { a: 6, b: 6 }],
    [{ a: 30, b: 1 }, 40, { a: 0, b: 2 }],
    [{ a: 0, b: 12 }, 1, { a: 2, b: 0 }],
  ])('of %j with %i comparisons: %j more', (sizes, comparisons, more) => {
    expect(moreToTell(sizes, comparisons)).toEqual(more);
  });

  it('is the least that is enough: values that stand apart are believed then, and with one fewer they are not', () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 200 }), (comparisons) => {
        const { a: size } = moreToTell({ a: 0, b: 0 }, comparisons);
        const apart = (count: number) => {
          const low = Array.from({ length: count }, (_, index) => index);
          return rankSum(
            low,
            low.map((each) => each + 1000),
          ).p;
        };
        expect(apart(size)).toBeLessThanOrEqual(ALPHA / comparisons);
        expect(apart(size - 1)).toBeGreaterThan(ALPHA / comparisons);
        expect(canTell({ a: size - 1, b: size - 1 }, comparisons)).toBe(false);
      }),
    );
  });
});

describe('how many it takes to see a difference of a size', () => {
  it.each([
    [0.1, 0.4],
    [0, 5 / 12],
    [0.2, 0],
    [0.5, 0.9],
  ])('finds shares of %d and %d of the trials about 80 times in 100', (a, b) => {
    const size = trialsToSee(a, b, 1) as number;
    const chance = (seen: number, share: number) => Math.exp(lnChoose(size, seen)) * share ** seen * (1 - share) ** (size - seen);
    const counts = Array.from({ length: size + 1 }, (_, seen) => seen);
    const power = counts.flatMap((x) =>
      counts.map((y) =>
        exactCounts([{ a: { seen: x, of: size }, b: { seen: y, of: size } }]).p <= ALPHA ? chance(x, a) * chance(y, b) : 0,
      ),
    );
    const found = power.reduce((sum, each) => sum + each, 0);
    expect(found).toBeGreaterThan(0.78);
    expect(found).toBeLessThan(0.88);
  });

  it('of what is there in every trial of one side is as few as can tell anything', () => {
    expect([trialsToSee(0, 1, 1), trialsToSee(1, 0, 40)]).toEqual([4, 7]);
  });

  it('is more for a smaller one and for more comparisons, and unknown for none at all', () => {
    expect(valuesToSee(0.6, 1)).toBeGreaterThan(valuesToSee(0.9, 1) as number);
    expect(valuesToSee(0.9, 50)).toBeGreaterThan(valuesToSee(0.9, 1) as number);
    expect(pairsToSee(0.1, 1)).toBe(pairsToSee(0.9, 1));
    expect([valuesToSee(0.5, 1), pairsToSee(0.5, 1), trialsToSee(0.3, 0.3, 1)]).toEqual([undefined, undefined, undefined]);
  });
});

it('the tails of the normal distribution are those of tables', () => {
  // Abramowitz and Stegun, table 26.5; far out 6 sigma
  for (const [z, chance] of [
    [0, 0.5],
    [1.959964, 0.025],
    [3, 1.349898e-3],
    [6, 9.865876e-10],
  ] as const) {
    expect(upperTail(z) / chance).toBeCloseTo(1, 6);
    expect(quantileOf(chance)).toBeCloseTo(z, 4);
  }
  expect(upperTail(-1)).toBeCloseTo(0.8413447, 6);
});
