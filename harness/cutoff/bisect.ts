/**
 * The search for the cut-off point: the longest outage from which everything recovers by itself. Pure: what is tried next, and what is known, follow
 * from the plan and the outages so far.
 *
 * One failure makes a length too long, however often it was borne: a host that comes back nine times in ten does not come back. Single tries narrow
 * the bounds first; then the longest that was borne is repeated, and where that fails the search goes on below it.
 */
import type { OutageSearchPlan } from '../../results/outage.ts';

/** Lengths are whole tenths of a second: a fault is not begun and ended more exactly. */
const STEPS_PER_S = 10;

export interface Try {
  readonly asked_s: number;
  readonly borne: boolean;
}

export interface Bounds {
  /** the longest length that was borne whenever it was tried, below every one that was not; and how often */
  readonly borne_s: number | undefined;
  readonly times: number;
  /** the shortest that was not */
  readonly notBorne_s: number | undefined;
}

export function boundsOf(tries: readonly Try[]): Bounds {
  const failed = tries.filter(({ borne }) => !borne).map(({ asked_s }) => asked_s);
  const notBorne_s = failed.length === 0 ? undefined : Math.min(...failed);
  const below = tries.map(({ asked_s }) => asked_s).filter((length_s) => length_s < (notBorne_s ?? Number.POSITIVE_INFINITY));
  const borne_s = below.length === 0 ? undefined : Math.max(...below);
  return { borne_s, times: below.filter((length_s) => length_s === borne_s).length, notBorne_s };
}

/** The next length to try; undefined when the answer is known, or there is no budget left for one. */
export function nextLength_s(plan: OutageSearchPlan, tries: readonly Try[], spent_s: number): number | undefined {
  const { least_s, most_s, repeats, mostTrials, budget_s } = plan;
  if (tries.length >= mostTrials || spent_s >= budget_s) return undefined;
  const { borne_s, times, notBorne_s } = boundsOf(tries);
  if (borne_s === undefined) {
    if (notBorne_s === undefined) return most_s;
    return notBorne_s <= least_s ? undefined : least_s;
  }
  if (isNarrow(plan, borne_s, notBorne_s)) return times < repeats ? borne_s : undefined;
  // the geometric mean halves the ratio of the bounds
  const between = notBorne_s === undefined ? most_s : Math.sqrt(borne_s * notBorne_s);
  return Math.round(between * STEPS_PER_S) / STEPS_PER_S;
}

/** Whether the bounds are close enough, or have no length between them. */
function isNarrow({ most_s, resolution }: OutageSearchPlan, borne_s: number, notBorne_s: number | undefined): boolean {
  if (notBorne_s === undefined) return borne_s >= most_s;
  return notBorne_s <= borne_s * (1 + resolution) || Math.round((notBorne_s - borne_s) * STEPS_PER_S) <= 1;
}

/** Whether the search has its answer. */
export function isAnswered(plan: OutageSearchPlan, tries: readonly Try[]): boolean {
  return nextLength_s({ ...plan, mostTrials: Number.POSITIVE_INFINITY, budget_s: Number.POSITIVE_INFINITY }, tries, 0) === undefined;
}
