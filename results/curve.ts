/**
 * What the search over offered load leaves: how the host bore each load, and where it gave way. Zod schemas as in `model.ts`, and the pure
 * summary that every picture of them is drawn from. Loads are *offered* loads (RFC 2285, section 3.5.2), what the generator really sent, in packets/s.
 */
import { z } from 'zod';

/**
 * One figure to find, a Search Goal of RFC 9971, section 4.6.7. `loss`: the highest load that loses at most `atMost` of its packets; 0 is RFC 2544's
 * throughput, a tiny bound allows for stray packets of the lab's own. `survival`: the highest load without an event or a failed objective.
 */
export const Goal = z.discriminatedUnion('kind', [
  z.object({
    kind: z.literal('loss'),
    name: z.string(),
    atMost: z.number(),
    /** full-length trials that decide on a load (goal duration sum / goal final trial duration) */
    repeats: z.int(),
    /** what part of them may lose more at a load that still counts as borne (section 4.6.4, which recommends 0.5: the majority decides) */
    exceedRatio: z.number(),
  }),
  /** its exceed ratio is 0: one failure, also in a short trial, makes a load an upper bound for good */
  z.object({ kind: z.literal('survival'), name: z.string(), repeats: z.int() }),
]);
export type Goal = z.infer<typeof Goal>;

/** What a search is asked for: the range, the goals, the durations and the budget. */
export const SearchPlan = z.object({
  /** the loads that may be asked, in packets/s (RFC 9971, sections 4.6.8.2 and 4.6.8.1) */
  least_pps: z.number(),
  most_pps: z.number(),
  /** goal width (section 4.6.5), relative: 0.05 when the upper bound is to be at most 5 % above the lower */
  resolution: z.number(),
  /** goal initial and final trial duration (sections 4.6.6 and 4.6.1) */
  short_s: z.number(),
  final_s: z.number(),
  /** hard limits; a trial costs `took_s`, or its duration where that is not told */
  mostTrials: z.number(),
  most_s: z.number(),
  goals: z.array(Goal).readonly(),
});
export type SearchPlan = z.infer<typeof SearchPlan>;

/** From best to worst; of the trials at one load, the worst event counts. */
export const OUTCOMES = ['ok', 'loss', 'objective', 'event', 'died'] as const;
export const Outcome = z.enum(OUTCOMES);
export type Outcome = z.infer<typeof Outcome>;

/** The 99th percentile of a probe's latency under the load: null when the probe had no answer for it, absent when it was not probed. */
const p99 = z.number().min(0).nullable().optional();

export const PROBE_FIGURES = ['network_p99_ms', 'storage_p99_ms', 'management_p99_ms', 'tenant_p99_ms'] as const;
export type ProbeFigure = (typeof PROBE_FIGURES)[number];

/** One trial of the search. Where the host died, rates are those up to its death. */
export const CurvePoint = z.object({
  offered_pps: z.number().min(0),
  /** of the line's rate at this frame size, 0..1 */
  offeredShareOfLine: z.number().min(0).optional(),
  received_pps: z.number().min(0),
  /** RFC 9971, section 4.5.6: 0..1 of what was offered */
  lossRatio: z.number().min(0).max(1),
  /** 0..1 of the busiest CPU's time; null when it could not be read right after the flood, as on a host that died */
  softirqShare: z.number().min(0).max(1).nullable(),
  probes: z.object({ network_p99_ms: p99, storage_p99_ms: p99, management_p99_ms: p99, tenant_p99_ms: p99 }),
  /** `loss` is loss beyond the search's bound with nothing worse; `objective` a failed objective; `event` a recognised event that it lived through */
  outcome: Outcome,
  /** which event or objective */
  why: z.string().optional(),
});
export type CurvePoint = z.infer<typeof CurvePoint>;

export const GoalResult = z.object({
  goal: z.string(),
  /** the goal's bound on the loss ratio (RFC 9971, section 4.6.3); null for survival */
  lossBound: z.number().min(0).max(1).nullable(),
  /**
   * `found` is a regular result, the others irregular ones (RFC 9971, section 4.8.4): `at least`, all that could be offered was borne;
   * `below`, the least load failed already; `unknown`, the search ended before the bounds were close enough.
   */
  kind: z.enum(['found', 'at least', 'below', 'unknown']),
  /** the load to state: the lower bound, for `below` the least load; null for `unknown` */
  pps: z.number().min(0).nullable(),
  /** relevant lower and upper bound (RFC 9971, sections 4.8.2 and 4.8.1) */
  lower_pps: z.number().min(0).nullable(),
  upper_pps: z.number().min(0).nullable(),
  /** conditional throughput (RFC 9971, section 4.8.3): what was typically forwarded at the lower bound; null for survival */
  forwarded_pps: z.number().min(0).nullable(),
  /** a load above the upper bound that was borne nevertheless (loss inversion, RFC 9971, section 5.3.2); null when there is none */
  inversion_pps: z.number().min(0).nullable(),
  /** what kept the load from going higher, for `at least` */
  limit: z.enum(['range', 'generator']).optional(),
  /** why it is unknown */
  why: z.string().optional(),
  /** how many trials the two bounds rest on */
  trials: z.int().min(0),
});
export type GoalResult = z.infer<typeof GoalResult>;

