import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { baselineOf, percentile, settledBaseline } from './baseline.ts';
import { longestStall, type ProbeSample, steadiness } from './recovery.ts';

const BASELINE = { median_ms: 1, p99_ms: 2, rate_hz: 10 };
const TOLERANCE = { floor_ms: 10, hold_s: 3, limit_s: 30 };

/** Answers at 10 Hz with t in (from, to]. */
function steady(from: number, to: number, ms: number | null = 1): ProbeSample[] {
  const samples: ProbeSample[] = [];
  for (let step = 1; from + step / 10 <= to + 1e-9; step += 1) samples.push({ t: from + step / 10, ms });
  return samples;
}

describe('recovery', () => {
  const cases: [what: string, samples: ProbeSample[], expected: ReturnType<typeof steadiness>][] = [
    ['a machine that never suffered recovers at 0', steady(0, 20), { state: 'recovered', seconds: 0 }],
    [
      'no answers until 4.2 s after the storm',
      [...steady(0, 5), ...steady(5, 14.2, null), ...steady(14.2, 20)],
      { state: 'recovered', seconds: 4.3 },
    ],
    [
      'the sample that waited out the outage was issued too early to count',
      [...steady(0, 5), { t: 12, ms: 7000 }, ...steady(12, 20)],
      { state: 'recovered', seconds: 2.1 },
    ],
    [
      'a recovery during the storm counts as 0',
      [...steady(0, 5), ...steady(5, 8, null), ...steady(8, 20)],
      { state: 'recovered', seconds: 0 },
    ],
    [
      'one lucky answer is not a recovery',
      [...steady(9, 11, null), { t: 11.05, ms: 1 }, ...steady(11.05, 13, null), ...steady(13, 20)],
      { state: 'recovered', seconds: 3.1 },
    ],
    [
      'one stray outlier in the window is allowed',
      [...steady(9, 12, null), ...steady(12, 13), { t: 13.1, ms: 90 }, ...steady(13.1, 20)],
      { state: 'recovered', seconds: 2.1 },
    ],
    [
      'five outliers in the window are not',
      [...steady(9, 12, null), ...steady(12, 13), ...steady(13, 13.5, 90), ...steady(13.5, 20)],
      { state: 'recovered', seconds: 3.6 },
    ],
    ['a probe that sends nothing is not steady', [...steady(0, 9.5)], { state: 'pending', notBefore_s: 0 }],
    ['a gap of more than a second breaks the window', [...steady(9, 12), ...steady(13.2, 20)], { state: 'recovered', seconds: 3.3 }],
    ['half the rate is not steady', steady(9, 20).filter((_, index) => index % 2 === 0), { state: 'pending', notBefore_s: 8 }],
    ['the window is not complete yet', [...steady(9, 11, null), ...steady(11, 13)], { state: 'pending', notBefore_s: 1.1 }],
    ['no answer up to the limit', steady(0, 45, null), { state: 'not recovered' }],
    ['steady only after the limit', [...steady(0, 41, null), ...steady(41, 50)], { state: 'not recovered' }],
  ];
  it.each(cases)('%s', (_what, samples, expected) => {
    const found = steadiness(samples, BASELINE, TOLERANCE, 10);
    if (expected.state === 'pending' && found.state === 'pending') expect(found.notBefore_s).toBeLessThanOrEqual(10);
    else expect(found).toEqual(expected);
  });

  it('knows that silence went on when it is told what time it is', () => {
    expect(steadiness(steady(0, 9.5), BASELINE, TOLERANCE, 10, 41)).toEqual({ state: 'not recovered' });
    expect(steadiness(steady(0, 9.5), BASELINE, TOLERANCE, 10, 20)).toMatchObject({ state: 'pending', notBefore_s: 10 });
    expect(steadiness([], BASELINE, TOLERANCE, 10)).toEqual({ state: 'pending', notBefore_s: 0 });
  });

  it('allows twice the p99 of a slow baseline', () => {
    const slow = { median_ms: 40, p99_ms: 60, rate_hz: 10 };
    expect(steadiness(steady(0, 20, 119), slow, TOLERANCE, 10)).toEqual({ state: 'recovered', seconds: 0 });
    expect(steadiness(steady(0, 20, 121), slow, TOLERANCE, 10)).toMatchObject({ state: 'pending' });
  });

  const history = fc
    .array(
      fc.record({ gap: fc.double({ min: 0.01, max: 1.5, noNaN: true }), ms: fc.option(fc.double({ min: 0, max: 40, noNaN: true })) }),
      {
        maxLength: 300,
      },
    )
    .map((steps) => {
      let t = 0;
      return steps.map(({ gap, ms }): ProbeSample => {
        t += gap;
        return { t, ms };
      });
    });

  it('never takes back what it knew when more samples come', () => {
    fc.assert(
      fc.property(history, fc.nat(300), (samples, cut) => {
        const before = steadiness(samples.slice(0, cut), BASELINE, TOLERANCE, 5);
        const after = steadiness(samples, BASELINE, TOLERANCE, 5);
        if (before.state !== 'pending') expect(after).toEqual(before);
        if (before.state === 'pending' && after.state === 'recovered') expect(after.seconds).toBeGreaterThanOrEqual(before.notBefore_s);
      }),
    );
  });

  it('is never negative and never beyond the limit', () => {
    fc.assert(
      fc.property(history, fc.double({ min: 0, max: 60, noNaN: true }), (samples, from) => {
        const found = steadiness(samples, BASELINE, TOLERANCE, from);
        if (found.state === 'recovered') expect(found.seconds >= 0 && found.seconds <= TOLERANCE.limit_s + 0.1).toBe(true);
      }),
    );
  });

  it('finds the end of any single outage to the period of the probe', () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 290 }), (tenths) => {
        const healed = 10 + tenths / 10;
        const samples = [...steady(0, 5), ...steady(5, healed, null), ...steady(healed, healed + 5)];
        const found = steadiness(samples, BASELINE, TOLERANCE, 10);
        expect(found.state === 'recovered' && Math.abs(found.seconds - tenths / 10) <= 0.2, JSON.stringify(found)).toBe(true);
      }),
    );
  });
});

