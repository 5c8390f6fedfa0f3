/** How often a trial that was repeated failed, and what that says of how often it would: a passed repetition takes nothing back. */
import { z } from 'zod';
import { CONFIDENCE } from './confidence.ts';

export const Rate = z.object({
  suite: z.string(),
  case: z.string().optional(),
  class: z.string(),
  candidate: z.string(),
  variant: z.string().optional(),
  reference: z.boolean().optional(),
  /** of so many repetitions with a verdict; what ended as unknown or was skipped tells nothing */
  of: z.int(),
  fails: z.int(),
  /** the rate lies between them, at 95 %; null of no repetition */
  low: z.number().nullable(),
  high: z.number().nullable(),
});
export type Rate = z.infer<typeof Rate>;

/**
 * The rates of which `fails` failures in `of` trials are not too many and not too few, at 95 % (C. Clopper and E. Pearson, Biometrika 26, 1934). Without
 * any failure nothing can be below, and all of the doubt is above: the rate is then below `high` (of ten clean trials 26 %, of 60 below 5 %).
 * Undefined of no trial.
 */
export function rateOf(fails: number, of: number): { readonly low: number; readonly high: number } | undefined {
  if (of === 0) return undefined;
  const doubt = fails === 0 || fails === of ? 1 - CONFIDENCE : (1 - CONFIDENCE) / 2;
  return {
    low: fails === 0 ? 0 : root((rate) => 1 - atMost(fails - 1, of, rate) - doubt),
    high: fails === of ? 1 : root((rate) => doubt - atMost(fails, of, rate)),
  };
}

/** The chance of at most `most` failures in `of` trials, where each fails at that rate. */
function atMost(most: number, of: number, rate: number): number {
  // in logarithms: of thousands of trials the single chances are below the least number
  let log = of * Math.log1p(-rate);
  let sum = Math.exp(log);
  for (let fails = 1; fails <= most; fails += 1) {
    log += Math.log((of - fails + 1) / fails) + Math.log(rate) - Math.log1p(-rate);
    sum += Math.exp(log);
  }
  return Math.min(1, sum);
}

/** Where between 0 and 1 a function that grows is zero, to one part in 2^40. */
function root(of: (rate: number) => number): number {
  let [low, high] = [0, 1];
  for (let step = 0; step < 40; step += 1) {
    const middle = (low + high) / 2;
    if (of(middle) < 0) low = middle;
    else high = middle;
  }
  return (low + high) / 2;
}
