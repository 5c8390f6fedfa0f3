import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { createLineAssembler, LINE_LIMIT_BYTES, type Line } from './lines.ts';

function assemble(chunks: readonly Buffer[], limit?: number): Line[] {
  const lines: Line[] = [];
  const assembler = createLineAssembler(limit);
  for (const chunk of chunks) assembler.push(chunk, (line) => lines.push(line));
  assembler.end((line) => lines.push(line));
  return lines;
}

describe('line assembly', () => {
  it.each([
    ['LF', 'one\ntwo\n', ['1@0 one', '2@4 two']],
    ['CR LF', 'one\r\ntwo\r\n', ['1@0 one', '2@5 two']],
    ['CR CR LF of a doubled tty', 'one\r\r\ntwo\r\r\n', ['1@0 one', '2@6 two']],
    ['a CR alone, which starts the text anew on the same line', '10 %\r20 %\r\nnext', ['1@0 10 %', '1@5 20 %', '2@11 next']],
    ['a last line without end', 'one\nlast', ['1@0 one', '2@4 last']],
    ['empty lines, which only count', '\n\r\n\nfour\n', ['4@4 four']],
    ['NULs of a boot', 'a\0\0b\n', ['1@0 ab']],
    ['colours and titles', '\u001b[1;31mred\u001b[0m \u001b]0;title\u0007text\n', ['1@0 red text']],
  ])('takes %s', (_, text, expected) => {
    const lines = assemble([Buffer.from(text)]);
    expect(lines.map(({ number, byteOffset, text: clean }) => `${number}@${byteOffset} ${clean}`)).toEqual(expected);
  });

  it('gives a line without end out in pieces, so that it takes no memory', () => {
    const lines = assemble(Array.from({ length: 100 }, () => Buffer.alloc(1000, 'x')));
    expect(Math.max(...lines.map(({ text }) => text.length))).toBe(LINE_LIMIT_BYTES);
    expect(lines.reduce((sum, { text }) => sum + text.length, 0)).toBe(100_000);
    expect(new Set(lines.map(({ number }) => number))).toEqual(new Set([1]));
  });

  it('does not depend on the chunks, never throws, and goes forward', () => {
    const bytes = fc.array(fc.oneof(fc.constantFrom(10, 13, 27, 91, 0, 65), fc.integer({ min: 0, max: 255 })), { maxLength: 300 });
    fc.assert(
      fc.property(bytes, fc.array(fc.integer({ min: 1, max: 20 }), { minLength: 1 }), (all, sizes) => {
        const whole = Buffer.from(all);
        const chunks: Buffer[] = [];
        for (let at = 0, turn = 0; at < whole.length; turn += 1) {
          const size = sizes[turn % sizes.length] ?? 1;
          chunks.push(whole.subarray(at, at + size));
          at += size;
        }
        const lines = assemble(chunks, 32);
        expect(lines).toEqual(assemble([whole], 32));
        lines.forEach((line, at) => {
          const before = lines[at - 1];
          if (before !== undefined) expect(line.byteOffset).toBeGreaterThan(before.byteOffset);
          if (before !== undefined) expect(line.number).toBeGreaterThanOrEqual(before.number);
        });
      }),
    );
  });

  it('keeps its own copy of an unfinished line', () => {
    const lines: Line[] = [];
    const assembler = createLineAssembler();
    const chunk = Buffer.from('half');
    assembler.push(chunk, (line) => lines.push(line));
    chunk.fill('x');
    assembler.push(Buffer.from(' whole\n'), (line) => lines.push(line));
    expect(lines.map(({ text }) => text)).toEqual(['half whole']);
  });
});
