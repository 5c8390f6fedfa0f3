/** For tests of who did it: histories made by hand, of tenants that do some work and suffer for some time. */
import type { ProcessIo } from '../../results/accounting.ts';
import { HistoryRecord } from '../../results/model.ts';
import { type Evidence, evidenceOf, nameless } from './evidence.ts';

/** What a machine tells of one second. */
export interface Told {
  readonly devices: Readonly<Record<string, object>>;
  readonly processes: readonly (Partial<ProcessIo> & { readonly name: string })[];
}

export interface Case {
  /** by machine: of a second, undefined where it tells nothing */
  readonly machines: Readonly<Record<string, (second: number) => Told | undefined>>;
  /** by machine: the seconds in which its storage is late; none where it is not named */
  readonly late?: Readonly<Record<string, readonly [from: number, to: number]>>;
  readonly more?: readonly object[];
  /** the first second that machines tell of; the storm's where it is not said */
  readonly toldFrom?: number;
}

/** The storm's begin, and the end of recovery, of every history here. */
export const STORM = { begin: 10, end: 70 } as const;
/** When those storm who do, and the others suffer. */
export const WHILE = [20, 40] as const;

/** Work straight to one disk, with a journal beside it. */
export const direct = (calls: number, bytes: number, { name = 'fio', disk = 'vda', group = '', pid = 412 } = {}): Told => ({
  devices: { [disk]: { writes: calls * 2, written_bytes: bytes * 2, flushes: Math.ceil(calls / 4), busy_ms: 300 } },
  processes: [{ pid, name, group, write_calls: calls, written_bytes: bytes }],
});

/** What the storage probe of every machine does. */
export const PROBING = direct(10, 40_960, { name: 'python3', pid: 120 });
export const SMALL = direct(1000, 4_096_000);
export const LARGE = direct(24, 24 * 1_048_576);

/** What several do at once. */
export function both(...all: readonly Told[]): Told {
  const devices: Record<string, Record<string, number>> = {};
  for (const [name, figures] of all.flatMap((each) => Object.entries(each.devices)))
    for (const [key, value] of Object.entries(figures)) {
      const device = devices[name] ?? {};
      device[key] = (device[key] ?? 0) + value;
      devices[name] = device;
    }
  return { devices, processes: all.flatMap(({ processes }) => processes) };
}

export const isStorm = (second: number): boolean => second >= WHILE[0] && second < WHILE[1];

/** A tenant that does nothing but answer its probe, but in the storm. */
export const inStorm =
  (work: Told) =>
  (second: number): Told =>
    isStorm(second) ? both(work, PROBING) : PROBING;
export const always = (work: Told) => (): Told => both(work, PROBING);

export function evidenceFrom({ machines, late = {}, more = [], toldFrom = STORM.begin }: Case): Evidence {
  const names = Object.keys(machines);
  const phases = [
    ['baseline', 0, STORM.begin],
    ['storm', STORM.begin, 60],
    ['recovery', 60, STORM.end],
  ] as const;
  const seconds = Array.from({ length: STORM.end - toldFrom }, (_, index) => toldFrom + index);
  const entries = [
    ...phases.flatMap(([phase, begin, end]) => [
      { t: begin, k: 'phase', phase, state: 'begin' },
      { t: end, k: 'phase', phase, state: 'end' },
    ]),
    ...names.flatMap((machine) =>
      Array.from({ length: STORM.end * 10 }, (_, tenth) => {
        const [from = 0, to = 0] = late[machine] ?? [];
        return { t: tenth / 10, k: 'sample', probe: 'storage', machine, ms: tenth >= from * 10 && tenth < to * 10 ? 90 : 5 };
      }),
    ),
    ...seconds.flatMap((second) =>
      names.flatMap((machine) => {
        const told = machines[machine]?.(second);
        if (told === undefined) return [];
        const processes = told.processes.map((each) => ({ pid: 7, group: '', ...each }));
        return [{ t: second + 1, k: 'io', machine, for_s: 1, devices: told.devices, processes }];
      }),
    ),
    ...more,
  ];
  const records = entries.map((entry) => HistoryRecord.parse({ trial: 't', ...entry })).toSorted((a, b) => a.t - b.t);
  const about = {
    ...nameless('t', 0),
    machines: names.map((name) => ({ name, seat: 'tenant' as const, probes: ['storage' as const], fileSystem: 'ext4' as const })),
    tolerance: { floor_ms: 50, hold_s: 3, limit_s: 60 },
  };
  return evidenceOf(about, records);
}
