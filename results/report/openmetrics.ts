/**
 * OpenMetrics 1.0 text (https://prometheus.io/docs/specs/om/open_metrics_spec), for node_exporter's textfile collector, a push gateway or a
 * scrape of a file. The first two read the older text format of Prometheus, to which `info` and `stateset` are no types, so that all is a gauge. A run is labelled with its name, not its id, so that the series of a nightly run go on from night to night. No sample has a time: a file is as old as its run, which `stormproof_run_start_timestamp_seconds` says.
 */
import { isUntweaked, type Run, type TrialResult, Verdict } from '../model.ts';
import { clip, printable } from './cells.ts';

type Labels = Readonly<Record<string, string>>;

interface Sample {
  readonly labels: Labels;
  readonly value: number;
}

interface Family {
  readonly name: string;
  readonly unit?: string;
  readonly help: string;
  readonly samples: readonly Sample[];
}

/** Of one label's value, in cells. */
const MOST_CELLS = 200;

/** The figures of a run, one family after the other, closed by `# EOF`. */
export function renderOpenMetrics(run: Run): string {
  const lines = [...familiesOfRun(run), ...familiesOfTrials(run), ...familiesOfKnown(run)]
    .filter(({ samples }) => samples.length > 0)
    .flatMap(familyLines);
  return `${[...lines, '# EOF'].join('\n')}\n`;
}

function familiesOfRun({ id, name, profile, seed, target, verdict = 'unknown', started, finished, trials, versions }: Run): Family[] {
  const run = { run: name };
  const seconds = (Date.parse(finished ?? '') - Date.parse(started)) / 1000;
  return [
    gauge('stormproof_run_info', undefined, 'What was run.', [
      { labels: { ...run, id, profile, seed: String(seed), target, version: versions.stormproof ?? '' }, value: 1 },
    ]),
    gauge('stormproof_run_verdict', undefined, 'The verdict of the run.', states('stormproof_run_verdict', verdict, run)),
    gauge('stormproof_run_start_timestamp', 'seconds', 'When the run began, since the epoch.', [
      { labels: run, value: Date.parse(started) / 1000 },
    ]),
    gauge(
      'stormproof_run_duration',
      'seconds',
      'How long the run took.',
      Number.isFinite(seconds) ? [{ labels: run, value: seconds }] : [],
    ),
    gauge(
      'stormproof_run_trials',
      undefined,
      'Trials by verdict and role.',
      // those of the candidate are told also where there are none: an alert on failures must not lack its series
      ['candidate', ...new Set(trials.map(roleOf).filter((role) => role !== 'candidate'))].flatMap((role) =>
        Verdict.options.map((each) => ({
          labels: { ...run, role, verdict: each },
          value: trials.filter((trial) => trial.verdict === each && roleOf(trial) === role).length,
        })),
      ),
    ),
  ];
}

/** What somebody should take away, or renew, and how often repeated trials failed. */
function familiesOfKnown({ name: run, waivers = [], rates = [] }: Run): Family[] {
  return [
    gauge(
      'stormproof_waiver_excused_events',
      undefined,
      'Events that a waiver excused in the run.',
      summed(
        waivers.map(({ title, pattern = '', owner, expires, expired, excused }) => ({
          labels: { run, waiver: title ?? `/${pattern}/`, owner, expires, expired: String(expired) },
          value: excused,
        })),
      ),
    ),
    gauge(
      'stormproof_repetitions',
      undefined,
      'Repetitions of a trial that have a verdict, and those that failed.',
      rates.flatMap((rate) => {
        const { suite, case: name = '', class: size, candidate, variant = '', of, fails } = rate;
        const labels = { run, suite, case: name, class: size, candidate, role: roleOf(rate), variant };
        return [
          { labels: { ...labels, count: 'all' }, value: of },
          { labels: { ...labels, count: 'failed' }, value: fails },
        ];
      }),
    ),
  ];
}

