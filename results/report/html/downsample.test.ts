import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { decode } from './client/decode.js';
import { downsample, type Focus, fairShares, type Samples } from './downsample.ts';
import { encode } from './encode.ts';

/** Samples in order, one to some hundred milliseconds apart, some of them unanswered. */
const someSamples: fc.Arbitrary<Samples> = fc
  .array(fc.record({ after_ms: fc.integer({ min: 1, max: 300 }), ms: fc.option(fc.integer({ min: 0, max: 6_000_000 }), { freq: 6 }) }), {
    maxLength: 400,
  })
  .map((list) => {
    let clock = 5;
    return {
      t: list.map(({ after_ms }) => {
        clock += after_ms;
        return clock / 1000;
      }),
      ms: list.map(({ ms }) => (ms === null ? Number.NaN : ms / 100)),
    };
  });

const someFocuses: fc.Arbitrary<Focus[]> = fc.array(
  fc
    .record({ from: fc.integer({ min: 0, max: 60 }), length: fc.integer({ min: 0, max: 20 }) })
    .map(({ from, length }) => ({ from, to: from + length })),
  { maxLength: 4 },
);

const answered = ({ t, ms }: Samples) => t.flatMap((time, at) => (Number.isNaN(ms[at]) ? [] : [{ t: time, ms: ms[at] as number }]));

describe('fewer points', () => {
  it('lose no stall: the slowest answer stands at its own time, the fastest and every missing one are counted', () => {
    fc.assert(
      fc.property(someSamples, fc.integer({ min: 2, max: 60 }), someFocuses, (samples, most, focuses) => {
        const { points } = downsample(samples, most, focuses);
        const all = answered(samples);
        expect(points.reduce((sum, { missing }) => sum + missing, 0)).toBe(samples.t.length - all.length);
        if (all.length === 0) return;
        const slowest = Math.max(...all.map(({ ms }) => ms));
        const found = points.filter(({ high }) => high === slowest).map(({ t }) => t);
        expect(all.some(({ t, ms }) => ms === slowest && found.includes(t))).toBe(true);
        expect(Math.min(...points.flatMap(({ low }) => low ?? []))).toBe(Math.min(...all.map(({ ms }) => ms)));
      }),
    );
  });

  it('are in order, and no more than were asked for but for the edges of what is kept whole', () => {
    fc.assert(
      fc.property(someSamples, fc.integer({ min: 2, max: 60 }), someFocuses, (samples, most, focuses) => {
        const { points } = downsample(samples, most, focuses);
        expect(points.every(({ t }, at) => at === 0 || (points[at - 1]?.t ?? 0) <= t)).toBe(true);
        expect(points.length).toBeLessThanOrEqual(most + 2 * focuses.length + 1);
      }),
    );
  });

  it('are all samples where there is room for them', () => {
    const samples = { t: [1, 2, 3], ms: [4, Number.NaN, 6] };
    expect(downsample(samples, 3)).toEqual({
      width_s: 0,
      points: [
        { t: 1, low: 4, high: 4, missing: 0 },
        { t: 2, low: null, high: null, missing: 1 },
        { t: 3, low: 6, high: 6, missing: 0 },
      ],
    });
  });

  it('are every sample in a focus, and stretches elsewhere', () => {
    const samples = { t: Array.from({ length: 1000 }, (_, at) => at / 10), ms: Array.from({ length: 1000 }, (_, at) => at % 7) };
    const { points, width_s } = downsample(samples, 100, [{ from: 50, to: 54 }]);
    expect(points.filter(({ t }) => t >= 50 && t <= 54).length).toBe(41);
    expect(points.filter(({ t }) => t > 60).every(({ low, high }) => low === 0 && high === 6)).toBe(true);
    expect(width_s).toBeCloseTo(99.9 / 50);
  });

  it('leave out what is wanted least where not all of it fits', () => {
    const samples = { t: Array.from({ length: 1000 }, (_, at) => at / 10), ms: Array.from({ length: 1000 }, () => 1) };
    const { points } = downsample(samples, 100, [
      { from: 50, to: 54 },
      { from: 10, to: 30 },
      { from: 70, to: 70.5 },
    ]);
    const within = (from: number, to: number) => points.filter(({ t }) => t >= from && t <= to).length;
    expect([within(50, 54), within(70, 70.5)]).toEqual([41, 6]);
    expect(within(10, 30)).toBeLessThan(15);
  });
});

describe('points as text', () => {
  it('come back as they were, to a millisecond and to 10 µs', () => {
    fc.assert(
      fc.property(someSamples, fc.integer({ min: 2, max: 60 }), (samples, most) => {
        const { points } = downsample(samples, most);
        const read = decode(encode(points));
        expect(read.missing).toEqual(points.map(({ missing }) => missing));
        for (const [at, { t, low, high }] of points.entries()) {
          expect(read.t[at]).toBeCloseTo(t, 6);
          if (low === null) expect([read.low[at], read.high[at]]).toEqual([null, null]);
          else expect([read.low[at], read.high[at]]).toEqual([low, high]);
        }
      }),
    );
  });

  it('take about five characters each where they are ten a second', () => {
    const points = Array.from({ length: 1000 }, (_, at) => ({ t: at / 10, low: 0.8, high: 0.8, missing: 0 }));
    expect(encode(points).length / 1000).toBeLessThan(6);
  });
});

describe('shares of what there is', () => {
  it('leave short series whole and give the others the same', () => {
    expect(fairShares([10, 1000, 50, 1000], 560)).toEqual([10, 250, 50, 250]);
    expect(fairShares([10, 20], 1000)).toEqual([10, 20]);
    expect(fairShares([], 1000)).toEqual([]);
  });

  it('are never more than that, nor than anybody has', () => {
    fc.assert(
      fc.property(fc.array(fc.nat(1000)), fc.nat(3000), (counts, total) => {
        const shares = fairShares(counts, total);
        expect(shares.reduce((sum, each) => sum + each, 0)).toBeLessThanOrEqual(total);
        expect(shares.every((share, at) => share <= (counts[at] as number))).toBe(true);
      }),
    );
  });
});
