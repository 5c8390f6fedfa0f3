/** How a trial's machines came back, as lines for a person. */
import type { TrialResult } from '../model.ts';

/** A line per machine: `head: network 0.3 s, storage not recovered`. */
export function recoveryTexts(trial: Pick<TrialResult, 'recovery'>): string[] {
  const byMachine = Map.groupBy(trial.recovery, (recovery) => recovery.machine);
  return [...byMachine].map(([machine, recoveries]) => {
    const each = recoveries.map(({ probe, seconds, how }) => {
      if (how === 'not recovered') return `${probe} not recovered`;
      return `${probe}${seconds === null ? '' : ` ${seconds} s`}${how === 'self' ? '' : ` ${how}`}`;
    });
    return `${machine}: ${each.join(', ')}`;
  });
}
