import { describe, expect, it } from 'vitest';
import { InfraError } from '../results/errors.ts';
import type { History } from '../results/history.ts';
import { settledBaseline } from './baseline.ts';
import type { Monitor } from './monitor.ts';
import { type ProbeSample, steadiness } from './recovery.ts';
import { SteadyState } from './steady-state.ts';

const TOLERANCE = { floor_ms: 10, hold_s: 3, limit_s: 60 };
const PROBE = { machine: 'head', probe: 'network' } as const;
const every = (from: number, to: number, ms: number | null): ProbeSample[] =>
  Array.from({ length: Math.round((to - from) * 10) }, (_, step) => ({ t: from + (step + 1) / 10, ms }));

/** A FAKE monitor and clock: what was seen, and until when. */
function watched(samples: ProbeSample[], now: { s: number }): SteadyState {
  const history = { now: () => now.s } as unknown as History;
  const monitor = { samples: () => samples.filter(({ t }) => t <= now.s) } as unknown as Monitor;
  return new SteadyState([PROBE], { history, monitor, tolerance: TOLERANCE });
}

describe('the steady state of a trial', () => {
  it('is not back before the judge would say so, who knows only how the baseline ended', () => {
    // rough until a second before the end: at 4 s already steady, but with a tolerance of 400 ms, which the whole phase does not grant
    const baseline = [...every(0, 1.5, 200), ...every(1.5, 5, 5)];
    const samples = [...baseline, ...every(5, 10, null), ...every(10, 14, 100), ...every(14, 20, 5)];
    const now = { s: 5 };
    const state = watched(samples, now);
    state.settle();
    const judged = settledBaseline(baseline, TOLERANCE.floor_ms);
    if (!judged.steady) throw new Error(judged.why);
    for (now.s = 5; now.s < 20; now.s += 0.25) {
      const seen = samples.filter(({ t }) => t <= now.s);
      expect(state.isBack('head', 10)).toBe(steadiness(seen, judged.baseline, TOLERANCE, 10, now.s).state === 'recovered');
    }
    expect(state.isBack('head', 10)).toBe(true);
  });

  it('is never back before it was settled, and cannot be settled where nothing was steady', () => {
    const now = { s: 20 };
    expect(watched(every(0, 20, 5), now).isBack('head', 10)).toBe(false);
    expect(() => watched(every(0, 20, null), now).settle()).toThrow(InfraError);
  });

  it('is waited for, and what is not steady in time is named', async () => {
    const clock = performance.now();
    const now = {
      get s() {
        return (performance.now() - clock) / 1000 + 4;
      },
    };
    const { signal } = new AbortController();
    let looks = 0;
    await watched(every(0, 4, 5), now).find({ least_s: 0, limit_s: 5 }, signal, () => {
      looks += 1;
    });
    expect(looks).toBe(1);
    await expect(watched(every(0, 20, null), now).find({ least_s: 0, limit_s: 0.6 }, signal, () => undefined)).rejects.toThrow(
      /within 0.6 s before the storm: network head: .* without an answer/,
    );
  });
});
