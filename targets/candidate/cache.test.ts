import { appendFile, mkdir, mkdtemp, readdir, readFile, rm, truncate, utimes, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { InfraError, UsageError } from '../../results/errors.ts';
import { cached } from './cache.ts';

const KEY = 'e7d02b943971edcb8790e256c02cfab3';
const { signal } = new AbortController();

let root: string;
let fills: number;
beforeEach(async () => {
  root = join(await mkdtemp(join(tmpdir(), 'cache-')), 'kernels');
  fills = 0;
});
afterEach(() => rm(join(root, '..'), { recursive: true }));

async function fill(dir: string): Promise<void> {
  fills += 1;
  await mkdir(join(dir, 'lib'));
  await writeFile(join(dir, 'vmlinuz'), 'kernel');
  await pause(20);
  await writeFile(join(dir, 'lib/nbd.ko'), 'module');
}

test('an entry is filled once and then used', async () => {
  const first = await cached(root, KEY, fill, signal);
  expect(first.files.map(({ path, bytes }) => [path, bytes])).toEqual([
    ['lib/nbd.ko', 6],
    ['vmlinuz', 6],
  ]);
  expect(await cached(root, KEY, fill, signal)).toEqual(first);
  expect(fills).toBe(1);
});

describe('an entry that is not as it was left is made again', () => {
  test.each<[string, (dir: string) => Promise<unknown>]>([
    ['a file is gone', (dir) => rm(join(dir, 'lib/nbd.ko'))],
    ['a file is shorter', (dir) => truncate(join(dir, 'vmlinuz'), 3)],
    ['a file is longer', (dir) => appendFile(join(dir, 'vmlinuz'), '!')],
    ['a file has as many bytes, but others', (dir) => writeFile(join(dir, 'vmlinuz'), 'Kernel')],
    ['there is no manifest', (dir) => rm(join(dir, 'manifest.json'))],
    ['the manifest is cut short', (dir) => truncate(join(dir, 'manifest.json'), 40)],
    ['the manifest is of another format', (dir) => writeFile(join(dir, 'manifest.json'), '{"format":2,"files":[]}')],
  ])('%s', async (_, damage) => {
    const { dir, files } = await cached(root, KEY, fill, signal);
    await damage(dir);
    expect((await cached(root, KEY, fill, signal)).files).toEqual(files);
    expect(await readFile(join(dir, 'vmlinuz'), 'utf8')).toBe('kernel');
    expect(fills).toBe(2);
    expect(await readdir(root)).toEqual([KEY]);
  });
});

test('runs that fill the same entry at the same time all get a whole one', async () => {
  const entries = await Promise.all([1, 2, 3, 4].map(() => cached(root, KEY, fill, signal)));
  expect(new Set(entries.map(({ files }) => JSON.stringify(files))).size).toBe(1);
  expect(await readdir(root)).toEqual([KEY]);
});

test('runs that find the same damaged entry at the same time all get a whole one', async () => {
  const { dir } = await cached(root, KEY, fill, signal);
  await rm(join(dir, 'vmlinuz'));
  await Promise.all([1, 2, 3, 4].map(() => cached(root, KEY, fill, signal)));
  expect(await readFile(join(dir, 'vmlinuz'), 'utf8')).toBe('kernel');
  expect(await readdir(root)).toEqual([KEY]);
});

describe('a failure leaves nothing behind and keeps its class', () => {
  test.each([
    ['a full disk is our side', Object.assign(new Error('ENOSPC: no space left on device, write'), { code: 'ENOSPC' }), InfraError],
    ['a damaged package is the asker’s', new UsageError('x.deb is damaged'), UsageError],
  ])('%s', async (_, thrown, kind) => {
    const failing = async (dir: string): Promise<void> => {
      await writeFile(join(dir, 'vmlinuz'), 'ker');
      throw thrown;
    };
    const attempt = cached(root, KEY, failing, signal);
    await expect(attempt).rejects.toThrow(kind);
    await expect(attempt).rejects.toThrow(thrown.message);
    expect(await readdir(root)).toEqual([]);
  });

  test('a cache that cannot be made is our side', async () => {
    await mkdir(root, { recursive: true });
    await writeFile(join(root, 'file'), '');
    await expect(cached(join(root, 'file/below'), KEY, fill, signal)).rejects.toThrow(InfraError);
  });

  test('an interrupted run publishes nothing', async () => {
    const controller = new AbortController();
    const interrupted = async (dir: string): Promise<void> => {
      await fill(dir);
      controller.abort();
    };
    await expect(cached(root, KEY, interrupted, controller.signal)).rejects.toThrow(/interrupted/);
    expect(await readdir(root)).toEqual([]);
  });
});

test('what a run left that was killed a day ago is swept, what another fills now is not', async () => {
  const [old, live] = ['.partial-aaaa-1-00', '.partial-bbbb-2-00'].map((name) => join(root, name));
  if (old === undefined || live === undefined) throw new Error('two names');
  await mkdir(old, { recursive: true });
  await mkdir(live);
  await utimes(old, 0, Date.now() / 1000 - 25 * 3600);
  await cached(root, KEY, fill, signal);
  expect((await readdir(root)).sort()).toEqual(['.partial-bbbb-2-00', KEY]);
});
