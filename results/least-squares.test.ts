import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { deviationAt, nonNegativeLine, type Weighted } from './least-squares.ts';

const through = (ys: readonly number[], deviation = 1): Weighted[] => ys.map((y, index) => ({ x: index + 1, y, deviation }));

describe('a line that cannot be negative', () => {
  it.each<[what: string, points: Weighted[], constant: number, slope: number]>([
    ['is the free one where that is not', through([3, 5, 7]), 1, 2],
    ['goes through zero where the free one begins below', through([1, 4, 9]), 0, 36 / 14],
    ['is flat where the free one falls', through([4, 3, 2]), 3, 0],
    ['is a constant through a single point', through([4]), 4, 0],
    ['is a constant where nothing tells x apart', through([1, 3]).map((point) => ({ ...point, x: 0 })), 2, 0],
    ['is nearer to what is known better', [...through([3]), { x: 1, y: 6, deviation: 0.5 }].map((point) => ({ ...point, x: 0 })), 5.4, 0],
  ])('%s', (_what, points, constant, slope) => {
    const line = nonNegativeLine(points);
    expect([line.constant, line.slope]).toEqual([expect.closeTo(constant, 9), expect.closeTo(slope, 9)]);
  });

  it('fits better than any other', () => {
    const positive = fc.double({ min: 0.1, max: 100, noNaN: true });
    const point = fc.record({ x: positive, y: positive, deviation: positive });
    fc.assert(
      fc.property(fc.array(point, { minLength: 2, maxLength: 6 }), positive, positive, (points, constant, slope) => {
        const { misfit } = nonNegativeLine(points);
        const other = points.reduce((sum, { x, y, deviation }) => sum + ((y - constant - slope * x) / deviation) ** 2, 0);
        expect(misfit).toBeLessThanOrEqual(other * (1 + 1e-6));
      }),
      {
        examples: [
          [
            [
              { x: 0.1, y: 0.1, deviation: 0.2521445794042388 },
              { x: 0.1, y: 99.99682011991636, deviation: 0.1 },
            ],
            63.99003734715206,
            0.1,
          ],
        ],
      },
    );
  });
});

describe('what a line says', () => {
  it('is as sure between its points as its points, and less so beyond them', () => {
    // the mean of two, each with a deviation of 1; and y2 + (y2 - y1)
    expect(deviationAt(1.5, through([1, 2]))).toBeCloseTo(Math.SQRT1_2, 9);
    expect(deviationAt(2, through([1, 2]))).toBeCloseTo(1, 9);
    expect(deviationAt(3, through([1, 2]))).toBeCloseTo(Math.sqrt(5), 9);
  });
});
