import { describe, expect, it, test } from 'vitest';
import { populatedIn, ramIn } from './guest-memory.ts';

/** Of QEMU 7.2 with two nodes, cut short. */
const MTREE = `FlatView #0
 AS "mch", root: bus master container
 Root memory region: (none)
  No rendered FlatView

FlatView #1
 AS "memory", root: system
 AS "cpu-memory-0", root: system
 Root memory region: system
  0000000000000000-00000000000c2fff (prio 0, ram): m0
  00000000000c3000-00000000000e7fff (prio 0, rom): m0 @00000000000c3000
  00000000000e8000-00000000000effff (prio 0, ram): m0 @00000000000e8000
  00000000000f0000-00000000000fffff (prio 0, rom): m0 @00000000000f0000
  0000000000100000-000000007fffffff (prio 0, ram): m0 @0000000000100000
  00000000b0000000-00000000bfffffff (prio 0, i/o): pcie-mmcfg-mmio
  00000000fffc0000-00000000ffffffff (prio 0, rom): pc.bios
  0000000100000000-000000017fffffff (prio 0, ram): m1

FlatView #3
 AS "cpu-smm-0", root: memory
 Root memory region: memory
  0000000000000000-00000000000c2fff (prio 0, ram): m0
`.replaceAll('\n', '\r\n');

describe('RAM', () => {
  it('is what all processors see, without ROM and devices', () => {
    expect(ramIn(MTREE)).toEqual([
      { paddr: 0, bytes: 0xc3000 },
      { paddr: 0xe8000, bytes: 0x8000 },
      { paddr: 0x100000, bytes: 0x7ff00000 },
      { paddr: 0x1_0000_0000, bytes: 0x8000_0000 },
    ]);
  });

  it('is taken in whole pages', () => {
    const odd = ' AS "memory", root: system\n  0000000000000800-0000000000002fff (prio 0, ram): a\n';
    expect(ramIn(`FlatView #0\n${odd}  0000000000004001-0000000000004fff (prio 0, ram): b\n`)).toEqual([{ paddr: 0x1000, bytes: 0x2000 }]);
  });

  it('is nowhere in what is no such table', () => {
    expect(ramIn('unknown command: info mtree')).toEqual([]);
  });
});

/** One letter for each page: present, swapped, neither; the lower bits are a frame's number, and of a page that was ever written (bit 55). */
const entriesOf = (pages: string): Buffer => {
  const kinds: Readonly<Record<string, bigint>> = { p: 1n << 63n, s: 1n << 62n, '.': 0n, d: 1n << 55n };
  const buffer = Buffer.alloc(pages.length * 8);
  [...pages].forEach((page, index) => void buffer.writeBigUInt64LE((kinds[page] ?? 0n) | 0x1234n, index * 8));
  return buffer;
};

test.each([
  ['', 8, []],
  ['....', 8, []],
  ['pppp', 8, [[0, 4]]],
  [
    '.pp.s',
    8,
    [
      [1, 2],
      [4, 1],
    ],
  ],
  ['psps', 8, [[0, 4]]],
  ['d.d.', 8, []],
  [
    'ppppp',
    2,
    [
      [0, 2],
      [2, 2],
      [4, 1],
    ],
  ],
  [
    'pp.pp',
    2,
    [
      [0, 2],
      [3, 2],
    ],
  ],
] as [string, number, [number, number][]][])('of the pages "%s" the populated ones are told, %i at once', (pages, most, runs) => {
  expect(populatedIn(entriesOf(pages), most).map(({ first, count }) => [first, count])).toEqual(runs);
});
