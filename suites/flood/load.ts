/** Offered load over time: how many packets a second, from when to when. Shapes of RFC 2544 and others stand in `shapes.ts`. */

/** From `at_s`, for `for_s` seconds, the rate goes evenly from `from_pps` to `to_pps` (the same for a constant one). */
export interface LoadStep {
  readonly at_s: number;
  readonly for_s: number;
  readonly from_pps: number;
  readonly to_pps: number;
}

/** Steps one after the other, without overlap; between two there may be a pause. */
export type Load = readonly LoadStep[];

/** Packets that a load offers in its first `until_s` seconds; in all, where that is not said. */
export function packetsOf(load: Load, until_s: number = Number.POSITIVE_INFINITY): number {
  return load.reduce((sum, { at_s, for_s, from_pps, to_pps }) => {
    const gone_s = Math.min(for_s, Math.max(0, until_s - at_s));
    const rate_pps = from_pps + ((to_pps - from_pps) * gone_s) / for_s;
    return sum + (gone_s * (from_pps + rate_pps)) / 2;
  }, 0);
}

/** When the last step ends, in seconds. */
export const lengthOf = (load: Load): number => load.reduce((end, { at_s, for_s }) => Math.max(end, at_s + for_s), 0);

/** Whether it is the same from its begin to its end; no load at all is. */
export const isOneRate = (load: Load): boolean => load.length < 2 && load.every(({ from_pps, to_pps }) => from_pps === to_pps);