describe('the longest stall', () => {
  it.each<[string, ProbeSample[], number]>([
    ['absence counts to the end', steady(0, 4), 6],
    ['absence counts from the beginning', steady(7, 10), 7.1],
    ['samples without an answer are absence', [...steady(0, 3), ...steady(3, 8, null), ...steady(8, 10)], 5.1],
    ['a latency of 6 s is a stall of 6 s', [...steady(0, 9.95), { t: 9.96, ms: 6000 }], 6],
    ['nothing at all', [], 10],
    ['the cadence itself', steady(0, 10), 0.1],
    ['what waited since before the beginning counts from it', [{ t: 2, ms: 9000 }, ...steady(2, 10)], 2],
    ['an answer after the end was still awaited at the end', [...steady(0, 4), { t: 15, ms: 10_000 }], 6],
  ])('%s', (_what, samples, expected) => {
    expect(longestStall(samples, 0, 10)).toBeCloseTo(expected, 6);
  });

  it('is at most the time looked at, and no shorter when answers are taken away', () => {
    const times = fc.array(fc.double({ min: 0, max: 20, noNaN: true }), { maxLength: 60 });
    fc.assert(
      fc.property(times, fc.nat(60), (at, cut) => {
        const samples = at.map((t) => ({ t, ms: 1 }));
        const stall = longestStall(samples, 0, 20);
        expect(stall).toBeLessThanOrEqual(20);
        expect(longestStall(samples.toSpliced(cut, 1), 0, 20)).toBeGreaterThanOrEqual(stall - 2e-3);
      }),
    );
  });
});

describe('the baseline', () => {
  it('is known after three steady seconds', () => {
    const found = baselineOf(steady(0, 3.2), 10);
    expect(found).toMatchObject({ steady: true, baseline: { median_ms: 1, p99_ms: 1 } });
    if (found.steady) expect(found.baseline.rate_hz).toBeCloseTo(10, 6);
  });

  it.each<[string, ProbeSample[], RegExp]>([
    ['too short', steady(0, 2), /only 1\.9 s/],
    ['nothing', [], /0 sample/],
    ['too slow', steady(0, 8).filter((_, index) => index % 2 === 0), /5\.\d samples\/s/],
    ['an answer missing', [...steady(0, 3), { t: 3.1, ms: null }, ...steady(3.1, 5)], /1 of 50 without an answer/],
    ['still settling', [...steady(0, 2, 100), ...steady(2, 4, 30)], /not settled/],
  ])('is refused: %s', (_what, samples, why) => {
    const found = baselineOf(samples, 10);
    expect(found.steady).toBe(false);
    if (!found.steady) expect(found.why).toMatch(why);
  });

  it('leaves a rough beginning aside', () => {
    expect(baselineOf([...steady(0, 1, null), ...steady(1, 4, 900), ...steady(4, 8)], 10)).toMatchObject({
      steady: true,
      baseline: { p99_ms: 1 },
    });
  });

  it('does not mind a factor within the floor', () => {
    expect(baselineOf([...steady(0, 2, 0.2), ...steady(2, 4, 4)], 10).steady).toBe(true);
  });

  it('of a finished phase outlives an answer lost at its very end', () => {
    const samples = [...steady(0, 6), { t: 6.1, ms: null }, ...steady(6.1, 7)];
    expect([baselineOf(samples, 10).steady, settledBaseline(samples, 10).steady]).toEqual([false, true]);
    expect(settledBaseline(steady(0, 6, null), 10).steady).toBe(false);
    expect(settledBaseline([], 10).steady).toBe(false);
  });

  it('takes nearest-rank percentiles', () => {
    expect([0.5, 0.99, 1].map((share) => percentile([4, 1, 3, 2], share))).toEqual([2, 4, 4]);
  });
});
