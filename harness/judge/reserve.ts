/** At which watermarks allocations failed, from the floods that came at them. Nothing is judged here: that is for the objectives. */
import type { Reserve } from '../../results/reserve.ts';
import { AFTERWARDS_S, faultWindows } from './during.ts';
import { all, type Evidence } from './evidence.ts';
import { floodsOf } from './offered.ts';

const WATERMARKS = 'watermarks';
/** The zone that nearly all memory of a large host is in; of the small ones below it little may be used (lowmem_reserve_ratio). */
const ZONE = 'Normal';
const KB_PER_PAGE = 4;

/** A row for each flood; undefined for a trial in which no watermarks were changed. */
export function reserveOf(evidence: Evidence): Reserve | undefined {
  const floods = floodsOf(evidence);
  const rows = floods.flatMap(({ on, packets, begin, end }) => {
    const touching = faultWindows(evidence, WATERMARKS, on).filter((window) => window.begin < end && window.end > begin);
    const lowered = touching.find((window) => window.begin <= begin && window.end >= end);
    // of one that saw two of them nobody can tell which it was
    if (touching.length > (lowered === undefined ? 0 : 1)) return [];
    const figures = lowered?.figures ?? ownOf(evidence, on);
    const { min_kB, low_kB } = figures;
    if (min_kB === undefined || low_kB === undefined) return [];
    const until = Math.max(end, lowered?.end ?? 0) + AFTERWARDS_S;
    const count = (kind: string) =>
      evidence.events.filter(({ machine, t, event }) => machine === on && event.kind === kind && t >= begin && t <= until).length;
    const [failures, kills] = [count('page_alloc_failure'), count('oom_kill')];
    return [{ machine: on, own: lowered === undefined, min_kB, low_kB, offered_packets: packets, failures, kills }];
  });
  return rows.some(({ own }) => !own) ? rows : undefined;
}

/** Those of a machine as it was once it was set up. */
function ownOf(evidence: Evidence, machine: string): Readonly<Record<string, number>> {
  const ready = all(evidence.records, 'memory').find((each) => each.machine === machine && each.when === 'ready');
  const zones = ready?.zones.filter(({ zone }) => zone === ZONE) ?? [];
  if (zones.length === 0) return {};
  const sum = (of: 'min_pages' | 'low_pages') => KB_PER_PAGE * zones.reduce((total, zone) => total + zone[of], 0);
  return { min_kB: sum('min_pages'), low_kB: sum('low_pages') };
}
