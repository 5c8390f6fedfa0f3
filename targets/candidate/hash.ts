/**
 * sha256 of files and of sets of files.
 */
import { createHash, hash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { readFile, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { pipeline } from 'node:stream/promises';
import { batches } from './batches.ts';

export interface FileHash {
  /** relative to the directory that was hashed */
  readonly path: string;
  readonly bytes: number;
  readonly sha256: string;
}

/** Below this a file is read at once: a kernel has thousands of small modules, and a stream for each costs more than their hash. */
const SMALL_bytes = 4 << 20;

/** Open at the same time; enough to keep the disk busy, far below every limit on open files. */
const AT_ONCE = 16;

/** One file. Throws what reading throws. */
export async function hashFile(path: string): Promise<{ bytes: number; sha256: string }> {
  if ((await stat(path)).size <= SMALL_bytes) {
    const content = await readFile(path);
    return { bytes: content.length, sha256: hash('sha256', content) };
  }
  const sum = createHash('sha256');
  let bytes = 0;
  await pipeline(createReadStream(path, { highWaterMark: 1 << 20 }), async (chunks: AsyncIterable<Buffer>) => {
    for await (const chunk of chunks) {
      sum.update(chunk);
      bytes += chunk.length;
    }
  });
  return { bytes, sha256: sum.digest('hex') };
}

/** Many files below `dir`, in the order of `paths`. */
export async function hashFiles(dir: string, paths: readonly string[]): Promise<FileHash[]> {
  const hashes: FileHash[] = [];
  for (const batch of batches(paths, AT_ONCE)) {
    hashes.push(...(await Promise.all(batch.map(async (path) => ({ path, ...(await hashFile(join(dir, path))) })))));
  }
  return hashes;
}

/** One hash over many: `sha256sum`'s own lines, sorted, so that it can be checked by hand. */
export function combine(files: readonly Pick<FileHash, 'path' | 'sha256'>[]): string {
  const lines = files.map(({ path, sha256 }) => `${sha256}  ${path}\n`).sort();
  return hash('sha256', lines.join(''));
}
