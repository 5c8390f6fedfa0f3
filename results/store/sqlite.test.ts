import { cpSync, existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, truncateSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { execa } from 'execa';
import { afterAll, describe, expect, it } from 'vitest';
import { explain, InfraError } from '../errors.ts';
import { sampleRun } from './run.sample.ts';
import { Store } from './store.ts';

const dir = mkdtempSync(join(tmpdir(), 'sqlite-'));
afterAll(() => rmSync(dir, { recursive: true }));
const WRITER = join(import.meta.dirname, 'writer.testing.ts');

/** A store with `count` runs, closed. */
async function made(name: string, count: number): Promise<string> {
  const path = join(dir, name);
  await using store = await Store.open({ kind: 'sqlite', path });
  for (let night = 0; night < count; night += 1) await store.add(sampleRun(night));
  return path;
}

describe('a file that is no sound store', () => {
  it.each<[string, (path: string) => void, RegExp]>([
    ['is text', (path) => writeFileSync(path, 'not a database, '.repeat(1000)), /it is no SQLite database; nothing was written to it/],
    ['is cut off', (path) => truncateSync(path, 20_000), /it is damaged; nothing was written to it/],
    [
      'has lost its beginning',
      (path) => writeFileSync(path, Buffer.alloc(readFileSync(path).length - 8192, 0xa5), { flag: 'r+' }),
      /it is no SQLite database/,
    ],
    ['has damaged pages', damagePages, /it is damaged; nothing was written to it/],
  ])('and %s is named in one line, and left as it is', async (name, damage, words) => {
    const path = await made(`${name}.sqlite`, 20);
    damage(path);
    const before = readFileSync(path);
    const add = async (): Promise<unknown> => {
      await using store = await Store.open({ kind: 'sqlite', path });
      return store.add(sampleRun(99));
    };
    const error: unknown = await add().catch((cause: unknown) => cause);
    expect(error).toBeInstanceOf(InfraError);
    expect(explain(error)).toMatch(words);
    expect(explain(error)).toContain(path);
    expect(explain(error)).not.toContain('\n');
    expect(readFileSync(path).equals(before)).toBe(true);
  });

  it.each([
    ['is a directory', (path: string) => mkdirSync(path), /it cannot be opened/],
    ['stands below a file', (path: string) => writeFileSync(join(path, '..'), ''), /EEXIST|ENOTDIR/],
  ])('and %s is named', async (name, make, words) => {
    const path = name.includes('below') ? join(dir, 'file', 'runs.sqlite') : join(dir, name);
    make(path);
    await expect(Store.open({ kind: 'sqlite', path })).rejects.toThrow(words);
  });

  /** All but the schema's. */
  function damagePages(path: string): void {
    const bytes = readFileSync(path);
    bytes.fill(0xa5, 4096);
    writeFileSync(path, bytes);
  }
});

describe('a writer', () => {
  it('waits for another one', async () => {
    const path = await made('busy.sqlite', 1);
    const other = new DatabaseSync(path);
    other.exec('BEGIN IMMEDIATE');
    await using store = await Store.open({ kind: 'sqlite', path });
    const adding = store.add(sampleRun(1));
    const timer = setTimeout(() => other.exec('COMMIT'), 100); // once its first wait is over
    expect(await adding).toBe('added');
    clearTimeout(timer);
    other.close();
  });
});

/** A file system of a few hundred kilobytes, which only the shell that made it sees. */
const MOUNTING = process.getuid?.() === 0 ? ['--mount'] : ['--user', '--map-root-user', '--mount'];
const whyNoMount = await execa('unshare', [...MOUNTING, 'mount', '-t', 'tmpfs', 'none', dir], { reject: false }).then(
  ({ failed, stderr }) => (failed ? `no file system can be mounted here: ${stderr}` : undefined),
);

describe('a full disk', () => {
  it('has each run wholly or not at all, and takes the rest when there is room again', async ({ skip }) => {
    skip(whyNoMount !== undefined, whyNoMount);
    const [small, kept] = [join(dir, 'small'), join(dir, 'kept')];
    for (const each of [small, kept]) mkdirSync(each);
    const script = `
      mount -t tmpfs -o size=400k none ${small}
      echo go | ${process.execPath} ${WRITER} ${small}/runs.sqlite 0 12
      cp -a ${small} ${kept}/full
      mount -o remount,size=8m ${small}
      echo go | ${process.execPath} ${WRITER} ${small}/runs.sqlite 0 12
      cp -a ${small} ${kept}/again`;
    const { stdout } = await execa('unshare', [...MOUNTING, 'sh', '-ec', script]);
    const [first, second] = stdout
      .split('ready\n')
      .slice(1)
      .map((text) => text.trim().split('\n')) as [string[], string[]];
    const added = first.filter((line) => line.endsWith(' added')).map((line) => line.split(' ')[0] as string);
    const refused = first.filter((line) => / refused: the store .*runs\.sqlite: the disk (is full|refused it)/.test(line));
    expect([added.length + refused.length, added.length > 0, refused.length > 0]).toEqual([12, true, true]);
    expect(wholeRuns(join(kept, 'full', 'runs.sqlite'))).toEqual(added);
    expect(second.filter((line) => line.endsWith(' the same')).length).toBe(added.length);
    expect(wholeRuns(join(kept, 'again', 'runs.sqlite'))).toEqual(Array.from({ length: 12 }, (_, night) => sampleRun(night).id));
  });

  /** The ids of the runs in a database, each with all of its rows; throws for one that has not. */
  function wholeRuns(path: string): string[] {
    const copy = `${path}.copy`;
    for (const ending of ['', '-wal', '-shm']) if (existsSync(path + ending)) cpSync(path + ending, copy + ending);
    const db = new DatabaseSync(copy);
    expect(db.prepare('PRAGMA integrity_check').all()).toEqual([{ integrity_check: 'ok' }]);
    const count = (table: string, id: string) => db.prepare(`SELECT count(*) AS n FROM ${table} WHERE run = ?`).get(id)?.n;
    const ids = db
      .prepare('SELECT id FROM runs ORDER BY id')
      .all()
      .map(({ id }) => String(id));
    for (const id of ids) expect([count('documents', id), count('trials', id), count('measures', id)]).toEqual([1, 4, 20]);
    expect(db.prepare('SELECT count(*) AS n FROM trials').get()?.n).toBe(ids.length * 4);
    db.close();
    return ids;
  }
});

it('leaves nothing beside its file once it is closed', async () => {
  const path = await made('alone/runs.sqlite', 2);
  expect(readdirSync(join(path, '..'))).toEqual(['runs.sqlite']);
});
