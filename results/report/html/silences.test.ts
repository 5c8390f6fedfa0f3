import { describe, expect, it } from 'vitest';
import { distributionOf, quantile } from './quantiles.ts';
import { silencesOf } from './silences.ts';

const steady = (from: number, to: number) => {
  const t: number[] = [];
  for (let tick = Math.round(from * 10); tick <= Math.round(to * 10); tick += 1) t.push(tick / 10);
  return t.map((time) => [time, 1] as const);
};
const samples = (...all: (readonly [number, number])[]) => ({ t: all.map(([t]) => t), ms: all.map(([, ms]) => ms) });

describe('silences', () => {
  it('are none where every tenth of a second brings an answer', () => {
    expect(silencesOf(samples(...steady(1, 5)), 5.4)).toEqual([]);
  });

  it('last from one answer to the next', () => {
    expect(silencesOf(samples(...steady(1, 3), ...steady(7, 9)), 9)).toEqual([{ from: 3, to: 7 }]);
    expect(silencesOf(samples(...steady(1, 3), [4, Number.NaN], [5, Number.NaN], ...steady(7, 9)), 9)).toEqual([{ from: 3, to: 7 }]);
  });

  it('are waits too, whatever else was answered meanwhile', () => {
    const [silence, ...more] = silencesOf(samples(...steady(1, 6), [6.05, 3000], ...steady(6.1, 8)), 8);
    expect(more).toEqual([]);
    expect([silence?.from, silence?.to].map((each) => each?.toFixed(2))).toEqual(['3.05', '6.05']);
  });

  it('last to the end where no answer ever came again', () => {
    expect(silencesOf(samples(...steady(1, 3)), 60)).toEqual([{ from: 3, to: 60 }]);
    expect(silencesOf(samples([2, Number.NaN], [4, Number.NaN]), 0)).toEqual([{ from: 2, to: 4 }]);
  });
});

describe('percentiles', () => {
  const all = samples([1, 10], [2, 20], [3, Number.NaN], [4, 30], [5, 40]);

  it('are the nearest rank, and none where so many were not answered', () => {
    const distribution = distributionOf(all, { from: 0, to: 9 });
    expect(distribution).toMatchObject({ count: 5, missing: 1 });
    expect([0.2, 0.5, 0.8, 0.81, 1].map((share) => distribution && quantile(distribution, share))).toEqual([10, 30, 40, null, null]);
  });

  it('are of what was known from the begin of a stretch to right before its end', () => {
    expect(distributionOf(all, { from: 2, to: 5 })).toMatchObject({ count: 3, missing: 1 });
    expect(distributionOf(all, { from: 6, to: 9 })).toBeUndefined();
    expect(distributionOf(all, undefined)).toBeUndefined();
  });
});
