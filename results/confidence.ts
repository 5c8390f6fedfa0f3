/** What the median of a few measurements is worth: its confidence interval, without a guess about how they are spread. */
import { z } from 'zod';

/** `low` and `high` are null where there are too few measurements for an interval of that confidence: below six. */
export const Interval = z.object({ median: z.number(), low: z.number().nullable(), high: z.number().nullable(), of: z.int() });
export type Interval = z.infer<typeof Interval>;

export const CONFIDENCE = 0.95;

/** Of at least one value, in any order; Infinity is a value like others. */
export function median(values: ArrayLike<number>): number {
  return medianOfSorted(Float64Array.from(values).sort());
}

function medianOfSorted(sorted: ArrayLike<number>): number {
  const [low, high] = [sorted[Math.ceil(sorted.length / 2) - 1] as number, sorted[Math.floor(sorted.length / 2)] as number];
  return low === high ? low : (low + high) / 2;
}

/**
 * The median of at least one value, and the order statistics that enclose the true one with at least 95 % confidence, whatever the values'
 * distribution, as long as they are independent (J.-Y. Le Boudec, Performance Evaluation of Computer and Communication Systems, 2010, theorem 2.1:
 * the j-th and the k-th of n do with the probability that a fair coin thrown n times shows heads j to k-1 times). Undefined of none.
 */
export function medianOf(values: readonly number[]): Interval | undefined {
  const sorted = values.toSorted((a, b) => a - b);
  const n = sorted.length;
  if (n === 0) return undefined;
  const middle = medianOfSorted(sorted);
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
  if (left === 0) return { median: middle, low: null, high: null, of: n };
  return { median: middle, low: sorted[left - 1] as number, high: sorted[n - left] as number, of: n };
}
