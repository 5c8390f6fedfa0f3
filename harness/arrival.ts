/** When a flood came, as readings of the wire tell: what an engine needs to start and to end is none of it. */

export interface WireReading {
  /** seconds */
  readonly t: number;
  /** packets that came out of the link so far */
  readonly offered: number;
}

/** Between two readings a flood brings at least such a part of what is asked; a few probes bring less. */
const LEAST_OF_FLOOD = 0.1;

export interface Arrival {
  readonly rate_pps: number;
  readonly for_s: number;
}

/**
 * At which rate a flood came over the wire, and for how long; `pps` is what was asked for. The first and the last reading with some of it show only
 * part of their time: that is told from how much came in them at the rate of those in between. So an engine's start and end are none of it, and
 * it is exact to a few milliseconds, whatever the time between two readings. Undefined where there are no readings in between.
 */
export function arrivalOf(wire: readonly WireReading[], pps: number): Arrival | undefined {
  const grown = wire.slice(1).flatMap((to, index) => {
    const from = wire[index] as WireReading;
    const [packets, seconds] = [to.offered - from.offered, to.t - from.t];
    return packets > LEAST_OF_FLOOD * pps * seconds ? [{ from, to, packets, seconds }] : [];
  });
  const [first, last] = [grown[0], grown.at(-1)];
  if (first === undefined || last === undefined || last.from.t <= first.to.t) return undefined;
  const between_s = last.from.t - first.to.t;
  const rate_pps = (last.from.offered - first.to.offered) / between_s;
  const atEnd_s = ({ packets, seconds }: typeof first) => Math.min(seconds, packets / rate_pps);
  return { rate_pps, for_s: atEnd_s(first) + between_s + atEnd_s(last) };
}
