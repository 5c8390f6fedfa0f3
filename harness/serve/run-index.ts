/** The runs whose directories are here: found again and again, read only where they have changed. */
import { readdir, realpath, stat } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { type Leftover, leases } from '../lease.ts';
import type { RunState, RunSummary } from './protocol.ts';
import { readRecordFile } from './record-file.ts';
import { summaryOf } from './summary.ts';

/** A run without a lease on this machine may be another machine's: it is taken for one under way so long after its last word. */
const SILENT_LIMIT_ms = 120_000;
/** How often the directories are looked through at most. */
const REFRESH_ms = 1000;
/** What is not under way changes only by a person's hand: it is looked at again so much later. */
const SETTLED_REFRESH_ms = 30_000;
/** Directories that are looked at side by side. */
const AT_ONCE = 16;

export interface RunEntry {
  readonly summary: RunSummary;
  readonly dir: string;
}

interface Seen {
  readonly entry: RunEntry;
  /** of run.json, which is written anew as a whole */
  readonly stamp: string;
  readonly checked: number;
}

export class RunIndex {
  /** goes up whenever a run came, went or became another */
  version = 0;
  readonly #roots: readonly string[];
  readonly #now: () => number;
  readonly #leases: () => Leftover[];
  #seen = new Map<string, Seen>();
  #byId = new Map<string, RunEntry>();
  #refreshed = Number.NEGATIVE_INFINITY;
  #going: Promise<void> | undefined;

  /** `roots`: runs, or directories of runs; one that is not there has none. */
  constructor(roots: readonly string[], { now = Date.now, leased = leases }: { now?: () => number; leased?: () => Leftover[] } = {}) {
    this.#roots = roots;
    this.#now = now;
    this.#leases = leased;
  }

  /** All runs, as they were at most a second ago. Where two directories hold the same run, the first counts. */
  async all(): Promise<RunEntry[]> {
    await this.#refresh();
    return [...this.#byId.values()];
  }

  async find(id: string): Promise<RunEntry | undefined> {
    await this.#refresh();
    return this.#byId.get(id);
  }

  /** The run in a directory, whatever it is called by now; undefined where there is none any more. */
  async at(dir: string): Promise<RunEntry | undefined> {
    await this.#refresh();
    return this.#seen.get(dir)?.entry;
  }

  async #refresh(): Promise<void> {
    if (this.#now() - this.#refreshed < REFRESH_ms) return;
    this.#going ??= this.#look().finally(() => {
      this.#going = undefined;
    });
    await this.#going;
  }

  async #look(): Promise<void> {
    const leased = this.#leases();
    const dirs = new Set<string>();
    for (const root of [...this.#roots, ...leased.flatMap(({ alive, dir }) => (alive && dir !== undefined ? [dir] : []))])
      for (const dir of await runDirs(root)) dirs.add(dir);
    const seen = new Map<string, Seen>();
    const byId = new Map<string, RunEntry>();
    const all = [...dirs];
    for (let from = 0; from < all.length; from += AT_ONCE) {
      const some = all.slice(from, from + AT_ONCE);
      for (const [at, each] of (await Promise.all(some.map((dir) => this.#entry(dir, leased)))).entries()) {
        if (each === undefined) continue;
        seen.set(some[at] as string, each);
        if (!byId.has(each.entry.summary.id)) byId.set(each.entry.summary.id, each.entry);
      }
    }
    const same = seen.size === this.#seen.size && [...seen].every(([dir, { entry }]) => this.#seen.get(dir)?.entry === entry);
    if (!same) this.version += 1;
    this.#seen = seen;
    this.#byId = byId;
    this.#refreshed = this.#now();
  }

  /** What is in `dir` now: the very entry of before where nothing has changed. */
  async #entry(dir: string, leased: readonly Leftover[]): Promise<Seen | undefined> {
    const before = this.#seen.get(dir);
    const now = this.#now();
    if (before !== undefined && before.entry.summary.state !== 'under way' && now - before.checked < SETTLED_REFRESH_ms) return before;
    const stamps = await Promise.all([stampOf(join(dir, 'run.json')), stampOf(join(dir, 'history.jsonl'))]);
    const [record, history] = stamps;
    if (record === undefined && history === undefined) return undefined;
    const stamp = record === undefined ? '' : `${record.mtimeMs} ${record.size}`;
    const known = before !== undefined && before.stamp === stamp;
    const summary = known ? before.entry.summary : await summaryIn(dir);
    const state = stateOf(summary, leased, now - Math.max(history?.mtimeMs ?? 0, record?.mtimeMs ?? 0));
    if (known && state === summary.state) return { ...before, checked: now };
    return { entry: { dir, summary: { ...summary, state, here: true } }, stamp, checked: now };
  }
}

async function summaryIn(dir: string): Promise<RunSummary> {
  const { record, problem } = await readRecordFile(dir);
  return { ...summaryOf(record, basename(dir)), problem: problem ?? null };
}

function stateOf({ id, finished }: RunSummary, leased: readonly Leftover[], silent_ms: number): RunState {
  if (finished !== null) return 'finished';
  const lease = leased.find(({ run }) => run === id);
  if (lease !== undefined) return lease.alive ? 'under way' : 'broken off';
  return silent_ms < SILENT_LIMIT_ms ? 'under way' : 'broken off';
}

/** `root` itself where it is a run, else the directories in it. */
async function runDirs(root: string): Promise<string[]> {
  try {
    const path = await realpath(root);
    const entries = await readdir(path, { withFileTypes: true });
    if (entries.some(({ name }) => name === 'run.json' || name === 'history.jsonl')) return [path];
    return entries.filter((entry) => entry.isDirectory()).map(({ name }) => join(path, name));
  } catch {
    return []; // it is gone, or not ours to read: it has no runs for us
  }
}

async function stampOf(path: string): Promise<{ mtimeMs: number; size: number } | undefined> {
  try {
    return await stat(path);
  } catch {
    return undefined; // there is none, or it is gone meanwhile
  }
}
