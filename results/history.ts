/**
 * The append-only history of a run: written before it is acted on, one JSON object a line.
 */
import { closeSync, openSync, readFileSync, writeSync } from 'node:fs';
import { basename } from 'node:path';
import { explain, InfraError } from './errors.ts';
import { type HistoryEntry, HistoryRecord, SCHEMA_VERSION } from './model.ts';
import { upToDate } from './record.ts';

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
 * Reads a history of that version of the record. A line that is no record is passed over: what stands behind it may be the record of a
 * failure. `damage` says where the first of them is, what is wrong with it and how many there are; it is undefined for a sound file, and the
 * same text wherever the file stands. Throws InfraError when there is no file.
 */
export function readHistory(path: string, version: number = SCHEMA_VERSION): { records: HistoryRecord[]; damage: string | undefined } {
  let bytes: Buffer;
  try {
    bytes = readFileSync(path);
  } catch (cause) {
    throw new InfraError(`cannot read the history ${path}: ${explain(cause)}`, { cause });
  }
  const records: HistoryRecord[] = [];
  const damaged: string[] = [];
  const name = basename(path);
  let number = 0;
  let start = 0;
  for (let end = bytes.indexOf(LINE_FEED); end >= 0; end = bytes.indexOf(LINE_FEED, start)) {
    number += 1;
    const read = recordOf(bytes.subarray(start, end), version);
    if ('why' in read) damaged.push(`${name}:${number}: ${read.why}`);
    else records.push(read.record);
    start = end + 1;
  }
  // every whole line ends with a line feed: what is left behind the last of them was cut off with a run that was killed
  if (start < bytes.length)
    damaged.push(`${name}:${number + 1}: ${holdsNul(bytes.subarray(start)) ? NUL_BYTES : 'the last line is cut off'}`);
  const [first] = damaged;
  return { records, damage: damaged.length < 2 ? first : `${first} (the first of ${damaged.length} damaged lines)` };
}

const LINE_FEED = 0x0a;
/** A file system that lost power may have given the file its length and not yet its content. */
const NUL_BYTES = 'NUL bytes, as a power cut leaves them';
/** A byte that is damaged inside of a string must not pass as another character. */
const UTF8 = new TextDecoder('utf-8', { fatal: true });

const holdsNul = (line: Buffer): boolean => line.includes(0);

/** The words are ours, not those of the JSON parser: these quote the damage, and differ from one Node to the next. */
function recordOf(line: Buffer, version: number): { record: HistoryRecord } | { why: string } {
  if (holdsNul(line)) return { why: NUL_BYTES };
  if (line.length === 0) return { why: 'an empty line' };
  let text: string;
  try {
    text = UTF8.decode(line);
  } catch {
    return { why: 'not UTF-8' };
  }
  let json: unknown;
  try {
    json = JSON.parse(text);
  } catch {
    return { why: 'not JSON' };
  }
  const parsed = HistoryRecord.safeParse(upToDate(json, version));
  if (parsed.success) return { record: parsed.data };
  const [issue] = parsed.error.issues;
  return { why: `not a history record: ${issue?.path.join('.').slice(0, 80)}: ${issue?.message}`.slice(0, 200) };
}