/** RFC 2544, section 26.5: after an overload the load is halved; how long packets are still lost. */
export const SystemRecovery = z.object({
  overload_pps: z.number(),
  relief_pps: z.number(),
  /** from the drop of the load to the last loss; null when loss did not end while it was watched, or it could not be measured */
  seconds: z.number().nullable(),
  /** why it could not be measured */
  why: z.string().optional(),
  /** until what was queued is worked off too */
  drained_s: z.number().nullable(),
  resolution_s: z.number(),
});
export type SystemRecovery = z.infer<typeof SystemRecovery>;

export const Curve = z.object({ points: z.array(CurvePoint), goals: z.array(GoalResult), systemRecovery: SystemRecovery.optional() });
export type Curve = z.infer<typeof Curve>;

/** All trials at one load as one. */
export interface CurveLoad extends CurvePoint {
  readonly trials: number;
}

/** Repeats of one load differ by the generator's noise; loads that the search told apart differ by more (half its resolution of 5 %). */
const SAME_LOAD = 1.02;

/**
 * The trials by load, in rising order: rates and loss as medians, softirq and latencies at their worst. The outcome is the worst event of any
 * trial; loss counts when most trials had it, as in the search (goal exceed ratio 0.5).
 */
export function byLoad(points: readonly CurvePoint[]): CurveLoad[] {
  const groups: CurvePoint[][] = [];
  for (const point of points.toSorted((a, b) => a.offered_pps - b.offered_pps)) {
    const group = groups.at(-1);
    if (group !== undefined && point.offered_pps <= (group[0] as CurvePoint).offered_pps * SAME_LOAD) group.push(point);
    else groups.push([point]);
  }
  return groups.map(merged);
}

function merged(group: readonly CurvePoint[]): CurveLoad {
  const shares = group.flatMap(({ offeredShareOfLine }) => (offeredShareOfLine === undefined ? [] : [offeredShareOfLine]));
  const softirqs = group.flatMap(({ softirqShare }) => (softirqShare === null ? [] : [softirqShare]));
  const probes = Object.fromEntries(
    PROBE_FIGURES.flatMap((figure) => {
      const values = group.map((point) => point.probes[figure]).filter((value) => value !== undefined);
      return values.length === 0 ? [] : [[figure, values.some((value) => value === null) ? null : Math.max(...(values as number[]))]];
    }),
  ) as CurvePoint['probes'];
  const lossy = group.filter(({ outcome }) => outcome === 'loss').length;
  const worst = group.reduce((a, b) => (OUTCOMES.indexOf(b.outcome) > OUTCOMES.indexOf(a.outcome) ? b : a));
  const outcome = worst.outcome === 'loss' && lossy * 2 <= group.length ? 'ok' : worst.outcome;
  return {
    offered_pps: median(group.map(({ offered_pps }) => offered_pps)),
    ...(shares.length > 0 && { offeredShareOfLine: median(shares) }),
    received_pps: median(group.map(({ received_pps }) => received_pps)),
    lossRatio: median(group.map(({ lossRatio }) => lossRatio)),
    softirqShare: softirqs.length === 0 ? null : Math.max(...softirqs),
    probes,
    outcome,
    ...(outcome !== 'ok' && worst.why !== undefined && { why: worst.why }),
    trials: group.length,
  };
}

/** Nearest-rank, so that it is always a value that was measured. */
function median(values: readonly number[]): number {
  return values.toSorted((a, b) => a - b)[Math.ceil(values.length / 2) - 1] as number;
}

/** Where the host gave way. */
export interface Cliff {
  /** the lowest load that it did not bear */
  readonly offered_pps: number;
  /** the highest load below that it bore; null when there is none */
  readonly borne_pps: number | null;
  readonly outcome: Exclude<Outcome, 'ok'>;
  readonly why?: string;
}

/**
 * The lowest load that the host did not survive; where it survived everything, the lowest that lost packets; undefined when there is no such
 * load either. As in RFC 9971, section 5.3.3, a failure is believed rather than a success at a higher load.
 */
export function cliffOf(loads: readonly CurveLoad[]): Cliff | undefined {
  const gaveWay = loads.findIndex(({ outcome }) => outcome !== 'ok' && outcome !== 'loss');
  const at = gaveWay >= 0 ? gaveWay : loads.findIndex(({ outcome }) => outcome === 'loss');
  const load = loads[at];
  if (load === undefined || load.outcome === 'ok') return undefined;
  return {
    offered_pps: load.offered_pps,
    borne_pps: loads[at - 1]?.offered_pps ?? null,
    outcome: load.outcome,
    ...(load.why !== undefined && { why: load.why }),
  };
}
