/** By how much do two sets of values differ, and how well is that known? */
import { median } from '../confidence.ts';
import { drawsOf } from './draws.ts';

/** Relative: 0.2 is a fifth more. */
export interface Change {
  readonly estimate: number;
  /** its 95 % confidence interval; null for fewer than six values of either side, of which none is that good */
  readonly low: number | null;
  readonly high: number | null;
}

export interface Sample {
  readonly a: readonly number[];
  readonly b: readonly number[];
  /** the n-th of both belong together, and are drawn together */
  readonly paired: boolean;
}

export const RESAMPLES = 2000;
const LEAST = 6;
const OUTSIDE = 0.025;

/**
 * The median of the second set over that of the first, less 1. Medians, since latencies and recoveries have long tails, and a machine that never came back has
 * no mean. The interval is the bootstrap's, by percentiles (B. Efron and R. J. Tibshirani, An Introduction to the Bootstrap, 1993, chapter 13); BCa would
 * take its acceleration from the jackknife, which is of no use for medians (section 10.6 there). The draws follow from the values alone: the same
 * values give the same interval everywhere. Null where the first median is not a positive number, or a median is infinite.
 */
export function changeOf(sample: Sample, resamples = RESAMPLES): Change | null {
  const estimate = changeBetween(median(sample.a), median(sample.b));
  if (!Number.isFinite(estimate) || median(sample.a) === 0 || median(sample.a) === Number.POSITIVE_INFINITY) return null;
  if (Math.min(sample.a.length, sample.b.length) < LEAST || resamples === 0) return { estimate, low: null, high: null };
  const random = drawsOf([...sample.a, ...sample.b]);
  const found = Float64Array.from({ length: resamples }, () => {
    const places = sample.a.map(() => Math.floor(random() * sample.a.length));
    const a = drawn(sample.a, places);
    const b = drawn(sample.b, sample.paired ? places : sample.b.map(() => Math.floor(random() * sample.b.length)));
    return changeBetween(median(a), median(b));
  }).sort();
  const at = (share: number) => finite(found[Math.min(resamples - 1, Math.floor(share * resamples))] as number);
  return { estimate, low: at(OUTSIDE), high: at(1 - OUTSIDE) };
}

const drawn = (values: readonly number[], places: readonly number[]): Float64Array =>
  Float64Array.from(places, (place) => values[place] as number);

/** Of what never came in both nothing changed, as of nothing in both; what comes instead of never is endlessly faster, less all of it. */
function changeBetween(a: number, b: number): number {
  if (a === b) return 0;
  if (a === Number.POSITIVE_INFINITY) return -1;
  return a === 0 ? Number.POSITIVE_INFINITY : b / a - 1;
}

const finite = (value: number): number | null => (Number.isFinite(value) ? value : null);
