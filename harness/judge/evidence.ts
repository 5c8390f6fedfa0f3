/** What the records of one trial say, in the shape in which the objectives ask for it. Nothing is judged here. */
import type { HistoryRecord, KernelEvent, Phase, ProbeName, Recovery } from '../../results/model.ts';
import type { ProbeSample } from '../recovery.ts';

export type Of<K extends HistoryRecord['k']> = Extract<HistoryRecord, { k: K }>;
export type TrialRecord = Of<'trial'>;
export type How = Recovery['how'];
export type SeenEvent = { readonly machine: string; readonly t: number; readonly event: KernelEvent };

export interface Evidence {
  readonly about: TrialRecord;
  readonly records: readonly HistoryRecord[];
  /** when each phase began and ended, as far as it did */
  readonly phases: ReadonlyMap<Phase, { readonly begin?: number; readonly end?: number }>;
  /** events on the trial's machines since the boot began, in the order in which they were seen */
  readonly events: readonly SeenEvent[];
  /** crashes that a boot told of which was then done again */
  readonly passedOver: readonly SeenEvent[];
}

export function evidenceOf(about: TrialRecord, records: readonly HistoryRecord[]): Evidence {
  const phases = new Map<Phase, { begin?: number; end?: number }>();
  for (const record of all(records, 'phase')) {
    const times = phases.get(record.phase) ?? {};
    times[record.state] ??= record.t;
    phases.set(record.phase, times);
  }
  const boots = new Map(about.machines.map(({ name }) => [name, bootOf(name, phases, records)] as const));
  const begun = phases.get('boot')?.begin ?? 0;
  const seen = all(records, 'event').filter(({ machine, t }) => boots.has(machine) && t >= begun);
  const isPassedOver = ({ machine, t }: SeenEvent): boolean => t < (boots.get(machine) ?? begun);
  return {
    ...{ about, records, phases },
    events: seen.filter((each) => !isPassedOver(each)),
    passedOver: seen.filter((each) => isPassedOver(each) && each.event.class === 'crash'),
  };
}

/**
 * When the boot of a machine began that a verdict may rest on. One that was tried again, since the first try may have failed by the emulator or its
 * clock leapt, is told as our own side's failure or as the candidate's where the second did no better: what the first one said decides nothing, but for
 * a crash, which makes a pass doubtful.
 */
function bootOf(machine: string, phases: Evidence['phases'], records: readonly HistoryRecord[]): number {
  const begin = phases.get('boot')?.begin ?? 0;
  const end = phases.get('boot')?.end ?? Number.POSITIVE_INFINITY;
  const again = all(records, 'fact').findLast(
    (fact) => fact.machine === machine && fact.name === 'reset' && fact.value === 'by the controller' && fact.t >= begin && fact.t <= end,
  );
  return again?.t ?? begin;
}

/** All records of one kind. */
export function all<K extends HistoryRecord['k']>(records: readonly HistoryRecord[], kind: K): Of<K>[] {
  return records.filter((record): record is Of<K> => record.k === kind);
}

/** The names of the machines that a probe watches. */
export function watched(evidence: Evidence, probe: ProbeName): string[] {
  return evidence.about.machines.filter((machine) => machine.probes.includes(probe)).map((machine) => machine.name);
}

export function samplesOf(evidence: Evidence, probe: ProbeName, machine: string): ProbeSample[] {
  return all(evidence.records, 'sample').filter((sample) => sample.probe === probe && sample.machine === machine);
}

/** Samples of the baseline phase alone. */
export function baselineSamples(evidence: Evidence, samples: readonly ProbeSample[]): ProbeSample[] {
  const { begin = Number.POSITIVE_INFINITY, end = Number.POSITIVE_INFINITY } = evidence.phases.get('baseline') ?? {};
  return samples.filter((sample) => sample.t >= begin && sample.t <= end);
}

type Action = Of<'action'>;

