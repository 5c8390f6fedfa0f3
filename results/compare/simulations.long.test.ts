/** Whether the tests keep what they promise, by comparisons of nights that were drawn: hundreds of them. */
import { describe, expect, it } from 'vitest';
import type { Run } from '../model.ts';
import { EACH, NEW, OLD, said, sides, within } from './comparisons.testing.ts';
import { valuesToSee } from './enough.ts';
import { ALPHA } from './holm.ts';
import { drawsOf, nightsOf } from './nights.testing.ts';
import { rankSum } from './ranks.ts';

const halves = (runs: readonly Run[]) => [runs.slice(0, runs.length / 2), runs.slice(runs.length / 2)] as const;

/** Wins of the second set over the first, less its defeats: what U counts, with its mean at 0. */
const lead = (a: readonly number[], b: readonly number[]): number =>
  b.reduce((sum, y) => sum + a.reduce((own, x) => own + (y > x ? 1 : y < x ? -1 : 0), 0), 0);

describe('two equal kernels', () => {
  const events = {
    'TCP: Possible SYN flooding': { in: 'ipv6-flood/mixed', share: 0.5 },
    'INFO: rare hang': { in: 'storage-cutoff/cut', share: 0.1 },
  };

  it.each([
    [
      'nights of one against nights of the other',
      (seed: number) => sides(...halves(nightsOf(20, seed, { kernels: [{ ...OLD, events }] }))),
    ],
    [
      'both in each of ten nights',
      (seed: number) =>
        within(
          nightsOf(10, seed, {
            kernels: [
              { ...OLD, events },
              { ...NEW, events },
            ],
          }),
        ),
    ],
  ])('are said to differ in at most 5 of 100 comparisons: %s', (_what, compared) => {
    const alarms = Array.from({ length: 100 }, (_, each) => said(compared(each * EACH))).filter((differences) => differences.length > 0);
    expect(alarms.length).toBeLessThanOrEqual(5);
  });

  it('are left without a verdict by chance where they have rare events, and never where they have none', () => {
    const verdicts = (events: NonNullable<Parameters<typeof nightsOf>[2]['kernels'][number]['events']>) =>
      Array.from(
        { length: 60 },
        (_, each) =>
          sides(
            nightsOf(10, each * EACH, { kernels: [{ ...OLD, events }] }),
            nightsOf(10, each * EACH + 10, { kernels: [{ ...OLD, events }] }),
          ).verdict,
      ).filter((verdict) => verdict === 'unknown').length;
    expect(verdicts({})).toBe(0);
    // 0.9^10 (1 - 0.9^10) = 0.23 are new, and 1.3 in 100 by themselves beyond chance
    const rare = verdicts({ 'INFO: rare hang': { in: 'storage-cutoff/cut', share: 0.1 } }) / 60;
    expect(rare).toBeGreaterThan(0.1);
    expect(rare).toBeLessThan(0.4);
  });
});

describe('a regression', () => {
  const slower = { 'storage-cutoff/cut/kernel': 1.2 };

  it('of a recovery that is 20 % slower is found in at least 90 of 100 comparisons of ten pairs', () => {
    const all = Array.from({ length: 100 }, (_, each) => said(within(nightsOf(10, each * EACH, { kernels: [OLD, { ...NEW, slower }] }))));
    expect(all.filter((differences) => differences.includes('worse recovery of storage cut/kernel')).length).toBeGreaterThanOrEqual(90);
    // and hardly anything beside it
    expect(all.filter((differences) => differences.length > 1).length).toBeLessThanOrEqual(5);
  });
});

describe('the rank-sum test', () => {
  it('of many values, most of them alike and the sides unequal, is that of deals that are drawn', () => {
    const draw = drawsOf(3);
    const values = (count: number, share: number) => Array.from({ length: count }, () => (draw.uniform() < share ? draw.around(1, 1) : 0));
    const [a, b] = [values(600, 0.5), values(45, 0.7)];
    const found = rankSum(a, b);
    // drawn here by other means
    const all = [...a, ...b];
    const far = Math.abs(lead(a, b));
    let further = 0;
    for (let each = 0; each < 4000; each += 1) {
      const dealt = all.map((value) => ({ value, at: draw.uniform() })).sort((x, y) => x.at - y.at);
      const side = (from: number, to: number) => dealt.slice(from, to).map(({ value }) => value);
      if (Math.abs(lead(side(0, a.length), side(a.length, all.length))) >= far) further += 1;
    }
    expect(Math.abs(found.p - further / 4000)).toBeLessThan(4 * Math.sqrt(found.p / 4000));
    expect(rankSum(b, a).p).toBe(found.p);
    expect(found.least).toBeLessThanOrEqual(found.p);
    expect(found.least).toBeGreaterThan(0);
  });

  it.each([
    ['one value in ten', 12, 300, 0.1],
    ['half of the values', 45, 400, 0.5],
    ['all values', 50, 110, 1],
  ])('is at most 0.05, or 0.005, about that often where both sides are alike: %s other than 0', (_what, ofA, ofB, share) => {
    const draw = drawsOf(ofA);
    const values = (count: number) => Array.from({ length: count }, () => (draw.uniform() < share ? draw.around(1, 1) : 0));
    const ps = Array.from({ length: 100 }, () => rankSum(values(ofA), values(ofB)).p);
    expect(ps.filter((p) => p <= 0.05).length).toBeLessThanOrEqual(12);
    expect(ps.filter((p) => p <= 0.005).length).toBeLessThanOrEqual(3);
  });
});

describe('how many values it takes to see a difference of a size', () => {
  it('finds it about 80 times in 100 with so many values', () => {
    // a shift by one standard deviation: one of B is higher than one of A with a chance of 0.760
    const size = valuesToSee(0.7602, 1) as number;
    const draw = drawsOf(3);
    const found = Array.from({ length: 200 }, () => {
      const values = (shift: number) => Array.from({ length: size }, () => Math.log(draw.around(1, 1)) + shift);
      return rankSum(values(0), values(1)).p <= ALPHA;
    }).filter(Boolean).length;
    expect(size).toBe(20);
    expect(found / 200).toBeGreaterThan(0.74);
    expect(found / 200).toBeLessThan(0.9);
  });
});
