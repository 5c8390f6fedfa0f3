/** A block that is changed on purpose on a tail's disk. */
import { closeSync, mkdtempSync, openSync, readFileSync, rmSync, truncateSync, writeFileSync, writeSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { afterAll, describe, expect, it } from 'vitest';
import { InfraError } from '../results/errors.ts';
import { BLOCK_BYTES, type BlockName, flipBit, replacedBy, tamper, tornWith } from './tamper.ts';

const dir = mkdtempSync(join(tmpdir(), 'tamper-'));
afterAll(() => rmSync(dir, { recursive: true }));
const path = join(dir, 'disk');
const DISK_BLOCKS = 800;

/** A disk with one block of the writer's at a multiple of 4 KiB; only its header is looked for. */
function disk({ tenant, slot, seq }: BlockName, at: number): void {
  const block = Buffer.alloc(BLOCK_BYTES, 0x5a);
  block.write(`SPB2${tenant.padEnd(16, '\0')}`, 0, 'latin1');
  block.writeBigUInt64LE(BigInt(slot), 20);
  block.writeBigUInt64LE(BigInt(seq), 28);
  block.writeUInt32LE(0, 36);
  writeFileSync(path, '');
  truncateSync(path, DISK_BLOCKS * BLOCK_BYTES);
  const fd = openSync(path, 'r+');
  writeSync(fd, block, 0, block.length, at * BLOCK_BYTES);
  closeSync(fd);
}

const BLOCK: BlockName = { tenant: 'victim', slot: 5, seq: 8197 };
const OTHER = Buffer.alloc(BLOCK_BYTES, 0xa5);

describe('a block that is tampered with', () => {
  it('is the one that was meant, wherever it stands, and nothing else is changed; undone it is as it was', () => {
    const changes = fc.oneof(
      fc.nat({ max: BLOCK_BYTES * 8 - 1 }).map(flipBit),
      fc.constant(replacedBy(OTHER)),
      fc.subarray([0, 1, 2, 3, 4, 5, 6, 7], { minLength: 1 }).map((sectors) => tornWith(OTHER, sectors)),
    );
    const where = fc.tuple(fc.nat({ max: 8191 }), fc.nat({ max: 1_000_000 }), fc.nat({ max: DISK_BLOCKS - 1 }), changes);
    const property = fc.property(where, ([slot, seq, at, change]) => {
      const block = { tenant: 'victim', slot, seq };
      disk(block, at);
      const before = readFileSync(path);
      const { offset, undo } = tamper(path, block, change);
      expect(offset).toBe(at * BLOCK_BYTES);
      const wanted = Buffer.from(before);
      change(Buffer.from(before.subarray(offset, offset + BLOCK_BYTES))).copy(wanted, offset);
      const after = readFileSync(path);
      expect(after.equals(wanted)).toBe(true);
      expect(after.equals(before)).toBe(false);
      undo();
      expect(readFileSync(path).equals(before)).toBe(true);
    });
    fc.assert(property, { numRuns: 30 });
  });

  it('differs in one bit, or in the sectors that were named', () => {
    const bits = (a: Buffer, b: Buffer) =>
      a.reduce((sum, byte, at) => sum + (byte ^ (b[at] as number)).toString(2).replaceAll('0', '').length, 0);
    expect(bits(flipBit(2000 * 8 + 3)(Buffer.from(OTHER)), OTHER)).toBe(1);
    const torn = tornWith(OTHER, [1, 7])(Buffer.alloc(BLOCK_BYTES));
    expect(Array.from({ length: 8 }, (_, sector) => torn[sector * 512])).toEqual([0, 0xa5, 0, 0, 0, 0, 0, 0xa5]);
  });

  it.each([
    ['that is not there', { ...BLOCK, seq: 5 }],
    ['of another slot', { ...BLOCK, slot: 6 }],
    ['of another tenant', { ...BLOCK, tenant: 'tenant1' }],
    ['of a tenant whose name begins the same', { ...BLOCK, tenant: 'vic' }],
  ])('is refused %s', (_what, block) => {
    disk(BLOCK, 3);
    expect(() => tamper(path, block, replacedBy(OTHER))).toThrow(InfraError);
  });

  it('is refused where there is no disk', () => {
    expect(() => tamper('/nonexistent/disk', BLOCK, replacedBy(OTHER))).toThrow(/^cannot open \/nonexistent\/disk: /);
  });
});
