import { describe, expect, it } from 'vitest';
import type { SearchPlan } from '../../results/curve.ts';
import { UsageError } from '../../results/errors.ts';
import { checked, GOALS } from './goal.ts';
import { PLAN } from './simulated.testing.ts';

describe('a search plan', () => {
  it('is taken as it is when it can be', () => {
    expect(checked(PLAN)).toBe(PLAN);
    expect(checked({ ...PLAN, goals: [...GOALS] }).goals).toEqual(GOALS);
  });

  const loss = { kind: 'loss', name: 'loss', atMost: 0, repeats: 3, exceedRatio: 0.5 } as const;
  const broken: [why: RegExp, change: Partial<SearchPlan>][] = [
    [/least load .* 0$/, { least_pps: 0 }],
    [/highest load .* at least 1000.* 999$/, { most_pps: 999 }],
    [/resolution/, { resolution: 0 }],
    [/trials of 20 s cannot come before final ones of 10 s/, { short_s: 20 }],
    [/allows no trial/, { mostTrials: 0 }],
    [/allows no trial/, { most_s: 1 }],
    [/goals must have names/, { goals: [] }],
    [/goals must have names/, { goals: [loss, loss] }],
    [/goal loss: at least one repeat/, { goals: [{ ...loss, repeats: 0 }] }],
    [/goal loss: .*below 1/, { goals: [{ ...loss, exceedRatio: 1 }] }],
    [/resolution/, { resolution: Number.NaN }],
  ];
  it.each(broken)('is refused with the reason %s', (why, change) => {
    expect(() => checked({ ...PLAN, ...change })).toThrow(UsageError);
    expect(() => checked({ ...PLAN, ...change })).toThrow(why);
  });
});
