/** A file that somebody else appends to, read piece by piece: only what is new. */
import { constants } from 'node:fs';
import { type FileHandle, open } from 'node:fs/promises';

/** A line that is longer is no record and no console's line: it is passed over. */
const LONGEST_LINE_BYTES = 1024 * 1024;
const LINE_FEED = 10;

export interface Piece {
  /** whole lines without their line feed, and where each begins in the file */
  readonly lines: readonly { readonly offset: number; readonly bytes: Buffer }[];
  /** the file is another than before, or was cut: what was read before is void */
  readonly restarted: boolean;
  /** how long the file is now; undefined where there is none */
  readonly size: number | undefined;
}

export class FileTail {
  readonly #path: string;
  readonly #last_bytes: number | undefined;
  /** where the next byte is read */
  #at = 0;
  #rest = Buffer.alloc(0);
  /** no line begins here: what comes up to the next line feed is passed over */
  #inside = false;
  #file = '';
  #started = false;

  /** With `last_bytes` it begins so far before the end, with the first whole line there, and again whenever it has fallen behind by twice that. */
  constructor(path: string, last_bytes?: number) {
    this.#path = path;
    this.#last_bytes = last_bytes;
  }

  /** How many bytes were taken so far, those of an unfinished line included. */
  get at(): number {
    return this.#at;
  }

  /** The next lines, of at most `most_bytes`. A file that is not there yet has none. Throws what the system says of any other trouble. */
  async read(most_bytes: number): Promise<Piece> {
    const handle = await openPlain(this.#path);
    if (handle === undefined) {
      const restarted = this.#started;
      this.#restart('');
      this.#started = false;
      return { lines: [], restarted, size: undefined };
    }
    try {
      const { ino, dev, size } = await handle.stat();
      const file = `${dev}:${ino}`;
      const restarted = this.#started && (file !== this.#file || size < this.#at);
      if (!this.#started || restarted) this.#restart(file, size);
      this.#started = true;
      if (this.#last_bytes !== undefined && size - this.#at > 2 * this.#last_bytes) this.#restart(file, size);
      const buffer = Buffer.allocUnsafe(Math.max(0, Math.min(most_bytes, size - this.#at)));
      const { bytesRead } = await handle.read(buffer, 0, buffer.length, this.#at);
      return { lines: this.#take(buffer.subarray(0, bytesRead)), restarted, size };
    } finally {
      await handle.close();
    }
  }

  #restart(file: string, size = 0): void {
    this.#file = file;
    this.#at = this.#last_bytes === undefined ? 0 : Math.max(0, size - this.#last_bytes);
    this.#inside = this.#at > 0;
    this.#rest = Buffer.alloc(0);
  }

  #take(fresh: Buffer): { offset: number; bytes: Buffer }[] {
    const lines: { offset: number; bytes: Buffer }[] = [];
    const start = this.#at - this.#rest.length;
    const text = this.#rest.length === 0 ? fresh : Buffer.concat([this.#rest, fresh]);
    this.#at += fresh.length;
    let from = 0;
    for (let end = text.indexOf(LINE_FEED); end >= 0; end = text.indexOf(LINE_FEED, from)) {
      if (!this.#inside) lines.push({ offset: start + from, bytes: text.subarray(from, end) });
      this.#inside = false;
      from = end + 1;
    }
    const rest = text.subarray(from);
    if (rest.length > LONGEST_LINE_BYTES) this.#inside = true;
    this.#rest = this.#inside ? Buffer.alloc(0) : Buffer.from(rest); // a copy: the piece itself is large
    return lines;
  }
}

/**
 * Opens a plain file, undefined where there is none. Never one behind a link, which a directory from elsewhere may hold, and never a pipe, which
 * would keep us waiting. Throws what the system says of any other trouble.
 */
export async function openPlain(path: string): Promise<FileHandle | undefined> {
  let handle: FileHandle;
  try {
    handle = await open(path, constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK);
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (code === 'ENOENT' || code === 'ENOTDIR' || code === 'ELOOP' || code === 'ENXIO') return undefined;
    throw error;
  }
  if ((await handle.stat()).isFile()) return handle;
  await handle.close();
  return undefined;
}
