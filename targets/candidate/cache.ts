/**
 * The cache of kernels: `<cache>/kernels/<key>/` with the files and, written last, a manifest of their sizes and hashes. An entry is filled
 * beside its place and renamed into it, so neither a killed run nor two at once can leave half of one; what was damaged later is
 * seen by the manifest and made again.
 */
import { randomBytes } from 'node:crypto';
import { chmod, mkdir, readdir, readFile, rename, rm, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { z } from 'zod';
import { explain, InfraError, Interrupted, UsageError } from '../../results/errors.ts';
import { type FileHash, hashFiles } from './hash.ts';
import { interruption } from './program.ts';

const Manifest = z.object({
  format: z.literal(1),
  files: z.array(z.object({ path: z.string(), bytes: z.int(), sha256: z.string() })).min(1),
});

const MANIFEST = 'manifest.json';

/** Of an entry that is being filled. It starts with a dot, so that no key can be taken for one. */
const PARTIAL = '.partial-';

/** A directory that was being filled this long ago belongs to a run that was killed. */
const ABANDONED_ms = 24 * 3600_000;

export interface Entry {
  readonly dir: string;
  readonly files: readonly FileHash[];
}

/** The whole entry `key` under `root`: the one that is there, else one that `fill` makes. Throws what `fill` throws, and InfraError. */
export async function cached(root: string, key: string, fill: (dir: string) => Promise<void>, signal: AbortSignal): Promise<Entry> {
  const dir = join(root, key);
  const there = await whole(dir);
  if (there !== undefined) return { dir, files: there };
  const partial = join(root, `${PARTIAL}${key.slice(0, 16)}-${process.pid}-${randomBytes(4).toString('hex')}`);
  try {
    await mkdir(partial, { recursive: true });
    await sweep(root);
    await fill(partial);
    // a package may set its root directory's mode, and a builder's umask his files'
    await chmod(partial, 0o755);
    const files = await hashFiles(partial, await filesUnder(partial));
    await writeFile(join(partial, MANIFEST), JSON.stringify({ format: 1, files }));
    if (signal.aborted) throw interruption(signal);
    return { dir, files: await publish(partial, dir, files) };
  } catch (cause) {
    if (cause instanceof UsageError || cause instanceof InfraError || cause instanceof Interrupted || signal.aborted) throw cause;
    throw new InfraError(`cannot fill the cache ${root}: ${explain(cause)}`, { cause });
  } finally {
    // renamed away in the good case; after a failure, copies under way may still add to it, hence the retries. What is left all the same
    // is swept a day later: an error here would hide the first one
    await rm(partial, { recursive: true, force: true, maxRetries: 3 }).catch(() => undefined);
  }
}

/** Every regular file below `dir`, as paths relative to it, sorted. Symbolic links to files count; those to directories are not followed. */
export async function filesUnder(dir: string): Promise<string[]> {
  const entries = await readdir(dir, { recursive: true, withFileTypes: true });
  return entries
    .filter((entry) => entry.isFile() || entry.isSymbolicLink())
    .map((entry) => join(entry.parentPath, entry.name).slice(dir.length + 1))
    .sort();
}

/** The manifest's files when every one is there as it was, else undefined. Why not does not matter: it is made again. */
async function whole(dir: string): Promise<readonly FileHash[] | undefined> {
  try {
    const { files } = Manifest.parse(JSON.parse(await readFile(join(dir, MANIFEST), 'utf8')));
    const sizes = await Promise.all(files.map(async ({ path }) => (await stat(join(dir, path))).size));
    if (sizes.some((bytes, index) => bytes !== files[index]?.bytes)) return undefined;
    const now = await hashFiles(
      dir,
      files.map(({ path }) => path),
    );
    return now.every(({ sha256 }, index) => sha256 === files[index]?.sha256) ? files : undefined;
  } catch {
    // absent, unreadable or nonsense are all the same answer: not whole
    return undefined;
  }
}

/** Renames into place. Another run may have been faster: then its entry is used, unless it is the damaged one that we replace. */
async function publish(partial: string, dir: string, files: readonly FileHash[]): Promise<readonly FileHash[]> {
  for (let attempt = 0; attempt < 5; attempt += 1) {
    try {
      await rename(partial, dir);
      return files;
    } catch (cause) {
      if (!['ENOTEMPTY', 'EEXIST', 'ENOTDIR'].includes((cause as NodeJS.ErrnoException).code ?? '')) throw cause;
    }
    const theirs = await whole(dir);
    if (theirs !== undefined) return theirs;
    const aside = `${partial}-damaged`;
    // gone already: another run moved it aside at the same moment
    await rename(dir, aside).catch(() => undefined);
    await rm(aside, { recursive: true, force: true });
  }
  throw new InfraError(`the cache entry ${dir} is damaged and cannot be replaced: remove it`);
}

async function sweep(root: string): Promise<void> {
  for (const name of (await readdir(root)).filter((entry) => entry.startsWith(PARTIAL))) {
    const path = join(root, name);
    // gone between the listing and here: another run sweeps too
    const age_ms = await stat(path).then(
      ({ mtimeMs }) => Date.now() - mtimeMs,
      () => 0,
    );
    if (age_ms > ABANDONED_ms) await rm(path, { recursive: true, force: true });
  }
}
