/** What is known of one goal at one stage of the search, and which load would tell the most. */

import type { Goal, SearchPlan } from '../../results/curve.ts';
import { type Bound, type Criterion, classify } from './classify.ts';
import { loadOf, type Measurement } from './measurement.ts';

export type Stage = 'short' | 'final';

/** The relevant bounds (RFC 9971, sections 4.8.1 and 4.8.2), and the class of every load that was measured, in rising order. */
export interface Bracket {
  readonly lower: number | undefined;
  readonly upper: number | undefined;
  readonly bounds: ReadonlyMap<number, Bound>;
}

/** In the first stage one short trial decides on a load. */
export function criterionOf(plan: SearchPlan, goal: Goal, stage: Stage): Criterion {
  const exceedRatio = goal.kind === 'survival' ? 0 : goal.exceedRatio;
  if (stage === 'short') return { final_s: plan.short_s, sum_s: plan.short_s, exceedRatio };
  return { final_s: plan.final_s, sum_s: plan.final_s * goal.repeats, exceedRatio };
}

/** A load that kills the host is borne for no goal, whatever arrived until then. */
export function failedFor(goal: Goal, { lossRatio, survived, died }: Measurement): boolean {
  return died === true || (goal.kind === 'survival' ? !survived : lossRatio > goal.atMost);
}

/** The measurements by the load for which they count for this goal, in rising order of loads. */
export function byLoadOf({ least_pps }: SearchPlan, goal: Goal, measurements: readonly Measurement[]): Map<number, Measurement[]> {
  const grouped = Map.groupBy(measurements, (each) => loadOf(each, failedFor(goal, each), least_pps));
  return new Map([...grouped].sort(([a], [b]) => a - b));
}

/**
 * The bounds that the measurements give. An upper bound is believed, and lower bounds above it are flukes (section 5.3.3): so a load that killed the
 * host once is never exceeded again.
 */
export function bracketOf(plan: SearchPlan, goal: Goal, stage: Stage, measurements: readonly Measurement[]): Bracket {
  const criterion = criterionOf(plan, goal, stage);
  const bounds = new Map<number, Bound>();
  for (const [load, trials] of byLoadOf(plan, goal, measurements)) {
    if (load < plan.least_pps) continue;
    const judged = trials.map((trial) => ({ for_s: trial.for_s, failed: failedFor(goal, trial) }));
    bounds.set(load, trials.some(({ died }) => died === true) ? 'upper' : classify(judged, criterion));
  }
  const loads = [...bounds];
  const upper = loads.find(([, bound]) => bound === 'upper')?.[0];
  const lower = loads.findLast(([load, bound]) => bound === 'lower' && (upper === undefined || load < upper))?.[0];
  return { lower, upper, bounds };
}

/** Whether the bounds are within the goal width of each other, or have no whole load between them. */
export function isNarrow(plan: SearchPlan, lower: number, upper: number): boolean {
  return upper <= lower * (1 + plan.resolution) || upper - lower <= 1;
}

/**
 * The load to try next for a goal, or undefined when nothing more is to be learnt. `hints` is the bracket of the stage before: its bounds are
 * tried first, the lower one first of all (section 5.3.4). Without any the highest load comes first; if that is too much, the least (it saves
 * the rest where even that fails, section 4.6.8.2); then the geometric mean of the bounds, which halves the logarithm of their ratio.
 */
export function candidate(
  plan: SearchPlan,
  { lower, upper, bounds }: Bracket,
  hints: Bracket | undefined,
  ceiling_pps: number,
): number | undefined {
  if (lower !== undefined && lower >= ceiling_pps) return undefined;
  if (upper !== undefined && (upper <= plan.least_pps || (lower !== undefined && isNarrow(plan, lower, upper)))) return undefined;
  const open = [...(hints?.bounds ?? [])].filter(
    ([load]) =>
      load > (lower ?? 0) && load < (upper ?? Infinity) && load <= ceiling_pps && (bounds.get(load) ?? 'undecided') === 'undecided',
  );
  const hintedUpper = open.find(([, bound]) => bound === 'upper')?.[0];
  const hintedLower = open.findLast(([load, bound]) => bound === 'lower' && load < (hintedUpper ?? Infinity))?.[0];
  if (hintedLower !== undefined) return hintedLower;
  if (lower === undefined) return upper === undefined && hintedUpper === undefined ? ceiling_pps : plan.least_pps;
  if (hintedUpper !== undefined) return hintedUpper;
  if (upper === undefined) return ceiling_pps;
  return Math.min(ceiling_pps, Math.max(lower + 1, Math.min(upper - 1, Math.round(Math.sqrt(lower * upper)))));
}
