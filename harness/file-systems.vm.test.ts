/** File systems on a real kernel, made, used and checked by their own tools: sound ones are clean, damage on the tail is told. */
import { closeSync, fstatSync, openSync, readSync, writeSync } from 'node:fs';
import { expect, test } from 'vitest';
import { History } from '../results/history.ts';
import type { FileSystemName, Fsck } from '../results/model.ts';
import { BLOCKS, blocksPath } from '../suites/probes/storage.ts';
import { openLab } from '../targets/lab/lab.testing.ts';
import type { Machine, Site } from '../targets/target.ts';
import { accountOf, checkFileSystem, makeFileSystem, mountFileSystem } from './data.ts';
import { flipBit, tamper } from './tamper.ts';

const SPEC = { name: 'tenant1', seat: 'tenant', cpus: 1, memory_MiB: 512, disk: { attach: 'qemu', size_MiB: 320 } } as const;
const SLOTS = 64;
const MiB = 2 ** 20;
const GARBAGE = Buffer.alloc(4096, 0xa5);

/** Where on a disk each file system keeps what its checker looks at, but for the superblock that the kernel writes again when it unmounts. */
const METADATA: Readonly<Record<Fsck['fileSystem'], (read: (at: number) => Buffer) => number[]>> = {
  // the root directory
  ext4: (read) => blocksOf(read, (block) => block.indexOf('lost+found') > 0),
  // the inodes' B+trees of all allocation groups (fs/xfs/libxfs/xfs_format.h, XFS_IBT_CRC_MAGIC)
  xfs: (read) => blocksOf(read, (block) => block.subarray(0, 4).toString() === 'IAB3'),
  // every node but the superblock: each has the file system's UUID behind its checksum (include/uapi/linux/btrfs_tree.h, btrfs_header)
  btrfs(read) {
    const uuid = read(65_536).subarray(32, 48);
    return blocksOf(read, (block, at) => at !== 65_536 && block.subarray(32, 48).equals(uuid));
  },
};
function blocksOf(read: (at: number) => Buffer, is: (block: Buffer, at: number) => boolean): number[] {
  return Array.from({ length: (SPEC.disk.size_MiB * MiB) / 4096 }, (_, index) => index * 4096).filter((at) => is(read(at), at));
}

/** Overwrites the metadata; returns how many blocks of it. */
function damage(backing: string, fileSystem: Fsck['fileSystem']): number {
  const fd = openSync(backing, 'r+');
  try {
    expect(fstatSync(fd).size).toBe(SPEC.disk.size_MiB * MiB);
    const read = (at: number): Buffer => {
      const block = Buffer.alloc(4096);
      readSync(fd, block, 0, 4096, at);
      return block;
    };
    const places = METADATA[fileSystem](read);
    for (const at of places) writeSync(fd, GARBAGE, 0, 4096, at);
    return places.length;
  } finally {
    closeSync(fd);
  }
}

/** The lab's machine with another file system on its disk. */
const carrying = (machine: Machine, fileSystem: FileSystemName) => ({
  name: machine.name,
  disk: machine.disk,
  fileSystem,
  manage: () => machine.manage(),
});

async function check(site: Site & { dir: string }, machine: ReturnType<typeof carrying>): Promise<Pick<Fsck, 'verdict' | 'detail'>> {
  using history = new History(`${site.dir}/history.jsonl`, () => 0);
  const records: Fsck[] = [];
  history.subscribe((record) => records.push(record as Fsck));
  await checkFileSystem(machine, history, 'trial');
  const [record] = records;
  if (record === undefined) throw new Error('nothing was told');
  return record;
}

test('ext4, xfs and btrfs are clean after use, and damaged when the tail has damaged them', async () => {
  await using site = await openLab({ machines: [SPEC] });
  const lab = site.machines.get('tenant1');
  if (lab === undefined) throw new Error('no machine');
  await lab.boot(120);
  const channel = await lab.manage();
  for (const fileSystem of ['ext4', 'xfs', 'btrfs'] as const) {
    const machine = carrying(lab, fileSystem);
    expect(await makeFileSystem(machine)).toEqual({});
    // the machine ends it in the middle
    const argv = ['python3', BLOCKS.writer, 'write', blocksPath(machine), machine.name, '1000', String(SLOTS), '0'];
    const { stdout } = await channel.run(argv, { limit_s: 3 });
    const last = Number(stdout.trim().split('\n').at(-1)?.split(' ')[0]);
    expect(last).toBeGreaterThan(10);
    expect(await accountOf(machine, last, SLOTS), fileSystem).toMatchObject({ acknowledged: Math.min(SLOTS, last + 1), bad: [] });
    // btrfs has checksums of its own, and gives nothing out that does not fit them
    const block = { tenant: machine.name, slot: last % SLOTS, seq: last };
    const { undo } = tamper(site.tailOf('tenant1').backing as string, block, flipBit(2000 * 8));
    expect(await accountOf(machine, last, SLOTS), fileSystem).toMatchObject({ [fileSystem === 'btrfs' ? 'unreadable' : 'corrupt']: 1 });
    undo();
    expect(await check(site, machine)).toMatchObject({ verdict: 'clean', detail: '' });
    // nobody can tell of one that is not mounted whether its journal is still to be replayed
    expect(await check(site, machine)).toMatchObject({
      verdict: 'unknown',
      detail: expect.stringMatching(/could not be unmounted.*not mounted/),
    });

    await mountFileSystem(machine);
    expect(damage(site.tailOf('tenant1').backing as string, fileSystem)).toBeGreaterThan(0);
    expect(await check(site, machine)).toMatchObject({ verdict: 'damaged', detail: expect.stringMatching(/\w/) });
  }

  // what the kernel met itself, with nothing amiss on the disk
  const ext4 = carrying(lab, 'ext4');
  for (const option of ['errors=continue', 'errors=remount-ro']) {
    await makeFileSystem(ext4);
    const provoke = `mount -o remount,${option} /mnt/disk && echo x > /sys/fs/ext4/$(basename ${lab.disk})/trigger_fs_error`;
    expect((await channel.run(['sh', '-c', provoke], { limit_s: 30 })).code).toBe(0);
    expect(await check(site, ext4), option).toMatchObject({ verdict: 'damaged' });
  }
  expect(site.faults).toEqual([]);
});

test('a disk that is too small, and a kernel that has no such file system, are told apart', async () => {
  await using site = await openLab({ machines: [{ ...SPEC, disk: { attach: 'qemu', size_MiB: 64 } }] });
  const lab = site.machines.get('tenant1');
  if (lab === undefined) throw new Error('no machine');
  await lab.boot(120);
  await expect(makeFileSystem(carrying(lab, 'xfs'))).rejects.toThrow('tenant1: xfs needs a disk of 300 MiB at least, this one has 64');
  // a kernel whose modules are all gone
  const channel = await lab.manage();
  expect((await channel.run(['mount', '-t', 'tmpfs', 'none', '/usr/lib/modules'], { limit_s: 30 })).code).toBe(0);
  expect(await makeFileSystem(carrying(lab, 'btrfs'))).toEqual({ why: 'the kernel of tenant1 has no btrfs' });
});
