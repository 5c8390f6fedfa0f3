import { describe, expect, it } from 'vitest';
import type { SearchPlan } from '../../results/curve.ts';
import type { HistoryRecord } from '../../results/model.ts';
import { judge } from '../judge.ts';
import { curveOf } from './curve.ts';
import { evidenceOf, nameless } from './evidence.ts';

const PLAN: SearchPlan = {
  ...{ least_pps: 1000, most_pps: 4000, resolution: 0.5, short_s: 1, final_s: 1, mostTrials: 40, most_s: 600 },
  goals: [
    { kind: 'loss', name: 'throughput', atMost: 0.002, repeats: 1, exceedRatio: 0.5 },
    { kind: 'survival', name: 'survival', repeats: 1 },
  ],
};
const searched = (pps: number, lossRatio: number, outcome: 'ok' | 'objective' | 'died' = 'ok', why?: string): HistoryRecord => ({
  ...{ t: 10, trial: 'x', k: 'search', machine: 'head', pps, for_s: 1, stage: 'final', offered_packets: pps },
  ...{ received_packets: pps * (1 - lossRatio), lossRatio, outcome, took_s: 5, softirqShare: 0.5, probes: { network_p99_ms: 3 } },
  ...(why === undefined ? {} : { why }),
});
const curve = (records: readonly HistoryRecord[], about: object = { search: PLAN, line_pps: 10_000 }) =>
  curveOf(evidenceOf({ ...nameless('x', 0), ...about }, records));

describe('the curve of a search', () => {
  it('is made anew from its records: points as they were measured, goals as the search would have them', () => {
    const found = curve([searched(1000, 0), searched(2000, 0.1), searched(1400, 0), searched(4000, 0.5, 'died', 'kernel panic')]);
    expect(found?.points.map(({ offered_pps, offeredShareOfLine, outcome }) => [offered_pps, offeredShareOfLine, outcome])).toEqual([
      [1000, 0.1, 'ok'],
      // loss beyond the strictest goal's bound, and nothing worse
      [2000, 0.2, 'loss'],
      [1400, 0.14, 'ok'],
      [4000, 0.4, 'died'],
    ]);
    expect(found?.points[3]?.why).toBe('kernel panic');
    const goals = Object.fromEntries(found?.goals.map(({ goal, lower_pps, upper_pps }) => [goal, [lower_pps, upper_pps]]) ?? []);
    expect(goals).toEqual({ throughput: [1400, 2000], survival: [2000, 4000] });
  });

  it('has the system recovery, where that was measured', () => {
    const relief = { overload_pps: 1540, relief_pps: 700, seconds: 2.5, drained_s: 2.6, resolution_s: 0.1 };
    const record: HistoryRecord = { t: 20, trial: 'x', k: 'systemRecovery', machine: 'head', ...relief };
    expect(curve([searched(1000, 0), record])?.systemRecovery).toMatchObject(relief);
    expect(curve([searched(1000, 0)])?.systemRecovery).toBeUndefined();
  });

  it('is not there for a trial that was no search', () => {
    expect(curve([], {})).toBeUndefined();
  });
});

describe('a search that was cut short', () => {
  const trial: HistoryRecord = {
    ...{ t: 0, trial: 'x', k: 'trial', suite: 'ipv6-flood', class: '1G', seed: 1, candidate: '6.1.0', machines: [] },
    ...{ objectives: [], tolerance: { floor_ms: 50, hold_s: 3, limit_s: 60 }, hungTaskTimeout_s: 10, search: PLAN },
  };
  const reasons = (records: readonly HistoryRecord[]) =>
    judge([trial, ...records]).trials[0]?.reasons.filter((reason) => /was not found/.test(reason));

  it('has no answer, and so no pass', () => {
    expect(reasons([searched(1000, 0)])).toEqual([
      expect.stringMatching(/^throughput was not found: /),
      expect.stringMatching(/^survival was not found: /),
    ]);
  });

  it('is told from one that came to its end', () => {
    expect(reasons([searched(1000, 0), searched(2000, 0.1), searched(1400, 0), searched(4000, 0.5)])).toEqual([]);
  });
});

describe('a death in a search', () => {
  const trial: HistoryRecord = {
    ...{ t: 0, trial: 'x', k: 'trial', suite: 'ipv6-flood', class: '1G', seed: 1, candidate: '6.1.0', machines: [] },
    ...{ objectives: [], tolerance: { floor_ms: 50, hold_s: 3, limit_s: 60 }, hungTaskTimeout_s: 10, search: PLAN },
  };

  it('fails by itself, whatever else the record holds', () => {
    const [judged] = judge([trial, searched(1000, 0), searched(4000, 0.5, 'died', 'kernel panic')]).trials;
    expect(judged?.verdict).toBe('fail');
    expect(judged?.reasons[0]).toBe('the host died at 4000 packets/s: kernel panic');
  });

  it('is no worse than an objective that was missed at one load', () => {
    const [judged] = judge([trial, searched(1000, 0), searched(4000, 0.5, 'objective', 'recovered only after 31.0 s')]).trials;
    expect(judged?.verdict).toBe('fail');
    expect(judged?.reasons[0]).toBe('an objective was missed at 4000 packets/s: recovered only after 31.0 s');
  });
});
