import { describe, expect, it } from 'vitest';
import { HistoryRecord } from '../../results/model.ts';
import { evidenceOf, nameless } from './evidence.ts';
import { reserveOf } from './reserve.ts';

type Entry = { readonly t: number; readonly k: string } & Readonly<Record<string, unknown>>;

const zone = (node: number, name: string, min_pages: number, low_pages: number) => ({
  ...{ node, zone: name, managed_pages: 1e6, free_pages: 1e5, min_pages, low_pages, high_pages: 2 * low_pages },
});
/** Two nodes; of the zone below 4 GiB hardly anything may be used. */
const ready: Entry = {
  ...{
    t: 2,
    k: 'memory',
    machine: 'head',
    when: 'ready',
    total_kB: 8e8,
    free_kB: 3e6,
    available_kB: 3e6,
    ballast_kB: 7.9e8,
    minFree_kB: 112_613,
  },
  ...{ dirty_pages: 1, dirtyBackground_pages: 1, nodes: [] },
  zones: [zone(0, 'DMA32', 71, 572), zone(0, 'Normal', 14_002, 112_557), zone(1, 'Normal', 14_078, 113_167)],
};
const fault = (from: number, to: number): Entry[] => [
  { t: from, k: 'action', what: 'fault', name: 'watermarks', on: 'head', state: 'begin' },
  { t: to, k: 'action', what: 'fault', name: 'watermarks', on: 'head', state: 'end', figures: { min_kB: 508, low_kB: 79_560 } },
];
const flood = (from: number, to: number, packets = 200_000): Entry[] => [
  { t: from, k: 'action', what: 'engine', name: 'xdp-frames', on: 'head', state: 'begin' },
  {
    ...{ t: to, k: 'action', what: 'engine', name: 'xdp-frames', on: 'head', state: 'end' },
    figures: { sent_packets: packets, arrived_packets: packets + 100, asked_packets: packets, asked_s: to - from, came_s: to - from },
  },
];
let ids = 0;
const event = (t: number, kind: string): Entry => {
  ids += 1;
  const base = { id: ids, kind, class: 'memory', severity: 'error', title: kind, line: 1, endLine: 1, byteOffset: 0, report: [] };
  return { t, k: 'event', machine: 'head', event: base };
};
const reserve = (entries: readonly Entry[]) =>
  reserveOf(
    evidenceOf(
      { ...nameless('x', 0), machines: [{ name: 'head', seat: 'head', probes: [] }] },
      entries.map((entry) => HistoryRecord.parse({ trial: 'x', ...entry })),
    ),
  );

const OWN = { machine: 'head', own: true, min_kB: 112_320, low_kB: 902_896, offered_packets: 200_000 };
const LOWERED = { machine: 'head', own: false, min_kB: 508, low_kB: 79_560, offered_packets: 200_000 };

describe('what is kept for allocations that cannot wait', () => {
  it('is told for each flood, with what failed while it came and right after', () => {
    const failures = [event(35, 'page_alloc_failure'), event(42.9, 'page_alloc_failure'), event(36, 'oom_kill')];
    expect(reserve([ready, ...flood(10, 20), ...fault(25, 41), ...flood(30, 40), ...failures])).toEqual([
      { ...OWN, failures: 0, kills: 0 },
      { ...LOWERED, failures: 2, kills: 1 },
    ]);
  });

  it('is not blamed for what failed at other times', () => {
    const others = [event(5, 'page_alloc_failure'), event(50, 'page_alloc_failure'), event(15, 'neigh_overflow')];
    expect(reserve([ready, ...flood(10, 20), ...fault(25, 41), ...flood(30, 40), ...others])).toEqual([
      { ...OWN, failures: 0, kills: 0 },
      { ...LOWERED, failures: 0, kills: 0 },
    ]);
  });

  it('is left out for a flood for half of which the watermarks were others', () => {
    expect(reserve([ready, ...flood(10, 20), ...fault(15, 41), ...flood(30, 40)])).toHaveLength(1);
  });

  it('is nothing where no watermarks were changed, or nobody knows what they were', () => {
    expect(reserve([ready, ...flood(10, 20)])).toBeUndefined();
    expect(reserve([...flood(10, 20), ...fault(25, 41)])).toBeUndefined();
    expect(reserve([])).toBeUndefined();
  });
});
