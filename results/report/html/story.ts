/** The history of each trial, told in the parts that the report shows. One pass: a day of samples is read once, and not kept as records. */
import { type HistoryRecord, ProbeName, type Run, type TrialResult } from '../../model.ts';
import type { Samples } from './downsample.ts';
import { type Span, silencesOf } from './silences.ts';

export type Of<K extends HistoryRecord['k']> = Extract<HistoryRecord, { k: K }>;

export interface ProbeSamples {
  readonly machine: string;
  readonly probe: ProbeName;
  readonly samples: Samples;
  /** when it had no answer for a second or more */
  readonly silences: readonly Span[];
}

export interface Story {
  readonly name: string;
  /** undefined where the run was never judged */
  readonly result: TrialResult | undefined;
  /** without samples, accounts and counters */
  readonly records: readonly HistoryRecord[];
  /** of the trial, in the order in which it names them */
  readonly machines: readonly string[];
  readonly probes: readonly ProbeSamples[];
  /** on the run's clock, from its first record to its last */
  readonly from: number;
  readonly to: number;
}

type Asked = Omit<ProbeSamples, 'silences'>;

interface Growing {
  readonly name: string;
  readonly records: HistoryRecord[];
  readonly probes: Map<string, Asked>;
  from: number;
  to: number;
}

/** A story for each trial, in the order of the run; those that the judge does not know stand last. */
export function storiesOf(run: Run, records: Iterable<HistoryRecord>): Story[] {
  const growing = new Map<string, Growing>();
  for (const record of records) {
    // what is known of the whole run is no trial
    if (record.trial === '' && (record.k === 'fact' || record.k === 'waiver')) continue;
    const story: Growing = growing.get(record.trial) ?? {
      name: record.trial,
      records: [],
      probes: new Map(),
      from: record.t,
      to: record.t,
    };
    growing.set(record.trial, story);
    story.from = Math.min(story.from, record.t);
    story.to = Math.max(story.to, record.t);
    if (record.k === 'sample') addSample(story.probes, record);
    else if (record.k !== 'io' && record.k !== 'counters') story.records.push(record);
  }
  const order = [...new Set([...run.trials.map(({ name }) => name), ...growing.keys()])];
  return order.map((name) => {
    const { probes, ...told }: Growing = growing.get(name) ?? { name, records: [], probes: new Map(), from: 0, to: 0 };
    const machines = machinesOf(told.records);
    const until = watchedUntil(told.records);
    const place = ({ probe, machine }: Asked): number => PROBE_ORDER.indexOf(probe) * 1e6 + machines.indexOf(machine);
    return {
      ...told,
      machines: [...new Set([...machines, ...[...probes.values()].map(({ machine }) => machine)])],
      probes: [...probes.values()]
        .map(inOrder)
        .toSorted((a, b) => place(a) - place(b))
        .map((each) => ({ ...each, silences: silencesOf(each.samples, until) })),
      result: run.trials.find((trial) => trial.name === name),
    };
  });
}

/** Probes are asked until the recovery has ended: who said nothing more before that was silent until then. */
const watchedUntil = (records: readonly HistoryRecord[]): number =>
  all(records, 'phase').findLast(({ phase, state }) => phase === 'recovery' && state === 'end')?.t ?? 0;

function addSample(probes: Growing['probes'], { machine, probe, t, ms }: Of<'sample'>): void {
  const key = `${probe}\0${machine}`;
  const found: Asked = probes.get(key) ?? { machine, probe, samples: { t: [], ms: [] } };
  probes.set(key, found);
  found.samples.t.push(t);
  found.samples.ms.push(ms ?? Number.NaN);
}

/** Answers are written down as they come, and two of them may come out of turn. */
function inOrder(probe: Asked): Asked {
  const { t, ms } = probe.samples;
  if (t.every((time, at) => at === 0 || (t[at - 1] as number) <= time)) return probe;
  const order = t.map((_, at) => at).toSorted((a, b) => (t[a] as number) - (t[b] as number));
  return { ...probe, samples: { t: order.map((at) => t[at] as number), ms: order.map((at) => ms[at] as number) } };
}

export const PROBE_ORDER: readonly ProbeName[] = ProbeName.options;

/** Those that the trial was planned with, and then whoever else said something. */
const machinesOf = (records: readonly HistoryRecord[]): string[] => [
  ...new Set([
    ...all(records, 'trial').flatMap(({ machines }) => machines.map(({ name }) => name)),
    ...all(records, 'event').map(({ machine }) => machine),
  ]),
];

/** The records of one kind. */
export const all = <K extends HistoryRecord['k']>(records: readonly HistoryRecord[], kind: K): Of<K>[] =>
  records.filter((record): record is Of<K> => record.k === kind);
