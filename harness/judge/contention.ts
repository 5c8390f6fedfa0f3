/**
 * What others took of a lab host's processors while something was timed. A bound that was missed then may have been missed for want of a
 * processor, which says nothing of the kernel; one that was held was held all the more.
 */
import type { TrialResult } from '../../results/model.ts';
import { all, type Evidence, type Of } from './evidence.ts';

/** From this share on a machine is so late that its own timeouts run out, and no figure can be put right. */
const HOPELESS = 0.5;
const LEAST_SHARE = 0.05;
/** Of all processors together. */
const LEAST_TAKEN_S = 1;

/** Of a whole trial; undefined where it is not worth a word. */
export function contentionOf({ records }: Evidence): TrialResult['contention'] {
  const told = all(records, 'contention');
  const sum = (of: (one: Of<'contention'>) => number) => told.reduce((total, each) => total + of(each), 0);
  const seconds = sum(({ for_s, stopped }) => (stopped ? 0 : for_s));
  const taken_s = sum(({ for_s, others, stopped }) => (stopped ? 0 : for_s * others));
  const stopped_s = sum(({ for_s, stopped }) => (stopped ? for_s : 0));
  if (taken_s < LEAST_TAKEN_S && stopped_s === 0) return undefined;
  const others = seconds === 0 ? 0 : Math.round((100 * taken_s) / seconds) / 100;
  return { seconds: Math.round(seconds), others, ...(stopped_s === 0 ? {} : { stopped_s: Math.round(stopped_s) }) };
}

/** The share of the lab host's processors that others took between two times, in seconds of the run; 0 to 1. */
function takenByOthers({ records }: Evidence, from: number, to: number): number {
  if (to <= from) return 0;
  const taken_s = all(records, 'contention').reduce((sum, { t, for_s, others }) => {
    const within_s = Math.min(t, to) - Math.max(t - for_s, from);
    return sum + Math.max(0, within_s) * others;
  }, 0);
  return Math.min(1, taken_s / (to - from));
}

/**
 * Why a bound that was missed by `value`, of something timed between `from` and `to`, is no failure: what the machines would have needed with
 * all of the processors that they got a part of is within it, or the part was too small to tell. Undefined where it is one.
 */
export function starved(evidence: Evidence, { from, to, value, bound }: Timed): string | undefined {
  const share = takenByOthers(evidence, from, to);
  if (share < LEAST_SHARE || (share < HOPELESS && value * (1 - share) > bound)) return undefined;
  if (all(evidence.records, 'contention').some(({ t, for_s, stopped }) => stopped && t > from && t - for_s < to))
    return 'but this process itself stood still meanwhile, stopped or by a terminal that took no output, so nobody timed it';
  return `but others took ${Math.round(100 * share)} % of the lab host's processors meanwhile, so it may have been for want of one`;
}

/** As `starved`, of something that a machine told at `t` of the `seconds` before. */
export const starvedBefore = (evidence: Evidence, t: number, seconds: number): string | undefined =>
  starved(evidence, { from: t - seconds, to: t, value: Number.POSITIVE_INFINITY, bound: seconds });

export interface Timed {
  readonly from: number;
  readonly to: number;
  /** in the same unit, whichever that is; infinite for what never came */
  readonly value: number;
  readonly bound: number;
}
