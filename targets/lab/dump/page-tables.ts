/** Addresses of an x86-64 kernel, through the page tables of its processors (Intel SDM volume 3, 4.5). */
import { InfraError } from '../../../results/errors.ts';
import { type GuestMemory, PAGE_BYTES } from './guest-memory.ts';

/** What a processor's control registers say of its page tables. */
export interface Paging {
  /** of the uppermost table */
  readonly root: number;
  readonly levels: 4 | 5;
}

export type ReadPhysical = Pick<GuestMemory, 'read'>;

const ADDRESS = 0x000f_ffff_ffff_f000n;
const PRESENT = 1n;
/** Page size: the entry maps memory itself, and no further table. */
const LARGE = 1n << 7n;
const LA57 = 1n << 12n;
const LEVEL_BITS = 9n;
const PAGE_BITS = 12n;
/** Table pages that are kept: those of a whole log. */
const MOST_TABLES = 1024;

/** Of every processor in what the monitor says to `info registers -a`. */
export function pagingIn(registers: string): Paging[] {
  return [...registers.matchAll(/CR3=([0-9a-f]+) CR4=([0-9a-f]+)/g)].map(([, cr3 = '', cr4 = '']) => ({
    root: Number(BigInt(`0x${cr3}`) & ADDRESS),
    levels: (BigInt(`0x${cr4}`) & LA57) === 0n ? 4 : 5,
  }));
}

export class PageTables {
  readonly #memory: ReadPhysical;
  readonly #paging: Paging;
  readonly #tables = new Map<number, Buffer>();

  constructor(memory: ReadPhysical, paging: Paging) {
    this.#memory = memory;
    this.#paging = paging;
  }

  /** The physical address; undefined for what is not mapped. Throws InfraError where a table lies outside of RAM. */
  async translate(address: bigint): Promise<number | undefined> {
    let table = this.#paging.root;
    for (let level = BigInt(this.#paging.levels); level > 0n; level -= 1n) {
      const shift = PAGE_BITS + LEVEL_BITS * (level - 1n);
      const entry = (await this.#table(table)).readBigUInt64LE(Number((address >> shift) & 0x1ffn) * 8);
      if ((entry & PRESENT) === 0n) return undefined;
      const offsets = (1n << shift) - 1n;
      if (level === 1n || (level <= 3n && (entry & LARGE) !== 0n)) return Number((entry & ADDRESS & ~offsets) | (address & offsets));
      table = Number(entry & ADDRESS);
    }
    return undefined;
  }

  /** What the kernel has at one of its own addresses. Throws InfraError for what is not mapped. */
  async read(address: bigint, bytes: number): Promise<Buffer> {
    const all = Buffer.alloc(bytes);
    for (let have = 0; have < bytes; ) {
      const at = address + BigInt(have);
      const paddr = await this.translate(at);
      if (paddr === undefined) throw new InfraError(`the kernel has nothing at 0x${at.toString(16)}`);
      const piece = all.subarray(have, have + Math.min(bytes - have, PAGE_BYTES - (paddr % PAGE_BYTES)));
      await this.#memory.read(paddr, piece);
      have += piece.length;
    }
    return all;
  }

  async #table(paddr: number): Promise<Buffer> {
    const known = this.#tables.get(paddr);
    if (known !== undefined) return known;
    const table = await this.#memory.read(paddr, Buffer.alloc(PAGE_BYTES));
    if (this.#tables.size < MOST_TABLES) this.#tables.set(paddr, table);
    return table;
  }
}
