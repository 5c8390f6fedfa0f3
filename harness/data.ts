/** A machine's data: its file system is made before the storm, and every acknowledged block is read back after it. */
import { closeSync, fstatSync, openSync, readSync, writeSync } from 'node:fs';
import { explain, InfraError } from '../results/errors.ts';
import type { History } from '../results/history.ts';
import { BLOCKS } from '../suites/probes/storage.ts';
import type { Machine } from '../targets/target.ts';

const MKFS_LIMIT_S = 120;
const MOUNT_LIMIT_S = 120;
const VERIFY_LIMIT_S = 600;

/** Makes a journalled file system on the machine's disk and mounts it. Throws InfraError. */
export async function makeFileSystem(machine: Machine): Promise<void> {
  if (machine.disk === undefined) return;
  // inode tables at once rather than by a kernel thread later, which would be noise in the baseline
  await must(machine, ['mkfs.ext4', '-q', '-F', '-N', '1024', '-E', 'lazy_itable_init=0,lazy_journal_init=0', machine.disk], MKFS_LIMIT_S);
  await mountFileSystem(machine);
  await must(machine, ['touch', BLOCKS.path], MOUNT_LIMIT_S);
}

/** Mounts the file system again, after a reset; the journal is replayed. */
export async function mountFileSystem(machine: Machine): Promise<void> {
  if (machine.disk === undefined) return;
  await must(machine, ['mount', machine.disk, '/mnt/disk'], MOUNT_LIMIT_S);
}

async function must(machine: Machine, argv: readonly string[], limit_s: number): Promise<string> {
  const channel = await machine.manage();
  const { code, stdout, stderr } = await channel.run(argv, { limit_s });
  if (code !== 0) throw new InfraError(`${machine.name}: ${argv.join(' ')}: ${stderr.split('\n').at(-1) || `exit ${code}`}`);
  return stdout;
}

/** Reads back what was acknowledged up to sequence number `last` and records the account. Throws InfraError when it cannot be read at all. */
export async function verifyData(machine: Machine, last: number, history: History, trial: string): Promise<void> {
  const argv = ['python3', BLOCKS.writer, 'verify', BLOCKS.path, machine.name, String(BLOCKS.slots), String(last)];
  const [counts = '', ...bad] = (await must(machine, argv, VERIFY_LIMIT_S)).trim().split('\n');
  const figures = counts.split(' ').map(Number);
  const [acknowledged, verified, lost, corrupt, stale] = figures;
  if (figures.length !== 5 || figures.some((figure) => !Number.isInteger(figure)))
    throw new InfraError(`${machine.name}: the data check answered ${JSON.stringify(counts.slice(0, 80))}`);
  history.write(trial, {
    k: 'data',
    machine: machine.name,
    acknowledged: acknowledged as number,
    verified: verified as number,
    lost: lost as number,
    corrupt: corrupt as number,
    stale: stale as number,
    detail: bad.join('; '),
  });
}

const CHUNK_BYTES = 1 << 20;
/** A block's header is 40 bytes; what is changed lies well behind it. */
const FLIP_OFFSET_BYTES = 2000;

/**
 * Sabotage: finds the acknowledged block `seq` of `tenant` in a tail's backing file by its header (see writer.py) and flips one bit of it,
 * as a failing tail would. Returns where. Throws InfraError when the block is not there.
 */
export function flipAcknowledged(backing: string, tenant: string, seq: number): string {
  if (seq < 0) throw new InfraError(`${tenant} has acknowledged no block that could be changed`);
  const header = Buffer.alloc(36);
  header.write('SPB1', 0, 'latin1');
  header.write(tenant.slice(0, 16), 4, 'latin1');
  header.writeBigUInt64LE(BigInt(seq % BLOCKS.slots), 20);
  header.writeBigUInt64LE(BigInt(seq), 28);
  let fd: number;
  try {
    fd = openSync(backing, 'r+');
  } catch (cause) {
    throw new InfraError(`cannot open ${backing}: ${explain(cause)}`, { cause });
  }
  try {
    const size = fstatSync(fd).size;
    const chunk = Buffer.alloc(CHUNK_BYTES);
    // file systems place blocks on 4 KiB boundaries, so a header never lies across two chunks
    for (let at = 0; at < size; at += CHUNK_BYTES) {
      const length = readSync(fd, chunk, 0, CHUNK_BYTES, at);
      const found = chunk.subarray(0, length).indexOf(header);
      if (found < 0) continue;
      const offset = at + found + FLIP_OFFSET_BYTES;
      const byte = Buffer.alloc(1);
      readSync(fd, byte, 0, 1, offset);
      byte.writeUInt8(byte.readUInt8(0) ^ 1, 0);
      writeSync(fd, byte, 0, 1, offset);
      return `one bit at byte ${offset} of the tail's disk, in block ${seq} of ${tenant}`;
    }
  } finally {
    closeSync(fd);
  }
  throw new InfraError(`block ${seq} of ${tenant} does not stand in ${backing}`);
}
