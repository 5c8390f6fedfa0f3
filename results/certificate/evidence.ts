/** What a certificate rests on: every file of the run's directory by its sha256. */
import { createHash } from 'node:crypto';
import { constants } from 'node:fs';
import { lstat, open, readdir } from 'node:fs/promises';
import { join, relative } from 'node:path';
import { z } from 'zod';
import { explain, InfraError } from '../errors.ts';

/** A name of printable ASCII, neither `.` nor `..`. */
const SEGMENT = String.raw`(?!\.{1,2}(?:/|$))[ -.0-~]+`;

/** Relative to the directory of the run, with `/` between names: it cannot lead out of it. */
export const EvidencePath = z.string().regex(new RegExp(`^${SEGMENT}(?:/${SEGMENT})*$`), { error: 'no path below the directory of a run' });

export const EvidenceFile = z.object({
  path: EvidencePath,
  bytes: z.int().min(0),
  sha256: z.string().regex(/^[0-9a-f]{64}$/, { error: 'no sha256 in hexadecimal' }),
});
export type EvidenceFile = z.infer<typeof EvidenceFile>;

/** So many complaints of a kind are told one by one. */
const MOST_TOLD = 5;
const CHUNK_BYTES = 1 << 20;

/** All files below `dir` but those that are `except`ed, in the order of their paths. Throws InfraError for what cannot be evidence. */
export async function digestEvidence(dir: string, except: readonly string[]): Promise<EvidenceFile[]> {
  try {
    const { files, odd } = await walk(dir);
    const [first] = odd;
    if (first !== undefined) throw new InfraError(`${first} is no regular file`);
    const digests: EvidenceFile[] = [];
    for (const path of files.filter((each) => !except.includes(each)))
      digests.push(EvidenceFile.parse({ path, ...(await digest(join(dir, path))) }));
    return digests;
  } catch (cause) {
    throw new InfraError(`cannot take the digests of ${dir}: ${explain(cause)}`, { cause });
  }
}

/**
 * What of the evidence in `dir` is not as it was signed, in words; nothing where all is. Files beside it are not wanted either, but those that are
 * `except`ed: what was added could be taken for evidence.
 */
export async function complaintsOfEvidence(dir: string, signed: readonly EvidenceFile[], except: readonly string[]): Promise<string[]> {
  try {
    const paths = signed.map(({ path }) => path);
    const known = new Set([...paths, ...except]);
    const { files, odd } = await walk(dir);
    const there = new Set(files);
    const links = new Set(odd);
    const changed: string[] = [];
    for (const file of signed) if (there.has(file.path) && !(await same(join(dir, file.path), file))) changed.push(file.path);
    return [
      ...told('not a regular file', odd),
      ...told(
        'missing',
        paths.filter((path) => !there.has(path) && !links.has(path)),
      ),
      ...told('not as it was signed', changed),
      ...told(
        'added',
        files.filter((path) => !known.has(path)),
      ),
    ];
  } catch (cause) {
    // what cannot be read proves nothing, whoever is at fault
    return [`it cannot be read: ${explain(cause)}`];
  }
}

function told(what: string, paths: readonly string[]): string[] {
  const rest = paths.length - MOST_TOLD;
  return [...paths.slice(0, MOST_TOLD).map((path) => `${path}: ${what}`), ...(rest > 0 ? [`${rest} more files: ${what}`] : [])];
}

async function same(path: string, { bytes, sha256 }: EvidenceFile): Promise<boolean> {
  // a file of another size need not be read, however large it is
  if ((await lstat(path)).size !== bytes) return false;
  return (await digest(path)).sha256 === sha256;
}

/** What is below `dir`: links are not followed, so that neither a file nor a directory can stand for one elsewhere. */
async function walk(dir: string): Promise<{ files: string[]; odd: string[] }> {
  const files: string[] = [];
  const odd: string[] = [];
  for (const entry of await readdir(dir, { recursive: true, withFileTypes: true })) {
    if (entry.isDirectory()) continue;
    const path = relative(dir, join(entry.parentPath, entry.name));
    (entry.isFile() ? files : odd).push(path);
  }
  return { files: files.sort(), odd: odd.sort() };
}

/** Read piece by piece: a memory image has gigabytes. */
async function digest(path: string): Promise<{ bytes: number; sha256: string }> {
  await using file = await open(path, constants.O_RDONLY | constants.O_NOFOLLOW);
  const sum = createHash('sha256');
  let bytes = 0;
  for await (const chunk of file.createReadStream({ highWaterMark: CHUNK_BYTES, autoClose: false })) {
    sum.update(chunk as Buffer);
    bytes += (chunk as Buffer).length;
  }
  return { bytes, sha256: sum.digest('hex') };
}
