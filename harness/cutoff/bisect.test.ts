import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { OutageSearchPlan } from '../../results/outage.ts';
import { boundsOf, isAnswered, nextLength_s, type Try } from './bisect.ts';

const PLAN: OutageSearchPlan = { least_s: 1, most_s: 40, resolution: 0.1, repeats: 3, mostTrials: 60, budget_s: 10_000 };

/** A search on a host that bears what `bears` says; an outage takes its length and ten seconds. */
function search(bears: (length_s: number, tries: readonly Try[]) => boolean, plan = PLAN): Try[] {
  const tries: Try[] = [];
  for (let spent_s = 0; ; ) {
    const asked_s = nextLength_s(plan, tries, spent_s);
    if (asked_s === undefined) return tries;
    tries.push({ asked_s, borne: bears(asked_s, tries) });
    spent_s += asked_s + 10;
  }
}

describe('the search for the longest outage that is borne', () => {
  it('finds the limit of a host that has one, as closely as it was asked for, and confirms it', () => {
    fc.assert(
      fc.property(
        fc.double({ min: 1.2, max: 39, noNaN: true }),
        fc.constantFrom(0.02, 0.05, 0.1, 0.3),
        fc.integer({ min: 1, max: 5 }),
        (limit_s, resolution, repeats) => {
          const plan = { ...PLAN, resolution, repeats };
          const tries = search((length_s) => length_s <= limit_s, plan);
          const { borne_s = 0, notBorne_s = 0, times } = boundsOf(tries);
          expect(isAnswered(plan, tries)).toBe(true);
          expect(borne_s).toBeLessThanOrEqual(limit_s);
          expect(notBorne_s).toBeGreaterThan(limit_s);
          // lengths are whole tenths of a second
          expect(notBorne_s - borne_s).toBeLessThanOrEqual(Math.max(resolution * borne_s, 0.1) + 1e-9);
          expect(times).toBe(repeats);
          expect(tries.length).toBeLessThan(20 + repeats);
        },
      ),
    );
  });

  it('is quick about hosts that bear everything, or nothing', () => {
    expect(search(() => true)).toEqual(Array.from({ length: 3 }, () => ({ asked_s: 40, borne: true })));
    expect(search(() => false).map(({ asked_s }) => asked_s)).toEqual([40, 1]);
    expect(boundsOf(search(() => false))).toEqual({ borne_s: undefined, times: 0, notBorne_s: 1 });
  });

  it('goes on below a length that was borne once and not again', () => {
    const tries = search((length_s, earlier) => length_s < 8 || (length_s < 12 && !earlier.some(({ asked_s }) => asked_s === length_s)));
    const { borne_s = 0, notBorne_s = 0 } = boundsOf(tries);
    expect(isAnswered(PLAN, tries)).toBe(true);
    expect(borne_s).toBeLessThan(8);
    expect(notBorne_s).toBeGreaterThanOrEqual(8);
    expect(tries.filter(({ asked_s }) => asked_s === borne_s).every(({ borne }) => borne)).toBe(true);
  });

  it('ends with its budget, and then has no answer', () => {
    const few = { ...PLAN, mostTrials: 3 };
    expect(search((length_s) => length_s < 9, few)).toHaveLength(3);
    expect(
      isAnswered(
        few,
        search((length_s) => length_s < 9, few),
      ),
    ).toBe(false);
    const short = { ...PLAN, budget_s: 60 };
    expect(
      isAnswered(
        short,
        search((length_s) => length_s < 9, short),
      ),
    ).toBe(false);
  });

  it('is the same for the same outages', () => {
    const tries = [{ asked_s: 40, borne: false }];
    expect(nextLength_s(PLAN, tries, 0)).toBe(nextLength_s(PLAN, structuredClone(tries), 5));
  });
});
