/** A run that somebody looks at: its history is read on as it grows, once for all who look. */
import { stat } from 'node:fs/promises';
import { join } from 'node:path';
import { setImmediate as breathe } from 'node:timers/promises';
import { explain } from '../../results/errors.ts';
import type { Run } from '../../results/model.ts';
import { Digest } from './digest.ts';
import { FileTail } from './file-tail.ts';
import type { RunState } from './protocol.ts';
import { readRecordFile } from './record-file.ts';
import type { RunEntry, RunIndex } from './run-index.ts';
import { TrialJudge } from './trial-judge.ts';

/** How often it is looked whether there is more. */
const LOOK_MS = 250;
/** Read in one go, before others have their turn. */
const PIECE_BYTES = 512 * 1024;

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
  readonly #history: string;
  #tail: FileTail;
  #judge: TrialJudge;
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
    this.#history = join(dir, 'history.jsonl');
    this.#tail = new FileTail(this.#history);
    this.#judge = new TrialJudge(this.#history);
  }

  get read_bytes(): number {
    return this.#tail.at;
  }

  /** Everything that the run will ever tell was read, and judged. */
  get complete(): boolean {
    return this.gone || (this.state !== 'under way' && this.#caughtUp && this.digest.ended.size === 0);
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
        this.trouble = `The run cannot be read on: ${explain(error)}`; // the next turn may do better
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
    const { record, version } = await readRecordFile(this.dir);
    this.record = record;
    if (version !== this.digest.version) {
      this.#tail = new FileTail(this.#history); // it is of another version than it seemed to be: from its beginning again
      this.#restart(version);
    }
    this.#recordStamp = stamp;
    this.recordRevision += 1;
  }

  async #readHistory(): Promise<void> {
    for (;;) {
      const { lines, restarted, size = 0 } = await this.#tail.read(PIECE_BYTES);
      if (restarted) this.#restart(this.digest.version);
      for (const { bytes, offset } of lines) this.digest.line(bytes, offset);
      this.size_bytes = size;
      this.#caughtUp = this.#tail.at >= size;
      if (this.#caughtUp) break;
      this.#tell();
      await breathe();
      if (this.#watchers === 0) return;
    }
    // those of a record with a verdict are in it
    if (this.record?.finished !== undefined) this.digest.ended.clear();
    await this.#judgeEnded();
  }

  #restart(version: number): void {
    this.digest = new Digest(version);
    this.#judge = new TrialJudge(this.#history);
  }

  async #judgeEnded(): Promise<void> {
    for (const [name, stretch] of this.digest.ended) {
      if (this.#watchers === 0) return;
      try {
        const result = await this.#judge.judge(this.digest, name, stretch, this.read_bytes);
        if (result !== undefined) this.digest.judged(name, result);
      } finally {
        this.digest.ended.delete(name); // also one that cannot be judged: it is not tried again and again
      }
      this.#tell();
    }
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
