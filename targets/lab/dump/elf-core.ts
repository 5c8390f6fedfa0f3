/**
 * The layout of an ELF core of a machine's memory, as QEMU's own dump-guest-memory lays it out (its dump/dump.c): a header, one PT_NOTE, and a PT_LOAD
 * for each piece of RAM with its physical address and without a virtual one. Pure; the contents are somebody else's matter, and may be holes.
 * See elf(5) for the fields.
 */
import { type Extent, PAGE_BYTES } from './guest-memory.ts';

const HEADER_BYTES = 64;
const PROGRAM_HEADER_BYTES = 56;
const ET_CORE = 4;
const EM_X86_64 = 62;
const PT_LOAD = 1;
const PT_NOTE = 4;

export interface CoreLayout {
  /** everything that stands before the memory, from the file's beginning on */
  readonly head: Buffer;
  /** of the whole file, with its holes */
  readonly bytes: number;
  /** where in the file the byte at a physical address stands. Throws RangeError for what is not in RAM. */
  readonly offsetOf: (paddr: number) => number;
}

/** Of a core with `notes` and the memory of `ram`. */
export function layOutCore(notes: Buffer, ram: readonly Extent[]): CoreLayout {
  const notesAt = HEADER_BYTES + PROGRAM_HEADER_BYTES * (1 + ram.length);
  const head = Buffer.alloc(wholePages(notesAt + notes.length));
  writeHeader(head, 1 + ram.length);
  writeProgramHeader(head, 0, { type: PT_NOTE, offset: notesAt, paddr: 0, bytes: notes.length });
  notes.copy(head, notesAt);
  let offset = head.length;
  const loads = ram.map(({ paddr, bytes }, index) => {
    writeProgramHeader(head, 1 + index, { type: PT_LOAD, offset, paddr, bytes });
    const load = { paddr, bytes, offset };
    offset += bytes;
    return load;
  });
  return {
    head,
    bytes: offset,
    offsetOf: (paddr) => {
      const load = loads.find((each) => paddr >= each.paddr && paddr < each.paddr + each.bytes);
      if (load === undefined) throw new RangeError(`no RAM at 0x${paddr.toString(16)}`);
      return load.offset + paddr - load.paddr;
    },
  };
}

/** The notes of a core that QEMU wrote: what its PT_NOTE holds. Throws RangeError for what is no such core. */
export function notesOf(core: Buffer): Buffer {
  if (core.toString('latin1', 0, 4) !== '\x7fELF') throw new RangeError('not an ELF file');
  const table = Number(core.readBigUInt64LE(32));
  for (let index = 0; index < core.readUInt16LE(56); index += 1) {
    const at = table + index * PROGRAM_HEADER_BYTES;
    if (core.readUInt32LE(at) !== PT_NOTE) continue;
    const offset = Number(core.readBigUInt64LE(at + 8));
    return core.subarray(offset, offset + Number(core.readBigUInt64LE(at + 32)));
  }
  throw new RangeError('an ELF file without notes');
}

function writeHeader(head: Buffer, segments: number): void {
  // magic, 64 bits, little endian, version 1
  head.write('\x7fELF\x02\x01\x01', 0, 'latin1');
  head.writeUInt16LE(ET_CORE, 16);
  head.writeUInt16LE(EM_X86_64, 18);
  head.writeUInt32LE(1, 20);
  head.writeBigUInt64LE(BigInt(HEADER_BYTES), 32);
  head.writeUInt16LE(HEADER_BYTES, 52);
  head.writeUInt16LE(PROGRAM_HEADER_BYTES, 54);
  head.writeUInt16LE(segments, 56);
}

function writeProgramHeader(
  head: Buffer,
  index: number,
  { type, offset, paddr, bytes }: { readonly type: number; readonly offset: number } & Extent,
): void {
  const at = HEADER_BYTES + index * PROGRAM_HEADER_BYTES;
  head.writeUInt32LE(type, at);
  head.writeBigUInt64LE(BigInt(offset), at + 8);
  head.writeBigUInt64LE(BigInt(paddr), at + 24);
  head.writeBigUInt64LE(BigInt(bytes), at + 32);
  head.writeBigUInt64LE(BigInt(bytes), at + 40);
}

const wholePages = (bytes: number): number => Math.ceil(bytes / PAGE_BYTES) * PAGE_BYTES;
