import { describe, expect, it } from 'vitest';
import { SAMPLE_CURVE } from '../curve.sample.ts';
import type { TrialResult } from '../model.ts';
import { measuresOf } from './measures.ts';
import { sampleTrial } from './run.sample.ts';

const BARE: TrialResult = (({ peakResident_MiB: _, ...trial }) => ({ ...trial, recovery: [], measures: [] }))(sampleTrial(0, 0));
const told = (change: Partial<TrialResult>): string[] =>
  measuresOf({ ...BARE, ...change }).map(({ name, machine, value, unit }) =>
    [name, machine, value, unit].join(' ').replaceAll(/ +/g, ' ').trim(),
  );

describe('the measures of a trial', () => {
  it.each<[string, Partial<TrialResult>, string[]]>([
    ['without any', {}, []],
    [
      'that recovered, but for one probe',
      {
        recovery: [
          { machine: 'head', probe: 'network', seconds: 0, how: 'self' },
          { machine: 'head', probe: 'storage', seconds: null, how: 'not recovered' },
        ],
      },
      ['recovery/network head 0 s'],
    ],
    [
      'that timed the same twice: the longest',
      {
        measures: [
          { machine: 'head', name: 'boot', seconds: 5 },
          { machine: 'head', name: 'boot', seconds: 7 },
          { machine: 'tail', name: 'boot', seconds: 1 },
        ],
      },
      ['time/boot head 7 s', 'time/boot tail 1 s'],
    ],
    [
      'that searched',
      { curve: SAMPLE_CURVE },
      ['search/throughput 98218 packets/s', 'search/loss of 0.5 % 98218 packets/s', 'search/survival 296933 packets/s'],
    ],
    [
      'with a flood of which nothing was offered',
      {
        flow: {
          ...{ machine: 'head', engine: 'trafgen', offered_packets: 0, taken_packets: 0, received_packets: 0, delivered_packets: 0 },
          ...{ forwarded_packets: 0, lost: {}, softirqShares: [0.2, 0.7] },
        },
      },
      ['flood/softirq head 0.7 share'],
    ],
    ['that took memory', { peakResident_MiB: 1800 }, ['memory/of the lab host 1800 MiB']],
  ])('%s', (_what, change, expected) => {
    expect(told(change)).toEqual(expected);
  });
});
