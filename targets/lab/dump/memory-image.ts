/** A machine's memory as a sparse file, for programs that read cores: as large as the machine, and takes no more than what the machine uses. */
import { type FileHandle, open, rm } from 'node:fs/promises';
import { layOutCore } from './elf-core.ts';
import type { GuestMemory } from './guest-memory.ts';

/** What is read and written at once, and how much of that at the same time: 16 MiB of our own memory. */
const CHUNK_BYTES = 4 << 20;
const AT_ONCE = 4;
/** Zeros are left out where there are so many: a hole costs more than a few pages do. */
const HOLE_BYTES = 64 << 10;
const ZEROS = Buffer.alloc(HOLE_BYTES);

export interface MemoryImage extends AsyncDisposable {
  /** for programs that we start; nobody else finds it */
  readonly path: string;
}

/**
 * Writes it beside `path`, with these notes. The file has no name from the start on, so that it is gone when it is closed, or we are ended, however
 * that may be. Throws the signal's reason, and what the file system says.
 */
export async function writeMemoryImage(
  path: string,
  notes: Buffer,
  { memory, signal }: { readonly memory: GuestMemory; readonly signal: AbortSignal },
): Promise<MemoryImage> {
  await using stack = new AsyncDisposableStack();
  const file = stack.use(await open(path, 'wx', 0o600));
  await rm(path);
  const layout = layOutCore(notes, memory.ram);
  await file.truncate(layout.bytes);
  await writeAll(file, layout.head, 0);
  const pending = new Set<Promise<void>>();
  const spare: Buffer[] = Array.from({ length: AT_ONCE }, () => Buffer.allocUnsafe(CHUNK_BYTES));
  const failures: unknown[] = [];
  for await (const { paddr, bytes } of memory.populated(CHUNK_BYTES)) {
    while (spare.length === 0) await Promise.race(pending);
    if (failures.length > 0 || signal.aborted) break;
    const buffer = spare.pop() as Buffer;
    const copied = copy(memory, file, { paddr, from: layout.offsetOf(paddr), chunk: buffer.subarray(0, bytes) })
      .catch((error) => void failures.push(error))
      .finally(() => {
        pending.delete(copied);
        spare.push(buffer);
      });
    pending.add(copied);
  }
  await Promise.all(pending);
  signal.throwIfAborted();
  if (failures.length > 0) throw failures[0];
  const kept = stack.move();
  return { path: `/proc/${process.pid}/fd/${file.fd}`, [Symbol.asyncDispose]: () => kept.disposeAsync() };
}

async function copy(
  memory: GuestMemory,
  file: FileHandle,
  { paddr, from, chunk }: { readonly paddr: number; readonly from: number; readonly chunk: Buffer },
): Promise<void> {
  await memory.read(paddr, chunk);
  for (const { first, end } of worthWriting(chunk)) await writeAll(file, chunk.subarray(first, end), from + first);
}

/** The parts of a chunk that are worth writing: all but long runs of zeros. */
export function worthWriting(chunk: Buffer): { readonly first: number; readonly end: number }[] {
  const parts: { first: number; end: number }[] = [];
  for (let at = 0; at < chunk.length; at += HOLE_BYTES) {
    const end = Math.min(at + HOLE_BYTES, chunk.length);
    if (chunk.compare(ZEROS, 0, end - at, at, end) === 0) continue;
    const last = parts.at(-1);
    if (last?.end === at) last.end = end;
    else parts.push({ first: at, end });
  }
  return parts;
}

async function writeAll(file: FileHandle, buffer: Buffer, position: number): Promise<void> {
  for (let done = 0; done < buffer.length; ) {
    const { bytesWritten } = await file.write(buffer, done, buffer.length - done, position + done);
    done += bytesWritten;
  }
}
