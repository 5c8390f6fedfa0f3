import { mkdtempSync, readdirSync, readFileSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, expect, test } from 'vitest';
import { type Extent, type GuestMemory, PAGE_BYTES } from './guest-memory.ts';
import { worthWriting, writeMemoryImage } from './memory-image.ts';

const HOLE = 64 << 10;
const zeros = Buffer.alloc(HOLE);
const ones = Buffer.alloc(HOLE, 1);
const dir = mkdtempSync(join(tmpdir(), 'sp-image-'));
afterAll(() => rmSync(dir, { recursive: true, force: true }));

test.each([
  ['nothing', [], []],
  ['zeros', [zeros, zeros], []],
  ['a page of something', [ones.subarray(0, PAGE_BYTES)], [[0, PAGE_BYTES]]],
  ['something between zeros', [zeros, ones, zeros], [[HOLE, 2 * HOLE]]],
  ['all', [ones, ones], [[0, 2 * HOLE]]],
  ['a last page of zeros', [ones, zeros.subarray(0, PAGE_BYTES)], [[0, HOLE]]],
  [
    'two parts',
    [ones, zeros, ones.subarray(0, 8)],
    [
      [0, HOLE],
      [2 * HOLE, 2 * HOLE + 8],
    ],
  ],
] as [string, Buffer[], [number, number][]][])('of %s what is worth writing is written', (_, parts, expected) => {
  expect(worthWriting(Buffer.concat(parts)).map(({ first, end }) => [first, end])).toEqual(expected);
});

/** Of 1 TiB, in which three pieces hold anything. */
function memoryOf(read: (paddr: number, into: Buffer) => Promise<Buffer>): GuestMemory {
  const memory = {
    ram: [{ paddr: 0x1000_0000, bytes: 2 ** 40, hva: 0 }],
    read,
    async *populated(): AsyncGenerator<Extent> {
      yield { paddr: 0x1000_0000, bytes: PAGE_BYTES };
      yield { paddr: 0x1000_0000 + 2 ** 20, bytes: HOLE };
      yield { paddr: 0x1000_0000 + 2 ** 20 + 2 ** 21, bytes: HOLE };
    },
  };
  return memory as unknown as GuestMemory;
}

const signal = new AbortController().signal;

test('an image takes no more than what holds anything, and has no name', async () => {
  const read = async (paddr: number, into: Buffer) => into.fill(paddr === 0x1000_0000 ? 7 : paddr === 0x1010_0000 ? 0 : 9);
  const path = await (async () => {
    await using image = await writeMemoryImage(join(dir, 'image'), Buffer.from('note'), { memory: memoryOf(read), signal });
    expect(readdirSync(dir)).toEqual([]);
    const { size, blocks } = statSync(image.path);
    expect(size).toBe(2 ** 40 + PAGE_BYTES);
    expect(blocks * 512).toBeLessThan(4 * HOLE);
    return image.path;
  })();
  expect(() => readFileSync(path)).toThrow();
});

test('an image that cannot be written to its end leaves nothing', async () => {
  const broken = memoryOf(() => Promise.reject(new Error('gone')));
  await expect(writeMemoryImage(join(dir, 'image'), Buffer.alloc(0), { memory: broken, signal })).rejects.toThrow('gone');
  const whole = memoryOf(async (_, into) => into);
  const late = AbortSignal.abort(new Error('too late'));
  await expect(writeMemoryImage(join(dir, 'image'), Buffer.alloc(0), { memory: whole, signal: late })).rejects.toThrow('too late');
  expect(readdirSync(dir)).toEqual([]);
});
