import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { medianOf } from './confidence.ts';

const count = (n: number): number[] => Array.from({ length: n }, (_, index) => index + 1);

describe('the confidence interval of a median', () => {
  // Le Boudec, table A.1: n, j, k
  it.each([
    [6, 1, 6],
    [7, 1, 7],
    [8, 1, 8],
    [9, 2, 8],
    [10, 2, 9],
    [12, 3, 10],
    [15, 4, 12],
    [20, 6, 15],
    [25, 8, 18],
    [30, 10, 21],
  ])('of %i values is from the %i. to the %i.', (n, low, high) => {
    expect(medianOf(count(n))).toMatchObject({ low, high, of: n, median: (n + 1) / 2 });
  });

  it('is not there for fewer than six, and nothing is there for none', () => {
    for (const n of [1, 2, 3, 4, 5]) expect(medianOf(count(n))).toEqual({ median: (n + 1) / 2, low: null, high: null, of: n });
    expect(medianOf([])).toBeUndefined();
  });

  it('does not depend on the order, and holds the median', () => {
    fc.assert(
      fc.property(fc.array(fc.double({ min: 0, max: 1e6, noNaN: true }), { minLength: 6, maxLength: 60 }), (values) => {
        const found = medianOf(values);
        expect(medianOf(values.toReversed())).toEqual(found);
        expect(found?.low).toBeLessThanOrEqual(found?.median as number);
        expect(found?.high).toBeGreaterThanOrEqual(found?.median as number);
      }),
    );
  });

  it('encloses the true median in at least 95 of 100 samples', () => {
    // of a skewed distribution, as latencies are; the seed is fixed, so that this cannot fail by chance
    let state = 7;
    const random = () => {
      state = (state * 48_271) % 2_147_483_647;
      return state / 2_147_483_647;
    };
    let enclosed = 0;
    for (let each = 0; each < 4000; each += 1) {
      const { low, high } = medianOf(Array.from({ length: 6 }, () => -Math.log(random()))) ?? {};
      if ((low as number) <= Math.LN2 && (high as number) >= Math.LN2) enclosed += 1;
    }
    expect(enclosed / 4000).toBeGreaterThan(0.95);
    expect(enclosed / 4000).toBeLessThan(0.985);
  });
});
