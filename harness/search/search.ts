/**
 * The search over offered load: a controller in the sense of RFC 9971 (MLRsearch), section 4.9.2. It finds several goals at once, each trial telling
 * something of all of them: how much a host forwards without loss (RFC 2544, section 26.1), with a little loss, and what it survives.
 *
 * First short trials narrow the bounds of every goal down to the resolution, then full-length ones confirm them or move them. Everything is a pure
 * function of the plan and the measurements so far: the same measurements give the same search.
 */
import type { Goal, GoalResult, SearchPlan } from '../../results/curve.ts';
import { type Bracket, bracketOf, byLoadOf, candidate, criterionOf, isNarrow, type Stage } from './bracket.ts';
import { typicalLoss } from './classify.ts';
import { checked } from './goal.ts';
import { ceilingOf, type Measurement, offered_pps } from './measurement.ts';

/** What is to be offered next. */
export interface SearchTrial {
  readonly pps: number;
  readonly for_s: number;
  readonly stage: Stage;
}

export interface Search {
  /** The next trial, undefined when the search is over. The same until something is told: what could not be measured is simply asked again. */
  next(): SearchTrial | undefined;
  tell(measurement: Measurement): void;
  /** What is known of each goal; complete when `next` has nothing more to ask. */
  goals(): GoalResult[];
}

/** A search that remembers what it is told. @throws UsageError when the plan cannot be */
export function startSearch(plan: SearchPlan): Search {
  checked(plan);
  const measurements: Measurement[] = [];
  return {
    next: () => nextTrial(plan, measurements),
    tell: (measurement) => {
      measurements.push(measurement);
    },
    goals: () => goalsOf(plan, measurements),
  };
}

/** The next trial after these measurements, or undefined when every goal is known or the budget is spent. */
function nextTrial(plan: SearchPlan, measurements: readonly Measurement[]): SearchTrial | undefined {
  const trial = wanted(plan, measurements);
  return trial === undefined || overBudget(plan, measurements, trial) ? undefined : trial;
}

function wanted(plan: SearchPlan, measurements: readonly Measurement[]): SearchTrial | undefined {
  const ceiling = ceilingOf(measurements, plan.most_pps);
  if (ceiling < plan.least_pps) return undefined;
  // Once full-length trials have begun, short ones are not gone back to: against a host that gives way only after a while they would creep.
  const begun = plan.short_s === plan.final_s || measurements.some(({ for_s }) => for_s >= plan.final_s);
  for (const stage of begun ? (['final'] as const) : (['short', 'final'] as const)) {
    const asked = plan.goals.map((goal) => {
      const hints = stage === 'final' ? bracketOf(plan, goal, 'short', measurements) : undefined;
      return candidate(plan, bracketOf(plan, goal, stage, measurements), hints, ceiling) ?? Infinity;
    });
    // The smallest load first: what is found there may spare the larger ones (section 5.3.4).
    const pps = Math.min(...asked);
    if (pps !== Infinity) return { pps, for_s: stage === 'final' ? plan.final_s : plan.short_s, stage };
  }
  return undefined;
}

function overBudget(plan: SearchPlan, measurements: readonly Measurement[], { for_s }: SearchTrial): boolean {
  const spent_s = measurements.reduce((sum, each) => sum + (each.took_s ?? each.for_s), 0);
  return measurements.length >= plan.mostTrials || spent_s + for_s > plan.most_s;
}

/** What these measurements say of each goal. Loads in it are what was offered, the median of the trials at that load. */
export function goalsOf(plan: SearchPlan, measurements: readonly Measurement[]): GoalResult[] {
  return plan.goals.map((goal) => goalResult(plan, goal, measurements));
}

function goalResult(plan: SearchPlan, goal: Goal, measurements: readonly Measurement[]): GoalResult {
  const ceiling = ceilingOf(measurements, plan.most_pps);
  const final = bracketOf(plan, goal, 'final', measurements);
  const kind = kindOf(plan, final, ceiling);
  // Of a search that was cut short, the bounds of the short trials are better than none; the kind says that they are not confirmed.
  const short = kind === 'unknown' ? bracketOf(plan, goal, 'short', measurements) : undefined;
  const lower = final.lower ?? (short?.lower !== undefined && short.lower < (final.upper ?? Infinity) ? short.lower : undefined);
  const upper = final.upper ?? (short?.upper !== undefined && short.upper > (lower ?? 0) ? short.upper : undefined);
  const trialsAt = byLoadOf(plan, goal, measurements);
  const at = (load: number | undefined): readonly Measurement[] => (load === undefined ? [] : (trialsAt.get(load) ?? []));
  const stated = (load: number | undefined): number | null => (load === undefined ? null : offeredAt(at(load), load));
  const above = [...final.bounds].findLast(([load, bound]) => bound === 'lower' && load > (upper ?? Infinity))?.[0];
  const loss = goal.kind === 'loss' && lower !== undefined ? typicalLoss(at(lower), criterionOf(plan, goal, 'final')) : undefined;
  return {
    goal: goal.name,
    lossBound: goal.kind === 'loss' ? goal.atMost : null,
    kind,
    pps: kind === 'unknown' ? null : stated(kind === 'below' ? upper : lower),
    lower_pps: stated(lower),
    upper_pps: stated(upper),
    forwarded_pps: loss === undefined ? null : (stated(lower) as number) * (1 - loss),
    inversion_pps: stated(above),
    ...(kind === 'at least' && { limit: ceiling < plan.most_pps ? ('generator' as const) : ('range' as const) }),
    ...(kind === 'unknown' && { why: whyUnknown(plan, measurements, ceiling) }),
    trials: at(lower).length + at(upper).length,
  };
}

function kindOf(plan: SearchPlan, { lower, upper }: Bracket, ceiling: number): GoalResult['kind'] {
  if (upper !== undefined && upper <= plan.least_pps) return 'below';
  if (lower !== undefined && upper !== undefined && isNarrow(plan, lower, upper)) return 'found';
  return lower !== undefined && lower >= ceiling ? 'at least' : 'unknown';
}

function whyUnknown(plan: SearchPlan, measurements: readonly Measurement[], ceiling: number): string {
  if (ceiling < plan.least_pps) return `the generator reached only ${ceiling} of at least ${plan.least_pps} packets/s`;
  const trial = wanted(plan, measurements);
  if (trial !== undefined && overBudget(plan, measurements, trial))
    return `the budget of ${plan.mostTrials} trials or ${plan.most_s} s was spent`;
  return 'the search did not end';
}

/** Of a host that died the generator's figures are not to be relied on. */
function offeredAt(trials: readonly Measurement[], load: number): number {
  const rates = trials.filter(({ died }) => died !== true).map(offered_pps);
  return rates.toSorted((a, b) => a - b)[Math.ceil(rates.length / 2) - 1] ?? load;
}
