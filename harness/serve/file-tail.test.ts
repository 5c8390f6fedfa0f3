import { execFileSync } from 'node:child_process';
import { appendFileSync, mkdtempSync, renameSync, rmSync, symlinkSync, truncateSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { FileTail } from './file-tail.ts';

let dir = '';
beforeAll(() => {
  dir = mkdtempSync(join(tmpdir(), 'tail-'));
});
afterAll(() => rmSync(dir, { recursive: true }));

const read = async (tail: FileTail, bytes = 1e6) => {
  const { lines, restarted, size } = await tail.read(bytes);
  return { lines: lines.map((line) => line.bytes.toString()), restarted, size };
};

describe('the tail of a file', () => {
  it('gives every whole line once with its place, however it was written and read', async () => {
    const pieces = fc.array(fc.stringMatching(/^[a-z\u00e4\u{1f600}\n]{0,12}$/u), { maxLength: 12 });
    await fc.assert(
      fc.asyncProperty(pieces, fc.integer({ min: 1, max: 20 }), async (written, most) => {
        const path = join(dir, 'any');
        writeFileSync(path, '');
        const tail = new FileTail(path);
        const seen: { offset: number; bytes: Buffer }[] = [];
        for (const piece of written) {
          appendFileSync(path, piece);
          seen.push(...(await tail.read(most)).lines);
        }
        for (;;) {
          const { lines, size = 0 } = await tail.read(most);
          seen.push(...lines);
          if (tail.at >= size) break;
        }
        const whole = Buffer.from(written.join(''));
        expect(seen.map(({ bytes }) => bytes.toString())).toEqual(whole.toString().split('\n').slice(0, -1));
        for (const { offset, bytes } of seen) expect(whole.subarray(offset, offset + bytes.length)).toEqual(bytes);
      }),
      { numRuns: 40 },
    );
  });

  it('waits for a file that is not there yet, and begins anew with one that was cut, replaced or taken away', async () => {
    const path = join(dir, 'life');
    const tail = new FileTail(path);
    expect(await read(tail)).toEqual({ lines: [], restarted: false, size: undefined });
    writeFileSync(path, 'one\ntwo\nthr');
    expect(await read(tail)).toEqual({ lines: ['one', 'two'], restarted: false, size: 11 });
    appendFileSync(path, 'ee\n');
    expect(await read(tail)).toEqual({ lines: ['three'], restarted: false, size: 14 });
    truncateSync(path, 4);
    expect(await read(tail)).toEqual({ lines: ['one'], restarted: true, size: 4 });
    writeFileSync(`${path}.new`, 'another file that is longer\n');
    renameSync(`${path}.new`, path);
    expect(await read(tail)).toEqual({ lines: ['another file that is longer'], restarted: true, size: 28 });
    rmSync(path);
    expect(await read(tail)).toEqual({ lines: [], restarted: true, size: undefined });
    writeFileSync(path, 'again\n');
    expect(await read(tail)).toEqual({ lines: ['again'], restarted: false, size: 6 });
  });

  it('begins a little before the end where that is asked for, and again where it falls behind', async () => {
    const path = join(dir, 'long');
    const lines = (from: number, to: number) => Array.from({ length: to - from }, (_, at) => `line ${from + at}\n`).join('');
    writeFileSync(path, lines(1000, 2000));
    const tail = new FileTail(path, 40);
    expect((await read(tail)).lines).toEqual(['line 1997', 'line 1998', 'line 1999']);
    appendFileSync(path, lines(2000, 2002));
    expect((await read(tail)).lines).toEqual(['line 2000', 'line 2001']);
    appendFileSync(path, lines(2002, 3000));
    expect((await read(tail)).lines).toEqual(['line 2997', 'line 2998', 'line 2999']);
  });

  it('passes over what is no line of anything, and goes on behind it', async () => {
    const path = join(dir, 'endless');
    writeFileSync(path, `first\n${'x'.repeat(3 * 1024 * 1024)}\nlast\n`);
    const tail = new FileTail(path);
    const seen: string[] = [];
    for (let turn = 0; turn < 20; turn += 1) seen.push(...(await read(tail, 256 * 1024)).lines);
    expect(seen).toEqual(['first', 'last']);
  });

  it('opens neither what a link points to nor a pipe', async () => {
    writeFileSync(join(dir, 'secret'), 'secret\n');
    symlinkSync(join(dir, 'secret'), join(dir, 'link'));
    execFileSync('mkfifo', [join(dir, 'pipe')]);
    for (const name of ['link', 'pipe', '.'])
      expect(await read(new FileTail(join(dir, name)))).toMatchObject({ lines: [], size: undefined });
  });
});
