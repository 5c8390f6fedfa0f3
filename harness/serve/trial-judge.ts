/** The verdict of each trial of a run under way as soon as it is over, from what it has told: in bounded work, whatever the history holds. */
import { setImmediate as breathe } from 'node:timers/promises';
import { HistoryRecord, type TrialResult } from '../../results/model.ts';
import { upToDate } from '../../results/record.ts';
import { judge } from '../judge.ts';
import type { Digest, Stretch } from './digest.ts';
import { openPlain } from './file-tail.ts';

/** A trial that told more is judged when its run has ended, and not before: judging it takes seconds. */
const LONGEST_JUDGED_BYTES = 16 * 1024 * 1024;
/**
 * Trials come one after the other, so that all of them together have told no more than the history is long. One whose trials lie in each other, as no
 * run writes it, must not be read again for each.
 */
const MOST_JUDGED_SHARE = 2;
/** Lines that are taken in one go, before others have their turn. */
const LINES_AT_ONCE = 2000;

export class TrialJudge {
  readonly #history: string;
  #judged_bytes = 0;

  /** `history` is the path of the file; where that becomes another, it wants another judge. */
  constructor(history: string) {
    this.#history = history;
  }

  /** Of one trial of `digest`, which has read `read_bytes`; undefined where it is not for now. Throws what the system says of the file. */
  async judge(digest: Digest, name: string, { from, to }: Stretch, read_bytes: number): Promise<TrialResult | undefined> {
    const length = to - from;
    if (digest.waivers === undefined || length > LONGEST_JUDGED_BYTES) return undefined;
    if (this.#judged_bytes + length > MOST_JUDGED_SHARE * read_bytes) return undefined;
    this.#judged_bytes += length;
    const records = await recordsIn(this.#history, { from, to }, digest.version);
    const own = records.filter(({ trial }) => trial === name);
    return judge([...digest.waivers, ...own]).trials.find((trial) => trial.name === name);
  }
}

async function recordsIn(path: string, { from, to }: Stretch, version: number): Promise<HistoryRecord[]> {
  const handle = await openPlain(path);
  if (handle === undefined) return [];
  try {
    const buffer = Buffer.alloc(to - from);
    const { bytesRead } = await handle.read(buffer, 0, buffer.length, from);
    const records: HistoryRecord[] = [];
    for (const [at, line] of buffer.toString('utf8', 0, bytesRead).split('\n').entries()) {
      if (at % LINES_AT_ONCE === LINES_AT_ONCE - 1) await breathe();
      records.push(...recordOf(line, version));
    }
    return records;
  } finally {
    await handle.close();
  }
}

function recordOf(line: string, version: number): HistoryRecord[] {
  try {
    const parsed = HistoryRecord.safeParse(upToDate(JSON.parse(line), version));
    return parsed.success ? [parsed.data] : [];
  } catch {
    return []; // a damaged line: the page counts these
  }
}
