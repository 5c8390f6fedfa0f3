import { Readable } from 'node:stream';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { eachLine } from './lines.ts';

/** The lines taken from a stream that gives these chunks. */
async function taken(chunks: readonly Buffer[]): Promise<string[]> {
  const lines: string[] = [];
  const stream = Readable.from(chunks, { objectMode: false });
  eachLine(stream, (line) => lines.push(line));
  await new Promise((resolve) => stream.on('end', resolve));
  return lines;
}

describe('the lines of a stream', () => {
  it('are whole, however it is torn into pieces, also inside a character', async () => {
    const line = fc.string({ unit: 'binary', maxLength: 30 }).map((text) => text.toWellFormed().replaceAll('\n', ''));
    await fc.assert(
      fc.asyncProperty(
        fc.array(line, { maxLength: 6 }),
        fc.array(fc.integer({ min: 1, max: 9 }), { minLength: 1 }),
        async (lines, sizes) => {
          const bytes = Buffer.from(lines.map((each) => `${each}\n`).join(''));
          const chunks: Buffer[] = [];
          for (let at = 0; at < bytes.length; ) {
            const size = sizes[chunks.length % sizes.length] as number;
            chunks.push(bytes.subarray(at, at + size));
            at += size;
          }
          expect(await taken(chunks)).toEqual(lines);
        },
      ),
    );
  });

  it('do not include one that has not ended: half an acknowledgement is none', async () => {
    expect(await taken([Buffer.from('17 1532\n18 15')])).toEqual(['17 1532']);
  });

  it('are cut where one would fill the memory', async () => {
    const chunks = [...Array.from({ length: 50 }, () => Buffer.alloc(1000, 'x')), Buffer.from('\nnext\n')];
    const lines = await taken(chunks);
    expect(lines.at(-1)).toBe('next');
    expect((lines[0] as string).length).toBeLessThanOrEqual(10_000);
  });
});
