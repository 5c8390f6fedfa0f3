/** A run's directory, read back. */
import { existsSync, readFileSync, statSync } from 'node:fs';
import { basename, join, resolve } from 'node:path';
import { explain, UsageError } from '../../results/errors.ts';
import { readHistory } from '../../results/history.ts';
import { type HistoryRecord, type Run, SCHEMA_VERSION } from '../../results/model.ts';
import { readRecord, versionOf } from '../../results/record.ts';
import { judge } from '../judge.ts';

/**
 * The record of the run in `dir`, its version, and what is wrong with `run.json`, to be told behind `DIR/` (the record is then a stand-in without facts).
 * Throws UsageError for a directory that holds no run, or one that a newer stormproof wrote.
 */
export function readRun(dir: string): { run: Run; version: number; damage: string | undefined } {
  if (!existsSync(dir)) throw new UsageError(`${dir}: there is no such directory`);
  if (!statSync(dir).isDirectory()) throw new UsageError(`${dir}: name the directory of the run`);
  const path = join(dir, 'run.json');
  if (!existsSync(path) && !existsSync(join(dir, 'history.jsonl')))
    throw new UsageError(`${dir}: not a run, it has neither run.json nor history.jsonl`);
  // a pipe would be waited on for ever
  for (const file of [path, join(dir, 'history.jsonl')])
    if (statSync(file, { throwIfNoEntry: false })?.isFile() === false) throw new UsageError(`${file}: not a plain file`);
  try {
    const json: unknown = JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(readFileSync(path)));
    return { run: readRecord(json), version: versionOf(json), damage: undefined };
  } catch (cause) {
    if (cause instanceof UsageError) throw new UsageError(`${path}: ${cause.message}`, { cause });
    return { run: nothingKnown(dir), version: SCHEMA_VERSION, damage: `run.json: ${damageOf(cause)}` };
  }
}

/** The same words wherever the directory stands. */
function damageOf(cause: unknown): string {
  if (cause instanceof SyntaxError) return 'not JSON';
  if (cause instanceof TypeError) return 'not UTF-8';
  const { code } = cause as NodeJS.ErrnoException;
  if (code === 'ENOENT') return 'it is missing';
  return code === undefined ? explain(cause).slice(0, 200) : `it cannot be read (${code})`;
}

/** The run in `dir` judged anew from its history, that history, and what of both could not be read. Throws as `readRun` and `readHistory` do. */
export function readJudged(dir: string): { run: Run; records: HistoryRecord[]; damage: string[] } {
  const { run, version, damage: recordDamage } = readRun(dir);
  const { records, damage: historyDamage } = readHistory(join(dir, 'history.jsonl'), version);
  const damage = [historyDamage, recordDamage].filter((each) => each !== undefined);
  return { run: { ...run, ...judge(records, damage) }, records, damage };
}

/** The run in `dir` judged anew from its history. Throws as `readJudged` does. */
export const rejudge = (dir: string): Run => readJudged(dir).run;

/**
 * The run in `dir` as its record has it; one that was killed has neither trials nor verdict there, so that it is judged from its history. Throws UsageError
 * for a record that cannot be read, and for a run that has no end and no history; else as `readRun` does.
 */
export function readSound(dir: string): Run {
  const { run, damage } = readRun(dir);
  if (damage !== undefined) throw new UsageError(`${dir}/${damage}`);
  if (run.finished !== undefined) return run;
  if (!existsSync(join(dir, 'history.jsonl'))) throw new UsageError(`${dir}: the run did not come to its end, and has no history.jsonl`);
  return rejudge(dir);
}

/** A run without a record is called after its directory; when it began, nobody knows. */
function nothingKnown(dir: string): Run {
  const name = basename(resolve(dir));
  return {
    schema: SCHEMA_VERSION,
    id: name,
    name,
    argv: [],
    started: new Date(0).toISOString(),
    profile: '',
    notes: [],
    seed: 0,
    target: '',
    candidates: [],
    versions: {},
    host: {},
    reasons: [],
    trials: [],
  };
}