/** Engines, faults and policies that began and neither ended nor failed. A sabotage may last: lasting is what some of them are for. */
export function unended(evidence: Evidence): Action[] {
  const open = new Map<string, Action[]>();
  for (const action of all(evidence.records, 'action')) {
    if (action.what !== 'policy' && action.what !== 'engine' && action.what !== 'fault') continue;
    const key = [action.what, action.name, action.on].join('\0');
    if (action.state === 'begin') open.set(key, [...(open.get(key) ?? []), action]);
    else open.get(key)?.shift();
  }
  return [...open.values()].flat();
}

/** A fault that could not be made or undone; what it broke may be broken still, and that is our side's doing. */
export function unhealed(evidence: Evidence): Action | undefined {
  return all(evidence.records, 'action').find((action) => action.what === 'fault' && action.state === 'failed');
}

/**
 * Growth of a counter on a machine between the two readings, undefined where it was not read twice. The counters of a machine that was reset
 * in between began anew: what it then grew by is the least that there was.
 */
export function growthOf(evidence: Evidence, machine: string, counter: string): number | undefined {
  const [before, after] = [reading(evidence, machine, counter, 'before'), reading(evidence, machine, counter, 'after')];
  return before === undefined || after === undefined ? undefined : after.value - before.value;
}

/** So many times as fast as before the storm may a counter grow in it without the storm having brought that. */
const BY_ITSELF = 2;

/**
 * What a storm brought of a counter's growth: probes, neighbours and storage make counters grow too, as fast as was seen while nothing else
 * went on, or somewhat faster. Undefined where it was not read thrice.
 */
export function stormGrowthOf(evidence: Evidence, machine: string, counter: string): number | undefined {
  const [idle, before, after] = (['idle', 'before', 'after'] as const).map((when) => reading(evidence, machine, counter, when));
  if (idle === undefined || before === undefined || after === undefined || before.t <= idle.t) return undefined;
  const idleRate = Math.max(0, before.value - idle.value) / (before.t - idle.t);
  return Math.floor(after.value - before.value - BY_ITSELF * idleRate * (after.t - before.t));
}

function reading(
  evidence: Evidence,
  machine: string,
  counter: string,
  when: Of<'counters'>['when'],
): { t: number; value: number } | undefined {
  const record = lastCounters(evidence, machine, when);
  const value = record?.values[counter];
  return record === undefined || value === undefined ? undefined : { t: record.t, value };
}

/** The counters of a machine as they were read last at that time of the trial. */
export const lastCounters = (evidence: Evidence, machine: string, when: Of<'counters'>['when']): Of<'counters'> | undefined =>
  all(evidence.records, 'counters').findLast((record) => record.machine === machine && record.when === when);

/** How far a counter rose above its reading before the storm, in it or after; undefined where it was not read before and since. */
export function peakOf(evidence: Evidence, machine: string, counter: string): number | undefined {
  const read = all(evidence.records, 'counters').filter((record) => record.machine === machine);
  const before = read.findLast(({ when }) => when === 'before')?.values[counter];
  const since = read.flatMap(({ when, values }) => (when === 'idle' || when === 'before' ? [] : (values[counter] ?? [])));
  return before === undefined || since.length === 0 ? undefined : since.reduce((a, b) => Math.max(a, b)) - before;
}

/** A reset is not part of a storm, and a tenant's own load goes on as long as the host holds it up: neither says when the storm was over. */
const ENDS_STORM: ReadonlySet<Action['what']> = new Set(['engine', 'fault', 'policy', 'sabotage']);

/** What a machine's clock may be ahead of ours since its boot. */
const AHEAD_S = 10;

/**
 * By how many seconds the clock of a machine had run ahead of ours, from its boot until it told an event; undefined where it had not, or nobody
 * can tell. What its watchdogs say of time is then worth nothing: an emulator, or a host, that stood still makes clocks leap.
 */
