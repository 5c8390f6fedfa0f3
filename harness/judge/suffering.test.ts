import { describe, expect, it } from 'vitest';
import { HistoryRecord } from '../../results/model.ts';
import { evidenceOf, nameless } from './evidence.ts';
import { sufferingOf } from './suffering.ts';

/** A baseline of 10 s and a storm of 10 s, with answers ten times a second, each as `answer` says. */
function suffered(answer: (t: number) => number | null | undefined, more: readonly object[] = []): number[] {
  const samples = Array.from({ length: 200 }, (_, tenth) => tenth / 10).flatMap((t) => {
    const ms = answer(t);
    return ms === undefined ? [] : [{ t, k: 'sample', probe: 'storage', machine: 'tenant', ms }];
  });
  const phase = (t: number, name: string, state: string) => ({ t, k: 'phase', phase: name, state });
  const phases = [phase(0, 'baseline', 'begin'), phase(10, 'baseline', 'end'), phase(10, 'storm', 'begin'), phase(20, 'recovery', 'end')];
  const records = [...phases, ...samples, ...more]
    .map((entry) => HistoryRecord.parse({ trial: 't', ...entry }))
    .toSorted((a, b) => a.t - b.t);
  const machines = [{ name: 'tenant', seat: 'tenant' as const, probes: ['storage' as const] }];
  const evidence = evidenceOf({ ...nameless('t', 0), machines, tolerance: { floor_ms: 50, hold_s: 3, limit_s: 60 } }, records);
  return [...(sufferingOf(evidence).get('tenant') ?? [])].toSorted((a, b) => a - b);
}

describe('a second is one of suffering', () => {
  it.each<[what: string, (t: number) => number | null | undefined, number[]]>([
    [
      'where an answer took longer than twice the baseline, all the time that it took',
      (t) => (t === 15.5 ? 2400 : t > 13 && t < 15.5 ? undefined : 5),
      [13, 14, 15],
    ],
    ['where there was no answer', (t) => (t >= 12.1 && t < 13 ? null : 5), [12]],
    ['where nothing was heard, up to the end', (t) => (t > 17 ? undefined : 5), [17, 18, 19]],
    ['not for one stray answer', (t) => (t === 12.5 ? 120 : 5), []],
    ['not for answers as slow as the baseline had them', () => 90, []],
    ['not before the storm', (t) => (t === 2 ? 900 : 5), []],
    ['not by latency where no baseline was steady', (t) => (t < 10 ? null : t < 12 ? 400 : t < 12.5 ? null : 5), [12]],
  ])('%s', (_what, answer, seconds) => {
    expect(suffered(answer)).toEqual(seconds);
  });

  it('where it worked in a round together with others, to its end or the record’s', () => {
    const action = { k: 'action', what: 'load', name: 'fio', on: 'head', tenant: 'tenant', round: 'together' };
    expect(
      suffered(
        () => 5,
        [
          { t: 12, ...action, state: 'begin' },
          { t: 14, ...action, state: 'failed' },
        ],
      ),
    ).toEqual([12, 13]);
    expect(suffered(() => 5, [{ t: 12, ...action, state: 'begin', round: 'alone' }])).toEqual([]);
    expect(suffered(() => 5, [{ t: 12, ...action, tenant: undefined, on: 'tenant', state: 'begin' }])).toEqual([
      12, 13, 14, 15, 16, 17, 18, 19,
    ]);
    expect(
      suffered(
        () => 5,
        [
          { t: 18, ...action, state: 'begin' },
          { t: 30, k: 'fact', name: 'x', value: '' },
        ],
      ),
    ).toEqual([18, 19]);
  });
});
