import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { BoundedCurve } from './curve.ts';

describe('a curve of bounded length', () => {
  it('keeps the worst answer and every loss of any number of samples', () => {
    const gaps = fc.array(fc.tuple(fc.double({ min: 0, max: 3, noNaN: true }), fc.option(fc.double({ min: 0, max: 1e4, noNaN: true }))), {
      maxLength: 3000,
    });
    fc.assert(
      fc.property(gaps, (samples) => {
        const curve = new BoundedCurve();
        let t = 0;
        for (const [gap, ms] of samples) {
          t += gap;
          curve.add(t, ms);
        }
        const points = curve.points();
        expect(points.length).toBeLessThanOrEqual(720);
        const answers = samples.flatMap(([, ms]) => (ms === null ? [] : [ms]));
        expect(Math.max(-1, ...points.map(([, worst]) => worst ?? -1))).toBe(Math.max(-1, ...answers));
        expect(points.reduce((sum, [, , lost]) => sum + lost, 0)).toBe(samples.length - answers.length);
        expect(points.map(([at]) => at)).toEqual(points.map(([at]) => at).toSorted((a, b) => a - b));
        if (samples.length > 0) expect(Math.abs((points.at(-1)?.[0] ?? 0) - t)).toBeLessThanOrEqual(curve.width_s + 0.001);
      }),
      { numRuns: 30 },
    );
  });

  it('has a point for a day of samples at 10 Hz every few minutes at the longest', () => {
    const curve = new BoundedCurve();
    for (let at = 0; at < 86_400 * 10; at += 1) curve.add(at / 10, at === 123_456 ? 5000 : 1);
    expect(curve.width_s).toBeLessThan(300);
    expect(curve.points().filter(([, worst]) => worst === 5000)).toHaveLength(1);
  });
});
