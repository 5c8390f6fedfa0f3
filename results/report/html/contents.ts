/** What a run's directory holds, as far as the report needs it. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { HistoryRecord, Run } from '../../model.ts';

export interface RunContents {
  /** `run.json`, judged */
  readonly run: Run;
  /** `history.jsonl`, read once from its beginning to its end */
  readonly records: Iterable<HistoryRecord>;
  /** the raw console of a machine of a trial; undefined where there is none */
  readonly consoleOf: (trial: string, machine: string) => Uint8Array | undefined;
  /** what of the record could not be read */
  readonly damage?: readonly string[];
}

/** The contents of the run in `dir`, whose record and history were read already; consoles are read when they are asked for. */
export const contentsOf = (dir: string, run: Run, records: Iterable<HistoryRecord>, damage: readonly string[] = []): RunContents => ({
  run,
  // the page is the same wherever the directory stands
  damage: damage.map((each) => each.replaceAll(join(dir, '/'), '')),
  records,
  consoleOf(trial, machine) {
    // names come from the history, which need not be ours: they may lead to no other directory
    const name = `${trial}.${machine}.log`;
    if (/[/\\\0]/.test(name)) return undefined;
    try {
      return readFileSync(join(dir, 'console', name));
    } catch {
      return undefined; // a trial that never booted has none; the report says so where it would have quoted it
    }
  },
});
