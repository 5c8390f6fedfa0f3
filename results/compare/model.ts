/** What a comparison of two sides says, as zod schemas. Every number is that of side B against side A: A is what one has, B what one may get. */
import { z } from 'zod';

/** `different` is neither better nor worse. `too few` could not have been told whatever the values had been. */
export const Found = z.enum(['worse', 'better', 'different', 'none', 'too few']);
export type Found = z.infer<typeof Found>;

/** What kind of trial: only those that are alike in all of it are compared. */
export const Kind = z.object({
  suite: z.string(),
  case: z.string().optional(),
  class: z.string(),
  /** the set of tweaks, or the tweaks where they have no name */
  variant: z.string().optional(),
  profile: z.string(),
  target: z.string(),
  /** of the lab: kvm or tcg, which are worlds apart */
  accelerator: z.string().optional(),
});
export type Kind = z.infer<typeof Kind>;

const More = z.object({ a: z.int().min(0), b: z.int().min(0) });

const judged = {
  found: Found,
  /** two-sided, of this comparison alone, and corrected for all of them together */
  p: z.number(),
  pCorrected: z.number(),
  /** trials that are missing on each side before a difference could be told at all; where it is `too few` */
  moreToTell: More.optional(),
  /** more of each side before a difference such as this one would be found in 80 of 100 comparisons; where it was not, and that can be told */
  moreToSee: More.optional(),
};

/** One side's values: median and mean of those that are numbers. */
const Values = z.object({
  trials: z.int().min(0),
  median: z.number().nullable(),
  mean: z.number().nullable(),
  /** how many never came to an end: a machine that did not come back by itself, a probe without an answer */
  never: z.int().min(0),
});

export const MeasureDifference = z.object({
  kind: Kind,
  name: z.string(),
  /** machines of one role (`tenant1`, `tenant2`) are one, by the worst of them; absent where it is none of a machine */
  machine: z.string().optional(),
  unit: z.string(),
  better: z.enum(['less', 'more']),
  a: Values,
  b: Values,
  /** B's median over A's, less 1, with its 95 % interval; null where A's is no positive number */
  change: z.object({ estimate: z.number(), low: z.number().nullable(), high: z.number().nullable() }).nullable(),
  /** the chance that a trial of B has the higher value; of pairs, that the mean of two differences is above zero */
  higher: z.number(),
  test: z.enum(['Mann-Whitney', 'Wilcoxon signed rank']),
  /** values that belonged together, where they came so */
  pairs: z.int().optional(),
  ...judged,
});
export type MeasureDifference = z.infer<typeof MeasureDifference>;

const Share = z.object({ seen: z.int().min(0), trials: z.int().min(0) });

/** In how many trials something was seen: all of the kinds in which it was seen at all. */
export const CountDifference = z.object({
  what: z.enum(['event', 'objective missed', 'candidate failed']),
  title: z.string(),
  /** of an event */
  class: z.string().optional(),
  /** as far as it was a known issue that a waiver excused: that is told apart from the same without a waiver, and is neither worse nor better */
  waived: z.literal(true).optional(),
  change: z.enum(['new', 'gone', 'more often', 'less often', 'as often']),
  a: Share,
  b: Share,
  kinds: z.array(z.object({ kind: Kind, a: Share, b: Share })),
  ...judged,
  /** bad, and new on B, or by itself unlikely to be chance, but not beyond chance among so many comparisons: none that has such a one can pass */
  suspect: z.literal(true).optional(),
});
export type CountDifference = z.infer<typeof CountDifference>;

const SideSummary = z.object({
  label: z.string(),
  runs: z.array(z.string()),
  kernels: z.array(z.string()),
  trials: z.int(),
  /** trials whose figures prove nothing, and why */
  leftOut: z.array(z.object({ verdict: z.enum(['unknown', 'skip']), trials: z.int(), why: z.string() })),
});

export const Comparison = z.object({
  /** `fail`: something is worse; `unknown`: not enough to tell, something bad is new and may be chance, or B proves less than A; `pass`: none of these */
  verdict: z.enum(['pass', 'fail', 'unknown']),
  a: SideSummary,
  b: SideSummary,
  /** a false alarm among all that is told has at most this chance */
  alpha: z.number(),
  /** of how many the values varied at all: the others were the same throughout both sides, and are no burden to these */
  counted: z.int(),
  measures: z.array(MeasureDifference),
  counts: z.array(CountDifference),
  /** what one side alone has, or was tried and proved on neither: how many trials have it, and how many of the other side (or of both) were left out */
  noCounterpart: z.array(
    z.object({
      side: z.enum(['A', 'B', 'neither']),
      what: z.string(),
      trials: z.int(),
      leftOut: z.int(),
      /** because of it nobody can say that nothing is worse */
      cannotPass: z.literal(true).optional(),
    }),
  ),
  /** trials that are missing on each side before everything could be told */
  moreToTell: More.optional(),
  /** in what else than the kernel the sides differ */
  notes: z.array(z.string()),
});
export type Comparison = z.infer<typeof Comparison>;
