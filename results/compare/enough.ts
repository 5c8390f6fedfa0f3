/** How many runs a comparison needs. */
import { lnChoose } from './counts.ts';
import { ALPHA } from './holm.ts';
import { quantileOf } from './normal.ts';

/** The chance with which a difference that is there is to be found; J. Cohen's convention (Statistical Power Analysis, 2nd edition, 1988, section 2.4). */
const POWER = 0.8;
/** More than that nobody will do. */
const MOST = 10_000;

export interface Sizes {
  readonly a: number;
  readonly b: number;
}

/**
 * The smallest p that an exact test of so many values can give, with no ties: that of the one way, of all ways to deal them to two sides, in which all
 * of one side are higher, and of its mirror image.
 */
const leastP = ({ a, b }: Sizes): number => (a === 0 || b === 0 ? 1 : Math.min(1, 2 * Math.exp(-lnChoose(a + b, a))));

/** Whether so many values could tell anything, were they one of `comparisons` that count. */
export const canTell = (sizes: Sizes, comparisons: number): boolean => leastP(sizes) <= ALPHA / Math.max(1, comparisons);

/** The same of so many pairs and their signed ranks, of which the smallest p is that of all signs alike. */
export const canTellByPairs = (pairs: number, comparisons: number): boolean => 2 ** (1 - pairs) <= ALPHA / Math.max(1, comparisons);

/** How many more of each side it takes before any difference at all could be told: the smaller side is filled up first. */
export function moreToTell(sizes: Sizes, comparisons: number): Sizes {
  for (let size = 1; size < MOST; size += 1) {
    const filled = { a: Math.max(sizes.a, size), b: Math.max(sizes.b, size) };
    if (canTell(filled, comparisons)) return { a: filled.a - sizes.a, b: filled.b - sizes.b };
  }
  throw new RangeError(`no number of runs is enough for ${comparisons} comparisons`);
}

/**
 * How many values of each side it takes to find a difference as it was seen, with a chance of 0.8: of two sets where one of the second is higher
 * than one of the first with the chance `higher` (G. E. Noether, Sample Size Determination for Some Common Nonparametric Tests, JASA 82, 1987).
 * Undefined where that is more than anybody does.
 */
export function valuesToSee(higher: number, comparisons: number): number | undefined {
  return sized((quantileOf(ALPHA / 2 / Math.max(1, comparisons)) + quantileOf(1 - POWER)) ** 2 / (6 * (higher - 0.5) ** 2));
}

/** The same of pairs, `higher` being the chance that the mean of two differences is above zero. */
export function pairsToSee(higher: number, comparisons: number): number | undefined {
  return sized((quantileOf(ALPHA / 2 / Math.max(1, comparisons)) + quantileOf(1 - POWER)) ** 2 / (3 * (higher - 0.5) ** 2));
}

/**
 * The same of shares `a` and `b` of the trials in which something was seen. Of what one side never had exactly; else by the normal approximation
 * with Casagrande's, Pike's and Smith's correction for continuity (An Improved Approximate Formula for Calculating Sample Sizes, Biometrics 34, 1978),
 * which is close to Fisher's exact test.
 */
export function trialsToSee(a: number, b: number, comparisons: number): number | undefined {
  const gap = Math.abs(a - b);
  const bound = ALPHA / Math.max(1, comparisons);
  if (gap === 0) return undefined;
  if (Math.min(a, b) === 0) return trialsToSeeNew(Math.max(a, b), bound);
  const mean = (a + b) / 2;
  const rough = quantileOf(bound / 2) * Math.sqrt(2 * mean * (1 - mean)) + quantileOf(1 - POWER) * Math.sqrt(a * (1 - a) + b * (1 - b));
  return sized((rough ** 2 * (1 + Math.sqrt(1 + (4 * gap) / rough ** 2)) ** 2) / (4 * gap ** 2));
}

/** Of n trials of each side, k on one and none on the other have the p 2 (n over k) / (2n over k): the least n of which so many are likely. */
function trialsToSeeNew(share: number, bound: number): number | undefined {
  for (let n = 1; n < MOST; n += 1) {
    let [p, k] = [2, 0];
    let exactly = (1 - share) ** n;
    let fewer = 0;
    while (p > bound && k < n) {
      p *= (n - k) / (2 * n - k);
      fewer += exactly;
      exactly = share === 1 ? 0 : (exactly * (n - k) * share) / ((k + 1) * (1 - share));
      k += 1;
    }
    if (p <= bound && 1 - fewer >= POWER) return n;
  }
  return undefined;
}

const sized = (count: number): number | undefined => (count < MOST ? Math.ceil(count) : undefined);
