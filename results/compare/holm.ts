/** Many tests at once: of a hundred that have nothing to find, five find something. */
import type { Tested } from './ranks.ts';

/** Of comparisons of two equal kernels so many may say anything at all. */
export const ALPHA = 0.05;

/**
 * Each test's p, corrected so that all those at most `alpha` may be believed together: the chance that any of them is a false alarm is then at most that,
 * however the tests depend on each other. S. Holm's step-down procedure (A Simple Sequentially Rejective Multiple Test Procedure, Scandinavian
 * Journal of Statistics 6, 1979), in which tests that could not have found anything are not counted (R. E. Tarone, A Modified Bonferroni Method for
 * Discrete Data, Biometrics 46, 1990; both together: G. Hommel and F. Krummenauer, Improvements and Modifications of Tarone's Multiple Test Procedure
 * for Discrete Data, Biometrics 54, 1998): most of what a run measures is the same zero each time, and must not blunt the rest.
 */
function steppedDown(tests: readonly Tested[], alpha: number): number[] {
  const found = new Array<number>(tests.length).fill(1);
  const order = tests.map((_, index) => index).sort((x, y) => (tests[x] as Tested).p - (tests[y] as Tested).p);
  let floor = 0;
  order.forEach((index, place) => {
    const left = order.slice(place).map((each) => tests[each] as Tested);
    floor = Math.min(1, Math.max(floor, divisorOf(left, alpha) * (tests[index] as Tested).p));
    found[index] = floor;
  });
  return found;
}

/** Tarone's: the smallest k for which no more than k of the tests could ever reach alpha / k. */
function divisorOf(tests: readonly Tested[], alpha: number): number {
  let k = 1;
  while (tests.filter(({ least }) => least <= alpha / k).length > k) k += 1;
  return k;
}

/**
 * What a test is of -> its part of ALPHA, where all parts have something that varies. Half is kept for the recoveries, since how fast a host comes
 * back is what it is tried for; a quarter for events, of which few are ever seen and each may be a bug. Few comparisons share these, so that fewer
 * runs are enough for them. What the parts add up to is the chance of any false alarm (Bonferroni's inequality).
 */
const PARTS = { recovery: 2, event: 1, figure: 1 } as const;
export type Part = keyof typeof PARTS;

export interface PartTested extends Tested {
  readonly part: Part;
}
type Openness = Pick<PartTested, 'least' | 'part'>;

/** The p of all tests together, corrected: all those at most ALPHA may be believed together. */
export function corrected(tests: readonly PartTested[]): number[] {
  const found = new Array<number>(tests.length).fill(1);
  for (const part of Object.keys(PARTS) as Part[]) {
    const own = tests.flatMap((test, index) => (test.part === part ? [index] : []));
    const share = shareOf(tests, part);
    steppedDown(
      own.map((index) => tests[index] as Tested),
      ALPHA * share,
    ).forEach((p, place) => {
      found[own[place] as number] = Math.min(1, p / share);
    });
  }
  return found;
}

/** Whether a test could have found anything at all: what is the same everywhere cannot, and counts for nothing. */
export const isOpen = ({ least }: Pick<Tested, 'least'>): boolean => least < 1;

/** As many comparisons as those of one part must be corrected for: with a quarter of ALPHA each counts four times. */
export function burdenOf(tests: readonly Openness[], part: Part): number {
  return Math.max(1, tests.filter((test) => test.part === part && isOpen(test)).length) / shareOf(tests, part);
}

/** Of a part among those with a test that could find something, itself always one of them. */
function shareOf(tests: readonly Openness[], part: Part): number {
  const others = new Set(tests.filter(isOpen).map((test) => test.part)).add(part);
  return PARTS[part] / [...others].reduce((total, each) => total + PARTS[each], 0);
}
