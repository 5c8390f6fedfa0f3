import { expect, it } from 'vitest';
import { cameFor_s, type WireReading } from './arrival.ts';

/** Readings ten times a second: 10 probes/s all the time, 1000 packets/s from `from` to `to`. */
const readings = (from: number, to: number, until: number): WireReading[] =>
  Array.from({ length: until * 10 + 1 }, (_, step) => {
    const t = step / 10;
    return { t, packets: 10 * t + 1000 * Math.max(0, Math.min(t, to) - from) };
  });

it.each([
  ['from the engine that starts late to the one that ends late', readings(1.3, 11.3, 14), 10],
  ['longer than asked for', readings(0.5, 24.5, 26), 24],
  ['not at all, of probes alone', readings(9, 9, 10), 0],
  ['not at all, of no reading', [], 0],
  ['not at all, of a single one', readings(0, 10, 0), 0],
])('a flood came %s', (_what, wire, seconds) => {
  expect(cameFor_s(wire, 1000)).toBeCloseTo(seconds, 5);
});
