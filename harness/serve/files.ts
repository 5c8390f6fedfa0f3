/** The files of a run's directory that may be opened from its page. */
import { lstat, readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { openPlain } from './file-tail.ts';

const TYPES: readonly (readonly [ending: string, type: string])[] = [
  ['.html', 'text/html; charset=utf-8'],
  ['.svg', 'image/svg+xml; charset=utf-8'],
  ['.json', 'application/json; charset=utf-8'],
  ['.jsonl', 'text/plain; charset=utf-8'],
  ['.xml', 'text/plain; charset=utf-8'],
  ['.txt', 'text/plain; charset=utf-8'],
  ['.log', 'text/plain; charset=utf-8'],
  ['.md', 'text/plain; charset=utf-8'],
  ['.prom', 'text/plain; charset=utf-8'],
  ['.tap', 'text/plain; charset=utf-8'],
];
const BELOW: readonly string[] = ['console', 'artefacts'];

/** Paths below the run's directory, those of a kind that a browser shows. */
export async function filesOf(dir: string): Promise<string[]> {
  const below = async (name: string): Promise<string[]> => (await plainFiles(join(dir, name))).map((file) => join(name, file));
  const all = await Promise.all(['', ...BELOW].map(below));
  return all.flatMap((each) => each.filter((path) => typeOf(path) !== undefined).sort());
}

/** The plain files in a directory; none where it is missing, or only a link to one, which a run from elsewhere may hold. */
export async function plainFiles(dir: string): Promise<string[]> {
  try {
    if (!(await lstat(dir)).isDirectory()) return [];
    return (await readdir(dir, { withFileTypes: true })).filter((entry) => entry.isFile()).map(({ name }) => name);
  } catch {
    return []; // a run need not have it, and may be taken away meanwhile
  }
}

const typeOf = (path: string): string | undefined => TYPES.find(([ending]) => path.endsWith(ending))?.[1];

/** A file of those; undefined for every other path. */
export async function openRunFile(dir: string, path: string): Promise<{ body: ReadableStream; size: number; type: string } | undefined> {
  // never a path that somebody asks for, but one that was found here
  const found = (await filesOf(dir)).find((each) => each === path);
  const type = typeOf(path);
  if (found === undefined || type === undefined) return undefined;
  const handle = await openPlain(join(dir, found));
  if (handle === undefined) return undefined;
  const { size } = await handle.stat();
  if (size === 0) {
    await handle.close();
    return { body: new Blob([]).stream(), size, type };
  }
  // one that grows meanwhile is told up to where it was
  const body = Readable.toWeb(handle.createReadStream({ end: size - 1 })) as unknown as ReadableStream;
  return { body, size, type };
}
