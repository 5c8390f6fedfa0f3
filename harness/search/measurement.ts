/** What one trial of the search measured, and the load for which it speaks when the generator could not keep up. */

import type { HistoryRecord } from '../../results/model.ts';

/** What the history keeps of a trial, but for the clock. */
export type SearchRecord = Omit<Extract<HistoryRecord, { k: 'search' }>, 't' | 'trial'>;

export interface Measurement {
  /** the load that was asked for: the intended load of RFC 2285, section 3.5.1 */
  readonly pps: number;
  /** as asked, not as it came out (section 4.5.1 of RFC 9971): a full-length trial is told from a short one by it */
  readonly for_s: number;
  readonly offered_packets: number;
  readonly received_packets: number;
  /** RFC 9971, section 4.5.6, 0..1 */
  readonly lossRatio: number;
  /** neither an event nor a failed objective */
  readonly survived: boolean;
  /** the host had to be booted again: no goal is ever asked at this load or above it after that */
  readonly died?: boolean | undefined;
  /** seconds that the trial took altogether, with boot and recovery; these are what the budget counts */
  readonly took_s?: number | undefined;
}

/** What a record of the history measured. */
export function measurementOf(record: SearchRecord): Measurement {
  const { pps, for_s, offered_packets, received_packets, lossRatio, outcome, took_s } = record;
  return {
    ...{ pps, for_s, offered_packets, received_packets, lossRatio, took_s },
    survived: outcome === 'ok',
    died: outcome === 'died',
  };
}

/** Below this part of what was asked, the generator fell short. */
const DELIVERED_SHARE = 0.95;
/** A single shortfall may be a hiccup of a shared machine. A limit is the same wherever more is asked for: two shortfalls that offered about the same. */
const SAME_LIMIT = 1.1;
/** What was offered once, if only to a host that died of it, is no limit, nor is a part of it: below this one agreement of hiccups is chance. */
const CREDIBLE_LIMIT = 0.67;
/** A generator that falls short this often without agreeing with itself is believed at its best. */
const MOST_SHORTFALLS = 4;

export const offered_pps = ({ offered_packets, for_s }: Measurement): number => offered_packets / for_s;

function delivered(measurement: Measurement): boolean {
  return offered_pps(measurement) >= DELIVERED_SHARE * measurement.pps;
}

/**
 * The highest load worth asking for, in whole packets/s: `most_pps`, until the generator was seen not to reach it. (RFC 9971, section 4.9.1, has the
 * generator measured beforehand to set the maximum; here the search finds out.) A host that died may have stopped the generator: such a
 * trial says nothing of its limit.
 */
export function ceilingOf(measurements: readonly Measurement[], most_pps: number): number {
  let ceiling = most_pps;
  let proven = 0;
  let reached = 0;
  let shortfalls: Measurement[] = [];
  for (const measurement of measurements) {
    reached = Math.max(reached, offered_pps(measurement));
    if (delivered(measurement)) {
      proven = Math.max(proven, measurement.pps);
      // What has been delivered since was a hiccup.
      shortfalls = shortfalls.filter(({ pps }) => pps > proven);
    } else if (measurement.died !== true && measurement.pps > proven) {
      shortfalls.push(measurement);
      const [best = 0, second = 0] = shortfalls.map(offered_pps).sort((a, b) => b - a);
      const agreed = shortfalls.length > 1 && best <= second * SAME_LIMIT && best >= reached * CREDIBLE_LIMIT;
      if (!agreed && shortfalls.length < MOST_SHORTFALLS) continue;
      ceiling = Math.min(ceiling, Math.max(proven, Math.floor(best)));
      shortfalls = [];
    }
  }
  return ceiling;
}

/**
 * The load for which a measurement counts, in whole packets/s. What was delivered counts as asked. Of a shortfall, both success and failure count
 * for what was really offered (RFC 2285, section 3.5.2): a host that gave way at that load did not wait for the one that was asked for. A
 * failure below the least load that may be asked is one at that load too.
 */
export function loadOf(measurement: Measurement, failed: boolean, least_pps: number): number {
  if (delivered(measurement)) return measurement.pps;
  return Math.max(failed ? least_pps : 0, Math.floor(offered_pps(measurement)));
}
