/** What a probe's answers were like in a stretch of time. */
import { lowerBound, type Samples } from './downsample.ts';
import type { Span } from './silences.ts';

export interface Distribution {
  /** answered or not */
  readonly count: number;
  readonly missing: number;
  /** milliseconds of those that were answered, rising */
  readonly sorted: Float64Array;
}

/** Of the samples that were known in `span`, its end left out; undefined where there are none. */
export function distributionOf({ t, ms }: Samples, span: Span | undefined): Distribution | undefined {
  if (span === undefined) return undefined;
  const [from, to] = [lowerBound(t, span.from), lowerBound(t, span.to)];
  if (to <= from) return undefined;
  const answered = Float64Array.from(ms.slice(from, to).filter((value) => !Number.isNaN(value)));
  return { count: to - from, missing: to - from - answered.length, sorted: answered.sort() };
}

/** The nearest rank of `share` (0 to 1) of all that were asked: null where it lies among those that were not answered, which are later than any answer. */
export function quantile({ count, sorted }: Distribution, share: number): number | null {
  const rank = Math.max(1, Math.ceil(share * count - 1e-9));
  return sorted[rank - 1] ?? null;
}
