import { describe, expect, it } from 'vitest';
import { median } from '../confidence.ts';
import { changeOf } from './bootstrap.ts';
import { drawsOf } from './nights.testing.ts';

const draw = drawsOf(11);
const values = (count: number, around: number, spread = 0.5): number[] => Array.from({ length: count }, () => draw.around(around, spread));

describe('the change between two sides', () => {
  it('is that of the medians, and its interval follows from the values alone', () => {
    const [a, b] = [values(12, 2), values(15, 3)];
    const found = changeOf({ a, b, paired: false });
    expect(found?.estimate).toBeCloseTo(median(b) / median(a) - 1, 12);
    expect(changeOf({ a: [...a], b: [...b], paired: false })).toEqual(found);
    expect(found?.low).toBeLessThanOrEqual(found?.estimate as number);
    expect(found?.high).toBeGreaterThanOrEqual(found?.estimate as number);
  });

  it('is enclosed in about 95 of 100 samples', () => {
    let enclosed = 0;
    for (let each = 0; each < 200; each += 1) {
      const { low, high } = changeOf({ a: values(15, 2), b: values(15, 2.4), paired: false }, 300) ?? {};
      if ((low as number) <= 0.2 && (high as number) >= 0.2) enclosed += 1;
    }
    // percentiles of medians are a little generous
    expect(enclosed / 200).toBeGreaterThan(0.92);
    expect(enclosed / 200).toBeLessThan(1);
  });

  it('is better known of pairs that share what their night had', () => {
    const nights = values(12, 1, 0.4);
    const [a, b] = [nights.map((each) => each * draw.around(2, 0.02)), nights.map((each) => each * draw.around(2.4, 0.02))];
    const width = (paired: boolean) => {
      const { low, high } = changeOf({ a, b, paired }) ?? {};
      return (high as number) - (low as number);
    };
    expect(width(true)).toBeLessThan(width(false) / 2);
  });

  it('has no interval below six values, and is no number where there is nothing to be a part of', () => {
    expect(changeOf({ a: [1, 2, 3], b: [2, 4, 6], paired: false })).toEqual({ estimate: 1, low: null, high: null });
    expect(changeOf({ a: [0, 0, 1], b: [1, 2, 3], paired: false })).toBeNull();
    const never = Number.POSITIVE_INFINITY;
    expect(changeOf({ a: [1, 2, 3], b: [never, never, 3], paired: false })).toBeNull();
    // but one that never came does not hide the others
    expect(changeOf({ a: [1, 2, 3, 4, 5, 6], b: [2, 4, 6, 8, 10, never], paired: false })).toMatchObject({
      estimate: 1,
      low: expect.any(Number),
    });
  });

  it('is towards faster where what never came on the first side comes on the second', () => {
    const never = Number.POSITIVE_INFINITY;
    const a = [4, 4, 4, 4, never, never, never];
    const found = changeOf({ a, b: [2, 2, 2, 2, 2, 2, 2], paired: false });
    expect(found).toEqual({ estimate: -0.5, low: -1, high: -0.5 });
    // of what never comes on either side nothing changes
    expect(changeOf({ a, b: a, paired: true })).toEqual({ estimate: 0, low: 0, high: 0 });
    // and the other way round it is endlessly slower, which is no number
    expect(changeOf({ a: [2, 2, 2, 2, 2, 2, 2], b: a, paired: false })).toEqual({ estimate: 1, low: 1, high: null });
    expect(changeOf({ a: [0, 0, 0, 1, 1, 1, 1], b: [1, 1, 1, 1, 1, 1, 1], paired: false })).toEqual({ estimate: 0, low: 0, high: null });
  });
});
