/** One line about a run, from its record or from the store. */
import type { Run, Verdict } from '../../results/model.ts';
import type { StoredRun } from '../../results/store/queries.ts';
import type { RunSummary } from './protocol.ts';

const STAMP = /^(\d{4})(\d\d)(\d\d)T(\d\d)(\d\d)(\d\d)Z/;

/** Of a record; of `directory` alone where there is none that can be read. Whether somebody is still at it is not known here. */
export function summaryOf(run: Run | undefined, directory: string): RunSummary {
  if (run === undefined) return nothingKnown(directory);
  return {
    id: run.id,
    name: run.name,
    command: run.argv.join(' '),
    started: run.started,
    finished: run.finished ?? null,
    state: run.finished === undefined ? 'broken off' : 'finished',
    verdict: run.verdict ?? null,
    sabotage: run.sabotage ?? null,
    host: String(run.host.name ?? ''),
    kernels: unique(run.candidates.map(({ release }) => release)),
    suites: unique(run.trials.map(({ suite }) => suite)),
    classes: unique(run.trials.map((trial) => trial.class)),
    trials: countsOf(run.trials),
    ...{ here: false, problem: null },
  };
}

function nothingKnown(directory: string): RunSummary {
  const [, ...parts] = STAMP.exec(directory) ?? [];
  const [y, m, d, h, min, s] = parts;
  const started = parts.length === 0 ? new Date(0).toISOString() : `${y}-${m}-${d}T${h}:${min}:${s}Z`;
  return {
    ...{ id: directory, name: directory, command: '', started, finished: null, state: 'broken off', verdict: null, sabotage: null },
    ...{ host: '', kernels: [], suites: [], classes: [], trials: {}, here: false, problem: null },
  };
}

/** Of a run in the store. */
export const summaryOfStored = (run: StoredRun): RunSummary => ({
  id: run.id,
  name: run.name,
  command: run.command,
  started: run.started,
  finished: run.finished,
  state: run.finished === null ? 'broken off' : 'finished',
  verdict: run.verdict as Verdict,
  sabotage: run.sabotage,
  host: run.host,
  kernels: unique(run.trials.map(({ kernel }) => kernel)),
  suites: unique(run.trials.map(({ suite }) => suite)),
  classes: unique(run.trials.map((trial) => trial.class)),
  trials: countsOf(run.trials),
  ...{ here: false, problem: null },
});

const unique = (names: readonly string[]): string[] => [...new Set(names)];

function countsOf(trials: readonly { readonly verdict: string }[]): Partial<Record<Verdict, number>> {
  const counts: Partial<Record<Verdict, number>> = {};
  for (const { verdict } of trials) counts[verdict as Verdict] = (counts[verdict as Verdict] ?? 0) + 1;
  return counts;
}