function familiesOfTrials(run: Run): Family[] {
  const of = <T>(list: (trial: TrialResult) => readonly T[], sample: (each: T, labels: Labels) => Sample | Sample[]): Sample[] =>
    run.trials.flatMap((trial) => list(trial).flatMap((each) => sample(each, labelsOf(run, trial))));
  return [
    gauge(
      'stormproof_trial_verdict',
      undefined,
      'The verdict of a trial.',
      of(
        (trial) => [trial.verdict],
        (verdict, labels) => states('stormproof_trial_verdict', verdict, labels),
      ),
    ),
    gauge(
      'stormproof_trial_duration',
      'seconds',
      'How long a trial took.',
      of(
        ({ seconds }) => [seconds],
        (value, labels) => ({ labels, value }),
      ),
    ),
    gauge(
      'stormproof_objective_verdict',
      undefined,
      'The verdict of an objective.',
      of(
        ({ objectives }) => objectives,
        ({ name, verdict }, labels) => states('stormproof_objective_verdict', verdict, { ...labels, objective: name }),
      ),
    ),
    gauge(
      'stormproof_recovery',
      'seconds',
      'From the end of the storm until a probe was steady again; absent where it was not.',
      of(
        ({ recovery }) => recovery,
        ({ machine, probe, how, seconds }, labels) =>
          seconds === null ? [] : { labels: { ...labels, machine, probe, how }, value: seconds },
      ),
    ),
    gauge(
      'stormproof_events',
      undefined,
      'Events on a console, by kind.',
      summed(
        of(
          ({ events }) => events,
          (event, labels) => ({
            labels: { ...labels, machine: event.machine, event_class: event.class, kind: event.kind },
            value: event.count,
          }),
        ),
      ),
    ),
    gauge(
      'stormproof_waived_events',
      undefined,
      'Events that would have failed a trial, but for a waiver.',
      summed(
        of(
          ({ waived = [] }) => waived,
          ({ machine, title, count }, labels) => ({ labels: { ...labels, machine, title }, value: count }),
        ),
      ),
    ),
    gauge(
      'stormproof_timed',
      'seconds',
      'How long something of a machine took.',
      of(
        ({ measures = [] }) => measures,
        ({ machine, name, seconds }, labels) => ({ labels: { ...labels, machine, what: name }, value: seconds }),
      ),
    ),
    gauge(
      'stormproof_flood',
      'packets',
      'Where the packets of a flood went.',
      of(
        ({ flow }) => (flow === undefined ? [] : [flow]),
        (flow, labels) =>
          Object.entries({
            offered: flow.offered_packets,
            taken: flow.taken_packets,
            received: flow.received_packets,
            delivered: flow.delivered_packets,
            forwarded: flow.forwarded_packets,
          }).map(([place, value]) => ({ labels: { ...labels, machine: flow.machine, engine: flow.engine, place }, value })),
      ),
    ),
    gauge(
      'stormproof_outage_stall',
      'seconds',
      'How long the storage of a machine stood still in an outage.',
      of(
        ({ outages = [] }) => outages.flatMap(({ fault, asked_s, hosts }) => hosts.map((host) => ({ fault, asked_s, ...host }))),
        ({ fault, asked_s, machine, stall_s }, labels) =>
          stall_s === null ? [] : { labels: { ...labels, fault, asked_s: String(asked_s), machine }, value: stall_s },
      ),
    ),
  ];
}

const labelsOf = (run: Run, trial: TrialResult): Labels => ({
  run: run.name,
  trial: trial.name,
  suite: trial.suite,
  class: trial.class,
  candidate: trial.candidate,
  role: roleOf(trial),
  ...(trial.variant === undefined ? {} : { variant: trial.variant }),
});

type Role = Pick<TrialResult, 'superseded' | 'variant'> & { readonly reference?: boolean | undefined };

/** What a trial is in its run: the verdict rests on those of the `candidate` alone. */
function roleOf({ superseded, reference, variant }: Role): string {
  if (superseded === true) return 'superseded';
  if (reference === true) return 'reference';
  return isUntweaked({ variant }) ? 'candidate' : 'variant';
}

const gauge = (name: string, unit: string | undefined, help: string, samples: readonly Sample[]): Family => ({
  name: unit === undefined ? name : `${name}_${unit}`,
  ...(unit === undefined ? {} : { unit }),
  help,
  samples,
});

/** As a state set of OpenMetrics: a sample per state, of which one is 1; the label with the state has the family's name. */
const states = (family: string, verdict: Verdict, labels: Labels): Sample[] =>
  Verdict.options.map((each) => ({ labels: { ...labels, [family]: each }, value: each === verdict ? 1 : 0 }));

function summed(samples: readonly Sample[]): Sample[] {
  return [...Map.groupBy(samples, ({ labels }) => labelText(labels)).values()].map((same) => ({
    labels: (same[0] as Sample).labels,
    value: same.reduce((sum, { value }) => sum + value, 0),
  }));
}

/** A series may stand once: what was measured again under the same labels has a number, from 2 on. */
function familyLines({ name, unit, help, samples }: Family): string[] {
  const seen = new Map<string, number>();
  const lines = samples.map(({ labels, value }) => {
    const text = labelText(labels);
    const times = (seen.get(text) ?? 0) + 1;
    seen.set(text, times);
    return `${name}{${times === 1 ? text : `${text},nth="${times}"`}} ${value}`;
  });
  return [`# TYPE ${name} gauge`, ...(unit === undefined ? [] : [`# UNIT ${name} ${unit}`]), `# HELP ${name} ${help}`, ...lines];
}

const labelText = (labels: Labels): string =>
  Object.entries(labels)
    .map(([name, value]) => `${name}="${clip(printable(value), MOST_CELLS).replaceAll(/[\\"]/g, '\\$&')}"`)
    .join(',');
