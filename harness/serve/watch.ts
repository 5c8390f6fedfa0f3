/** A run that somebody looks at: its history is read on as it grows, once for all who look. */
import { stat } from 'node:fs/promises';
import { join } from 'node:path';
import { setImmediate as breathe } from 'node:timers/promises';
import { explain } from '../../results/errors.ts';
import { HistoryRecord, type Run } from '../../results/model.ts';
import { judge } from '../judge.ts';
import { Digest, type Stretch } from './digest.ts';
import { FileTail, openPlain } from './file-tail.ts';
import type { RunState } from './protocol.ts';
import { type RunEntry, type RunIndex, recordIn } from './run-index.ts';

/** How often it is looked whether there is more. */
const LOOK_MS = 250;
/** Read in one go, before others have their turn. */
const PIECE_BYTES = 512 * 1024;
/** A trial that told more is judged when its run has ended, and not before: judging it takes seconds. */
const LONGEST_JUDGED_BYTES = 16 * 1024 * 1024;

export class RunWatch {
  readonly dir: string;
  readonly #index: RunIndex;
  digest = new Digest();
  state: RunState;
  record: Run | undefined;
  /** goes up when the record is another */
  recordRevision = 0;
  size_bytes = 0;
  /** its directory has vanished */
  gone = false;
  /** why its history cannot be read */
  trouble: string | undefined;
  /** what the index said when it was last asked */
  #entry: RunEntry;
  readonly #tail: FileTail;
  #recordStamp = '';
  #watchers = 0;
  #loop: Promise<void> | undefined;
  #news = Promise.withResolvers<void>();

  constructor(entry: RunEntry, index: RunIndex) {
    const { dir } = entry;
    this.dir = dir;
    this.#index = index;
    this.#entry = entry;
    this.state = entry.summary.state;
    this.#tail = new FileTail(join(dir, 'history.jsonl'));
  }

  get read_bytes(): number {
    return this.#tail.at;
  }

  /** Everything that the run will ever tell was read. */
  get complete(): boolean {
    return this.gone || (this.state !== 'under way' && this.#caughtUp);
  }

  #caughtUp = false;

  /** It is read on as long as somebody looks; call what is returned when that is over. */
  look(): () => void {
    this.#watchers += 1;
    this.#loop ??= this.#follow().finally(() => {
      this.#loop = undefined;
    });
    let looking = true;
    return () => {
      if (looking) this.#watchers -= 1;
      looking = false;
    };
  }

  /** A run that was thought to be over, and is another since, is read on: it was silent for long, or was judged again. */
  resume(entry: RunEntry): void {
    if (entry === this.#entry) return;
    this.#entry = entry;
    this.state = entry.summary.state;
    this.#caughtUp = false;
  }

  get watched(): boolean {
    return this.#watchers > 0;
  }

  /** Resolves when there may be something new. */
  news(): Promise<void> {
    return this.#news.promise;
  }

  async #follow(): Promise<void> {
    while (this.#watchers > 0 && !this.complete) {
      try {
        await this.#turn();
        this.trouble = undefined;
      } catch (error) {
        this.trouble = explain(error); // the page tells it, and the next turn may do better
      }
      this.#tell();
      if (!this.complete) await this.#pause();
    }
    this.#tell();
  }

  /** Not with a timer that keeps the program: it ends when its last connection does. */
  #pause(): Promise<void> {
    return new Promise((resolve) => setTimeout(resolve, LOOK_MS).unref());
  }

  #tell(): void {
    this.#news.resolve();
    this.#news = Promise.withResolvers();
  }

  async #turn(): Promise<void> {
    // the state first: what was written before the end must not be missed after it
    const entry = await this.#index.at(this.dir);
    if (entry === undefined) {
      this.gone = !(await exists(this.dir));
      if (this.gone) return;
    }
    this.#entry = entry ?? this.#entry;
    const { state } = this.#entry.summary;
    await this.#readRecord();
    await this.#readHistory();
    this.state = state;
  }

  async #readRecord(): Promise<void> {
    const { mtimeMs, size } = await stat(join(this.dir, 'run.json')).catch(() => ({ mtimeMs: 0, size: 0 })); // none yet, or none at all
    const stamp = `${mtimeMs} ${size}`;
    if (stamp === this.#recordStamp) return;
    this.record = await recordIn(this.dir);
    this.#recordStamp = stamp;
    this.recordRevision += 1;
  }

  async #readHistory(): Promise<void> {
    for (;;) {
      const { lines, restarted, size = 0 } = await this.#tail.read(PIECE_BYTES);
      if (restarted) this.digest = new Digest();
      for (const { bytes, offset } of lines) this.digest.line(bytes, offset);
      this.size_bytes = size;
      this.#caughtUp = this.#tail.at >= size;
      if (this.#caughtUp) break;
      this.#tell();
      await breathe();
      if (this.#watchers === 0) return;
    }
    // those of a record with a verdict are in it
    const ended = this.digest.ended.splice(0);
    if (this.record?.finished === undefined) for (const { name, stretch } of ended) await this.#judge(name, stretch);
  }

  async #judge(name: string, stretch: Stretch): Promise<void> {
    if (stretch.to - stretch.from > LONGEST_JUDGED_BYTES) return;
    const records = await recordsIn(join(this.dir, 'history.jsonl'), stretch);
    const own = records.filter(({ trial }) => trial === name);
    const result = judge([...this.digest.waivers, ...own]).trials.find((trial) => trial.name === name);
    if (result !== undefined) this.digest.judged(name, result);
  }
}

async function recordsIn(path: string, { from, to }: Stretch): Promise<HistoryRecord[]> {
  const handle = await openPlain(path);
  if (handle === undefined) return [];
  try {
    const buffer = Buffer.alloc(to - from);
    const { bytesRead } = await handle.read(buffer, 0, buffer.length, from);
    return buffer.toString('utf8', 0, bytesRead).split('\n').flatMap(recordOf);
  } finally {
    await handle.close();
  }
}

function recordOf(line: string): HistoryRecord[] {
  try {
    const parsed = HistoryRecord.safeParse(JSON.parse(line));
    return parsed.success ? [parsed.data] : [];
  } catch {
    return []; // a damaged line: the page counts these
  }
}

const exists = (path: string): Promise<boolean> =>
  stat(path).then(
    () => true,
    () => false, // that is what was asked
  );

/** What was looked at before is kept for a reload, the least lately seen of them least long. */
const KEPT = 8;

export class Watches {
  readonly #index: RunIndex;
  readonly #all = new Map<string, RunWatch>();

  constructor(index: RunIndex) {
    this.#index = index;
  }

  of(entry: RunEntry): RunWatch {
    const before = this.#all.get(entry.dir);
    const watch = before === undefined || before.gone ? new RunWatch(entry, this.#index) : before;
    if (watch.complete) watch.resume(entry);
    this.#all.delete(entry.dir);
    this.#all.set(entry.dir, watch);
    for (const [dir, each] of this.#all) {
      if (this.#all.size <= KEPT) break;
      if (!each.watched) this.#all.delete(dir);
    }
    return watch;
  }
}
