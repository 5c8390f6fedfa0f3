/**
 * Finds the few places of a console that are worth reading: where one of some literals stands, or a control character that may hide one.
 * The text is read four bytes at a time. Every literal of seven characters holds four that lie on such a border, whichever way it lies, so
 * that one look into a table of four-byte words decides for most places. Line feeds are counted on the way.
 * Source: q-gram filters with a stride, as in B. Kalsi, H. Peltola, J. Tarhio, "Comparison of exact string matching algorithms" (2008).
 */

import { withoutLonger } from './literals.ts';

export interface Sieve {
  /**
   * The offset of the first place in `bytes` from `from` on, before `to`, that is worth reading, or `to`. It may lie up to three bytes
   * before what is found. `bytes` must begin on a multiple of four in its memory.
   */
  find(bytes: Uint8Array, from: number, to: number): number;
  /** the line feeds between `from` and what was found, of the last `find` */
  readonly lineFeeds: number;
}

const LF = 0x0a;
const CR = 0x0d;
const TAB = 0x09;
const WORD = 4;
/** Shorter ones leave too much open. */
const SHORTEST = 5;
const FILTER_BITS = 17;
/** 2^32 divided by the golden ratio (D. Knuth, The Art of Computer Programming, vol. 3, 6.4). */
const GOLDEN = 0x9e3779b1;
const slot = (word: number): number => Math.imul(word, GOLDEN) >>> (32 - FILTER_BITS);

/** A literal that may stand at `shift` bytes from the word that was seen (negative: it begins before). */
interface Suspect {
  readonly literal: Uint8Array;
  readonly shift: number;
}

/** Throws an Error for a literal of less than five characters. */
export function createSieve(literals: readonly string[]): Sieve {
  const filter = new Uint8Array(1 << FILTER_BITS);
  const suspects = new Map<number, Suspect[]>();
  for (const text of withoutLonger(literals)) {
    if (text.length < SHORTEST) throw new Error(`"${text}" is too short to be looked for`);
    const literal = Buffer.from(text, 'latin1');
    for (let phase = 0; phase < WORD; phase += 1) {
      const { words, shift } = wordsAt(literal, phase);
      for (const word of words) {
        filter[slot(word)] = 1;
        suspects.set(word, [...(suspects.get(word) ?? []), { literal, shift }]);
      }
    }
  }
  let lineFeeds = 0;

  const isThere = (bytes: Uint8Array, at: number, { literal, shift }: Suspect): boolean => {
    const start = at + shift;
    for (let i = 0; i < literal.length; i += 1) if (bytes[start + i] !== literal[i]) return false;
    return true;
  };

  const isWorthReading = (bytes: Uint8Array, at: number, word: number): boolean =>
    suspects.get(word)?.some((suspect) => isThere(bytes, at, suspect)) ?? false;

  /** Reads a few bytes one after the other: counts their line feeds, or returns true where a control character stands among them. */
  const isControlled = (bytes: Uint8Array, from: number, to: number): boolean => {
    let counted = 0;
    for (let at = from; at < to; at += 1) {
      const byte = bytes[at] as number;
      if (byte >= 0x20) continue;
      if (byte === LF) counted += 1;
      else if (byte !== CR && byte !== TAB) return true;
    }
    lineFeeds += counted;
    return false;
  };

  const find = (bytes: Uint8Array, from: number, to: number): number => {
    lineFeeds = 0;
    const view = new Int32Array(bytes.buffer, bytes.byteOffset, bytes.length >>> 2);
    // the word in which the first byte stands is looked at whole, but counted in part
    let index = from >>> 2;
    if (from % WORD !== 0) {
      const at = index * WORD;
      if (isWorthReading(bytes, at, wordAt(bytes, at)) || isControlled(bytes, from, Math.min(at + WORD, to))) return from;
      index += 1;
    }
    const end = to >>> 2;
    for (; index < end; index += 1) {
      const word = view[index] as number;
      if (filter[slot(word)] === 1 && isWorthReading(bytes, index * WORD, word)) return index * WORD;
      // a byte below 0x20 (S. Anderson, Bit Twiddling Hacks, "hasless")
      if ((((word - 0x20202020) | 0) & ~word & 0x80808080) !== 0) {
        if (isControlled(bytes, index * WORD, index * WORD + WORD)) return index * WORD;
      }
    }
    const at = index * WORD;
    if (at < to && at >= from && (isWorthReading(bytes, at, wordAt(bytes, at)) || isControlled(bytes, at, to))) return at;
    return to;
  };

  return {
    find,
    get lineFeeds() {
      return lineFeeds;
    },
  };
}

/** The word at an offset, little-endian as the view has it; what lies behind the end is taken for zero. */
const wordAt = (bytes: Uint8Array, at: number): number =>
  (bytes[at] ?? 0) | ((bytes[at + 1] ?? 0) << 8) | ((bytes[at + 2] ?? 0) << 16) | ((bytes[at + 3] ?? 0) << 24);

/**
 * The words that give a literal away which begins `phase` bytes after a border: the first that lies whole in it; in a short one, the
 * word that holds most of it, with every byte that may stand beside.
 */
function wordsAt(literal: Uint8Array, phase: number): { words: number[]; shift: number } {
  const whole = (WORD - phase) % WORD;
  if (whole + WORD <= literal.length) return { words: [wordAt(literal, whole)], shift: -whole };
  const partial = [-phase, WORD - phase].find((start) => overlap(literal, start) === WORD - 1) as number;
  const words = Array.from({ length: 256 }, (_, free) => {
    const bytes = Uint8Array.from({ length: WORD }, (_, i) => literal[partial + i] ?? free);
    return wordAt(bytes, 0);
  });
  return { words, shift: -partial };
}

const overlap = (literal: Uint8Array, start: number): number => Math.min(start + WORD, literal.length) - Math.max(start, 0);
