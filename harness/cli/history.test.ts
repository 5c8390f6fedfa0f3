import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { PassThrough } from 'node:stream';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { explain, UsageError } from '../../results/errors.ts';
import type { Run } from '../../results/model.ts';
import { sampleRun } from '../../results/store/run.sample.ts';
import { Store } from '../../results/store/store.ts';
import { keepRun } from '../keep.ts';
import { dispatch } from './parse.ts';

let dir = '';
beforeEach(() => {
  dir = mkdtempSync(join(tmpdir(), 'history-'));
  vi.stubEnv('STORMPROOF_STATE', join(dir, 'state'));
  vi.stubEnv('STORMPROOF_STORE', '');
});
afterEach(() => {
  vi.unstubAllEnvs();
  rmSync(dir, { recursive: true });
});

/** What the command says, or the one line of its refusal. */
async function history(...args: string[]): Promise<string> {
  const stdout = new PassThrough();
  const { stdin, stderr } = process;
  const words = await dispatch({ argv: ['history', ...args], stdin, stdout: stdout as never, stderr }).then(
    () => '',
    (error: unknown) => {
      expect(error).toBeInstanceOf(UsageError);
      return `refused: ${explain(error)}`;
    },
  );
  return String(stdout.read() ?? '').replaceAll(`${dir}/`, '') + words.replaceAll(`${dir}/`, '');
}
const listed = async (...args: string[]): Promise<string[]> => JSON.parse(await history('--json', ...args)).map(({ id }: Run) => id);
const id = (night: number): string => sampleRun(night).id;

/** A run's directory. */
function runDir(name: string, run: object | string, records: readonly object[] = []): string {
  const path = join(dir, name);
  mkdirSync(path);
  writeFileSync(join(path, 'run.json'), typeof run === 'string' ? run : JSON.stringify(run));
  writeFileSync(join(path, 'history.jsonl'), records.map((record) => `${JSON.stringify(record)}\n`).join(''));
  return path;
}

async function keep(...nights: number[]): Promise<void> {
  for (const night of nights)
    expect(await keepRun(sampleRun(night), `/runs/${night}`, { kind: 'sqlite', path: join(dir, 'state', 'runs.sqlite') })).toBeUndefined();
}

