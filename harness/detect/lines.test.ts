import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { createLineAssembler, LINE_LIMIT_BYTES, type Line } from './lines.ts';
import { createSieve, type Sieve } from './sieve.ts';

function into(lines: Line[]) {
  return { onLine: (line: Line) => void lines.push(line), maySkip: () => true };
}

function assemble(chunks: readonly Buffer[], limit?: number, sieve?: Sieve): Line[] {
  const lines: Line[] = [];
  const assembler = createLineAssembler(sieve, limit);
  for (const chunk of chunks) assembler.push(chunk, into(lines));
  assembler.end(into(lines));
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

  it('gives out every line that the sieve finds, with its number and offset, wherever the chunk lies in memory', () => {
    const noise = fc.constantFrom('\n', '\r\n', 'x', '  quiet ', 'needle', ' needles found\n', '\u001b[1m', '\t', 'é');
    fc.assert(
      fc.property(fc.array(noise, { maxLength: 60 }), fc.integer({ min: 0, max: 3 }), (parts, shift) => {
        const text = Buffer.from(parts.join(''));
        const moved = Buffer.concat([Buffer.alloc(shift), text]).subarray(shift);
        const all = assemble([moved], 32);
        const found = assemble([moved], 32, createSieve(['needles', 'quieter']));
        const told = new Set(found.map((line) => JSON.stringify(line)));
        expect(found.every((line) => all.some((other) => JSON.stringify(other) === JSON.stringify(line)))).toBe(true);
        for (const line of all) if (line.text.includes('needles')) expect(told).toContain(JSON.stringify(line));
      }),
    );
  });

  it('gives out nothing that the sieve does not find', () => {
    const quiet = Buffer.from('one line\r\nand another\nneedle alone\n'.repeat(50));
    expect(assemble([quiet], undefined, createSieve(['needles']))).toEqual([]);
  });

  it('keeps its own copy of an unfinished line', () => {
    const lines: Line[] = [];
    const assembler = createLineAssembler();
    const chunk = Buffer.from('half');
    assembler.push(chunk, into(lines));
    chunk.fill('x');
    assembler.push(Buffer.from(' whole\n'), into(lines));
    expect(lines.map(({ text }) => text)).toEqual(['half whole']);
  });
});
