/**
 * The memory of a QEMU machine as the process next to us holds it. Most of a large machine's was never touched and takes nothing: which pages hold
 * anything is asked of the kernel first (/proc/PID/pagemap, Documentation/admin-guide/mm/pagemap.rst), and only these are read (/proc/PID/mem). QEMU
 * itself would read all of them, and so make them. The machine must stand still meanwhile.
 */
import { type FileHandle, open } from 'node:fs/promises';
import { explain, InfraError } from '../../../results/errors.ts';

export const PAGE_BYTES = 4096;
/** Of /proc/PID/pagemap: 8 bytes for each page, 256 MiB of memory for each reading. */
const ENTRY_BYTES = 8;
const PAGES_AT_ONCE = 65_536;
/** Bits 63 and 62, present and swapped, in the upper half of an entry. */
const POPULATED = 0xc000_0000;

/** Guest-physical memory, in bytes. */
export interface Extent {
  readonly paddr: number;
  readonly bytes: number;
}

/** RAM that lies in one piece in QEMU's own memory, from `hva` on. */
export interface Ram extends Extent {
  readonly hva: number;
}

/** Asks QEMU's human monitor, by QMP's `human-monitor-command`. */
export type Ask = (command: string) => Promise<string>;

export class GuestMemory implements AsyncDisposable {
  readonly ram: readonly Ram[];
  readonly #contents: FileHandle;
  readonly #pagemap: FileHandle;

  private constructor(ram: readonly Ram[], contents: FileHandle, pagemap: FileHandle) {
    this.ram = ram;
    this.#contents = contents;
    this.#pagemap = pagemap;
  }

  /** Of the QEMU whose process is `pid`. Throws InfraError where its memory cannot be found, or may not be read. */
  static async open(pid: number, ask: Ask): Promise<GuestMemory> {
    const ram: Ram[] = [];
    for (const extent of ramIn(await ask('info mtree -f'))) ram.push(await place(extent, ask));
    if (ram.length === 0) throw new InfraError('QEMU tells of no RAM ("info mtree -f")');
    await using stack = new AsyncDisposableStack();
    try {
      const contents = stack.use(await open(`/proc/${pid}/mem`));
      const pagemap = stack.use(await open(`/proc/${pid}/pagemap`));
      stack.move(); // they are the memory's to close from here on
      return new GuestMemory(ram, contents, pagemap);
    } catch (cause) {
      throw new InfraError(`cannot read the memory of QEMU: ${explain(cause)}`, { cause });
    }
  }

  /** Fills `into` from `paddr` on. Throws InfraError for what is not in RAM. */
  async read(paddr: number, into: Buffer): Promise<Buffer> {
    const ram = this.ram.find((each) => paddr >= each.paddr && paddr + into.length <= each.paddr + each.bytes);
    if (ram === undefined) throw new InfraError(`there is no RAM at 0x${paddr.toString(16)}`);
    await fill(this.#contents, into, ram.hva + paddr - ram.paddr);
    return into;
  }

  /** What holds anything, in the order of addresses, in pieces of `most_bytes` and less. */
  async *populated(most_bytes: number): AsyncGenerator<Extent> {
    const entries = Buffer.allocUnsafe(PAGES_AT_ONCE * ENTRY_BYTES);
    for (const { paddr, hva, bytes } of this.ram) {
      for (let at = 0; at < bytes; at += PAGES_AT_ONCE * PAGE_BYTES) {
        const pages = Math.min(PAGES_AT_ONCE, (bytes - at) / PAGE_BYTES);
        const read = entries.subarray(0, pages * ENTRY_BYTES);
        await fill(this.#pagemap, read, ((hva + at) / PAGE_BYTES) * ENTRY_BYTES);
        for (const { first, count } of populatedIn(read, most_bytes / PAGE_BYTES))
          yield { paddr: paddr + at + first * PAGE_BYTES, bytes: count * PAGE_BYTES };
      }
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await Promise.all([this.#contents.close(), this.#pagemap.close()]);
  }
}

/** The RAM in what the monitor says to `info mtree -f`, in whole pages: the view of all processors, without what devices keep there. */
export function ramIn(mtree: string): Extent[] {
  const view = mtree
    .replaceAll('\r', '')
    .split(/^FlatView #/m)
    .find((each) => /^ AS "memory"/m.test(each));
  return [...(view ?? '').matchAll(/^ {2}([0-9a-f]{16})-([0-9a-f]{16}) \(prio \d+, ram\): /gm)].flatMap(([, first = '', last = '']) => {
    const paddr = Math.ceil(Number.parseInt(first, 16) / PAGE_BYTES) * PAGE_BYTES;
    const end = Math.floor((Number.parseInt(last, 16) + 1) / PAGE_BYTES) * PAGE_BYTES;
    return end > paddr ? [{ paddr, bytes: end - paddr }] : [];
  });
}

/** Runs of populated pages in a piece of /proc/PID/pagemap, each of `most` pages and less. */
export function populatedIn(entries: Buffer, most: number): { readonly first: number; readonly count: number }[] {
  const words = new Uint32Array(entries.buffer, entries.byteOffset, entries.length / 4);
  const runs: { readonly first: number; readonly count: number }[] = [];
  let first = -1;
  const pages = words.length / 2;
  for (let page = 0; page <= pages; page += 1) {
    const populated = page < pages && ((words[2 * page + 1] as number) & POPULATED) !== 0;
    if (first >= 0 && (!populated || page - first === most)) {
      runs.push({ first, count: page - first });
      first = -1;
    }
    if (populated && first < 0) first = page;
  }
  return runs;
}

/** Where QEMU keeps it; both ends are asked for. Throws InfraError where it does not lie in one piece. */
async function place(extent: Extent, ask: Ask): Promise<Ram> {
  const hvaOf = async (paddr: number): Promise<number> => {
    const said = await ask(`gpa2hva 0x${paddr.toString(16)}`);
    const hva = /is 0x([0-9a-f]+)/.exec(said)?.[1];
    if (hva === undefined) throw new InfraError(`QEMU does not tell where it keeps its memory: ${said.trim()}`);
    return Number.parseInt(hva, 16);
  };
  const hva = await hvaOf(extent.paddr);
  const last = extent.bytes - PAGE_BYTES;
  if ((await hvaOf(extent.paddr + last)) !== hva + last)
    throw new InfraError(`QEMU keeps the memory at 0x${extent.paddr.toString(16)} in several pieces`);
  return { ...extent, hva };
}

/** Reads until `into` is full. Throws InfraError where there is no more: the process has ended. */
async function fill(from: FileHandle, into: Buffer, position: number): Promise<void> {
  for (let have = 0; have < into.length; ) {
    const { bytesRead } = await from.read(into, have, into.length - have, position + have);
    if (bytesRead === 0) throw new InfraError('the memory of QEMU ends early: it is gone');
    have += bytesRead;
  }
}
