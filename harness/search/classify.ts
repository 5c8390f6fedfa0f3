/** Whether a host bears a load, from trials that may contradict each other: load classification of RFC 9971, sections 4.7.2 and 6.1. */

/** One trial at the load in question, seen with one goal's eyes. */
export interface Judged {
  readonly for_s: number;
  /** high-loss in the RFC's words (section 4.7.1) */
  readonly failed: boolean;
}

export interface Criterion {
  /** goal final trial duration: shorter trials are short ones */
  readonly final_s: number;
  /** goal duration sum */
  readonly sum_s: number;
  /** goal exceed ratio, 0 <= ratio < 1 */
  readonly exceedRatio: number;
}

export type Bound = 'lower' | 'upper' | 'undecided';

/**
 * A lower bound is what stays one however badly the trials go that are still missing to the duration sum; an upper bound what stays one however
 * well they go. Short trials confirm nothing; where more of them fail than the exceed ratio allows, the excess counts as full-length failure.
 */
export function classify(trials: readonly Judged[], { final_s, sum_s, exceedRatio }: Criterion): Bound {
  const seconds = (short: boolean, failed: boolean): number =>
    trials.reduce((sum, trial) => (trial.for_s < final_s === short && trial.failed === failed ? sum + trial.for_s : sum), 0);
  const balanced_s = (seconds(true, false) * exceedRatio) / (1 - exceedRatio);
  const failed_s = seconds(false, true) + Math.max(0, seconds(true, true) - balanced_s);
  const borne_s = seconds(false, false);
  const whole_s = Math.max(failed_s + borne_s, sum_s);
  if (failed_s > whole_s * exceedRatio) return 'upper';
  return whole_s - borne_s <= whole_s * exceedRatio ? 'lower' : 'undecided';
}

/**
 * The loss ratio that is typical for a load (section 6.2): of its full-length trials in rising order of loss, the one with which the part that is not
 * allowed to exceed is complete. Times the load, it gives the conditional throughput. Undefined without a full-length trial.
 */
export function typicalLoss(
  trials: readonly { readonly for_s: number; readonly lossRatio: number }[],
  { final_s, sum_s, exceedRatio }: Criterion,
): number | undefined {
  const full = trials.filter(({ for_s }) => for_s >= final_s).toSorted((a, b) => a.lossRatio - b.lossRatio);
  if (full.length === 0) return undefined;
  const total_s = full.reduce((sum, { for_s }) => sum + for_s, 0);
  let remaining_s = Math.max(sum_s, total_s) * (1 - exceedRatio);
  for (const { for_s, lossRatio } of full) {
    remaining_s -= for_s;
    if (remaining_s <= 1e-9) return lossRatio;
  }
  return 1;
}
