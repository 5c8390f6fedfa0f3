/** When a flood came, as readings of the wire tell: what an engine needs to start and to end is none of it. */

export interface WireReading {
  /** seconds */
  readonly t: number;
  /** that came out of the link so far */
  readonly packets: number;
}

/** Of a flood's mean rate, what must have come between two readings for it to have been the flood and not a few probes. */
const LEAST_OF_FLOOD = 0.1;

/** Seconds from the first to the last reading between which a flood of so many packets/s came; 0 where there was none. */
export function cameFor_s(readings: readonly WireReading[], mean_pps: number): number {
  const grown = readings.filter(({ t, packets }, index) => {
    const before = readings[index - 1];
    return before !== undefined && packets - before.packets > LEAST_OF_FLOOD * mean_pps * (t - before.t);
  });
  const [first, last] = [grown[0], grown.at(-1)];
  if (first === undefined || last === undefined) return 0;
  // what the first reading shows came since the one before
  return last.t - (readings[readings.indexOf(first) - 1]?.t ?? first.t);
}
