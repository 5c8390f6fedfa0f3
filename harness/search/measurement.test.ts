import { describe, expect, it } from 'vitest';
import { ceilingOf, loadOf, type Measurement } from './measurement.ts';

/** Asked for `pps`, offered `offered` of it. */
const trial = (pps: number, offered = pps, change: Partial<Measurement> = {}): Measurement => ({
  pps,
  for_s: 10,
  offered_packets: offered * 10,
  received_packets: offered * 10,
  lossRatio: 0,
  survived: true,
  ...change,
});

describe('the highest load worth asking for', () => {
  const cases: [what: string, measurements: Measurement[], ceiling: number][] = [
    ['is the most there is while nothing is known', [], 1000],
    ['is not lowered by a generator that is a few percent off', [trial(1000, 960), trial(1000, 955)], 1000],
    ['is not lowered by one shortfall', [trial(1000, 300)], 1000],
    ['is what two shortfalls agree on', [trial(1000, 300), trial(1000, 310)], 310],
    ['is what they agree on also when they were asked for different loads', [trial(1000, 300), trial(600, 290)], 300],
    ['is not lowered by shortfalls that do not agree', [trial(1000, 300), trial(1000, 600)], 1000],
    ['is the best of a generator that never agrees', [trial(1000, 100), trial(1000, 200), trial(1000, 400), trial(1000, 800)], 800],
    ['is not lowered by a hiccup at a load that was delivered before', [trial(500), trial(400, 200), trial(400, 200)], 1000],
    ['is not lowered by a hiccup at a load that is delivered afterwards', [trial(400, 200), trial(500), trial(900, 210)], 1000],
    [
      'is lowered again when the limit cannot be reached either',
      [trial(1000, 300), trial(1000, 300), trial(300, 250), trial(300, 250)],
      250,
    ],
    [
      'is not lowered by a host that died and stopped the generator',
      [trial(1000, 300, { died: true }), trial(1000, 300, { died: true })],
      1000,
    ],
    ['is nothing when nothing can be offered', [trial(1000, 0), trial(1000, 0)], 0],
  ];
  it.each(cases)('%s', (_what, measurements, ceiling) => expect(ceilingOf(measurements, 1000)).toBe(ceiling));
});

describe('the load for which a trial counts', () => {
  const cases: [what: string, measurement: Measurement, failed: boolean, least: number, load: number][] = [
    ['is the one asked for when it was delivered', trial(500, 490), false, 100, 500],
    ['is what was offered when less was borne', trial(500, 300), false, 100, 300],
    ['is what was offered when that was too much already', trial(500, 300), true, 100, 300],
    ['is the least that may be asked when less than that was too much', trial(500, 300), true, 400, 400],
    ['may be less than that when it was borne', trial(500, 300), false, 400, 300],
  ];
  it.each(cases)('%s', (_what, measurement, failed, least, load) => expect(loadOf(measurement, failed, least)).toBe(load));
});
