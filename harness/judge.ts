/**
 * History in, verdict out. Pure: an old run can be judged again, and an interrupted one still gets a verdict for what it saw.
 *
 * The rule above all others: a pass needs evidence. Whatever is missing (a phase that did not end, a detector that was not shown to work, a
 * trial that was planned and never came) makes it `unknown`, so that no cut-off history can look better than the whole one.
 */
import { BY_WEIGHT, decides, type HistoryRecord, type Phase, type TrialResult, type Verdict } from '../results/model.ts';
import type { Rate } from '../results/rates.ts';
import type { Measure, Scaling } from '../results/scaling.ts';
import type { WaiverResult } from '../results/waiver.ts';
import { contentionOf } from './judge/contention.ts';
import { type Counted, countedEvents } from './judge/counted.ts';
import { culpritsOf } from './judge/culprits.ts';
import { curveOf } from './judge/curve.ts';
import { doubtsOf } from './judge/doubts.ts';
import { all, type Evidence, evidenceOf, nameless, type Of, unaskedRestarts } from './judge/evidence.ts';
import { flowOf } from './judge/flow.ts';
import { gradesOf } from './judge/grades.ts';
import { judgeObjective, worst } from './judge/objectives.ts';
import { cutOffOf, outagesOf } from './judge/outages.ts';
import { poolOf } from './judge/pool.ts';
import { ratesOf } from './judge/rates.ts';
import { measureRecoveries, recoveryRecords } from './judge/recoveries.ts';
import { reserveOf } from './judge/reserve.ts';
import { scalingOf } from './judge/scaling.ts';
import { type Standing, summedWaived, waiverResults, waiversOf } from './judge/waivers.ts';

/** The fact, written before the first trial, that says how many there will be: `{ k: 'fact', name: PLANNED_TRIALS, value: '3' }`. */
export const PLANNED_TRIALS = 'planned trials';
/** The phase in which networks, tails and machines are made, and none is turned on yet. */
export const BEFORE_ANY_KERNEL: Phase = 'provision';
/** The fact that says what of the run could not be removed from the host. */
export const LEFT_BEHIND = 'left behind';
/** The fact that says how much memory of the host a trial took at its peak, in MiB. */
export const PEAK_RESIDENT = 'peak resident memory';

export interface Judgement {
  readonly trials: TrialResult[];
  readonly verdict: Verdict;
  /** sentences a person can act on, most important first; empty for a pass */
  readonly reasons: string[];
  /** how what was timed grows with the memory, where hosts of several sizes were tried; it gives no verdict */
  readonly scaling: Scaling | undefined;
  /** how often repeated trials failed, where there were any; no verdict either */
  readonly rates: Rate[] | undefined;
  /** the known issues that the run was told of, and what came of them; undefined where there were none */
  readonly waivers: WaiverResult[] | undefined;
}

/**
 * `damage` says what of the record could not be read: it never takes a `fail` back, and leaves room for no other verdict than `unknown`.
 * Where sets of tweaks are compared, the candidate as it is gives the verdict.
 */
export function judge(records: readonly HistoryRecord[], damage: readonly string[] = []): Judgement {
  const waivers = waiversOf(records);
  const byTrial = Map.groupBy(records, (record) => record.trial);
  const judged = [...byTrial]
    .filter(([, own]) => own.some(({ k }) => k !== 'fact' && k !== 'waiver'))
    .map(([name, own]) => judgeTrial(name, own, waivers));
  const missing = [
    ...damage.map((each) => `the record is damaged: ${each}`),
    ...unaccounted(records, judged.filter(({ retryOf }) => retryOf === undefined).length),
    ...leftBehind(records),
  ];
  const trials = superseded(judged, records);
  const deciding = trials.filter(decides);
  const verdict = worst([...deciding.map((trial) => trial.verdict), ...missing.map((): Verdict => 'unknown')]);
  const told = deciding
    .toSorted((a, b) => BY_WEIGHT.indexOf(a.verdict) - BY_WEIGHT.indexOf(b.verdict))
    .flatMap((trial) => trial.reasons.map((reason) => `${trial.name || 'run'}: ${reason}`));
  const reasons = verdict === 'fail' ? [...told, ...missing] : [...missing, ...told];
  const rates = ratesOf(trials.filter((trial) => trial.superseded !== true));
  return { trials, verdict, reasons, scaling: scalingOf(trials), rates, waivers: waiverResults(waivers, trials) };
}

/**
 * Where our own side failed before any kernel ran, the trial that was tried in its place stands for it, whatever that gave. Of a failure later nobody can
 * tell for certain whose it was, and a trial that failed is never tried away.
 */
