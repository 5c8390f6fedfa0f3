/** What a person names as a side of a comparison -> the runs that it means. A new place where runs are kept is a `RunSource`. */
import { existsSync, globSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { UsageError } from '../results/errors.ts';
import type { Run } from '../results/model.ts';
import { readSound } from './cli/run-dir.ts';

/** Some runs, as one side of a comparison or as both. */
export interface RunSet {
  /** what a person called it */
  readonly label: string;
  readonly runs: readonly Run[];
  /** what was meant and holds nothing to compare: a run that has only just begun, or was killed before its first trial */
  readonly passedOver: readonly string[];
}

/** Where runs come from. */
export interface RunSource {
  /** whether it is the one that is meant */
  readonly means: (operand: string) => boolean;
  /** Throws UsageError, of one line, for what is not there or cannot be read. */
  readonly read: (operand: string) => RunSet | Promise<RunSet>;
}

/** The first that is meant is asked; directories are what everything else is. */
const SOURCES = [{ means: () => true, read: readDirectories }] as const satisfies readonly RunSource[];

/** The runs of an operand, each once. Throws UsageError where there is none that could be compared. */
export async function readRunSet(operand: string, sources: readonly RunSource[] = SOURCES): Promise<RunSet> {
  const source = sources.find(({ means }) => means(operand));
  if (source === undefined) throw new UsageError(`${operand}: nobody knows runs of that name`);
  const set = await source.read(operand);
  const runs = [...new Map(set.runs.map((run) => [run.id, run])).values()].toSorted((a, b) => a.started.localeCompare(b.started));
  if (runs.length === 0) throw new UsageError(set.passedOver.join('; ') || `${operand}: no runs`);
  return { ...set, runs };
}

/**
 * Directories and patterns with commas between. A directory that is no run stands for all runs right below it. Of one that was killed, or is still under
 * way, what its history holds counts; but damage is refused: half a night is none to build upon.
 */
function readDirectories(operand: string): RunSet {
  const parts = existsSync(operand) ? [operand] : operand.split(',').filter((part) => part !== '');
  const found = [...new Set(parts.flatMap(directoriesOf))].map((dir) => ({ dir, run: readSound(dir) }));
  const empty = found.filter(({ run }) => run.trials.length === 0);
  return {
    label: operand,
    runs: found.filter(({ run }) => run.trials.length > 0).map(({ run }) => run),
    passedOver: empty.map(({ dir }) => `${dir}: no trial of it was begun (stormproof judge tells what was seen)`),
  };
}

const isRun = (dir: string): boolean => existsSync(join(dir, 'run.json')) || existsSync(join(dir, 'history.jsonl'));
const isDirectory = (path: string): boolean => statSync(path, { throwIfNoEntry: false })?.isDirectory() === true;

function directoriesOf(part: string): string[] {
  if (!existsSync(part) && /[*?[{]/.test(part)) {
    const dirs = globSync(part).filter((path) => isDirectory(path) && isRun(path));
    if (dirs.length === 0) throw new UsageError(`${part}: no run's directory is called so`);
    return dirs.sort();
  }
  if (!isDirectory(part) || isRun(part)) return [part];
  const below = globSync('*', { cwd: part })
    .map((name) => join(part, name))
    .filter((path) => isDirectory(path) && isRun(path));
  return below.length === 0 ? [part] : below.sort();
}
