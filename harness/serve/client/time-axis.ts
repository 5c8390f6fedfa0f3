/** The times below the figures of many runs, in seconds. Pure. */

const DAY_s = 24 * 3600;

/**
 * What is shown of the times `min` to `max`: as they are where a reader chose them, but at least a day where they are from the `first` point to the
 * `last`. Minutes tell little in a trend; and of a single point uPlot knows no span of its own, and takes three years.
 */
export function shownSpan(min: number, max: number, { first, last }: { readonly first: number; readonly last: number }): [number, number] {
  if (min !== first || (max !== last && first !== last)) return [min, max];
  const [middle, half] = [(first + last) / 2, Math.max(DAY_s, last - first) / 2];
  return [middle - half, middle + half];
}

/** A tick of an axis that shows `span_s`: the time of day where that is less than two days, but for its midnights. */
export function dayOrTime(t: number, span_s: number): string {
  const time = new Date(t * 1000);
  const isMidnight = time.getHours() === 0 && time.getMinutes() === 0;
  return span_s < 2 * DAY_s && !isMidnight
    ? time.toLocaleTimeString('en-GB', { hour: '2-digit', minute: '2-digit' })
    : time.toLocaleDateString('en-GB', { day: 'numeric', month: 'short' });
}
