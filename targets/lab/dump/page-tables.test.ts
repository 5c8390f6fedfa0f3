import { describe, expect, it, test } from 'vitest';
import { PAGE_BYTES } from './guest-memory.ts';
import { PageTables, pagingIn } from './page-tables.ts';

test.each([
  ['CR0=80050033 CR2=00007f0d CR3=000000003d84e003 CR4=00751ef0', { root: 0x3d84e000, levels: 5 }],
  ['CR0=80050033 CR2=0000000000000000 CR3=0000000102a10000 CR4=003506f0', { root: 0x102a10000, levels: 4 }],
])('%s', (registers, paging) => {
  expect(pagingIn(`CPU#0\r\nRAX=0\r\n${registers}\r\nDR0=0\r\n`)).toEqual([paging]);
});

/** Physical memory of 1 MiB, with tables for three sizes of page. */
function mapped(): { read: (paddr: number, into: Buffer) => Promise<Buffer>; reads: number } {
  const ram = Buffer.alloc(1 << 20);
  const entry = (table: number, index: number, value: number) => ram.writeBigUInt64LE(BigInt(value), table + index * 8);
  entry(0x1000, 0x100, 0x2000 | 1); // 0xffff8000_00000000
  entry(0x2000, 0, 0x3000 | 1);
  entry(0x3000, 0, 0x4000 | 1);
  entry(0x4000, 1, 0x10000 | 1); // a page
  entry(0x4000, 2, 0x12000 | 1); // the next, and not beside it
  entry(0x4000, 3, 0x13000); // not present
  entry(0x3000, 1, 0x80 | 1); // 2 MiB at 0
  entry(0x2000, 1, 0x4000_0000 + (0x80 | 1)); // 1 GiB at 1 GiB
  entry(0x5000, 0x1ff, 0x1000 | 1); // a fifth level above them
  ram.write('left', 0x10ffc);
  ram.write('right', 0x12000);
  const memory = {
    reads: 0,
    read: async (paddr: number, into: Buffer) => {
      memory.reads += 1;
      ram.copy(into, 0, paddr, paddr + into.length);
      return into;
    },
  };
  return memory;
}

const BASE = 0xffff_8000_0000_0000n;

describe('page tables', () => {
  it.each([
    ['a page', BASE + 0x1abcn, 0x10abc],
    ['2 MiB', BASE + 0x20_1234n, 0x1234],
    ['1 GiB', BASE + 0x4000_5678n, 0x4000_5678],
    ['what is not present', BASE + 0x3000n, undefined],
    ['what has no table', BASE + 0x80_0000_0000n, undefined],
  ] as [string, bigint, number | undefined][])('map %s', async (_, address, paddr) => {
    expect(await new PageTables(mapped(), { root: 0x1000, levels: 4 }).translate(address)).toBe(paddr);
  });

  it('may have five levels', async () => {
    expect(await new PageTables(mapped(), { root: 0x5000, levels: 5 }).translate(BASE + 0x1abcn)).toBe(0x10abc);
  });

  it('lead from page to page, and each is read once', async () => {
    const memory = mapped();
    const tables = new PageTables(memory, { root: 0x1000, levels: 4 });
    expect((await tables.read(BASE + 0x1ffcn, 9)).toString()).toBe('leftright');
    expect(memory.reads).toBe(4 + 2);
    await expect(tables.read(BASE + 0x2000n, PAGE_BYTES + 1)).rejects.toThrow('the kernel has nothing at 0xffff800000003000');
  });
});
