/** How many packets of a load were offered, and how many of them the host received. Pure: from readings of the wire and of the host. */
import { arrivalOf } from '../arrival.ts';
import type { CounterSample } from './loss.ts';

/** The wire, and the host's own counters at the same moment. `offered` is what came out of the link, `received` what the host's card took. */
export interface Reading extends CounterSample {
  readonly counters: Readonly<Record<string, number>>;
}

/** Packets that the host gave to its tenant's tap so far. */
export const passedOn = ({ counters }: Reading): number => counters.tap0_tx_packets ?? 0;

export interface Told {
  /** asked for */
  readonly pps: number;
  readonly for_s: number;
  /** readings of the wire while the load was offered */
  readonly wire: readonly CounterSample[];
  /** what the engine says that it sent; undefined of one that was ended with its host */
  readonly sent_packets: number | undefined;
  readonly before: Reading;
  /** the wire right after the flood */
  readonly end: CounterSample;
  /** the host, as soon as it answered after the flood; undefined where it never did */
  readonly after: Reading | undefined;
  /** on the way through the host: the packets/s that it passes on where no flood runs; undefined for a flood at the host itself */
  readonly passing_pps: number | undefined;
}

export interface Account {
  readonly offered_packets: number;
  readonly received_packets: number;
  /** RFC 9971, section 4.5.6 */
  readonly lossRatio: number;
}

/**
 * The account of a load. Generators lie: what never came out of the link was not offered. One that took longer than it was asked to offered
 * less each second. One that was ended with its host is told by the wire: its rate until then.
 */
export function accountOf({ pps, for_s, wire, sent_packets, before, end, after, passing_pps }: Told): Account {
  const sent = Math.min(sent_packets ?? Number.POSITIVE_INFINITY, end.offered - before.offered);
  // what was offered on top, as the half load of a system recovery, counts as received: all that was lost the overload has lost
  const extra = Math.max(0, sent - pps * for_s);
  const came = arrivalOf(wire, pps);
  const offered =
    sent_packets === undefined ? (came?.rate_pps ?? pps) * for_s : (sent - extra) * Math.min(1, for_s / (came?.for_s ?? for_s));
  const part = sent > extra ? offered / (sent - extra) : 0;
  // of a host that says nothing any more, it is what its card took
  const received = after === undefined ? end.received - before.received : receivedBy(before, after, sent, passing_pps);
  const offered_packets = Math.round(offered);
  const received_packets = Math.min(offered_packets, Math.max(0, Math.round((received - extra) * part)));
  return { offered_packets, received_packets, lossRatio: offered_packets === 0 ? 1 : 1 - received_packets / offered_packets };
}

/** Of `sent` packets, those that the host received or, on the way through it, passed on. */
function receivedBy(before: Reading, after: Reading, sent: number, passing_pps: number | undefined): number {
  if (passing_pps !== undefined) return passedOn(after) - passedOn(before) - passing_pps * (after.t - before.t);
  const grown = (counter: string) => Math.max(0, (after.counters[counter] ?? 0) - (before.counters[counter] ?? 0));
  // what came by the wire and was not ours is the probes'
  const others = after.offered - before.offered - sent;
  // a card counts what it took, before the backlog of a processor may drop it (net/core/dev.c, enqueue_to_backlog)
  return grown('front_rx_packets') - grown('softnet_dropped') - others;
}
