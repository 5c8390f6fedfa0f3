import { describe, expect, it } from 'vitest';
import { wireWith } from '../wire.testing.ts';
import { accountOf, type Reading, type Told } from './account.ts';

const reading = (t: number, packets: number, counters: Record<string, number>): Reading => ({
  t,
  offered: packets,
  received: packets,
  counters,
});
const of = (change: Partial<Told>): Told => ({
  ...{ pps: 1000, for_s: 1, wire: [], sent_packets: 1000 },
  before: reading(0, 0, { front_rx_packets: 0, softnet_dropped: 0 }),
  end: { t: 1, offered: 1020, received: 1020 },
  after: reading(1.2, 1020, { front_rx_packets: 1020, softnet_dropped: 0 }),
  passing_pps: undefined,
  ...change,
});

describe('the account of a load', () => {
  it.each<[string, Partial<Told>, offered: number, received: number]>([
    ['leaves the probes out', {}, 1000, 1000],
    [
      'leaves out the probes of half a minute, where the host answered only then',
      { after: reading(31, 1620, { front_rx_packets: 1120, softnet_dropped: 0 }) },
      1000,
      500,
    ],
    ['believes the wire and not the generator', { sent_packets: 5000 }, 1000, 1000],
    ['has not received what a backlog dropped', { after: reading(1.2, 1020, { front_rx_packets: 1020, softnet_dropped: 400 }) }, 1000, 600],
    ['has never received less than nothing', { after: reading(1.2, 1020, { front_rx_packets: 100, softnet_dropped: 400 }) }, 1000, 0],
    ['is of a second, where the generator took longer', { wire: wireWith(847.5, 0.05, 1.18) }, 847, 847],
    [
      'is not made up for by pings on the way through the host',
      {
        passing_pps: 10,
        before: reading(0, 0, { tap0_tx_packets: 7 }),
        after: reading(3, 1020, { tap0_tx_packets: 7 + 900 + 30, softnet_dropped: 400 }),
      },
      1000,
      900,
    ],
    [
      'is of what the card took, of a host that says nothing any more',
      { after: undefined, end: { t: 1, offered: 1000, received: 300 } },
      1000,
      300,
    ],
    [
      'is at its rate until then, where the generator was ended with its host',
      {
        sent_packets: undefined,
        after: undefined,
        wire: wireWith(2000, 0.05, 0.5),
        pps: 2000,
        end: { t: 1, offered: 1000, received: 500 },
      },
      2000,
      1000,
    ],
    [
      'is of what was asked for, where nobody knows',
      { sent_packets: undefined, after: undefined, end: { t: 1, offered: 0, received: 0 } },
      1000,
      0,
    ],
    [
      'has all the loss of a system recovery in its overload',
      { sent_packets: 1800, end: { t: 4, offered: 1800, received: 1800 }, after: reading(4.2, 1800, { front_rx_packets: 1700 }) },
      1000,
      900,
    ],
  ])('%s', (_what, change, offered, received) => {
    const { offered_packets, received_packets, lossRatio } = accountOf(of(change));
    expect(Math.abs(offered_packets - offered)).toBeLessThanOrEqual(offered * 0.01);
    expect(Math.abs(received_packets - received)).toBeLessThanOrEqual(offered * 0.01);
    expect(lossRatio).toBeCloseTo(1 - received / offered, 1);
  });

  it('is all lost where nothing was offered', () => {
    expect(accountOf(of({ end: { t: 1, offered: 0, received: 0 }, after: reading(1, 0, {}) })).lossRatio).toBe(1);
  });
});
