import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { accountOf, arrivalOf, type Reading, type Told } from './account.ts';
import type { CounterSample } from './loss.ts';

/** A wire that is read every 100 ms from -0.3 s to 3 s, with a flood of so many packets/s from `begin` for `for_s` seconds, and a few pings. */
const wireWith = (pps: number, begin: number, for_s: number): CounterSample[] =>
  Array.from({ length: 34 }, (_, index) => {
    const t = -0.3 + index / 10;
    const offered = Math.round(pps * Math.min(for_s, Math.max(0, t - begin))) + 2 * index;
    return { t, offered, received: offered };
  });

describe('when a flood came', () => {
  it('is told to a hundredth, wherever its begin and end lie between two readings', () => {
    fc.assert(
      fc.property(fc.double({ min: 0, max: 0.2, noNaN: true }), fc.double({ min: 0.5, max: 2, noNaN: true }), (begin, for_s) => {
        const came = arrivalOf(wireWith(10_000, begin, for_s), 10_000);
        expect(came?.for_s).toBeGreaterThan(for_s - 0.011);
        expect(came?.for_s).toBeLessThan(for_s + 0.011);
        expect(came?.rate_pps).toBeGreaterThan(9900);
        expect(came?.rate_pps).toBeLessThan(10_100);
      }),
    );
  });

  it.each([
    ['there are no readings', []],
    ['only pings came', wireWith(0, 0, 1)],
    ['it was over between two readings', wireWith(10_000, 0.01, 0.05)],
  ])('is not known where %s', (_why, wire) => {
    expect(arrivalOf(wire, 10_000)).toBeUndefined();
  });
});

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
        after: reading(3, 1020, { tap0_tx_packets: 7 + 980 + 30, softnet_dropped: 400 }),
      },
      1000,
      980,
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
    expect(Math.abs(offered_packets - offered)).toBeLessThanOrEqual(offered * 0.02);
    expect(Math.abs(received_packets - received)).toBeLessThanOrEqual(offered * 0.02);
    expect(lossRatio).toBeCloseTo(1 - received / offered, 1);
  });

  it('is all lost where nothing was offered', () => {
    expect(accountOf(of({ end: { t: 1, offered: 0, received: 0 }, after: reading(1, 0, {}) })).lossRatio).toBe(1);
  });
});
