/** What a noisy, shared machine allows to be said: medians and spreads of interleaved rounds. */

export interface Spread {
  readonly median: number;
  readonly least: number;
  readonly most: number;
}

/** Median and range of at least one value. */
export function spread(values: readonly number[]): Spread {
  const sorted = values.toSorted((a, b) => a - b);
  const middle = sorted.length / 2;
  const median = ((sorted[Math.ceil(middle) - 1] as number) + (sorted[Math.floor(middle)] as number)) / 2;
  return { median, least: sorted[0] as number, most: sorted.at(-1) as number };
}

export const show = ({ median, least, most }: Spread, unit: string): string =>
  `${median.toFixed(2)}${unit} (${least.toFixed(2)} to ${most.toFixed(2)})`;
