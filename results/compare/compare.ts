/** Two sides of trials -> what is worse, better or new on the second, as far as their numbers tell. Pure. */

import { partOf } from '../figures.ts';
import { canTell, moreToTell, type Sizes } from './enough.ts';
import { BAD, countsOf, countToSee } from './events.ts';
import { gapsOf } from './gaps.ts';
import { ALPHA, burdenOf, corrected, isOpen } from './holm.ts';
import { measuresOf, testMeasure, varies } from './measures.ts';
import type { Comparison, CountDifference, Found, MeasureDifference } from './model.ts';
import { notesOf } from './notes.ts';
import { alike, counts, type Side } from './sides.ts';

export interface CompareOptions {
  /** of the bootstrap; without any no interval is told */
  readonly resamples?: number;
}

/**
 * Compares side B with side A. Each figure that both have of one kind of trial is put to a rank test, each event and missed objective to an exact
 * test on the trials that had it; all their p values are corrected together (see the files of the tests for their sources), so that on two equal
 * kernels at most 5 of 100 comparisons say anything at all. What so few trials could not tell whatever they showed is `too few`, never `none`. What is bad
 * and new on B, be it in one trial, is a suspect: it may be chance, and for that it is not said to be worse, but neither is it said that nothing is.
 */
export function compareSides(a: Side, b: Side, { resamples }: CompareOptions = {}): Comparison {
  const kinds = alike(a, b);
  const common = kinds.filter((kind) => kind.a.length > 0 && kind.b.length > 0);
  const all = common.flatMap(measuresOf);
  const both = all.filter((measure) => measure.a.length > 0 && measure.b.length > 0);
  const occurrences = countsOf(common);
  // what is counted must be known before it is tested: by whether values differ at all, not by how
  const open = [
    ...both.map((measure) => ({ least: varies(measure) ? 0 : 1, part: partOf(measure) })),
    ...occurrences.map(({ least }) => ({ least, part: 'event' as const })),
  ];
  const burden = { recovery: burdenOf(open, 'recovery'), event: burdenOf(open, 'event'), figure: burdenOf(open, 'figure') };
  const tested = both.map((measure) => testMeasure(measure, burden[partOf(measure)], resamples));
  const ps = corrected([
    ...tested.map((test) => ({ ...test, part: partOf(test) })),
    ...occurrences.map((test) => ({ ...test, part: 'event' as const })),
  ]);

  const measures = tested.map(({ least: _least, toSee, ...rest }, index): MeasureDifference => {
    const sizes = { a: rest.a.trials, b: rest.b.trials };
    const pCorrected = ps[index] as number;
    const direction = rest.higher > 0.5 === (rest.better === 'more') ? 'better' : 'worse';
    return { ...rest, pCorrected, ...judgedBy(pCorrected, direction, sizes, toSee, burden[partOf(rest)]) };
  });
  const counteds = occurrences.map(({ least: _least, ...rest }, index): CountDifference => {
    const sizes = { a: rest.a.trials, b: rest.b.trials };
    const pCorrected = ps[tested.length + index] as number;
    const direction = directionOf(rest);
    const judged = judgedBy(pCorrected, direction, sizes, countToSee(rest, burden.event), burden.event);
    const suspect = direction === 'worse' && judged.found !== 'worse' && (rest.change === 'new' || rest.p <= ALPHA);
    return { ...rest, pCorrected, ...judged, ...(suspect && { suspect }) };
  });
  const missing = [...measures, ...counteds].flatMap((each) => each.moreToTell ?? []);
  const noCounterpart = gapsOf(kinds, all);
  return {
    verdict: verdictOf(
      [...measures, ...counteds].map(({ found }) => found),
      noCounterpart.some(({ cannotPass }) => cannotPass) || counteds.some(({ suspect }) => suspect),
    ),
    a: summaryOf(a),
    b: summaryOf(b),
    alpha: ALPHA,
    counted: open.filter(isOpen).length,
    measures,
    counts: counteds,
    noCounterpart,
    ...(missing.length > 0 && {
      moreToTell: { a: Math.max(...missing.map((each) => each.a)), b: Math.max(...missing.map((each) => each.b)) },
    }),
    notes: notesOf(a, b),
  };
}

/** A regression is one, however much else cannot be told. `doubtful`: whatever was found, something forbids to say that nothing is worse. */
function verdictOf(found: readonly Found[], doubtful: boolean): Comparison['verdict'] {
  if (found.includes('worse')) return 'fail';
  return doubtful || found.length === 0 || found.includes('too few') ? 'unknown' : 'pass';
}

function judgedBy(
  p: number,
  direction: Found,
  sizes: Sizes,
  toSee: number | undefined,
  comparisons: number,
): Pick<MeasureDifference, 'found' | 'moreToTell' | 'moreToSee'> {
  if (p <= ALPHA) return { found: direction };
  const more = toSee === undefined ? undefined : { a: Math.max(0, toSee - sizes.a), b: Math.max(0, toSee - sizes.b) };
  return {
    ...(canTell(sizes, comparisons) ? { found: 'none' } : { found: 'too few', moreToTell: moreToTell(sizes, comparisons) }),
    ...(more !== undefined && more.a + more.b > 0 && { moreToSee: more }),
  };
}

function directionOf({ what, class: family = '', waived, change }: Pick<CountDifference, 'what' | 'class' | 'waived' | 'change'>): Found {
  if (waived || (what === 'event' && !BAD.includes(family))) return 'different';
  return change === 'new' || change === 'more often' ? 'worse' : 'better';
}

function summaryOf({ label, trials }: Side): Comparison['a'] {
  const out = Map.groupBy(
    trials.filter((taken) => !counts(taken)),
    ({ trial: { verdict, reasons } }) => JSON.stringify([verdict, reasons[0] ?? '']),
  );
  return {
    label,
    runs: [...new Set(trials.map(({ run }) => run.id))],
    kernels: [...new Set(trials.map(({ trial }) => trial.candidate))],
    trials: trials.filter(counts).length,
    leftOut: [...out].map(([key, own]) => {
      const [verdict, why] = JSON.parse(key) as ['unknown' | 'skip', string];
      return { verdict, trials: own.length, why };
    }),
  };
}
