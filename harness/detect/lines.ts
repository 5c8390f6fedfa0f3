/**
 * Raw console bytes, in any chunking, to lines of clean text. What a serial console delivers is not a text file: lines end in
 * CR LF, LF or CR alone, a boot leaves NULs, userspace colours its text, and a broken program prints gigabytes without a line end.
 */

import type { Sieve } from './sieve.ts';

export interface Line {
  /** without line end, NULs and escape sequences; malformed UTF-8 becomes U+FFFD */
  readonly text: string;
  /** counts LF from 1, as `sed -n 12p` does: a CR alone starts a new text on the same line */
  readonly number: number;
  /** of the first byte of this text in the stream, from 0 */
  readonly byteOffset: number;
}

export interface LineReceiver {
  onLine(line: Line): void;
  /** True while only what the sieve finds is worth reading. */
  maySkip(): boolean;
}

export interface LineAssembler {
  /** Hands over every text that is complete with this chunk, but for what may be skipped. */
  push(chunk: Buffer, receiver: LineReceiver): void;
  /** The last line has no end: gives it out as it stands. */
  end(receiver: LineReceiver): void;
  readonly bytes: number;
  readonly lines: number;
}

/** A printk record holds at most 2048 bytes (PRINTK_MESSAGE_MAX, kernel/printk/printk.c); the rest is room for userspace before it. */
export const LINE_LIMIT_BYTES = 8192;

const LF = 0x0a;

/** CSI (`ESC [ … letter`), OSC (`ESC ] … BEL` or `ESC ] … ESC \`), and the two-byte escapes. */
// biome-ignore lint/suspicious/noControlCharactersInRegex: control characters are what is looked for
const ESCAPES = /\u001b(?:\[[0-?]*[ -/]*[@-~]|\][^\u0007\u001b]*(?:\u0007|\u001b\\)|[ -/]*[0-Z\\^-~])/g;
// biome-ignore lint/suspicious/noControlCharactersInRegex: control characters are what is looked for
const UNPRINTED = /[\u0000-\u0008\u000b\u000c\u000e-\u001f]/;
// biome-ignore lint/suspicious/noControlCharactersInRegex: control characters are what is looked for
const UNPRINTED_ALL = /[\u0000-\u0008\u000b\u000c\u000e-\u001f]/g;

/** Text without what a terminal would not show. */
export function clean(text: string): string {
  return UNPRINTED.test(text) ? text.replaceAll(ESCAPES, '').replaceAll(UNPRINTED_ALL, '') : text;
}

/**
 * A line longer than `limit` bytes is given out in pieces of that size with the same number, so memory stays bounded. What the sieve does
 * not find is never made a text: that is what makes quiet consoles cheap. Only whole lines within a chunk are sieved.
 */
export function createLineAssembler(sieve?: Sieve, limit: number = LINE_LIMIT_BYTES): LineAssembler {
  let carry: Buffer[] = [];
  let carried = 0;
  let bytes = 0;
  let lineFeeds = 0;
  let unended = false;

  const take = (last: Buffer): Buffer => {
    if (carried === 0) return last;
    const whole = Buffer.concat([...carry, last], carried + last.length);
    carry = [];
    carried = 0;
    return whole;
  };

  /** Where the next line worth reading begins; all line feeds before it are counted. */
  const skip = (chunk: Buffer, from: number, to: number, found: Sieve): { readonly line: number; readonly place: number } => {
    const place = found.find(chunk, from, to);
    lineFeeds += found.lineFeeds;
    return { place, line: place === to ? to : Math.max(from, place === 0 ? 0 : chunk.lastIndexOf(LF, place - 1) + 1) };
  };

  const push = (given: Buffer, { onLine, maySkip }: LineReceiver): void => {
    // the sieve reads whole words of memory
    const chunk = given.byteOffset % Int32Array.BYTES_PER_ELEMENT === 0 ? given : Buffer.from(new Uint8Array(given).buffer);
    const base = bytes;
    const whole = chunk.lastIndexOf(LF) + 1;
    let from = 0;
    let read = 0;
    while (from < chunk.length) {
      if (sieve !== undefined && !unended && from >= read && from < whole && maySkip()) {
        const { line, place } = skip(chunk, from, whole, sieve);
        from = line;
        read = place + Int32Array.BYTES_PER_ELEMENT;
        if (from >= whole) continue;
      }
      const room = from + limit - carried;
      const found = chunk.indexOf(LF, from);
      const to = found === -1 ? chunk.length : found;
      if (to >= room) {
        const piece = take(chunk.subarray(from, room));
        split(piece, base + room - piece.length, lineFeeds + 1, onLine);
        from = room;
        unended = true;
      } else if (found === -1) {
        // A copy, since the caller may use its buffer again.
        carry.push(Buffer.from(chunk.subarray(from)));
        carried += chunk.length - from;
        from = chunk.length;
        unended = true;
        // Byte-by-byte feeding must not cost an object per byte until the line ends.
        if (carry.length > 64) carry = [Buffer.concat(carry, carried)];
      } else {
        const piece = take(chunk.subarray(from, to));
        split(piece, base + to - piece.length, lineFeeds + 1, onLine);
        lineFeeds += 1;
        from = to + 1;
        unended = false;
      }
    }
    bytes = base + chunk.length;
  };

  return {
    push,
    end({ onLine }) {
      if (carried > 0) {
        const piece = take(Buffer.alloc(0));
        split(piece, bytes - piece.length, lineFeeds + 1, onLine);
      }
    },
    get bytes() {
      return bytes;
    },
    get lines() {
      return lineFeeds + (unended ? 1 : 0);
    },
  };
}

const CR = 0x0d;

/** Gives out the texts between the CRs of one LF line; nothing for an empty text. */
function split(piece: Buffer, byteOffset: number, number: number, onLine: (line: Line) => void): void {
  let end = piece.length;
  while (end > 0 && piece[end - 1] === CR) end -= 1;
  let from = 0;
  while (from < end) {
    const cr = piece.indexOf(CR, from);
    const to = cr === -1 || cr > end ? end : cr;
    const text = to === from ? '' : clean(piece.toString('utf8', from, to));
    if (text !== '') onLine({ text, number, byteOffset: byteOffset + from });
    from = to + 1;
  }
}
