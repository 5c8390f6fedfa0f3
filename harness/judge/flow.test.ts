import { describe, expect, it } from 'vitest';
import type { HistoryRecord } from '../../results/model.ts';
import { evidenceOf, nameless } from './evidence.ts';
import { flowOf } from './flow.ts';

const FIGURES = { sent_packets: 1000, arrived_packets: 990, taken_packets: 700, card_dropped_packets: 290, unsent_packets: 5, asked_s: 10 };
const engine = (t: number, state: 'begin' | 'end' | 'failed', more: object = {}): HistoryRecord => ({
  ...{ t, trial: 'x', k: 'action', what: 'engine', name: 'xdp-frames', on: 'head', state },
  ...more,
});
const counters = (when: 'before' | 'ended' | 'after', values: Record<string, number>): HistoryRecord => ({
  ...{ t: when === 'before' ? 1 : 30, trial: 'x', k: 'counters', machine: 'head', when, values },
});
const BEFORE = counters('before', {
  front_rx_packets: 10,
  Ip6InDelivers: 5,
  softnet_dropped: 1,
  cpu0_softirq_ticks: 100,
  cpu0_ticks: 5000,
});
const AFTER = counters('after', {
  front_rx_packets: 710,
  Ip6InDelivers: 605,
  softnet_dropped: 41,
  cpu0_softirq_ticks: 600,
  cpu0_ticks: 7000,
});
const ENDED = counters('ended', { cpu0_softirq_ticks: 600, cpu0_ticks: 6000 });
const flow = (records: readonly HistoryRecord[], about: object = {}) =>
  flowOf(evidenceOf({ ...nameless('x', 0), line_pps: 1000, ...about }, records));

describe('the way of a flood', () => {
  it('goes from what the engine sent over the wire and the card to what the kernel delivered', () => {
    expect(flow([BEFORE, engine(2, 'begin'), engine(13, 'end', { figures: FIGURES }), ENDED, AFTER])).toMatchObject({
      machine: 'head',
      engine: 'xdp-frames',
      // what came out of the link; a thousand a second is what the line carries
      offered_packets: 990,
      offeredShareOfLine: 0.099,
      taken_packets: 700,
      received_packets: 700,
      delivered_packets: 600,
      lost: { link: 15, ring: 290, softnet: 40, ipv6: 0 },
      // of its ticks until the storm ended, not until the counters were read last
      softirqShares: [0.5],
    });
  });

  it('is what had arrived, of an engine that was ended with its machine', () => {
    const { sent_packets: _, ...cut } = FIGURES;
    const found = flow([BEFORE, engine(2, 'begin'), engine(4, 'failed', { figures: cut, detail: 'ended before its time' })]);
    expect(found).toMatchObject({ offered_packets: 990, offeredShareOfLine: 990 / 2 / 1000, received_packets: 0, softirqShares: [] });
  });

  it.each([
    ['an engine that floods nothing', [engine(2, 'begin'), engine(13, 'end', { figures: { writes: 7 } })], {}],
    ['a trial without engines', [BEFORE, AFTER], {}],
    [
      'several machines',
      [engine(2, 'begin'), engine(13, 'end', { figures: FIGURES }), engine(13, 'end', { figures: FIGURES, on: 'head2' })],
      {},
    ],
    ['a flood that ended as it began', [BEFORE, engine(2, 'begin'), engine(2, 'failed', { figures: FIGURES }), AFTER], {}],
    ['a search, which has a curve instead', [engine(2, 'begin'), engine(13, 'end', { figures: FIGURES })], { search: {} }],
  ])('is not told of %s', (_what, records, about) => {
    expect(flow(records as HistoryRecord[], about)).toBeUndefined();
  });
});
