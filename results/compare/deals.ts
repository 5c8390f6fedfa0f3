/** Some of a set of ranks are drawn, any as likely as any other: how far is their sum from its mean, and with what chance? */
import { drawsOf } from './draws.ts';
import { upperTail } from './normal.ts';

/** The chance of a sum at least so far from the mean. */
export type Tails = (distance: number) => number;

/** Steps of counting, in tables and in maps, that are made for one test; a step in a map takes far longer. */
const MOST_STEPS = 2e7;
const MOST_MAPPED = 3e5;
/** The normal approximation is taken for sides at least so large, and where no value is more than such a part of all. */
const LARGE = 50;
const SMALL_TIE = 0.1;
/** Draws, where nothing else will do: the smallest p is one of them more. */
const DRAWS = 19_999;

/** Ranks that are alike: so many of the rank. */
interface Tie {
  readonly rank: number;
  readonly count: number;
}

/**
 * Of `few` of the (whole) `ranks`, `few` at most half of them. All ways to deal them are counted, by their sums, as in M. Pagano and D. Tritchler (On Obtaining
 * Permutation Distributions in Polynomial Time, JASA 78, 1983), but by groups of ties, of which as many are taken as the multivariate hypergeometric
 * distribution says: few distinct values are soon counted, however many have them. Where that takes too long the sum is taken for
 * normal if both sides are large and no tie is: of ties that are large beside a small side the approximation finds far too much. Else deals are
 * drawn, p = (k + 1) / (n + 1) with k of n as far from the mean (B. Phipson and G. K. Smyth, Permutation P-values Should Never Be Zero, Statistical
 * Applications in Genetics and Molecular Biology 9, 2010); the draws follow from the ranks alone.
 */
export function tailsOfDeals(ranks: readonly number[], few: number): Tails {
  const ties = tiesOf(ranks);
  const mean = (few * ranks.reduce((total, each) => total + each, 0)) / ranks.length;
  const counted = countedInTable(ties, few) ?? countedInMaps(ties, few);
  if (counted !== undefined) return tailsOf(counted, mean);
  const largest = (ties.at(-1) as Tie).count;
  if (few >= LARGE && largest <= SMALL_TIE * ranks.length) return normalTails(Math.sqrt(varianceOf(ranks, few)), 2);
  return drawnTails(ranks, few, mean);
}

/** Sums with the chance of each -> their tails. A chance that is above 1 by its last digits is 1. */
export const tailsOf =
  (chances: readonly (readonly [number, number])[], mean: number): Tails =>
  (distance) =>
    Math.min(
      1,
      chances.reduce((total, [sum, chance]) => (Math.abs(sum - mean) >= distance ? total + chance : total), 0),
    );

/** `step` is that from one possible sum to the next; half of it is the correction for continuity. */
export const normalTails =
  (deviation: number, step: number): Tails =>
  (distance) =>
    deviation === 0 ? 1 : Math.min(1, 2 * upperTail(Math.max(0, distance - step / 2) / deviation));

/** The largest last: of it as many are taken as are still missing, so that it needs no counting. */
function tiesOf(ranks: readonly number[]): Tie[] {
  const counts = new Map<number, number>();
  for (const rank of ranks) counts.set(rank, (counts.get(rank) ?? 0) + 1);
  return [...counts].map(([rank, count]) => ({ rank, count })).sort((x, y) => x.count - y.count || x.rank - y.rank);
}

/**
 * The chance that `taken` of one group and `before` of those before it are taken, given that together they are: from distributions given how many are
 * taken up to one group follow those up to the next.
 */
const shareOf = (lnChoose: LnChoose, earlier: number, before: number, count: number, taken: number): number =>
  Math.exp(lnChoose(earlier, before) + lnChoose(count, taken) - lnChoose(earlier + count, before + taken));

type LnChoose = (n: number, k: number) => number;

function lnChooseUpTo(most: number): LnChoose {
  const lnFactorials = new Float64Array(most + 1);
  for (let n = 2; n <= most; n += 1) lnFactorials[n] = (lnFactorials[n - 1] as number) + Math.log(n);
  return (n, k) => (lnFactorials[n] as number) - (lnFactorials[k] as number) - (lnFactorials[n - k] as number);
}

type Counted = readonly (readonly [number, number])[];

