/** The curve of a search over offered load, made anew from its records. */
import type { Curve, CurvePoint, SearchPlan } from '../../results/curve.ts';
import { measurementOf } from '../search/measurement.ts';
import { goalsOf } from '../search/search.ts';
import { all, type Evidence, type Of } from './evidence.ts';

/** Undefined for a trial that was no search. */
export function curveOf(evidence: Evidence): Curve | undefined {
  const { search: plan, line_pps } = evidence.about;
  if (plan === undefined) return undefined;
  const records = all(evidence.records, 'search');
  const relief = all(evidence.records, 'systemRecovery').at(-1);
  return {
    points: records.map((record) => pointOf(record, plan, line_pps)),
    goals: goalsOf(plan, records.map(measurementOf)),
    ...(relief === undefined ? {} : { systemRecovery: relief }),
  };
}

function pointOf(record: Of<'search'>, { goals }: SearchPlan, line_pps: number | undefined): CurvePoint {
  const { for_s, offered_packets, received_packets, lossRatio, softirqShare, probes, outcome, why } = record;
  const strictest = Math.min(1, ...goals.flatMap((goal) => (goal.kind === 'loss' ? [goal.atMost] : [])));
  const offered_pps = offered_packets / for_s;
  return {
    offered_pps,
    ...(line_pps === undefined ? {} : { offeredShareOfLine: offered_pps / line_pps }),
    received_pps: received_packets / for_s,
    lossRatio,
    softirqShare,
    probes,
    outcome: outcome === 'ok' && lossRatio > strictest ? 'loss' : outcome,
    ...(why === undefined ? {} : { why }),
  };
}
