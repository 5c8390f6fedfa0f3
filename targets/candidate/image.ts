/**
 * Opens the files that a person names, so that everything wrong with them is said in one line that names them.
 */
import { open, stat } from 'node:fs/promises';
import { UsageError } from '../../results/errors.ts';
import { HEADER_BYTES, type KernelVersion, parseHeader } from './header.ts';

const REASON: Readonly<Record<string, string>> = {
  ENOENT: 'no such file',
  ENOTDIR: 'no such file',
  EACCES: 'it is not readable for this user: copy it, or run as its owner',
  EISDIR: 'it is a directory; a built kernel tree is named tree:DIR',
};

/** Size and first bytes of a regular file. Throws UsageError that names it as `name`. */
export async function readHead(path: string, name: string = path): Promise<{ head: Buffer; size_bytes: number }> {
  try {
    // before opening: a named pipe would block for ever
    const found = await stat(path);
    if (found.isDirectory()) throw new UsageError(`${name}: ${REASON.EISDIR}`);
    if (!found.isFile()) throw new UsageError(`${name}: it is not a regular file`);
    await using file = await open(path);
    const { buffer, bytesRead } = await file.read(Buffer.alloc(Math.min(HEADER_BYTES, found.size)), 0, null, 0);
    return { head: buffer.subarray(0, bytesRead), size_bytes: found.size };
  } catch (cause) {
    if (cause instanceof UsageError) throw cause;
    const reason = REASON[(cause as NodeJS.ErrnoException).code ?? ''];
    if (reason !== undefined) throw new UsageError(`${name}: ${reason}`);
    throw new UsageError(`${name} cannot be read`, { cause });
  }
}

/** Release and version of the bzImage at `path`. Throws UsageError that names it as `name`. */
export async function readImage(path: string, name: string = path): Promise<KernelVersion> {
  const { head, size_bytes } = await readHead(path, name);
  return parseHeader(head, size_bytes, name);
}

/** The first of `paths` that is there and is a file (or a directory), else undefined: a home directory's `.config` is no kernel configuration. */
export async function firstOf(kind: 'file' | 'directory', paths: readonly string[]): Promise<string | undefined> {
  for (const path of paths) {
    // any reason not to see it is a reason to look on
    const found = await stat(path).catch(() => undefined);
    if (kind === 'file' ? found?.isFile() : found?.isDirectory()) return path;
  }
  return undefined;
}
