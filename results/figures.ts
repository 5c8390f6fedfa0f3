/** What of a trial is a number: one value a trial, which is what is followed from night to night, and compared where it is known what is better. */
import type { TrialResult } from './model.ts';

export interface Figure {
  readonly name: string;
  readonly machine?: string;
  readonly unit: string;
  /** null for what has no better and worse */
  readonly better: 'less' | 'more' | null;
  /** Infinity for what never came: it is worse than any that came late */
  readonly value: number;
}

/** What each looks at -> its figures. */
const SOURCES = {
  recovery: recoveries,
  outages,
  measures: ({ measures = [] }) => measures.map(({ machine, name, seconds }) => less(name, 's', seconds, machine)),
  objectives: bounds,
  flow: ({ flow }) =>
    flow === undefined || flow.offered_packets === 0
      ? []
      : [
          more('share of the flood received', 'share', Math.min(1, flow.received_packets / flow.offered_packets), flow.machine),
          ...(flow.softirqShares.length === 0
            ? []
            : [neither('softirq of the busiest processor', 'share', Math.max(...flow.softirqShares), flow.machine)]),
        ],
  curve: searches,
  peakResident_MiB: ({ peakResident_MiB }) =>
    peakResident_MiB === undefined ? [] : [neither('memory of the lab host', 'MiB', peakResident_MiB)],
  cutOff: ({ cutOff }) =>
    cutOff === undefined || cutOff.kind === 'unknown' ? [] : [more('longest outage borne', 's', cutOff.borne_s ?? 0)],
  pool: pools,
  grades,
  reserve: ({ reserve }) =>
    reserve === undefined
      ? []
      : [
          less('page allocation failures at lowered watermarks', '', sumOf(reserve.map(({ failures }) => failures))),
          less('processes killed at lowered watermarks', '', sumOf(reserve.map(({ kills }) => kills))),
        ],
} as const satisfies Partial<Record<keyof TrialResult, (trial: TrialResult) => Figure[]>>;

export type ComparableFigure = Figure & { readonly better: 'less' | 'more' };

/** Those that one can be worse than another by. */
export const comparableFigures = (trial: TrialResult): ComparableFigure[] =>
  figuresOf(trial).filter((figure): figure is ComparableFigure => figure.better !== null);

/**
 * The figures of a trial, each once: machines whose names differ in their number alone (`tenant1`, `tenant2`) do the same, so that the worst of them is
 * that trial's value; also where one thing was measured several times.
 */
export function figuresOf(trial: TrialResult): Figure[] {
  const worst = new Map<string, Figure>();
  for (const found of Object.values(SOURCES).flatMap((source) => source(trial))) {
    const { machine: name, ...rest } = found;
    const machine = name?.replace(/(?<=\D)\d+$/, '');
    const figure: Figure = { ...rest, ...(machine !== undefined && { machine }) };
    const key = [figure.name, machine].join('\0');
    const other = worst.get(key);
    if (other === undefined || (figure.better === 'more' ? figure.value < other.value : figure.value > other.value)) worst.set(key, figure);
  }
  return [...worst.values()];
}

/** Which part of all false alarms is kept for it; see holm.ts. */
export const partOf = ({ name }: Pick<Figure, 'name'>): 'recovery' | 'figure' => (name.startsWith('recovery ') ? 'recovery' : 'figure');

const figure =
  (better: Figure['better']) =>
  (name: string, unit: string, value: number, machine?: string): Figure => ({
    name,
    unit,
    better,
    value,
    ...(machine !== undefined && { machine }),
  });
const less = figure('less');
const more = figure('more');
const neither = figure(null);

const NEVER = Number.POSITIVE_INFINITY;

/** A machine that had to be reset did not come back by itself, and is later than any that did; but where that was allowed its time counts. */
function recoveries({ recovery, objectives }: TrialResult): Figure[] {
  return recovery.flatMap(({ machine, probe, seconds, how }) => {
    const allowed = objectives.some(({ name, verdict }) => name === `${probe}_recovery_s` && verdict === 'pass');
    if (seconds === null && how === 'self') return []; // nobody knows
    return [less(`recovery of ${probe}`, 's', how === 'self' || (how === 'after reset' && allowed) ? (seconds ?? NEVER) : NEVER, machine)];
  });
}

