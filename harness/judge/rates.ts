/** Of trials that were repeated, how often each failed. It gives no verdict: one failure is one, however many passed. */
import type { TrialResult } from '../../results/model.ts';
import { type Rate, rateOf } from '../../results/rates.ts';

/** A row for each trial that was asked for more than once, in the order in which they began; undefined where none was. */
export function ratesOf(trials: readonly TrialResult[]): Rate[] | undefined {
  const repeated = trials.filter(({ repeat }) => repeat !== undefined);
  // the name tells all but the repetition, also kernels of one release from each other
  const groups = Map.groupBy(repeated, ({ name }) => name.replace(/@r\d+(?:@again\d+)?$/, ''));
  const rates = [...groups.values()].map((group): Rate => {
    const { suite, case: name, class: size, candidate, variant, reference } = group[0] as TrialResult;
    const told = group.filter(({ verdict }) => verdict === 'pass' || verdict === 'fail');
    const fails = told.filter(({ verdict }) => verdict === 'fail').length;
    const { low = null, high = null } = rateOf(fails, told.length) ?? {};
    return {
      suite,
      ...(name === undefined ? {} : { case: name }),
      class: size,
      candidate,
      ...(variant === undefined ? {} : { variant }),
      ...(reference === undefined ? {} : { reference }),
      of: told.length,
      fails,
      low,
      high,
    };
  });
  return rates.length === 0 ? undefined : rates;
}
