/** What a flood really offered: generators lie, so what the wire counted at the far end of their link is held against what they say. */
import { all, type Evidence, type Of } from './evidence.ts';

export interface OfferedFlood {
  /** the engine */
  readonly name: string;
  /** the machine it was aimed at */
  readonly on: string;
  readonly state: 'end' | 'failed';
  readonly figures: Readonly<Record<string, number>>;
  /** packets that came out of the link, and not more than the engine says it sent */
  readonly packets: number;
  /** when the engine began, and when it had ended */
  readonly begin: number;
  readonly end: number;
  /** how long they came, and at least as long as was asked for */
  readonly seconds: number;
}

/**
 * The floods of a trial that ended or were ended, each with what came of it. Of several at a time from one station, which share a link, each is given
 * the part of what came out of it that it has of what was sent.
 */
export function floodsOf(evidence: Evidence): OfferedFlood[] {
  const floods = all(evidence.records, 'action').flatMap(({ what, state, figures, name, on, t }) =>
    what === 'engine' && state !== 'begin' && figures?.arrived_packets !== undefined ? [{ state, figures, name, on, t }] : [],
  );
  const claimed = ({ sent_packets, arrived_packets = 0 }: Readonly<Record<string, number>>) => sent_packets ?? arrived_packets;
  // one whose begin nobody saw may have been there all the time
  const times = floods.map((flood) => ({ begin: begunAs(evidence, flood)?.t ?? Number.NEGATIVE_INFINITY, end: flood.t }));
  return floods.map(({ state, figures, name, on, t }, index) => {
    const own = times[index] as { begin: number; end: number };
    const beside = floods.filter((_, other) => (times[other]?.begin ?? 0) < own.end && (times[other]?.end ?? 0) > own.begin);
    const all_packets = beside.reduce((sum, each) => sum + claimed(each.figures), 0);
    const part = beside.length > 1 && all_packets > 0 ? claimed(figures) / all_packets : 1;
    const packets = Math.min(claimed(figures), Math.round((figures.arrived_packets ?? 0) * part));
    const ran_s = Number.isFinite(own.begin) ? t - own.begin : 0;
    const { asked_s = ran_s, came_s = 0 } = figures;
    return { name, on, state, figures, packets, ...own, seconds: state === 'end' ? Math.max(asked_s, came_s) : ran_s };
  });
}

const begunAs = (evidence: Evidence, { name, on, t }: Pick<Of<'action'>, 'name' | 'on' | 't'>): Of<'action'> | undefined =>
  all(evidence.records, 'action').findLast((each) => each.state === 'begin' && each.name === name && each.on === on && each.t <= t);
