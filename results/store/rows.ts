/** A run as rows of the store. */
import type { Insertable } from 'kysely';
import { figuresOf } from '../figures.ts';
import type { Run, TrialResult } from '../model.ts';
import { recordText } from '../record.ts';
import type { Tables } from './schema.ts';

type Row<T extends keyof Tables> = Insertable<Tables[T]>;

export interface Rows {
  readonly run: Row<'runs'>;
  readonly document: Row<'documents'>;
  readonly trials: readonly Row<'trials'>[];
  readonly measures: readonly Row<'measures'>[];
  readonly events: readonly Row<'events'>[];
}

/** Everything of `run`, which was written to `directory`; a run without a verdict is unknown. */
export function rowsOf(run: Run, directory: string | null): Rows {
  return {
    run: {
      id: run.id,
      name: plain(run.name),
      started: utc(run.started),
      finished: run.finished === undefined ? null : utc(run.finished),
      interrupted: run.interrupted === true ? 1 : 0,
      command: plain(run.argv.join(' ')),
      profile: plain(run.profile),
      seed: run.seed,
      sabotage: run.sabotage ?? null,
      target: plain(run.target),
      verdict: run.verdict ?? 'unknown',
      host: plain(String(run.host.name ?? '')),
      accelerator: run.host.accelerator === undefined ? null : plain(String(run.host.accelerator)),
      versions: JSON.stringify(run.versions),
      host_facts: JSON.stringify(run.host),
      directory: directory === null ? null : plain(directory),
    },
    document: { run: run.id, json: recordText(run) },
    trials: run.trials.map((trial, index) => trialRow(run.id, trial, index + 1)),
    measures: run.trials.flatMap((trial, index) =>
      figuresOf(trial).map(({ name, machine = '', value, unit }) => ({
        run: run.id,
        trial: index + 1,
        name: plain(name),
        machine: plain(machine),
        value: Number.isFinite(value) ? value : null,
        unit,
      })),
    ),
    events: run.trials.flatMap((trial, index) =>
      trial.events.map((event, number) => ({
        run: run.id,
        trial: index + 1,
        event: number + 1,
        machine: plain(event.machine),
        title: plain(event.title),
        kind: plain(event.kind),
        class: event.class,
        count: event.count,
        at_s: event.t,
      })),
    ),
  };
}

const trialRow = (run: string, trial: TrialResult, number: number): Row<'trials'> => ({
  run,
  trial: number,
  name: plain(trial.name),
  suite: plain(trial.suite),
  case_name: trial.case === undefined ? null : plain(trial.case),
  variant: trial.variant === undefined ? null : plain(trial.variant),
  tweaks: trial.tweaks === undefined || trial.tweaks.length === 0 ? null : plain(trial.tweaks.join(' ')),
  class: plain(trial.class),
  kernel: plain(trial.candidate),
  seed: trial.seed,
  verdict: trial.verdict,
  seconds: trial.seconds,
});

/** What PostgreSQL takes for text: no NUL, and no half of a character. Anything may stand in what a kernel under attack has said. */
const plain = (text: string): string => text.replaceAll('\0', '\ufffd').toWellFormed();

const utc = (time: string): string => new Date(time).toISOString();
