/** The figures of a trial that are worth following from night to night. */
import type { TrialResult } from '../model.ts';

export interface Reading {
  /** `recovery/storage`: what it is of stands in front */
  readonly name: string;
  /** empty where it is of no single one */
  readonly machine: string;
  readonly value: number;
  /** `s`, `ms`, `packets/s`, `MiB`; `share` is 0 to 1, and of an index there is none */
  readonly unit: 's' | 'ms' | 'packets/s' | 'MiB' | 'share' | '';
}

/** One figure or none: what was not measured has no value, and is no zero. */
type Figure = readonly [name: string, machine: string, value: number | null | undefined, unit: Reading['unit']];

const SOURCES: readonly ((trial: TrialResult) => readonly Figure[])[] = [
  ({ recovery }) => recovery.map(({ probe, machine, seconds }) => [`recovery/${probe}`, machine, seconds, 's']),
  ({ measures = [] }) => measures.map(({ name, machine, seconds }) => [`time/${name}`, machine, seconds, 's']),
  ({ flow }) =>
    flow === undefined
      ? []
      : [
          ['flood/received', flow.machine, flow.offered_packets > 0 ? flow.received_packets / flow.offered_packets : null, 'share'],
          ['flood/softirq', flow.machine, flow.softirqShares.length > 0 ? Math.max(...flow.softirqShares) : null, 'share'],
        ],
  ({ curve }) => [
    ...(curve?.goals ?? []).map(({ goal, pps }): Figure => [`search/${goal}`, '', pps, 'packets/s']),
    ['search/system recovery', '', curve?.systemRecovery?.seconds, 's'],
  ],
  ({ outages = [] }) =>
    outages.flatMap(({ asked_s, hosts }) =>
      hosts.flatMap(({ machine, stall_s, recovery_s }): Figure[] => [
        [`outage of ${asked_s} s/stood still`, machine, stall_s, 's'],
        [`outage of ${asked_s} s/back`, machine, recovery_s.storage, 's'],
      ]),
    ),
  ({ cutOff }) => [['cut-off/borne', '', cutOff?.borne_s, 's']],
  ({ pool }) =>
    (pool?.policies ?? []).flatMap(({ policy, tenants, jain }) => {
      const under = policy === null ? 'pool' : `pool under ${policy}`;
      return [
        [`${under}/jain`, '', jain?.median, ''],
        ...tenants.flatMap(({ tenant, p99_ms, held }): Figure[] => [
          [`${under}/p99`, tenant, p99_ms?.median, 'ms'],
          [`${under}/held`, tenant, held?.median, 'share'],
        ]),
      ];
    }),
  ({ peakResident_MiB }) => [['memory/of the lab host', '', peakResident_MiB, 'MiB']],
];

/**
 * Every figure of a trial by name and machine, each once: where something was measured several times, its worst, which is the highest
 * (an outage that came twice, a work that was done twice).
 */
export function measuresOf(trial: TrialResult): Reading[] {
  const readings = new Map<string, Reading>();
  for (const [name, machine, value, unit] of SOURCES.flatMap((source) => source(trial))) {
    if (value === null || value === undefined || !Number.isFinite(value)) continue;
    const key = `${name}\0${machine}`;
    if (value > (readings.get(key)?.value ?? -Infinity)) readings.set(key, { name, machine, value, unit });
  }
  return [...readings.values()];
}
