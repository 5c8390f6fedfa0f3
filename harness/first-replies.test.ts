import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { History, readHistory } from '../results/history.ts';
import type { Site } from '../targets/target.ts';
import { FirstReplies } from './first-replies.ts';

/** A history's clock that stands where it is told. */
let now = 0;
let dir: string;
beforeEach(() => {
  now = 0;
  dir = mkdtempSync(join(tmpdir(), 'sp-replies-'));
});
afterEach(() => rmSync(dir, { recursive: true }));

/** Replies of a tail, in seconds of the history's clock from now; `failed` are errors. */
const tail = (...replies: readonly (readonly [t: number, failed?: string])[]) => ({
  requests: async () =>
    replies.map(([t, failed]) => ({ what: 'reply', at_ms: Date.now() + (t - now) * 1000, ...(failed === undefined ? {} : { failed }) })),
});
const siteWith = (tails: Record<string, object>) =>
  ({ tails: new Map(Object.entries(tails)), networks: { front: {}, store: {} } }) as unknown as Site;

async function told(site: Site, faults: readonly (readonly [t: number, on: string, state: 'end' | 'failed'])[]) {
  const path = join(mkdtempSync(join(dir, 'of-')), 'history.jsonl');
  {
    using history = new History(path, () => now);
    using replies = new FirstReplies(history, 'x');
    for (const [t, on, state] of faults) {
      now = t;
      history.write('x', { k: 'action', what: 'fault', name: 'tail', on, state });
    }
    now = 100;
    await replies.record(site);
  }
  const { records } = readHistory(path);
  return records.flatMap((record) => (record.k === 'firstReply' ? [[record.machine, record.healed, Math.round(record.at * 10) / 10]] : []));
}

describe('the first reply after a fault', () => {
  it('is that of the tail which was at fault', async () => {
    const site = siteWith({ a: tail([9], [10.4], [11]), b: tail([10.1]) });
    expect(await told(site, [[10, 'a', 'end']])).toEqual([['a', 10, 10.4]]);
  });

  it('is that of every tail behind a network that was cut, and of each fault', async () => {
    const site = siteWith({ a: tail([10.4], [20.5]), b: tail([10.6]) });
    expect(
      await told(site, [
        [10, 'store', 'end'],
        [20, 'store', 'end'],
      ]),
    ).toEqual([
      ['a', 10, 10.4],
      ['a', 20, 20.5],
      ['b', 10, 10.6],
    ]);
  });

  it('is none that was an error, none of a fault that could not be healed, and none where no log is kept', async () => {
    expect(await told(siteWith({ a: tail([10.2, 'EIO'], [10.9]) }), [[10, 'a', 'end']])).toEqual([['a', 10, 10.9]]);
    expect(await told(siteWith({ a: tail([10.2]) }), [[10, 'a', 'failed']])).toEqual([]);
    expect(await told(siteWith({ a: { requests: async () => undefined } }), [[10, 'a', 'end']])).toEqual([]);
  });
});