describe('history', () => {
  it('says so where there is no store yet, and makes none', async () => {
    const none =
      'no run is in the store yet: there is no state/runs.sqlite; stormproof history --add results/runs/* puts in what was run before';
    expect(await history()).toBe(`${none}\n`);
    expect(await listed()).toEqual([]);
    expect(await history('nosuch')).toBe(`refused: history: there is no run "nosuch": ${none}`);
    expect(await history('nosuch', '--json')).toMatch(/^refused: /);
    expect(() => readFileSync(join(dir, 'state', 'runs.sqlite'))).toThrow('ENOENT');
  });

  it('lists the newest runs, and those that are asked for', async () => {
    await keep(...Array.from({ length: 25 }, (_, night) => night));
    expect(await listed()).toEqual(Array.from({ length: 20 }, (_, index) => id(24 - index)));
    expect(await listed('--limit', '2', '--verdict', 'fail')).toEqual([id(24), id(19)]);
    expect(await listed('--kernel', '6.12.*', '--since', sampleRun(20).started)).toEqual([id(22)]);
    expect(
      await listed('--kernel', '6.12*', '--kernel', '6.18*', '--suite', 'storage-cutoff', '--verdict', 'fail', '--class', '1G'),
    ).toEqual([id(4)]);
    expect(await listed('--since', '7d')).toEqual([]);
    expect(await history('--limit', '1')).toMatch(/^ +run .*\nFAIL +\S+-0018 .*storage-cutoff\.cut\nthe newest 1 of 25 runs\n$/);
  });

  it('lists the runs that are called so, and how a measure went in them', async () => {
    await keep(0, 1);
    const { id: byHand } = sampleRun(2);
    await keepRun(sampleRun(2, { name: 'by hand' }), '/runs/2', { kind: 'sqlite', path: join(dir, 'state', 'runs.sqlite') });
    expect(await listed('--name', 'nightly')).toEqual([id(1), id(0)]);
    expect(await listed('--name', 'by *')).toEqual([byHand]);
    expect(await listed('--name', 'by hand', '--name', 'nightly', '--limit', '2')).toEqual([byHand, id(1)]);
    const [{ points }] = JSON.parse(await history('--measure', 'recovery of storage', '--name', 'by hand', '--json'));
    expect(points.map(({ run }: { run: string }) => run)).toEqual([byHand]);
    expect(await history('--name', 'nightli')).toMatch(/^refused: --name "nightli": the store has none of it, did you mean "nightly"\?/);
  });

  it('shows how a measure went, and one run', async () => {
    await keep(0, 3, 4);
    expect(await history('--measure', 'recovery of storage', '--suite', 'io-storm')).toMatch(
      /^recovery of storage\n.* trend\nio-storm\/randwrite-16, 1G, nightly, lab, tcg: tenant\n {2}6\.1\.0-56-cloud-amd64 +1 .*\n {2}6\.12\.9-amd64 +1 /,
    );
    expect(await history(id(4))).toMatch(/FAIL +nightly: 4 trials \(3 pass, 1 fail\)\n/);
    expect(JSON.parse(await history(id(4), '--json'))).toEqual(sampleRun(4));
  });

  it('adds runs from their directories, each once, also one that was killed, and tells which of them are none', async () => {
    const { finished: _, verdict: __, ...killed } = sampleRun(5, { trials: [] });
    const failed = { t: 1, trial: 'a', k: 'failure', phase: 'boot', fault: 'candidate', message: 'no init' };
    const dirs = [
      runDir('a', sampleRun(3)),
      runDir('b', killed, [failed]),
      runDir('c', '{"schema":'),
      join(dir, 'none'),
      runDir('d', killed),
    ];
    rmSync(join(dir, 'd', 'history.jsonl'));
    expect(await history('--add', ...dirs)).toBe(
      `a: ${id(3)} added\nb: ${id(5)} added\nrefused: not added to the store: c/run.json: not JSON; none: there is no such directory; ` +
        'd: the run did not come to its end, and has no history.jsonl',
    );
    expect(await history('--add', join(dir, 'a'), join(dir, 'b'))).toBe(`a: ${id(3)} was there already\nb: ${id(5)} was there already\n`);
    const runs = JSON.parse(await history('--json'));
    expect(runs).toMatchObject([
      { id: id(5), verdict: 'fail', finished: null, directory: 'b' },
      { id: id(3), verdict: 'pass' },
    ]);
  });

  it.each<[string, string[], RegExp]>([
    [
      'no kernel like that',
      ['--kernel', '6.1.0-56-cloud-amd65'],
      /--kernel "6\.1\.0-56-cloud-amd65": the store has none of it, did you mean "6\.1\.0-56-cloud-amd64"\?/,
    ],
    ['no such measure', ['--measure', 'recovery'], /--measure "recovery": the store state\/runs\.sqlite has .*recovery of storage/],
    ['no such run', ['x'], /there is no run "x" in the store/],
    ['no such verdict', ['--verdict', 'good'], /--verdict is one of/],
    ['a time that is none', ['--since', '2026-02-31x'], /--since 2026-02-31x: say 7d/],
    ['a day that is none', ['--since', '2026-13-01'], /--since 2026-13-01: say 7d/],
    ['no limit', ['--limit', '0'], /--limit 0: at least 1/],
    ['no store', ['--store', 'none'], /there is no store/],
    ['a choice and a run', ['x', '--verdict', 'pass'], /--verdict chooses among the runs of the store/],
    ['nothing to add', ['--add'], /--add needs the directories/],
  ])('refuses %s', async (_what, args, words) => {
    await keep(0);
    expect(await history(...args)).toMatch(words);
  });

  it('takes the store that the config names', async () => {
    writeFileSync(join(dir, 'other.yaml'), `store: ${join(dir, 'team.sqlite')}\n`);
    expect(await history('--config', join(dir, 'other.yaml'))).toContain('there is no team.sqlite');
    writeFileSync(join(dir, 'other.yaml'), 'store: mysql://h/d\n');
    expect(await history('--config', join(dir, 'other.yaml'))).toMatch(/^refused: other\.yaml:1:8: store: mysql:…: name postgres:/);
  });
});

describe('a store that fails', () => {
  it('leaves the run as it is, and says in one line how it is put in later', async () => {
    writeFileSync(join(dir, 'text'), 'not a database, '.repeat(100));
    const said = await keepRun(sampleRun(0), '/runs/0', { kind: 'sqlite', path: join(dir, 'text') });
    expect(said).toMatch(
      /^this run is not in the store: the store .*text: it is no SQLite database.*; stormproof history --add \/runs\/0 puts it in later/,
    );
    expect(said).not.toContain('\n');
    await using store = await Store.open({ kind: 'sqlite', path: join(dir, 'sound.sqlite') });
    expect((await store.list({ limit: 1 })).total).toBe(0);
  });
});