function superseded(trials: TrialResult[], records: readonly HistoryRecord[]): TrialResult[] {
  const retried = new Set(trials.flatMap(({ retryOf }) => retryOf ?? []));
  const broken = new Set(
    all(records, 'failure').flatMap(({ trial, fault, phase }) =>
      fault === 'infrastructure' && phase === BEFORE_ANY_KERNEL ? [trial] : [],
    ),
  );
  return trials.map((trial) =>
    trial.verdict === 'unknown' && retried.has(trial.name) && broken.has(trial.name) ? { ...trial, superseded: true as const } : trial,
  );
}

/** A run whose later trials are missing must not pass on the strength of its first. */
function unaccounted(records: readonly HistoryRecord[], found: number): string[] {
  const said = all(records, 'fact').find((fact) => fact.name === PLANNED_TRIALS)?.value;
  const planned = Number(said);
  if (found === 0) return ['the history holds no trial'];
  if (said === undefined || !Number.isInteger(planned))
    return ['the history does not say how many trials were planned, so some may be missing'];
  return found < planned ? [`only ${found} of ${planned} planned trials were begun`] : [];
}

/** A run that could not be undone is none to build upon. */
function leftBehind(records: readonly HistoryRecord[]): string[] {
  return all(records, 'fact')
    .filter((fact) => fact.name === LEFT_BEHIND)
    .map((fact) => `something of the run is left on this machine, which stormproof clean tries to remove: ${fact.value}`);
}

function judgeTrial(name: string, records: readonly HistoryRecord[], waivers: readonly Standing[]): TrialResult {
  const described = all(records, 'trial');
  const about = described[0] ?? nameless(name, records[0]?.t ?? 0);
  const evidence = evidenceOf(about, records);
  const doubts = doubtsOf(evidence);
  const recoveries = measureRecoveries(evidence);
  const skipped = all(records, 'skipped')[0]?.reason;
  const judged = about.objectives.map((objective) => judgeObjective(objective, { evidence, doubts, recoveries, waivers }));
  const objectives = judged.map((each) =>
    skipped === undefined || each.verdict === 'fail' ? each : { ...each, verdict: 'skip' as const, measured: '', reason: skipped },
  );

  const counted = about.objectives.flatMap((each) => (each.kind === 'no_event' ? [countedEvents(evidence, each, waivers)] : []));
  const excused = counted.flatMap((each) => [...each.excused]);
  const flow = flowOf(evidence);
  const curve = curveOf(evidence);
  const outages = outagesOf(evidence);
  const cutOff = cutOffOf(evidence, outages);
  const pool = poolOf(evidence);
  const culprits = culpritsOf(evidence);
  const grades = gradesOf(evidence);
  const memory = Object.fromEntries(
    all(records, 'memory').flatMap(({ k: _k, t: _t, trial: _trial, machine, when, ...state }) =>
      when === 'ready' ? [[machine, state]] : [],
    ),
  );
  const reserve = reserveOf(evidence);
  const measures = measuresOf(records);
  const contention = contentionOf(evidence);
  const peak_MiB = Number(all(records, 'fact').find((fact) => fact.name === PEAK_RESIDENT)?.value ?? Number.NaN);
  const broken = all(records, 'failure')
    .filter((failure) => failure.fault === 'candidate')
    .map((failure) => `the candidate failed in ${failure.phase}: ${failure.message}`);
  // what an objective says of events and of the last recovery, a search says of each of its loads
  const missed = (curve?.points ?? []).flatMap(({ outcome, offered_pps, why = 'no longer answered' }) =>
    outcome === 'died' || outcome === 'objective'
      ? [`${outcome === 'died' ? 'the host died' : 'an objective was missed'} at ${Math.round(offered_pps)} packets/s: ${why}`]
      : [],
  );
  const fails = [
    ...broken,
    ...missed,
    ...objectives.filter((each) => each.verdict === 'fail').map((each) => `${each.name}: ${each.reason}`),
  ];
  const open = objectives
    .filter((each) => each.verdict === 'unknown' && !doubts.includes(each.reason))
    .map((each) => `${each.name}: ${each.reason}`);
  const control = controlOf(about, objectives);
  // who asks for a load wants one: a search that was cut short has no answer
  const sought = (curve?.goals ?? [])
    .filter(({ kind }) => kind === 'unknown')
    .map(({ goal, why = 'the search did not end' }) => `${goal} was not found: ${why}`);
  if (cutOff?.kind === 'unknown') sought.push(`the cut-off point was not found: ${cutOff.why}`);
  const unknowns = [...malformed(described.length, about.objectives.length, skipped), ...doubts, ...open, ...sought];
  const rules: readonly (readonly [holds: boolean, Verdict])[] = [
    [control.length > 0 && skipped === undefined, 'unknown'],
    [fails.length > 0, 'fail'],
    [skipped !== undefined, 'skip'],
    [unknowns.length > 0, 'unknown'],
  ];
  const verdict = rules.find(([holds]) => holds)?.[1] ?? 'pass';
  const reasons = skipped === undefined ? [...control, ...fails, ...unknowns] : [...fails, `skipped: ${skipped}`];

  return {
    name,
    suite: about.suite,
    ...(about.case === undefined ? {} : { case: about.case }),
    ...(about.tweaks === undefined ? {} : { tweaks: about.tweaks }),
    ...(about.variant === undefined ? {} : { variant: about.variant }),
    ...(about.repeat === undefined ? {} : { repeat: about.repeat }),
    ...(about.reference === undefined ? {} : { reference: about.reference }),
    ...(about.retryOf === undefined ? {} : { retryOf: about.retryOf }),
    class: about.class,
    seed: about.seed,
    candidate: about.candidate,
    verdict,
    reasons: [...new Set(reasons)],
    objectives,
    recovery: recoveryRecords(recoveries),
    ...(flow === undefined ? {} : { flow }),
    ...(curve === undefined ? {} : { curve }),
    ...(outages.length === 0 ? {} : { outages }),
    ...(cutOff === undefined ? {} : { cutOff }),
    ...(pool === undefined ? {} : { pool }),
    ...(culprits === undefined ? {} : { culprits }),
    ...(grades === undefined ? {} : { grades }),
    ...(Object.keys(memory).length === 0 ? {} : { memory }),
    ...(reserve === undefined ? {} : { reserve }),
    ...(measures.length === 0 ? {} : { measures }),
    ...(Number.isFinite(peak_MiB) ? { peakResident_MiB: peak_MiB } : {}),
    ...(contention === undefined ? {} : { contention }),
    events: summedEvents(evidence, counted),
    ...(excused.length === 0 ? {} : { waived: summedWaived(new Map(excused)) }),
    seconds: Math.round(((records.at(-1)?.t ?? about.t) - about.t) * 1000) / 1000,
  };
}

