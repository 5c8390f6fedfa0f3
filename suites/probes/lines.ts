/** Calls `take` with every whole line of a stream. A line longer than the limit is cut there. */
import type { Readable } from 'node:stream';

const LINE_LIMIT_CHARS = 10_000;

export function eachLine(stream: Readable, take: (line: string) => void): void {
  let rest = '';
  stream.setEncoding('utf8');
  stream.on('data', (text: string) => {
    const lines = (rest + text).split('\n');
    rest = (lines.pop() ?? '').slice(0, LINE_LIMIT_CHARS);
    for (const line of lines) take(line);
  });
}