export function ahead_s({ events }: Evidence, { machine, t, event }: SeenEvent): number | undefined {
  const boot = events.findLast((each) => each.machine === machine && each.event.kind === 'boot' && each.t <= t);
  if (boot?.event.time === undefined || event.time === undefined) return undefined;
  const ahead = event.time - boot.event.time - (t - boot.t);
  return ahead > AHEAD_S ? Math.round(ahead) : undefined;
}

export type StormEnd = { readonly t: number } | { readonly why: string };

/**
 * The instant from which recovery counts: the last engine confirmed stopped, or the last fault (or sabotage) healed, before the check
 * began; in a trial that did nothing, the end of its storm phase.
 */
export function stormEnd(evidence: Evidence): StormEnd {
  const left = unended(evidence)[0];
  if (left !== undefined) return { why: `${left.what} ${left.name} on ${left.on} was never confirmed to have ended` };
  const checking = evidence.phases.get('check')?.begin ?? Number.POSITIVE_INFINITY;
  const ends = all(evidence.records, 'action')
    .filter((action) => ENDS_STORM.has(action.what) && action.state !== 'begin' && action.t <= checking)
    .map((action) => action.t);
  const t = ends.length > 0 ? ends.reduce((a, b) => Math.max(a, b)) : evidence.phases.get('storm')?.end;
  return t === undefined ? { why: 'the storm never ended' } : { t };
}

/** Restarts on a machine that no `reset` of ours explains: the kernel rebooted by itself, whatever it printed. */
export function unaskedRestarts(evidence: Evidence, machine: string): SeenEvent[] {
  const done = all(evidence.records, 'action').filter(
    (action) => action.what === 'reset' && action.on === machine && action.state === 'begin',
  );
  // the same as the machine's power told it, with those of a boot that was tried twice
  const told = all(evidence.records, 'fact').filter(
    (fact) => fact.machine === machine && fact.name === 'reset' && fact.value === 'by the controller',
  );
  const resets = told.length > done.length ? told : done;
  const seen = evidence.events.filter((each) => each.machine === machine && each.event.kind === 'restart');
  // "reboot: Restarting system" and the banner after it are one restart.
  const ids = new Set(seen.map((each) => each.event.id));
  const restarts = seen.filter((each) => each.event.consequenceOf === undefined || !ids.has(each.event.consequenceOf));
  return restarts.filter((restart) => {
    const asked = resets.findIndex((reset) => reset.t <= restart.t);
    if (asked >= 0) resets.splice(asked, 1);
    return asked < 0;
  });
}

/** How a machine came back, from its `recovered` records (the worst counts) or else from a reset of ours after the storm. */
export function howBack(evidence: Evidence, machine: string, stormEnded: number): How | undefined {
  const said = all(evidence.records, 'recovered').filter((record) => record.machine === machine);
  for (const how of ['not recovered', 'after reset'] as const) if (said.some((record) => record.how === how)) return how;
  const checking = evidence.phases.get('check')?.begin ?? Number.POSITIVE_INFINITY;
  const reset = all(evidence.records, 'action').some(
    (action) => action.what === 'reset' && action.on === machine && action.t >= stormEnded && action.t <= checking,
  );
  return reset ? 'after reset' : said[0]?.how;
}

/** When a machine was last told to be back, by itself or after a reset; undefined where it never was. */
export const backAt = ({ records }: Evidence, machine: string): number | undefined =>
  all(records, 'recovered').findLast((record) => record.machine === machine && record.how !== 'not recovered')?.t;

/** Stands in for a trial whose description is missing, so that what is left of it can be said. */
export function nameless(trial: string, t: number): TrialRecord {
  return {
    t,
    trial,
    k: 'trial',
    suite: '',
    class: '',
    seed: 0,
    candidate: '',
    machines: [],
    objectives: [],
    tolerance: { floor_ms: 1, hold_s: 1, limit_s: 1 },
    hungTaskTimeout_s: 0,
  };
}
