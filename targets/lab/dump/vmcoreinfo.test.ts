import { describe, expect, it, test } from 'vitest';
import { sampleNote } from './dump.sample.ts';
import { type Extent, PAGE_BYTES } from './guest-memory.ts';
import { findVmcoreInfo, noteOn, VmcoreInfo } from './vmcoreinfo.ts';

test('a note tells symbols in hexadecimal and numbers in decimal, and what it does not tell', () => {
  const info = new VmcoreInfo(sampleNote('NUMBER(phys_base)=-16777216'));
  expect(info.release).toBe('6.1.0-50-cloud-amd64');
  expect(info.symbol('prb')).toBe(0xffff_ffff_8d06_2540n);
  expect(info.number('OFFSET(printk_info.text_len)')).toBe(16);
  expect(info.number('NUMBER(phys_base)')).toBe(-16_777_216);
  expect(() => info.symbol('log_buf')).toThrow('the kernel does not tell its SYMBOL(log_buf) (VMCOREINFO)');
});

const altered = (at: number, value: number): Buffer => {
  const note = Buffer.concat([sampleNote(), Buffer.alloc(PAGE_BYTES)]).subarray(0, PAGE_BYTES);
  note.writeUInt32LE(value, at);
  return note;
};

test.each([
  ['a note', altered(8, 0), sampleNote().length],
  ['a note of another type', altered(8, 7), 0],
  ['one with a longer name', altered(0, 12), 0],
  ['one beyond all bounds', altered(4, 2 ** 31), 0],
  ['a page of zeros', Buffer.alloc(PAGE_BYTES), 0],
])('on a page with %s there are %#', (_, page, size) => {
  expect(noteOn(page)).toBe(size);
});

/** Memory of a few pages, everything else zeros. */
function memoryOf(pages: ReadonlyMap<number, Buffer>) {
  return {
    read: async (paddr: number, into: Buffer): Promise<Buffer> => {
      for (let at = 0; at < into.length; at += 1) {
        const address = paddr + at;
        into[at] = pages.get(address - (address % PAGE_BYTES))?.[address % PAGE_BYTES] ?? 0;
      }
      return into;
    },
    async *populated(): AsyncGenerator<Extent> {
      for (const paddr of [...pages.keys()].sort((a, b) => a - b)) yield { paddr, bytes: PAGE_BYTES };
    },
  };
}

const page = (content: Buffer): Buffer => Buffer.concat([content, Buffer.alloc(PAGE_BYTES)]).subarray(0, PAGE_BYTES);

/** A table with one entry. */
function table(index: number, to: number, flags = 1): Buffer {
  const entries = Buffer.alloc(PAGE_BYTES);
  entries.writeBigUInt64LE(BigInt(to) | BigInt(flags), index * 8);
  return entries;
}

/** Tables of four levels that map the 2 MiB around 0xffffffff8d000000 to 0x2200_0000. */
const TABLES = [
  [0x1000, table(511, 0x2000)],
  [0x2000, table(510, 0x3000)],
  [0x3000, table(0x68, 0x2200_0000, 0x81)],
] as const;
const LIVE = sampleNote('SYMBOL(swapper_pg_dir)=ffffffff8d010000', `NUMBER(phys_base)=${0x2200_0000 - 0xd00_0000}`, 'NAME=live');
const STALE = sampleNote('SYMBOL(swapper_pg_dir)=ffffffff8b010000', `NUMBER(phys_base)=${0x2200_0000 - 0xd00_0000}`, 'NAME=stale');
/** As large as the live one, and elsewhere in physical memory. */
const MOVED = sampleNote('SYMBOL(swapper_pg_dir)=ffffffff8d010000', `NUMBER(phys_base)=${0x2400_0000 - 0xd00_0000}`, 'NAME=moved');

const signal = new AbortController().signal;
const IN_KERNEL = { root: 0x1000, levels: 4 } as const;
/** Of a processor that was stopped in a program. */
const ELSEWHERE = { root: 0x9000, levels: 4 } as const;

describe('the note of the kernel that runs', () => {
  it('is told apart from those of kernels before it', async () => {
    const memory = memoryOf(new Map([...TABLES, [0x5000, page(STALE)], [0x6000, page(MOVED)], [0x7000, page(LIVE)]]));
    const { info, tables } = await findVmcoreInfo(memory, [ELSEWHERE, IN_KERNEL], signal);
    expect(info.note.toString('latin1')).toContain('NAME=live');
    expect(await tables.translate(0xffff_ffff_8d01_2345n)).toBe(0x2201_2345);
  });

  it.each([
    ['there is none', [], /holds no VMCOREINFO/],
    ['there is none but of another kernel', [[0x5000, page(STALE)]], /another kernel only/],
  ] as [string, [number, Buffer][], RegExp][])('is missed where %s', async (_, notes, why) => {
    await expect(findVmcoreInfo(memoryOf(new Map([...TABLES, ...notes])), [IN_KERNEL], signal)).rejects.toThrow(why);
  });

  it('is not looked for any longer than is wanted', async () => {
    const memory = memoryOf(new Map([...TABLES]));
    await expect(findVmcoreInfo(memory, [IN_KERNEL], AbortSignal.abort(new Error('enough')))).rejects.toThrow('enough');
  });
});
