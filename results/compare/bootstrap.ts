/** By how much do two sets of values differ, and how well is that known? */

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
  const estimate = ratio(median(Float64Array.from(sample.a).sort()), median(Float64Array.from(sample.b).sort()));
  if (estimate === null) return null;
  if (Math.min(sample.a.length, sample.b.length) < LEAST || resamples === 0) return { estimate, low: null, high: null };
  const random = drawsOf([...sample.a, ...sample.b]);
  const found = Float64Array.from({ length: resamples }, () => {
    const places = sample.a.map(() => Math.floor(random() * sample.a.length));
    const a = drawn(sample.a, places);
    const b = drawn(sample.b, sample.paired ? places : sample.b.map(() => Math.floor(random() * sample.b.length)));
    return ratio(median(a), median(b)) ?? Number.POSITIVE_INFINITY;
  }).sort();
  const at = (share: number) => finite(found[Math.min(resamples - 1, Math.floor(share * resamples))] as number);
  return { estimate, low: at(OUTSIDE), high: at(1 - OUTSIDE) };
}

const drawn = (values: readonly number[], places: readonly number[]): Float64Array =>
  Float64Array.from(places, (place) => values[place] as number).sort();

function ratio(a: number, b: number): number | null {
  return a > 0 && Number.isFinite(a) && Number.isFinite(b) ? b / a - 1 : null;
}

/** Of sorted values, at least one. */
export function median(sorted: ArrayLike<number>): number {
  const [low, high] = [sorted[Math.ceil(sorted.length / 2) - 1] as number, sorted[Math.floor(sorted.length / 2)] as number];
  return low === high ? low : (low + high) / 2;
}

const finite = (value: number): number | null => (Number.isFinite(value) ? value : null);

/** Numbers from 0 to 1 that follow from the values: T. Ettinger's mulberry32, begun with their hash (FNV-1a). */
function drawsOf(values: readonly number[]): () => number {
  let state = 0x811c9dc5;
  for (const byte of new Uint8Array(Float64Array.from(values).buffer)) state = Math.imul(state ^ byte, 0x01000193);
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}