/** What was timed by us, and what an engine timed itself (`timed_NAME_ms` of its figures), in the order in which it was known. */
function measuresOf(records: readonly HistoryRecord[]): Measure[] {
  return records.flatMap((record): Measure[] => {
    if (record.k === 'measure') return [{ machine: record.machine, name: record.name, seconds: record.seconds }];
    if (record.k !== 'action' || record.what !== 'engine') return [];
    return Object.entries(record.figures ?? {}).flatMap(([figure, ms]) => {
      const name = /^timed_(.+)_ms$/.exec(figure)?.[1];
      return name === undefined ? [] : [{ machine: record.on, name, seconds: ms / 1000 }];
    });
  });
}

/** A sabotage must be seen by what it is for: a trial that fails for another reason shows nothing of the harness. */
function controlOf({ sabotage, expects = [] }: Of<'trial'>, objectives: TrialResult['objectives']): string[] {
  if (sabotage === undefined) return [];
  const failed = objectives.filter(({ verdict }) => verdict === 'fail').map(({ name }) => name);
  if (expects.some((name) => failed.includes(name))) return [];
  const seen = failed.length === 0 ? 'nothing failed' : `only ${failed.join(', ')} failed`;
  return [`sabotaged with ${sabotage}, and ${seen} where ${expects.join(' or ')} should: the control did not work`];
}

function malformed(descriptions: number, objectives: number, skipped: string | undefined): string[] {
  if (skipped !== undefined) return [];
  if (descriptions === 0) return ['the history does not say what this trial was'];
  if (descriptions > 1) return ['two trials share this name, so their records cannot be told apart'];
  return objectives === 0 ? ['it had no objective, so nothing was proven'] : [];
}

/** Events that do not merely follow from another, or fail nevertheless, and say more than that a kernel booted. */
function summedEvents(evidence: Evidence, counted: readonly Counted[]): TrialResult['events'] {
  const sums = new Map<string, TrialResult['events'][number]>();
  const unasked = new Set(evidence.about.machines.flatMap(({ name }) => unaskedRestarts(evidence, name)));
  const failing = new Set(counted.flatMap((each) => each.failing));
  const expected = new Set(counted.flatMap((each) => each.expected));
  for (const seen of evidence.events) {
    const { machine, t, event } = seen;
    if ((event.consequenceOf !== undefined && !failing.has(seen)) || (event.severity === 'info' && event.kind !== 'restart')) continue;
    if (event.kind === 'restart' && !unasked.has(seen)) continue;
    const key = [machine, event.kind, event.class, event.title].join('\0');
    const sum = sums.get(key) ?? { machine, kind: event.kind, class: event.class, title: event.title, t, count: 0 };
    sum.count += 1;
    if (expected.has(seen)) sum.expected = (sum.expected ?? 0) + 1;
    sums.set(key, sum);
  }
  return [...sums.values()];
}
