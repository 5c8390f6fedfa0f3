import { expect, it } from 'vitest';
import { softirqShares } from './softirq.ts';

/** Ticks of each processor in turn: softirq, and all. */
const ticks = (...each: readonly (readonly [softirq: number, all: number])[]) =>
  Object.fromEntries(
    each.flatMap(([softirq, all], cpu) => [[`cpu${cpu}_softirq_ticks`, softirq] as const, [`cpu${cpu}_ticks`, all] as const]),
  );

it.each([
  // 30 % softirq all the time, read 34 s apart, of which a flood was 10
  ['is of the time between the readings, however long', ticks([0, 0]), ticks([1020, 3400]), [0.3]],
  ['is of each processor by its own time', ticks([5, 100], [0, 100]), ticks([105, 200], [10, 120]), [1, 0.5]],
  ['is nothing where no time went by', ticks([5, 100]), ticks([5, 100]), [0]],
  ['is nothing of a machine that began anew', ticks([500, 900]), ticks([5, 100]), [0]],
  [
    'is in the order of the processors',
    ticks(),
    { ...ticks([0, 10]), cpu10_softirq_ticks: 5, cpu10_ticks: 10, cpu2_softirq_ticks: 1, cpu2_ticks: 10 },
    [0, 0.1, 0.5],
  ],
  ['is not known of a machine that does not tell it', {}, {}, []],
])('the share of softirq %s', (_what, before, after, shares) => {
  expect(softirqShares(before, after)).toEqual(shares);
});
