/** The normal distribution, as far as tests and numbers of runs need it. */

/**
 * The chance of a value further than `z` (at least 0) standard deviations above the mean. Relative error below 1.2e-7, also far out (W. H. Press and
 * others, Numerical Recipes in C, 2nd edition, 1992, section 6.2, the Chebyshev fit of `erfcc`).
 */
export function upperTail(z: number): number {
  if (z < 0) return 1 - upperTail(-z);
  const x = z / Math.SQRT2;
  const t = 1 / (1 + x / 2);
  return (t * Math.exp(-x * x + CHEBYSHEV.reduceRight((sum, each) => each + t * sum, 0))) / 2;
}

const CHEBYSHEV = [
  -1.26551223, 1.00002368, 0.37409196, 0.09678418, -0.18628806, 0.27886807, -1.13520398, 1.48851587, -0.82215223, 0.17087277,
] as const;

/** More standard deviations than any chance that a double can hold. */
const FAR = 38;

/** The `z` that `upperTail` is `chance` for; from 0 for 0.5 upwards. */
export function quantileOf(chance: number): number {
  let [low, high] = [0, FAR];
  for (let step = 0; step < 60; step += 1) {
    const middle = (low + high) / 2;
    if (upperTail(middle) > chance) low = middle;
    else high = middle;
  }
  return high;
}
