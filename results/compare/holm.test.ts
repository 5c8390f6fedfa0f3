import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { ALPHA, burdenOf, corrected, type Part } from './holm.ts';

const test = (p: number, least = 0, part: Part = 'figure') => ({ p, least, part });

describe('the correction for many comparisons', () => {
  it("is Holm's where every test could have found something", () => {
    // R: p.adjust(c(0.01, 0.04, 0.03, 0.005), 'holm')
    expect(corrected([0.01, 0.04, 0.03, 0.005].map((p) => test(p)))).toEqual([0.03, 0.06, 0.06, 0.02]);
  });

  it('does not count what could not have found anything', () => {
    const same = Array.from({ length: 50 }, () => test(1, 1));
    expect(corrected([test(0.01), ...same])[0]).toBeCloseTo(0.01);
    // six against six without ties have a p of 0.0022 at least: of ten such none could be believed by Bonferroni, were there 23 or more
    const coarse = Array.from({ length: 30 }, () => test(0.3, 0.0022));
    expect(corrected([test(0.0022, 0.0022), ...coarse])[0]).toBeGreaterThan(ALPHA);
    expect(corrected([test(0.001, 0), ...coarse])[0]).toBeLessThanOrEqual(ALPHA);
  });

  it('keeps half of all false alarms for recoveries and a quarter for events; a part in which nothing varies leaves its own to the others', () => {
    const figures = Array.from({ length: 20 }, () => test(0.5));
    expect(corrected([test(0.02, 0, 'recovery'), test(0.01, 0, 'event'), ...figures]).slice(0, 2)).toEqual([0.04, 0.04]);
    expect(corrected([test(0.02, 0, 'recovery'), ...figures])[0]).toBeCloseTo(0.03);
    expect(corrected([test(0.02, 0, 'recovery'), test(1, 1, 'event'), test(1, 1)])[0]).toBeCloseTo(0.02);
    expect(burdenOf([test(0.02, 0, 'recovery'), test(0.01, 0, 'event'), ...figures], 'recovery')).toBe(2);
    expect(burdenOf([test(0.02, 0, 'recovery'), test(0.01, 0, 'event'), ...figures], 'figure')).toBe(80);
    expect(burdenOf(figures, 'figure')).toBe(20);
    expect(burdenOf([], 'recovery')).toBe(1);
  });

  it('never makes a p smaller, keeps their order, and is no stricter than to multiply by their number', () => {
    const some = fc.array(
      fc
        .record({ p: fc.double({ min: 1e-9, max: 1, noNaN: true }), least: fc.double({ min: 0, max: 1, noNaN: true }) })
        .map(({ p, least }) => test(p, p * least)),
      { minLength: 1, maxLength: 25 },
    );
    fc.assert(
      fc.property(some, (tests) => {
        const found = corrected(tests);
        tests.forEach(({ p }, index) => {
          expect(found[index]).toBeGreaterThanOrEqual(p);
          expect(found[index]).toBeLessThanOrEqual(
            Math.min(1, Math.max(...tests.filter((other) => other.p <= p).map((other) => other.p * tests.length))),
          );
          tests.forEach((other, place) => {
            if (other.p < p) expect(found[place]).toBeLessThanOrEqual(found[index] as number);
          });
        });
      }),
    );
  });
});
