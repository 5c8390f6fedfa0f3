/** Rank tests: is one set of values higher than the other, whatever the values' distribution? Infinity is a value like others, later than all. */
import { normalTails, tailsOf, tailsOfDeals } from './deals.ts';

/** What a test says, two-sided. */
export interface Tested {
  readonly p: number;
  /** the smallest p that these values could have given, however they had been dealt to the two sides: ties and few values keep it high */
  readonly least: number;
}

export interface RankSum extends Tested {
  /** the chance that a value of the second set is higher than one of the first, ties counted half (Mann and Whitney's U over the number of pairs) */
  readonly higher: number;
}

export interface SignedRank extends Tested {
  /** the chance that the mean of two of the differences is above zero, ties counted half */
  readonly higher: number;
}

/** Steps of counting from which on the normal approximation is taken for signed ranks: with some 270 pairs that differ. */
const MOST_STEPS = 2e7;

/**
 * Mann and Whitney's U test of two independent sets, each of at least one value (On a Test of Whether one of Two Random Variables is Stochastically
 * Larger than the Other, Annals of Mathematical Statistics 18, 1947), given the values with their ties: exact, but for large sets of many distinct
 * values; see `tailsOfDeals`. The tails are those at least as far from the mean as what was seen.
 */
export function rankSum(a: readonly number[], b: readonly number[]): RankSum {
  const ranks = doubleRanks([...a, ...b]);
  const count = ranks.length;
  const ofB = sumOf(ranks.slice(a.length));
  const higher = (ofB - b.length * (b.length + 1)) / (2 * a.length * b.length);
  // either set tells of the other: the smaller one is less to count
  const [few, sum] = b.length <= a.length ? [b.length, ofB] : [a.length, sumOf(ranks.slice(0, a.length))];
  const mean = few * (count + 1);
  const sorted = ranks.toSorted((x, y) => x - y);
  const furthest = Math.max(mean - sumOf(sorted.slice(0, few)), sumOf(sorted.slice(count - few)) - mean);
  const tails = tailsOfDeals(sorted, few);
  return { p: tails(Math.abs(sum - mean)), least: tails(furthest), higher };
}

/**
 * Wilcoxon's signed-rank test of paired values, by their differences (Individual Comparisons by Ranking Methods, Biometrics 1, 1945). Differences of
 * zero are ranked and then left out, as J. W. Pratt has it (Remarks on Zeros and Ties in the Wilcoxon Signed Rank Procedures, JASA 54, 1959):
 * dropping them first may turn a sample that says less into one that says more. Exact given the ties, for many pairs by the normal approximation.
 */
export function signedRank(differences: readonly number[]): SignedRank {
  const ranks = doubleRanks(differences.map(Math.abs));
  const used = ranks.filter((_, index) => differences[index] !== 0);
  const sum = sumOf(ranks.filter((_, index) => (differences[index] as number) > 0));
  const total = sumOf(used);
  const mean = total / 2;
  const tails =
    used.length * total <= MOST_STEPS
      ? tailsOf([...signed(used, total).entries()], mean)
      : normalTails(Math.sqrt(sumOf(used.map((rank) => (rank * rank) / 4))), 1);
  return { p: tails(Math.abs(sum - mean)), least: tails(mean), higher: meansAboveZero(differences) };
}

/** Twice each value's rank from 1 on, ties at the mean of their ranks: whole numbers. */
function doubleRanks(values: readonly number[]): number[] {
  const order = values.map((_, index) => index).sort((x, y) => compare(values[x] as number, values[y] as number));
  const ranks = new Array<number>(values.length);
  for (let from = 0; from < order.length; ) {
    let to = from + 1;
    while (to < order.length && values[order[to] as number] === values[order[from] as number]) to += 1;
    for (let at = from; at < to; at += 1) ranks[order[at] as number] = from + to + 1;
    from = to;
  }
  return ranks;
}

/** Infinity less Infinity is no number, so no subtraction. */
const compare = (x: number, y: number): number => (x < y ? -1 : x > y ? 1 : 0);

const sumOf = (values: readonly number[]): number => values.reduce((total, each) => total + each, 0);

/** Chance of each sum of positive ranks, when every sign is a coin's. */
function signed(ranks: readonly number[], total: number): Float64Array {
  const chances = new Float64Array(total + 1);
  chances[0] = 1;
  for (const rank of ranks)
    for (let sum = total; sum >= 0; sum -= 1)
      chances[sum] = ((chances[sum] as number) + (sum >= rank ? (chances[sum - rank] as number) : 0)) / 2;
  return chances;
}

function meansAboveZero(differences: readonly number[]): number {
  let above = 0;
  let pairs = 0;
  differences.forEach((x, index) => {
    for (const y of differences.slice(index)) {
      // the two furthest ways apart are as good as nothing
      const sum = x === -y ? 0 : x + y;
      above += sum > 0 ? 1 : sum === 0 ? 0.5 : 0;
      pairs += 1;
    }
  });
  return pairs === 0 ? 0.5 : above / pairs;
}
