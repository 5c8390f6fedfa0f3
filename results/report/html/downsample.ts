/**
 * Fewer points that show the same: where there are too many samples, each stretch of time leaves its fastest and its slowest answer and the count of
 * those that did not come, so that no stall is lost, however short (the min/max of J. Jugel and others, M4: A Visualization-Oriented Time Series Data
 * Aggregation, VLDB 2014, in which the first and the last of a stretch only smooth the line). Around what matters every sample is kept.
 */

/** Samples of one probe on one machine in the order of their times: seconds on the run's clock, and milliseconds, NaN where no answer came. */
export interface Samples {
  readonly t: number[];
  readonly ms: number[];
}

/** One sample, or a stretch of them at the time of the slowest; `low` and `high` are null where none was answered. */
export interface Point {
  readonly t: number;
  readonly low: number | null;
  readonly high: number | null;
  /** how many were not answered */
  readonly missing: number;
}

/** A time around which every sample is wanted: those that stand first are served first. */
export interface Focus {
  readonly from: number;
  readonly to: number;
}

/**
 * At most `most` points of `samples`, but for one more at each edge of a focus. Half of them are for samples that lie in a focus, as far as they
 * suffice; the others are stretches of one length. `width_s` is that length, 0 where every sample is a point.
 */
export function downsample(samples: Samples, most: number, focuses: readonly Focus[] = []): { points: Point[]; width_s: number } {
  const { t } = samples;
  const count = t.length;
  const whole = count <= most;
  const begin = t[0] ?? 0;
  const width_s = whole ? 0 : (((t[count - 1] as number) - begin) * 1.000001) / Math.max(1, Math.floor(most / 2)) || 1;
  const kept = whole ? [] : affordable(t, focuses, Math.floor(most / 2));
  const points: Point[] = [];
  let from = 0;
  let focus = 0;
  for (let at = 0; at < count; at += 1) {
    const time = t[at] as number;
    while (focus < kept.length && (kept[focus] as Focus).to < time) focus += 1;
    const alone = whole || (kept[focus]?.from ?? Number.POSITIVE_INFINITY) <= time;
    const next = t[at + 1];
    const together =
      !alone &&
      next !== undefined &&
      !((kept[focus]?.from ?? Number.POSITIVE_INFINITY) <= next) &&
      Math.floor((next - begin) / width_s) === Math.floor((time - begin) / width_s);
    if (together) continue;
    points.push(pointOf(samples, from, at + 1));
    from = at + 1;
  }
  return { points, width_s };
}

/** The focuses whose samples do not exceed `most` together, in the order of their times and without overlap. */
function affordable(t: readonly number[], focuses: readonly Focus[], most: number): Focus[] {
  let left = most;
  const taken: Focus[] = [];
  for (const focus of focuses) {
    const cost = lowerBound(t, focus.to) - lowerBound(t, focus.from);
    if (cost > left) continue;
    left -= cost;
    taken.push(focus);
  }
  const merged: Focus[] = [];
  for (const { from, to } of taken.toSorted((a, b) => a.from - b.from)) {
    const last = merged.at(-1);
    if (last !== undefined && from <= last.to) merged[merged.length - 1] = { from: last.from, to: Math.max(last.to, to) };
    else merged.push({ from, to });
  }
  return merged;
}

/** How many of the sorted `values` are below `bound`. */
export function lowerBound(values: readonly number[], bound: number): number {
  let [low, high] = [0, values.length];
  while (low < high) {
    const middle = (low + high) >>> 1;
    if ((values[middle] as number) < bound) low = middle + 1;
    else high = middle;
  }
  return low;
}

function pointOf({ t, ms }: Samples, from: number, to: number): Point {
  let [slowest, low, high, missing] = [from, Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY, 0];
  for (let at = from; at < to; at += 1) {
    const value = ms[at] as number;
    if (Number.isNaN(value)) missing += 1;
    if (value < low) low = value;
    if (value > high) [high, slowest] = [value, at];
  }
  const answered = missing < to - from;
  return { t: t[slowest] as number, low: answered ? low : null, high: answered ? high : null, missing };
}

/** What each of several series may have, so that together they have at most `total` and the short ones are left whole. */
export function fairShares(counts: readonly number[], total: number): number[] {
  let left = total;
  const shares = counts.map(() => 0);
  const order = counts.map((_, index) => index).toSorted((a, b) => (counts[a] as number) - (counts[b] as number));
  for (const [done, index] of order.entries()) {
    const share = Math.min(counts[index] as number, Math.floor(left / (counts.length - done)));
    shares[index] = share;
    left -= share;
  }
  return shares;
}