/** For many distinct values of few trials. Undefined where it takes too long. */
function countedInTable(ties: readonly Tie[], few: number): Counted | undefined {
  const all = ties.reduce((total, { count }) => total + count, 0);
  const lowest = Math.min(...ties.map(({ rank }) => rank));
  const unit = ties.reduce((divisor, { rank }) => greatestCommon(divisor, rank - lowest), 0) || 1;
  const steps = ties.map(({ rank, count }) => ({ rank: (rank - lowest) / unit, count }));
  const most = highestSum(steps, few);
  const last = steps.at(-1) as Tie;
  if ((all - last.count) * few * (most + 1) > MOST_STEPS) return undefined;

  const lnChoose = lnChooseUpTo(all);
  let rows = Array.from({ length: few + 1 }, (_, taken) => (taken === 0 ? Float64Array.of(1) : new Float64Array(0)));
  let earlier = 0;
  for (const { rank, count } of steps) {
    const isLast = earlier + count === all;
    rows = rows.map((_, total) => {
      if (total > earlier + count || (isLast && total < few)) return new Float64Array(0);
      const sums = new Float64Array(most + 1);
      let end = 0;
      for (let taken = Math.max(0, total - earlier); taken <= Math.min(count, total); taken += 1) {
        const share = shareOf(lnChoose, earlier, total - taken, count, taken);
        const before = rows[total - taken] as Float64Array;
        const shift = rank * taken;
        for (let sum = 0; sum < before.length; sum += 1)
          sums[sum + shift] = (sums[sum + shift] as number) + share * (before[sum] as number);
        end = Math.max(end, before.length + shift);
      }
      return sums.subarray(0, end);
    });
    earlier += count;
  }
  return [...(rows[few] as Float64Array)].map((chance, sum) => [few * lowest + sum * unit, chance]);
}

/** For few distinct values, however many trials have them. Undefined where it takes too long. */
function countedInMaps(ties: readonly Tie[], few: number): Counted | undefined {
  const all = ties.reduce((total, { count }) => total + count, 0);
  const lnChoose = lnChooseUpTo(all);
  let rows = new Map([[0, new Map([[0, 1]])]]);
  let [earlier, steps] = [0, 0];
  for (const { rank, count } of ties) {
    const later = all - earlier - count;
    const next: typeof rows = new Map();
    for (const [before, sums] of rows)
      for (let taken = Math.max(0, few - before - later); taken <= Math.min(count, few - before); taken += 1) {
        steps += sums.size;
        if (steps > MOST_MAPPED) return undefined;
        const share = shareOf(lnChoose, earlier, before, count, taken);
        const own = next.get(before + taken) ?? new Map<number, number>();
        for (const [sum, chance] of sums) own.set(sum + rank * taken, (own.get(sum + rank * taken) ?? 0) + share * chance);
        next.set(before + taken, own);
      }
    rows = next;
    earlier += count;
  }
  return [...(rows.get(few) ?? [])];
}

const greatestCommon = (x: number, y: number): number => (y === 0 ? x : greatestCommon(y, x % y));

function highestSum(ties: readonly Tie[], few: number): number {
  let [left, sum] = [few, 0];
  for (const { rank, count } of ties.toSorted((x, y) => y.rank - x.rank)) {
    sum += rank * Math.min(left, count);
    left -= Math.min(left, count);
  }
  return sum;
}

/** Of the sum of `few` of the ranks, drawn without replacement: ties make it smaller by themselves. */
function varianceOf(ranks: readonly number[], few: number): number {
  const count = ranks.length;
  const mean = ranks.reduce((total, each) => total + each, 0) / count;
  const spread = ranks.reduce((total, rank) => total + (rank - mean) ** 2, 0) / count;
  return (few * (count - few) * spread) / (count - 1);
}

function drawnTails(ranks: readonly number[], few: number, mean: number): Tails {
  const cards = Float64Array.from(ranks).sort();
  const random = drawsOf(cards);
  // the first `few` of the cards are mixed; what they were before does not matter (R. Durstenfeld, Algorithm 235, CACM 7, 1964)
  const distances = Float64Array.from({ length: DRAWS }, () => {
    let sum = 0;
    for (let place = 0; place < few; place += 1) {
      const other = place + Math.floor(random() * (cards.length - place));
      const card = cards[other] as number;
      cards[other] = cards[place] as number;
      cards[place] = card;
      sum += card;
    }
    return Math.abs(sum - mean);
  });
  return (distance) => (distances.reduce((total, each) => (each >= distance ? total + 1 : total), 0) + 1) / (DRAWS + 1);
}
