/** A run's directory, read back. */
import { existsSync, readFileSync, statSync } from 'node:fs';
import { basename, join, resolve } from 'node:path';
import { explain, UsageError } from '../../results/errors.ts';
import { readHistory } from '../../results/history.ts';
import { Run, SCHEMA_VERSION } from '../../results/model.ts';
import { judge } from '../judge.ts';

/**
 * The record of the run in `dir`, and what is wrong with `run.json` (the record is then a stand-in without facts).
 * Throws UsageError for a directory that holds no run.
 */
export function readRun(dir: string): { run: Run; damage: string | undefined } {
  if (!existsSync(dir)) throw new UsageError(`${dir}: there is no such directory`);
  if (!statSync(dir).isDirectory()) throw new UsageError(`${dir}: name the directory of the run`);
  const path = join(dir, 'run.json');
  if (!existsSync(path) && !existsSync(join(dir, 'history.jsonl')))
    throw new UsageError(`${dir}: not a run, it has neither run.json nor history.jsonl`);
  try {
    return { run: Run.parse(JSON.parse(readFileSync(path, 'utf8'))), damage: undefined };
  } catch (cause) {
    return { run: nothingKnown(dir), damage: `${path}: ${cause instanceof SyntaxError ? 'not JSON' : explain(cause).slice(0, 200)}` };
  }
}

/** The run in `dir` judged anew from its history. */
export function rejudge(dir: string): Run {
  const { run, damage: recordDamage } = readRun(dir);
  const { records, damage: historyDamage } = readHistory(join(dir, 'history.jsonl'));
  const damage = [historyDamage, recordDamage].filter((each) => each !== undefined);
  return { ...run, ...judge(records, damage) };
}

function nothingKnown(dir: string): Run {
  const name = basename(resolve(dir));
  const history = join(dir, 'history.jsonl');
  const started = (existsSync(history) ? statSync(history).birthtime : new Date(0)).toISOString();
  return {
    schema: SCHEMA_VERSION,
    id: name,
    name,
    argv: [],
    started,
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
