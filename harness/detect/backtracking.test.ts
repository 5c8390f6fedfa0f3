import { expect, it } from 'vitest';
import { LINE_LIMIT_BYTES } from './lines.ts';
import { recognise, TABLE } from './table.ts';

/** What a part of a pattern that repeats may swallow. */
const FILLERS = ['a', ' ', '0', 'a ', '/', '(a', ') ', ': ', '[#', 'a.c:1 ', '-', '"'] as const;
/** A pattern that backtracks over and over takes hours for a line of this length; an honest one takes a millisecond or two. */
const LIMIT_MS = 500;

/** The processor's time that some work takes, in milliseconds: what a busy machine keeps waiting is not counted. */
function costs_ms(work: () => unknown): number {
  const before = process.threadCpuUsage();
  work();
  const { user, system } = process.threadCpuUsage(before);
  return (user + system) / 1000;
}

it.each([...new Set(TABLE.map(({ kind }) => kind))])('no line keeps the patterns of %s busy', (kind) => {
  for (const row of TABLE.filter((each) => each.kind === kind)) {
    for (let cut = 1; cut <= row.example.length; cut += 5) {
      for (const filler of FILLERS) {
        const line = (row.example.slice(0, cut) + filler.repeat(LINE_LIMIT_BYTES)).slice(0, LINE_LIMIT_BYTES);
        expect(
          costs_ms(() => row.pattern.exec(line)),
          `${row.pattern} on ${line.slice(0, 80)}`,
        ).toBeLessThan(LIMIT_MS);
      }
    }
  }
});

it('nor does a line keep the table as a whole', () => {
  for (const { example } of TABLE) {
    for (const filler of FILLERS) {
      const line = (example + filler.repeat(LINE_LIMIT_BYTES)).slice(0, LINE_LIMIT_BYTES);
      expect(
        costs_ms(() => recognise(line)),
        `${example} and ${filler}`,
      ).toBeLessThan(LIMIT_MS);
    }
  }
});
