/** What has no counterpart: kinds of trial and figures that one side alone has, or neither; and whether the comparison can pass all the same. */
import { exactCounts } from './counts.ts';
import { BAD, seenEvents } from './events.ts';
import { ALPHA } from './holm.ts';
import type { Measure } from './measures.ts';
import type { Comparison } from './model.ts';
import { kindName, measureName } from './names.ts';
import type { Alike, Taken } from './sides.ts';

type Gap = Comparison['noCounterpart'][number];

/**
 * It cannot pass where B proves less than A: no trial of a kind, or no value of a figure that trials of A have as a rule. Nor where a kind was tried and
 * what became of it is unknown, on one side or on both; what both skipped was not tried. What B has beyond A is no regression, unless it is bad there:
 * nobody knows then whether it was on A.
 */
export function gapsOf(kinds: readonly Alike[], measures: readonly Measure[]): Gap[] {
  return [...kinds.flatMap(kindGap), ...measures.flatMap((measure) => figureGap(measure, kinds))];
}

function kindGap({ kind, a, b, leftOut, unknown }: Alike): Gap[] {
  const what = kindName(kind, true);
  const tried = unknown.a + unknown.b > 0;
  if (a.length > 0 && b.length > 0) return [];
  if (a.length > 0) return [{ side: 'A', what, trials: a.length, leftOut: leftOut.b, cannotPass: true }];
  if (b.length > 0)
    return [{ side: 'B', what, trials: b.length, leftOut: leftOut.a, ...((tried || b.some(isBad)) && { cannotPass: true }) }];
  return tried ? [{ side: 'neither', what, trials: 0, leftOut: leftOut.a + leftOut.b, cannotPass: true }] : [];
}

const isBad = ({ trial }: Taken): boolean =>
  trial.verdict === 'fail' || seenEvents(trial).some((event) => !event.waived && BAD.includes(event.class));

function figureGap({ kind, name, machine, a, b }: Measure, kinds: readonly Alike[]): Gap[] {
  if (a.length > 0 && b.length > 0) return [];
  const what = `${measureName({ name, machine })} in ${kindName(kind)}`;
  if (b.length > 0) return [{ side: 'B', what, trials: b.length, leftOut: 0 }];
  const trials = kinds.find((each) => each.kind === kind) as Alike;
  return [
    { side: 'A', what, trials: a.length, leftOut: 0, ...(isLost(a.length, trials.a.length, trials.b.length) && { cannotPass: true }) },
  ];
}

/** Half of the trials of A, or more than by chance. The outages of a soak are drawn anew for each trial: that B had not just those is no loss. */
const isLost = (had: number, ofA: number, ofB: number): boolean =>
  2 * had >= ofA || exactCounts([{ a: { seen: had, of: ofA }, b: { seen: 0, of: ofB } }]).p <= ALPHA;
