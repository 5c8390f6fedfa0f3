/** What the median of a few measurements is worth: its confidence interval, without a guess about how they are spread. */
import { z } from 'zod';

/** `low` and `high` are null where there are too few measurements for an interval of that confidence: below six. */
export const Interval = z.object({ median: z.number(), low: z.number().nullable(), high: z.number().nullable(), of: z.int() });
export type Interval = z.infer<typeof Interval>;

export const CONFIDENCE = 0.95;

/**
 * The median of at least one value, and the order statistics that enclose the true one with at least 95 % confidence, whatever the values'
 * distribution, as long as they are independent (J.-Y. Le Boudec, Performance Evaluation of Computer and Communication Systems, 2010, theorem 2.1:
 * the j-th and the k-th of n do with the probability that a fair coin thrown n times shows heads j to k-1 times). Undefined of none.
 */
export function medianOf(values: readonly number[]): Interval | undefined {
  const sorted = values.toSorted((a, b) => a - b);
  const n = sorted.length;
  if (n === 0) return undefined;
  const median = ((sorted[Math.ceil(n / 2) - 1] as number) + (sorted[Math.floor(n / 2)] as number)) / 2;
  const outside = (1 - CONFIDENCE) / 2;
  // heads exactly i times of n: the largest count of both tails together that may still be left out
  let tail = 2 ** -n;
  let chance = 2 ** -n;
  let left = 0;
  while (tail <= outside && left + 1 <= n / 2) {
    left += 1;
    chance *= (n - left + 1) / left;
    tail += chance;
  }
  if (left === 0) return { median, low: null, high: null, of: n };
  return { median, low: sorted[left - 1] as number, high: sorted[n - left] as number, of: n };
}
