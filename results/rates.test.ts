import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { rateOf } from './rates.ts';

describe('how often a trial fails', () => {
  // from tables of the binomial distribution: qbeta() of R
  it.each([
    [0, 10, 0, 0.2589],
    [0, 59, 0, 0.0495],
    [0, 1, 0, 0.95],
    [1, 10, 0.0025, 0.445],
    [5, 10, 0.1871, 0.8129],
    [10, 10, 0.7411, 1],
    [1, 1, 0.05, 1],
    [3, 5000, 0.0001, 0.0018],
  ])('%i failures of %i', (fails, of, low, high) => {
    expect(rateOf(fails, of)).toEqual({ low: expect.closeTo(low, 4), high: expect.closeTo(high, 4) });
  });

  it('is not known of no trial', () => {
    expect(rateOf(0, 0)).toBeUndefined();
  });

  it('lies within its interval, which is turned round with the outcomes and narrows with more of them', () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 300 }), fc.double({ min: 0, max: 1, noNaN: true }), (of, share) => {
        const fails = Math.round(share * of);
        const { low, high } = rateOf(fails, of) as { low: number; high: number };
        expect(low).toBeLessThanOrEqual(fails / of + 1e-9);
        expect(high).toBeGreaterThanOrEqual(fails / of - 1e-9);
        const turned = rateOf(of - fails, of) as { low: number; high: number };
        expect([1 - turned.high, 1 - turned.low]).toEqual([expect.closeTo(low, 8), expect.closeTo(high, 8)]);
        const more = rateOf(2 * fails, 2 * of) as { low: number; high: number };
        expect(more.high - more.low).toBeLessThan(high - low);
      }),
    );
  });
});
