import type { CounterSample } from './search/loss.ts';

/** A wire that is read every 100 ms from -0.3 s to 3 s, with a flood of so many packets/s from `begin` for `for_s` seconds, and a few pings. */
export const wireWith = (pps: number, begin: number, for_s: number): CounterSample[] =>
  Array.from({ length: 34 }, (_, index) => {
    const t = -0.3 + index / 10;
    const offered = Math.round(pps * Math.min(for_s, Math.max(0, t - begin))) + 2 * index;
    return { t, offered, received: offered };
  });
