import { expect, it, test } from 'vitest';
import { sampleNote } from './dump.sample.ts';
import { readKernelLog } from './kernel-log.ts';
import { VmcoreInfo } from './vmcoreinfo.ts';

const PRB = 0xffff_ffff_8d06_2540n;
const RING = 0x1_0000n;
const DESCS = 0x2_0000n;
const INFOS = 0x3_0000n;
const TEXT = 0x4_0000n;
const COUNT_BITS = 2;
const SIZE_BITS = 6;
const SIZE = 2 ** SIZE_BITS;

interface Sample {
  readonly id: bigint;
  readonly text: string;
  /** where its block begins on the ring's endless scale, its size 8 bytes more than the text, in words; undefined has no text */
  readonly begin?: number;
  /** 0 reserved, 1 committed, 2 finalized, 3 reusable */
  readonly state?: bigint;
}

/** Memory with a ring of four records and 64 bytes of text, as printk_ringbuffer.c lays them out. */
function ringOf(records: readonly Sample[], { tail, head, countBits = COUNT_BITS }: { tail: bigint; head: bigint; countBits?: number }) {
  const prb = Buffer.alloc(8);
  prb.writeBigUInt64LE(RING);
  const ring = Buffer.alloc(88);
  ring.writeUInt32LE(countBits, 0);
  for (const [at, value] of [
    [8, DESCS],
    [16, INFOS],
    [24, head],
    [32, tail],
    [48 + 8, TEXT],
  ] as const)
    ring.writeBigUInt64LE(value, at);
  ring.writeUInt32LE(SIZE_BITS, 48);
  const descs = Buffer.alloc(4 * 24);
  const infos = Buffer.alloc(4 * 88);
  const text = Buffer.alloc(SIZE);
  for (const { id, text: said, begin, state = 2n } of records) {
    const index = Number(id % 4n);
    const bytes = Buffer.from(said);
    descs.writeBigUInt64LE((state << 62n) | id, index * 24);
    infos.writeBigUInt64LE(id * 1_000_000_000n + 1999n, index * 88 + 8);
    infos.writeUInt16LE(bytes.length, index * 88 + 16);
    const size = 8 + Math.ceil(bytes.length / 8) * 8;
    const wraps = begin !== undefined && Math.floor(begin / SIZE) !== Math.floor((begin + size) / SIZE);
    const at = wraps ? Math.ceil(begin / SIZE) * SIZE : (begin ?? 0);
    descs.writeBigUInt64LE(begin === undefined ? 3n : BigInt(begin), index * 24 + 8);
    descs.writeBigUInt64LE(begin === undefined ? 3n : BigInt(at + size), index * 24 + 16);
    if (begin !== undefined) bytes.copy(text, (at % SIZE) + 8);
  }
  const pieces = new Map([
    [PRB, prb],
    [RING, ring],
    [DESCS, descs],
    [INFOS, infos],
    [TEXT, text],
  ]);
  return { read: async (address: bigint, bytes: number) => (pieces.get(address) as Buffer).subarray(0, bytes) };
}

const read = (records: readonly Sample[], ids: { tail: bigint; head: bigint; countBits?: number }) =>
  readKernelLog(new VmcoreInfo(sampleNote()), ringOf(records, ids));

test.each([
  [
    'one after the other',
    [
      { id: 4n, text: 'one', begin: 0 },
      { id: 5n, text: 'two', begin: 16 },
    ],
    '[    4.000001] one\n[    5.000001] two\n',
  ],
  [
    'of several lines',
    [
      { id: 4n, text: 'a\nb', begin: 0 },
      { id: 5n, text: '', begin: 16 },
    ],
    '[    4.000001] a\n[    4.000001] b\n[    5.000001] \n',
  ],
  [
    'around the end of the ring',
    [
      { id: 4n, text: 'a', begin: 40 },
      { id: 5n, text: 'at the beginning', begin: 56 },
    ],
    '[    4.000001] a\n[    5.000001] at the beginning\n',
  ],
  [
    'without any text',
    [
      { id: 4n, text: '' },
      { id: 5n, text: 'b', begin: 0 },
    ],
    '[    4.000001] \n[    5.000001] b\n',
  ],
  [
    'in UTF-8',
    [
      { id: 4n, text: 'größer', begin: 0 },
      { id: 5n, text: 'b', begin: 16 },
    ],
    '[    4.000001] größer\n[    5.000001] b\n',
  ],
  [
    'not written to the end',
    [
      { id: 4n, text: 'a', begin: 0, state: 1n },
      { id: 5n, text: 'b', begin: 16, state: 0n },
    ],
    '[    4.000001] a\n',
  ],
  [
    'written over',
    [
      { id: 8n, text: 'newer', begin: 0 },
      { id: 5n, text: 'b', begin: 16 },
    ],
    '[    5.000001] b\n',
  ],
  [
    'given up',
    [
      { id: 4n, text: 'a', begin: 0, state: 3n },
      { id: 5n, text: 'b', begin: 16 },
    ],
    '[    5.000001] b\n',
  ],
] as [string, Sample[], string][])('records %s', async (_, records, log) => {
  expect(await read(records, { tail: 4n, head: 5n })).toBe(log);
});

it('does not read a ring that cannot be', async () => {
  await expect(read([], { tail: 0n, head: 0n, countBits: 60 })).rejects.toThrow(/damaged: a ring of 2\^60/);
});

it.each([
  ['whose ends are too far apart', { tail: 0n, head: 4n }],
  ['whose ends are no ends', { tail: 5n, head: 4n }],
])('does not read a ring %s', async (_, ids) => {
  await expect(read([], ids)).rejects.toThrow(/damaged: \d+ records in a ring of 4/);
});

it('says that a kernel keeps no such ring', async () => {
  const note = sampleNote();
  note.write('SYMBOL(log', note.indexOf('SYMBOL(prb'));
  await expect(readKernelLog(new VmcoreInfo(note), ringOf([], { tail: 0n, head: 0n }))).rejects.toThrow(
    /does not keep its log as kernels since 5\.10/,
  );
});
