/**
 * What a kernel says of itself for whoever reads its memory (Documentation/admin-guide/kdump/vmcoreinfo.rst): an ELF note on a page of its own
 * (crash_save_vmcoreinfo_init() in kernel/vmcore_info.c), one `NAME(thing)=value` a line. Where that page is a kernel tells in /sys/kernel/vmcoreinfo,
 * to whom can still ask it; one that panicked in its boot never could be asked, so the page is looked for.
 */
import { InfraError } from '../../../results/errors.ts';
import { type GuestMemory, PAGE_BYTES } from './guest-memory.ts';
import { PageTables, type Paging, type ReadPhysical } from './page-tables.ts';

const NAME = 'VMCOREINFO';
/** An ELF note: sizes of name and description, type; then both, each padded to 4 bytes. */
const NAME_AT = 12;
const DESCRIPTION_AT = 24;
const MOST_BYTES = 4 * PAGE_BYTES;
const CHUNK_BYTES = 4 << 20;
/** Where the kernel's image is mapped: a symbol less this, and with `phys_base`, is its physical address (arch/x86/include/asm/page_64.h). */
const KERNEL_MAP = 0xffff_ffff_8000_0000n;

export class VmcoreInfo {
  /** the whole note, as it is to stand in a core */
  readonly note: Buffer;
  readonly #values: ReadonlyMap<string, string>;

  constructor(note: Buffer) {
    this.note = note;
    const text = note.toString('latin1', DESCRIPTION_AT, DESCRIPTION_AT + note.readUInt32LE(4));
    this.#values = new Map([...text.matchAll(/^([^=\n]+)=(.*)$/gm)].map(([, name = '', value = '']) => [name, value]));
  }

  get release(): string {
    return this.#values.get('OSRELEASE') ?? '';
  }

  has(name: string): boolean {
    return this.#values.has(name);
  }

  /** The address of a symbol. Throws InfraError where the kernel does not tell it. */
  symbol(name: string): bigint {
    return BigInt(`0x${this.#get(`SYMBOL(${name})`)}`);
  }

  /** `OFFSET(printk_info.text_len)`, `SIZE(printk_info)`, `NUMBER(phys_base)`. Throws InfraError where the kernel does not tell it. */
  number(name: string): number {
    return Number(this.#get(name));
  }

  #get(name: string): string {
    const value = this.#values.get(name);
    if (value === undefined) throw new InfraError(`the kernel does not tell its ${name} (VMCOREINFO)`);
    return value;
  }
}

/** Size of the note that begins a page, 0 where none does. */
export function noteOn(page: Buffer): number {
  if (page.readUInt32LE(0) !== NAME.length + 1 || page.readUInt32LE(8) !== 0) return 0;
  if (page.toString('latin1', NAME_AT, NAME_AT + NAME.length) !== NAME) return 0;
  const bytes = DESCRIPTION_AT + Math.ceil(page.readUInt32LE(4) / 4) * 4;
  return bytes <= MOST_BYTES ? bytes : 0;
}

/**
 * The note of the kernel that runs, and the page tables of one of its processors. A machine's memory outlives a reset, and with it the note of the kernel
 * before: what it says of the uppermost page table must be what the processors' own tables say. Throws InfraError where there is no such note.
 */
export async function findVmcoreInfo(
  memory: Pick<GuestMemory, 'read' | 'populated'>,
  processors: readonly Paging[],
  signal: AbortSignal,
): Promise<{ readonly info: VmcoreInfo; readonly tables: PageTables }> {
  const chunk = Buffer.allocUnsafe(CHUNK_BYTES);
  let seen = 0;
  for await (const { paddr, bytes } of memory.populated(CHUNK_BYTES)) {
    signal.throwIfAborted();
    const read = await memory.read(paddr, chunk.subarray(0, bytes));
    for (let at = 0; at < bytes; at += PAGE_BYTES) {
      const size = noteOn(read.subarray(at, at + PAGE_BYTES));
      if (size === 0) continue;
      seen += 1;
      const info = new VmcoreInfo(await memory.read(paddr + at, Buffer.alloc(size)));
      const tables = await tablesOf(info, memory, processors);
      if (tables !== undefined) return { info, tables };
    }
  }
  throw new InfraError(
    seen === 0
      ? 'its memory holds no VMCOREINFO: the kernel has none (CONFIG_VMCORE_INFO), or had not come so far'
      : 'its memory holds the VMCOREINFO of another kernel only, from before a reset',
  );
}

/** The page tables of a processor that agrees with the note. */
async function tablesOf(info: VmcoreInfo, memory: ReadPhysical, processors: readonly Paging[]): Promise<PageTables | undefined> {
  if (!info.has('SYMBOL(swapper_pg_dir)') || !info.has('NUMBER(phys_base)')) return undefined;
  const symbol = info.symbol('swapper_pg_dir');
  const expected = Number(symbol - KERNEL_MAP + BigInt(info.number('NUMBER(phys_base)')));
  for (const paging of processors) {
    const tables = new PageTables(memory, paging);
    // tables of what is not in the kernel may point anywhere, also out of RAM
    const found = await tables.translate(symbol).catch(() => undefined);
    if (found === expected) return tables;
  }
  return undefined;
}
