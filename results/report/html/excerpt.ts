/** The console around an event: its own lines and a few on both sides, each with its number. */
import type { KernelEvent } from '../../model.ts';

export interface ExcerptLine {
  readonly number: number;
  readonly text: string;
  /** it belongs to the event's report */
  readonly marked: boolean;
}

export interface Excerpt {
  readonly lines: readonly ExcerptLine[];
  /** of the report's own lines, how many were left out at its end */
  readonly left: number;
  /** the console is not there, or ends before: these are the lines that the event itself holds */
  readonly fromRecord: boolean;
}

const AROUND = 6;
const MOST_MARKED = 80;
const LINE_CHARS = 300;
const LINE_FEED = 10;

/** Pure; `console` is the machine's whole log, as raw as it came. */
export function excerptOf(
  { line, endLine, byteOffset, report }: Pick<KernelEvent, 'line' | 'endLine' | 'byteOffset' | 'report'>,
  console: Uint8Array | undefined,
): Excerpt {
  const own = Math.max(1, endLine - line + 1);
  const left = Math.max(0, own - MOST_MARKED);
  if (console === undefined || byteOffset >= console.length) {
    const kept = report.slice(0, MOST_MARKED);
    return {
      lines: kept.map((text, at) => ({ number: line + at, text: shown(text), marked: true })),
      left: report.length - kept.length,
      fromRecord: true,
    };
  }
  const before = startsBefore(console, byteOffset);
  const first = line - before.length;
  const wanted = before.length + Math.min(own, MOST_MARKED) + (left > 0 ? 0 : AROUND);
  return {
    lines: linesFrom(console, before[0] ?? byteOffset, wanted).map((text, at) => ({
      number: first + at,
      text,
      marked: first + at >= line && first + at <= endLine,
    })),
    left,
    fromRecord: false,
  };
}

/** Where the lines before `offset` begin, the earliest first. */
function startsBefore(console: Uint8Array, offset: number): number[] {
  const starts: number[] = [];
  for (let end = offset; starts.length < AROUND && end > 0; ) {
    const start = end < 2 ? 0 : console.lastIndexOf(LINE_FEED, end - 2) + 1;
    starts.unshift(start);
    end = start;
  }
  return starts;
}

function linesFrom(console: Uint8Array, offset: number, most: number): string[] {
  const decoder = new TextDecoder();
  const lines: string[] = [];
  for (let at = offset; at < console.length && lines.length < most; ) {
    const found = console.indexOf(LINE_FEED, at);
    const end = found < 0 ? console.length : found;
    // four bytes are the longest character: what is cut off is more than is shown
    lines.push(shown(decoder.decode(console.subarray(at, Math.min(end, at + 4 * LINE_CHARS)))));
    at = end + 1;
  }
  return lines;
}

const shown = (text: string): string => {
  const whole = text.replace(/\r+$/, '');
  return whole.length > LINE_CHARS ? `${whole.slice(0, LINE_CHARS)}…` : whole;
};
