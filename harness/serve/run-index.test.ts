import { mkdirSync, mkdtempSync, renameSync, rmSync, symlinkSync, truncateSync, utimesSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { Run } from '../../results/model.ts';
import { sampleRun } from '../../results/store/run.sample.ts';
import type { Leftover } from '../lease.ts';
import { RunIndex } from './run-index.ts';

let dir = '';
beforeEach(() => {
  dir = mkdtempSync(join(tmpdir(), 'index-'));
});
afterEach(() => rmSync(dir, { recursive: true }));

const NOW = Date.now();

function put(name: string, record: Run | string | undefined, silent_s = 0): string {
  const path = join(dir, name);
  mkdirSync(path, { recursive: true });
  if (record !== undefined) writeFileSync(join(path, 'run.json'), typeof record === 'string' ? record : JSON.stringify(record));
  writeFileSync(join(path, 'history.jsonl'), '');
  for (const file of ['history.jsonl', ...(record === undefined ? [] : ['run.json'])])
    utimesSync(join(path, file), NOW / 1000 - silent_s, NOW / 1000 - silent_s);
  return path;
}
const unfinished = (night: number): Run => (({ finished: _, verdict: __, ...run }) => ({ ...run, trials: [] }))(sampleRun(night));

/** An index with a clock that is set by hand. */
function index(roots: readonly string[], leased: readonly Leftover[] = []) {
  const clock = { now: NOW };
  const runs = new RunIndex(roots, { now: () => clock.now, leased: () => [...leased] });
  return {
    runs,
    clock,
    states: async () => Object.fromEntries((await runs.all()).map(({ summary }) => [summary.id, summary.state])),
  };
}

describe('the runs that are here', () => {
  it('are those of directories of runs, and single ones; what is no run is none', async () => {
    put('all/a', sampleRun(1));
    put('all/b', undefined);
    const one = put('one', sampleRun(2));
    mkdirSync(join(dir, 'all', 'no-run'));
    writeFileSync(join(dir, 'all', 'file'), '');
    const { runs } = index([join(dir, 'all'), one, join(dir, 'nowhere')]);
    expect((await runs.all()).map(({ summary }) => summary.id).sort()).toEqual([sampleRun(1).id, sampleRun(2).id, 'b'].sort());
    expect((await runs.find(sampleRun(1).id))?.summary).toMatchObject({
      here: true,
      verdict: 'pass',
      kernels: [expect.stringContaining('6.12')],
    });
    expect(await runs.find('../one')).toBeUndefined();
  });

  it('are under way as long as their controller lives, or without a lease while they still tell something', async () => {
    put('finished', sampleRun(1), 9999);
    put('leased', unfinished(2), 9999);
    put('killed', unfinished(3));
    put('elsewhere', unfinished(4), 20);
    put('old', unfinished(5), 9999);
    const lease = (run: Run, alive: boolean): Leftover => ({ run: run.id, alive, runtimeDir: '' });
    const { states } = index([dir], [lease(unfinished(2), true), lease(unfinished(3), false)]);
    const ids = [1, 2, 3, 4, 5].map((night) => sampleRun(night).id);
    const expected = ['finished', 'under way', 'broken off', 'under way', 'broken off'];
    expect(await states()).toEqual(Object.fromEntries(ids.map((id, at) => [id, expected[at]])));
  });

  it('are found where their lease says that they are', async () => {
    const out = put('out', unfinished(1));
    const { states } = index([join(dir, 'nowhere')], [{ run: unfinished(1).id, alive: true, runtimeDir: '', dir: out }]);
    expect(await states()).toEqual({ [unfinished(1).id]: 'under way' });
  });

  it('are another list once one has come, ended or gone, and else the same', async () => {
    const { runs, clock, states } = index([dir]);
    const next = async () => {
      clock.now += 1500;
      return [runs.version, await states(), runs.version] as const;
    };
    put('run', unfinished(1));
    expect((await next())[1]).toEqual({ [sampleRun(1).id]: 'under way' });
    const [before, , after] = await next();
    expect(after).toBe(before);
    put('run', sampleRun(1));
    expect(await next()).toEqual([after, { [sampleRun(1).id]: 'finished' }, after + 1]);
    renameSync(join(dir, 'run'), join(tmpdir(), `gone-${process.pid}`));
    rmSync(join(tmpdir(), `gone-${process.pid}`), { recursive: true });
    expect(await next()).toEqual([after + 1, {}, after + 2]);
  });

  it.each([
    ['torn', '{"schema": 1', 'run.json is damaged: it is not JSON'],
    ['of nothing', 'null', 'run.json is damaged: not a JSON object'],
    [
      'of another version',
      JSON.stringify({ ...sampleRun(1), schema: 99 }),
      expect.stringMatching(/^run\.json is written by a newer stormproof/),
    ],
  ])('are listed by their directory where their record is %s, with what is wrong', async (_what, record, problem) => {
    put('20260101T020000Z-nightly', record);
    const [entry] = await index([dir]).runs.all();
    expect(entry?.summary).toMatchObject({ id: '20260101T020000Z-nightly', started: '2026-01-01T02:00:00Z', verdict: null, problem });
  });

  it('may have large records, many at once, and only one beyond all measure is not read', async () => {
    for (const night of [1, 2, 3, 4]) put(`large-${night}`, sampleRun(night, { notes: ['x'.repeat(3 * 1024 * 1024)] }));
    truncateSync(join(put('endless', sampleRun(5)), 'run.json'), 33 * 1024 * 1024);
    const all = (await index([dir]).runs.all()).map(({ summary }) => [summary.id, summary.problem] as const);
    expect(Object.fromEntries(all)).toEqual({
      ...Object.fromEntries([1, 2, 3, 4].map((night) => [sampleRun(night).id, null])),
      endless: 'run.json is too large to be shown: it has 33 MiB, and 32 are the most',
    });
  });

  it('are counted once where two directories hold the same, and no link leads out', async () => {
    const elsewhere = mkdtempSync(join(tmpdir(), 'elsewhere-'));
    writeFileSync(join(elsewhere, 'run.json'), JSON.stringify(sampleRun(7)));
    put('a', sampleRun(1));
    put('b', sampleRun(1));
    symlinkSync(elsewhere, join(dir, 'link'));
    mkdirSync(join(dir, 'c'));
    symlinkSync(join(elsewhere, 'run.json'), join(dir, 'c', 'run.json'));
    const all = await index([dir]).runs.all();
    rmSync(elsewhere, { recursive: true });
    expect(all.map(({ summary }) => summary.id).sort()).toEqual([sampleRun(1).id, 'c'].sort());
  });
});
