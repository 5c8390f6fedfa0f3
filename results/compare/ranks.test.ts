import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { exactCounts } from './counts.ts';
import { rankSum, signedRank } from './ranks.ts';

/** Few different ones, so that there are ties; and what never came. */
const value = fc.oneof(fc.integer({ min: 0, max: 5 }), fc.constant(Number.POSITIVE_INFINITY));

/** All ways to take `count` of the places from `from` on. */
function choices(places: number, count: number, from = 0): number[][] {
  if (count === 0) return [[]];
  return Array.from({ length: places - from }, (_, index) => from + index).flatMap((first) =>
    choices(places, count - 1, first + 1).map((rest) => [first, ...rest]),
  );
}

/** Wins of the second set over the first, less its defeats: what U counts, with its mean at 0. */
const lead = (a: readonly number[], b: readonly number[]): number =>
  b.reduce((sum, y) => sum + a.reduce((own, x) => own + (y > x ? 1 : y < x ? -1 : 0), 0), 0);

describe('the rank-sum test', () => {
  // of SciPy 1.17: mannwhitneyu(method='exact'), and its asymptotic one with continuity, for many values without and with ties
  const many = Array.from({ length: 300 }, (_, index) => index);
  it.each([
    [[1, 2, 3, 4, 5], [6, 7, 8, 9, 10], 0.007936507936507936],
    [[0.8, 1.1, 1.3, 1.9, 2.4, 3], [1.2, 1.8, 2.2, 2.6, 3.1, 3.3, 4], 0.13752913752913754],
    [many.slice(0, 150), many.slice(0, 150).map((each) => each + 12.5), 0.016786493110740958],
    [many.map((each) => (each * 7) % 11), many.map((each) => ((each * 5) % 11) + (each % 3 === 0 ? 1 : 0)), 0.19555702598463276],
  ])('has the p of others', (a, b, p) => {
    expect(rankSum(a, b).p).toBeCloseTo(p, 6);
    expect(rankSum(b, a).p).toBeCloseTo(p, 6);
  });

  it('counts all ways to deal the values, ties and all', () => {
    const sides = fc.record({ a: fc.array(value, { minLength: 1, maxLength: 5 }), b: fc.array(value, { minLength: 1, maxLength: 5 }) });
    fc.assert(
      fc.property(sides, ({ a, b }) => {
        const all = [...a, ...b];
        const leads = choices(all.length, b.length).map((places) =>
          Math.abs(
            lead(
              all.filter((_, index) => !places.includes(index)),
              places.map((index) => all[index] as number),
            ),
          ),
        );
        const share = (least: number) => leads.filter((each) => each >= least).length / leads.length;
        const found = rankSum(a, b);
        expect(found.p).toBeCloseTo(share(Math.abs(lead(a, b))), 10);
        expect(found.least).toBeCloseTo(share(Math.max(...leads)), 10);
        expect(found.higher).toBeCloseTo((lead(a, b) / (a.length * b.length) + 1) / 2, 10);
      }),
      { numRuns: 60 },
    );
  });

  // what one side has of a rare value is a hypergeometric number: 20 in 220; and what a sum of such chances gives
  it.each([
    [{ ofA: 200, seenA: 0, ofB: 20, seenB: 1 }, 20 / 220],
    [{ ofA: 390, seenA: 5, ofB: 10, seenB: 2 }, 0.011069396559],
    [{ ofA: 1000, seenA: 300, ofB: 1000, seenB: 365 }, 0.0023715795281],
  ])('is exact where a value is rare, or almost all have one of two, however many they are: %o', ({ ofA, seenA, ofB, seenB }, p) => {
    const of = (count: number, seen: number) => Array.from({ length: count }, (_, index) => (index < seen ? 1 : 0));
    const [a, b] = [of(ofA, seenA), of(ofB, seenB)];
    expect(rankSum(a, b).p).toBeCloseTo(p, 8);
    expect(rankSum(b, a).p).toBeCloseTo(p, 8);
    // as Fisher's test, of the same 2 x 2 numbers, where both tails are alike
    const fisher = exactCounts([{ a: { seen: seenA, of: ofA }, b: { seen: seenB, of: ofB } }]);
    expect(rankSum(a, b).p).toBeCloseTo(fisher.p, 8);
  });

  it('tells nothing of values that are all alike', () => {
    expect(rankSum([0, 0, 0], [0, 0])).toEqual({ p: 1, least: 1, higher: 0.5 });
    const many = new Array<number>(400).fill(0);
    expect(rankSum(many, many)).toEqual({ p: 1, least: 1, higher: 0.5 });
  });
});

describe('the signed-rank test', () => {
  // Hollander and Wolfe's depression scores, as in R's help of wilcox.test; SciPy's permutation of Pratt's statistic
  it.each([
    [[0.952, -0.147, 1.022, 0.43, 0.62, 0.59, 0.49, -0.08, 0.01], 0.0390625],
    [[0, 0, 1, -2, 3, 4, 5, -1, 2, 6], 0.1015625],
    [[1, 2, 3, 4, 5, 6, 7, 8, 9, 10], 2 / 1024],
  ])('has the p of others', (differences, p) => {
    expect(signedRank(differences).p).toBeCloseTo(p, 10);
    expect(signedRank(differences.map((each) => -each)).p).toBeCloseTo(p, 10);
  });

  it('is no surer of a sample in which a difference is nothing', () => {
    fc.assert(
      fc.property(fc.array(fc.integer({ min: -4, max: 4 }), { minLength: 1, maxLength: 9 }), (differences) => {
        const least = 2 ** (1 - differences.filter((each) => each !== 0).length);
        const found = signedRank(differences);
        expect(found.least).toBeCloseTo(Math.min(1, least), 10);
        expect(found.p).toBeGreaterThanOrEqual(found.least - 1e-12);
      }),
    );
    expect(signedRank([0, 0, 0])).toEqual({ p: 1, least: 1, higher: 0.5 });
  });

  it('takes a machine that never came back for the largest difference', () => {
    const inf = Number.POSITIVE_INFINITY;
    expect(signedRank([1, 2, inf, 3]).p).toBe(signedRank([1, 2, 9, 3]).p);
    expect(signedRank([inf, -inf]).higher).toBe(0.5);
  });

  it('of many pairs is close to the exact one', () => {
    const differences = (count: number) => Array.from({ length: count }, (_, index) => ((index * 37) % 101) - 40);
    const [exact, normal] = [signedRank(differences(300)).p, signedRank(differences(303)).p];
    expect(normal / exact).toBeGreaterThan(0.5);
    expect(normal / exact).toBeLessThan(2);
  });
});
