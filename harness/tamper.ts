/**
 * Changes what a tail holds behind everybody's back, as a failing one would: for the positive control of the data account, and for its tests.
 * Blocks are found by their headers; see `targets/lab/guest/writer.py`.
 */
import { closeSync, fstatSync, openSync, readSync, writeSync } from 'node:fs';
import { explain, InfraError } from '../results/errors.ts';

export const BLOCK_BYTES = 4096;
export const SECTOR_BYTES = 512;
const CHUNK_BYTES = 1 << 20;

export interface BlockName {
  readonly tenant: string;
  readonly slot: number;
  readonly seq: number;
}

export interface Tampered {
  /** of the block in the backing file, in bytes */
  readonly offset: number;
  /** puts back what stood there */
  readonly undo: () => void;
}

/** What its first sector begins with. */
function headerOf({ tenant, slot, seq }: BlockName): Buffer {
  const header = Buffer.alloc(40);
  header.write('SPB2', 0, 'latin1');
  header.write(tenant.slice(0, 16), 4, 'latin1');
  header.writeBigUInt64LE(BigInt(slot), 20);
  header.writeBigUInt64LE(BigInt(seq), 28);
  return header;
}

/**
 * Replaces a block that stands in a tail's backing file by what `change` makes of it. Throws InfraError where the block is not there, or the
 * file cannot be changed.
 */
export function tamper(backing: string, block: BlockName, change: (found: Buffer) => Buffer): Tampered {
  return opened(backing, (fd) => {
    const offset = find(fd, headerOf(block));
    if (offset === undefined) throw new InfraError(`block ${block.seq} of ${block.tenant} does not stand in ${backing}`);
    const before = Buffer.alloc(BLOCK_BYTES);
    readSync(fd, before, 0, BLOCK_BYTES, offset);
    writeSync(fd, change(Buffer.from(before)), 0, BLOCK_BYTES, offset);
    return { offset, undo: () => opened(backing, (again) => void writeSync(again, before, 0, BLOCK_BYTES, offset)) };
  });
}

function opened<T>(backing: string, work: (fd: number) => T): T {
  let fd: number;
  try {
    fd = openSync(backing, 'r+');
  } catch (cause) {
    throw new InfraError(`cannot open ${backing}: ${explain(cause)}`, { cause });
  }
  try {
    return work(fd);
  } finally {
    closeSync(fd);
  }
}

/** Where a block begins. File systems place blocks on 4 KiB boundaries, so a header never lies across two chunks. */
function find(fd: number, header: Buffer): number | undefined {
  const { size } = fstatSync(fd);
  const chunk = Buffer.alloc(CHUNK_BYTES);
  for (let at = 0; at < size; at += CHUNK_BYTES) {
    const found = chunk.subarray(0, readSync(fd, chunk, 0, CHUNK_BYTES, at)).indexOf(header);
    if (found >= 0) return at + found;
  }
  return undefined;
}

/** The changes; each makes of a block what a tail could have made of it. */
export const flipBit =
  (bit: number) =>
  (found: Buffer): Buffer => {
    found.writeUInt8(found.readUInt8(bit >> 3) ^ (1 << (bit & 7)), bit >> 3);
    return found;
  };

/** Another block in its place: nothing, an older one, or one that belongs elsewhere. */
export const replacedBy = (other: Buffer) => (): Buffer => other;

/** Of another block the sectors that `theirs` names; the others stay. */
export const tornWith =
  (other: Buffer, theirs: readonly number[]) =>
  (found: Buffer): Buffer => {
    for (const sector of theirs) other.copy(found, sector * SECTOR_BYTES, sector * SECTOR_BYTES, (sector + 1) * SECTOR_BYTES);
    return found;
  };