/** Of several outages each by itself; what became of a single one is the trial's recovery. Those of a search are chosen by how the host bears them. */
function outages({ outages: all = [], cutOff }: TrialResult): Figure[] {
  if (all.length < 2 || cutOff !== undefined) return [];
  return all.flatMap(({ fault, asked_s, hosts }) =>
    hosts.flatMap(({ machine, how, recovery_s: { storage } }) => {
      if (how === null || storage === undefined) return [];
      return [less(`recovery of storage after ${fault} of ${asked_s} s`, 's', how === 'self' ? (storage ?? NEVER) : NEVER, machine)];
    }),
  );
}

/**
 * Objectives with a bound in seconds or milliseconds: stalls and latencies, as the record has them, `4.2 s` held against `<= 30 s` or `p90 <= 1000 ms`.
 * Boot and recovery are there with more digits.
 */
function bounds({ objectives }: TrialResult): Figure[] {
  return objectives.flatMap(({ name, verdict, measured, threshold }) => {
    const unit = /^(?:p[\d.]+ )?<= [\d.]+ (s|ms)$/.exec(threshold)?.[1];
    if (unit === undefined || name === 'boot_s' || name.endsWith('_recovery_s')) return [];
    if (measured === 'no answer') return [less(name, unit, NEVER)];
    const value = /^([\d.]+) (s|ms)$/.exec(measured);
    return verdict === 'skip' || value?.[2] !== unit ? [] : [less(name, unit, Number(value[1]))];
  });
}

/** `below`: not even the least load was borne. `at least`: the highest that could be offered was, and that is what is compared. */
function searches({ curve }: TrialResult): Figure[] {
  if (curve === undefined) return [];
  const recovered = curve.systemRecovery?.seconds ?? null;
  return [
    ...curve.goals.flatMap(({ goal, kind, pps }) =>
      kind === 'unknown' ? [] : [more(goal, 'packets/s', kind === 'below' ? 0 : (pps ?? 0))],
    ),
    ...(recovered === null ? [] : [less('recovery from overload', 's', recovered)]),
  ];
}

/** What a tenant does alone is the storage stack's speed; beside a storm, what those who do not storm keep of it. */
function pools({ pool }: TrialResult): Figure[] {
  if (pool === undefined) return [];
  return [
    ...pool.alone.map(({ tenant, work }) => more(`${work.counts} alone`, '/s', work.writes_per_s, tenant)),
    ...pool.policies.flatMap(({ policy, tenants, conserved }) => {
      const under = policy === null ? '' : ` under ${policy}`;
      return [
        ...(conserved === null ? [] : [more(`share of the pool used${under}`, 'share', conserved.median)]),
        ...tenants
          .filter(({ storms }) => !storms)
          .flatMap(({ tenant, held, p99_ms, starved_s }) => [
            ...(held === null ? [] : [more(`share of its own held in a storm${under}`, 'share', held.median, tenant)]),
            ...(p99_ms === null ? [] : [less(`p99 in a storm${under}`, 'ms', p99_ms.median, tenant)]),
            ...(starved_s === null ? [] : [less(`starved in a storm${under}`, 's', starved_s, tenant)]),
          ]),
      ];
    }),
  ];
}

function grades({ grades: found }: TrialResult): Figure[] {
  return (found?.grades ?? []).flatMap(({ promised, idle, storms }) =>
    [
      { where: 'on an idle host', held: idle },
      ...storms.map(({ policy, held }) => ({ where: `in a storm${policy === null ? '' : ` under ${policy}`}`, held })),
    ].flatMap(({ where, held: { iops, bytes_per_s, p99_ms } }) => [
      ...(iops === null ? [] : [more(`${promised.name}: commits ${where}`, '/s', iops.median)]),
      ...(bytes_per_s === null ? [] : [more(`${promised.name}: throughput ${where}`, 'bytes/s', bytes_per_s.median)]),
      ...(p99_ms === null ? [] : [less(`${promised.name}: p99 of commits ${where}`, 'ms', p99_ms)]),
    ]),
  );
}

const sumOf = (values: readonly number[]): number => values.reduce((total, each) => total + each, 0);
