/** Is something more frequent on one side? An exact test on counts. */
import type { Tested } from './ranks.ts';

/** In so many of so many trials it was there, on either side; the trials of one stratum are of one kind. */
export interface Stratum {
  readonly a: { readonly seen: number; readonly of: number };
  readonly b: { readonly seen: number; readonly of: number };
}

/** Of two probabilities that are alike but for their last digits none is the smaller one; as in R's fisher.test. */
const SAME = 1 + 1e-7;

/**
 * Fisher's exact test, two-sided: the chance, given all the totals, of what was seen and of everything that is no more likely (R. A. Fisher, Statistical
 * Methods for Research Workers, 1934, section 21.02). Over several strata it is the exact form of Cochran's, Mantel's and Haenszel's (A. Agresti,
 * Categorical Data Analysis, 2nd edition, 2002, section 6.7.5): the sum of what was seen, under the convolution of their distributions. So what
 * happens in one kind of trial alone weighs no less for the others, and sides may have done unequal numbers of each.
 */
export function exactCounts(strata: readonly Stratum[]): Tested {
  const chances = strata.map(hypergeometric).reduce(convolved, [1]);
  const lowest = strata.map(leastIn).reduce((total, each) => total + each, 0);
  const seen = strata.reduce((total, { b }) => total + b.seen, 0);
  const noMoreLikely = (than: number) =>
    Math.min(
      1,
      chances.reduce((total, each) => (each <= than * SAME ? total + each : total), 0),
    );
  return { p: noMoreLikely(chances[seen - lowest] as number), least: noMoreLikely(Math.min(...chances)) };
}

/** The fewest that the second side can have had, given the totals. */
const leastIn = ({ a, b }: Stratum): number => Math.max(0, a.seen + b.seen - a.of);

/** Chance of each number on the second side, from the least on. */
function hypergeometric(stratum: Stratum): number[] {
  const { a, b } = stratum;
  const seen = a.seen + b.seen;
  const least = leastIn(stratum);
  const most = Math.min(seen, b.of);
  return Array.from({ length: most - least + 1 }, (_, index) => {
    const inB = least + index;
    return Math.exp(lnChoose(b.of, inB) + lnChoose(a.of, seen - inB) - lnChoose(a.of + b.of, seen));
  });
}

function convolved(left: readonly number[], right: readonly number[]): number[] {
  const sums = new Array<number>(left.length + right.length - 1).fill(0);
  left.forEach((x, i) => {
    right.forEach((y, j) => {
      sums[i + j] = (sums[i + j] as number) + x * y;
    });
  });
  return sums;
}

/** Logarithm of the number of ways to choose k of n. */
export function lnChoose(n: number, k: number): number {
  let sum = 0;
  for (let i = 1; i <= Math.min(k, n - k); i += 1) sum += Math.log((n - i + 1) / i);
  return sum;
}
