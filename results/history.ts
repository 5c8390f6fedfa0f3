/**
 * The append-only history of a run: written before it is acted on, one JSON object a line.
 */
import { closeSync, openSync, readFileSync, writeSync } from 'node:fs';
import { explain, InfraError } from './errors.ts';
import { type HistoryEntry, HistoryRecord } from './model.ts';

export class History implements Disposable {
  readonly #fd: number;
  readonly #path: string;
  readonly #now: () => number;
  readonly #listeners = new Set<(record: HistoryRecord) => void>();
  #closed = false;

  /** `path` is created or appended to; `now` gives seconds since the run's start. Throws InfraError where it cannot be opened. */
  constructor(path: string, now: () => number) {
    this.#path = path;
    this.#now = now;
    try {
      this.#fd = openSync(path, 'a', 0o644);
    } catch (cause) {
      throw new InfraError(`cannot write the history ${path}: ${explain(cause)}`, { cause });
    }
  }

  /** Seconds since the run's start, to the millisecond. */
  now(): number {
    return Math.round(this.#now() * 1000) / 1000;
  }

  /** Writes `entry` of `trial` at `t` (default: now) and then tells the listeners. Throws InfraError when the disk refuses it. */
  write(trial: string, entry: HistoryEntry, t: number = this.now()): HistoryRecord {
    const record = { t: Math.round(t * 1000) / 1000, trial, ...entry } as HistoryRecord;
    if (this.#closed) throw new InfraError(`the history ${this.#path} is closed already`);
    const line = Buffer.from(`${JSON.stringify(record)}\n`);
    try {
      for (let done = 0; done < line.length; ) done += writeSync(this.#fd, line, done);
    } catch (cause) {
      throw new InfraError(`cannot write the history ${this.#path}: ${explain(cause)}`, { cause });
    }
    for (const listener of this.#listeners) listener(record);
    return record;
  }

  /** Calls `listener` with every record from now on; returns the way to stop it. */
  subscribe(listener: (record: HistoryRecord) => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  [Symbol.dispose](): void {
    if (this.#closed) return;
    this.#closed = true;
    closeSync(this.#fd);
  }
}

/**
 * Reads a history. A line that is no record is passed over: what stands behind it may be the record of a failure. `damage` says where the
 * first of them is, what is wrong with it and how many there are; it is undefined for a sound file. Throws InfraError when there is no file.
 */
export function readHistory(path: string): { records: HistoryRecord[]; damage: string | undefined } {
  let text: string;
  try {
    text = readFileSync(path, 'utf8');
  } catch (cause) {
    throw new InfraError(`cannot read the history ${path}: ${explain(cause)}`, { cause });
  }
  const records: HistoryRecord[] = [];
  const damaged: string[] = [];
  const lines = text.split('\n');
  // every whole line ends with a line feed: what is left behind the last of them was cut off with a run that was killed
  const torn = lines.pop() !== '';
  for (const [index, line] of lines.entries()) {
    const read = recordOf(line);
    if ('why' in read) damaged.push(`${path}:${index + 1}: ${read.why}`);
    else records.push(read.record);
  }
  if (torn) damaged.push(`${path}:${lines.length + 1}: the last line is cut off`);
  const [first] = damaged;
  return { records, damage: damaged.length < 2 ? first : `${first} (the first of ${damaged.length} damaged lines)` };
}

function recordOf(line: string): { record: HistoryRecord } | { why: string } {
  let json: unknown;
  try {
    json = JSON.parse(line);
  } catch (cause) {
    return { why: explain(cause) };
  }
  const parsed = HistoryRecord.safeParse(json);
  return parsed.success ? { record: parsed.data } : { why: parsed.error.issues[0]?.message ?? 'not a history record' };
}
