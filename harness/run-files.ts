/** A run's directory: made new, and what is left in it beside the history: the record, and the reports that are made of it. */
import { existsSync, mkdirSync, readdirSync, renameSync, statSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { explain, InfraError, UsageError } from '../results/errors.ts';
import { readHistory } from '../results/history.ts';
import type { HistoryRecord, Run } from '../results/model.ts';
import { recordText } from '../results/record.ts';
import type { Source } from '../results/report/index.ts';
import { judge } from './judge.ts';

/** What reads a named directory must never find an older run in it. Throws UsageError for one that is neither new nor empty. */
export function refuseUsed(out: string): void {
  const dir = resolve(out);
  if (existsSync(dir) && (!statSync(dir).isDirectory() || readdirSync(dir).length > 0))
    throw new UsageError(`--out ${out}: it is there already; name a directory that is new or empty`);
}

/** What `--out` names, or `results/runs/<UTC stamp>-<name>` below the working directory. */
export function makeRunDir({ out, name }: { readonly out?: string; readonly name: string }, started: Date): string {
  const stamp = started
    .toISOString()
    .replaceAll(/[-:]/g, '')
    .replace(/\.\d+Z$/, 'Z');
  const base = resolve(out ?? join('results', 'runs', `${stamp}-${name}`));
  if (out !== undefined) refuseUsed(out); // another run may have taken it while the candidates were resolved
  for (let copy = 1; copy < 100; copy += 1) {
    const dir = copy === 1 ? base : `${base}.${copy}`;
    try {
      const made = mkdirSync(dir, { recursive: true }) !== undefined;
      // two runs of the same second each get their own
      if (made || out !== undefined) return dir;
    } catch (cause) {
      throw new InfraError(`cannot make the run's directory ${dir}: ${explain(cause)}`, { cause });
    }
  }
  throw new InfraError(`cannot find a free name for the run's directory beside ${base}`);
}

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
