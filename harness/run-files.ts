/** What a run leaves beside its history: the record, and the reports that are made of it. */
import { renameSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { explain, InfraError } from '../results/errors.ts';
import { readHistory } from '../results/history.ts';
import type { HistoryRecord, Run } from '../results/model.ts';
import { recordText } from '../results/record.ts';
import type { Source } from '../results/report/index.ts';
import { judge } from './judge.ts';

/** Writes `run.json`, and gives the run as it stands there. Throws InfraError where the disk refuses it. */
export function writeRecord(dir: string, run: Run): Run {
  const text = recordText(run);
  writeWhole(join(dir, 'run.json'), text);
  return JSON.parse(text) as Run;
}

/** What a run was judged by: its history, and what of that could not be read. */
export interface Judged {
  readonly records: readonly HistoryRecord[];
  readonly damage: readonly string[];
}

/** Judges what the history in `dir` holds, and writes the record and the reports as far as the disk lets it; `run` gets the verdict. */
export function finish(dir: string, run: Run, render: (source: Source) => ReadonlyMap<string, string>): Judged {
  const { records, damage: hole } = readHistory(join(dir, 'history.jsonl'));
  const damage = hole === undefined ? [] : [hole];
  Object.assign(run, judge(records, damage), { finished: new Date().toISOString() });
  // the record first: a report that fails must not take it along; and what is read back gives the same reports again
  const recorded = writeRecord(dir, run);
  for (const [file, text] of render({ run: recorded, records, damage, dir })) writeWhole(join(dir, file), text);
  return { records, damage };
}

/** Through a partial file: a full disk must not leave half a record where a whole one stood. Throws InfraError. */
export function writeWhole(path: string, text: string): void {
  try {
    writeFileSync(`${path}.partial`, text);
    renameSync(`${path}.partial`, path);
  } catch (cause) {
    throw new InfraError(`cannot write ${path}: ${explain(cause)}`, { cause });
  }
}
