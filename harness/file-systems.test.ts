/** What is made of a checker's words: those of e2fsck and dumpe2fs 1.47.0, xfs_repair 6.1.0 and btrfs-progs 6.2, on disks of the lab. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { InfraError } from '../results/errors.ts';
import { History } from '../results/history.ts';
import type { HistoryRecord } from '../results/model.ts';
import type { Machine, Output } from '../targets/target.ts';
import { checkFileSystem, makeFileSystem, mountFileSystem } from './data.ts';
import { type Check, FILE_SYSTEMS, readCheck } from './file-systems.ts';

const PASSES = `e2fsck 1.47.0 (5-Feb-2023)
Pass 1: Checking inodes, blocks, and sizes
Pass 2: Checking directory structure
Pass 3: Checking directory connectivity
Pass 4: Checking reference counts
Pass 5: Checking group summary information
`;
const COUNTED = '/dev/vda: 11/1024 files (0.0% non-contiguous), 5673/65536 blocks\n';
const NO_ROOT = `Root inode is not a directory.  Clear? no

Cannot proceed without a root inode.

/dev/vda: ********** WARNING: Filesystem still has errors **********
e2fsck: aborted
`;

function checkBy(name: string): Check {
  const check = Object.values(FILE_SYSTEMS).flatMap((each) => each?.checks.filter(({ argv }) => argv[0] === name) ?? [])[0];
  if (check === undefined) throw new Error(`nobody runs ${name}`);
  return check;
}

describe('a checker', () => {
  it.each<[what: string, name: string, code: number, text: string, verdict: string, detail: RegExp]>([
    ['that found nothing', 'e2fsck', 0, PASSES + COUNTED, 'clean', /^$/],
    [
      'that left errors',
      'e2fsck',
      4,
      PASSES + NO_ROOT,
      'damaged',
      /^e2fsck: Root inode is not a directory\. {2}Clear\? no; Cannot proceed/,
    ],
    ['that gave up on errors', 'e2fsck', 12, PASSES + NO_ROOT, 'damaged', /Cannot proceed without a root inode/],
    [
      'that met a journal which an unmount should have emptied',
      'e2fsck',
      0,
      `Warning: skipping journal recovery because doing a read-only filesystem check.\n${PASSES}${COUNTED}`,
      'damaged',
      /skipping journal recovery/,
    ],
    [
      'that cannot open the disk',
      'e2fsck',
      8,
      'e2fsck: No such file or directory while trying to open /dev/vda',
      'unknown',
      /exit 8: .*No such file/,
    ],
    ['that was ended', 'e2fsck', 124, PASSES, 'unknown', /^e2fsck: exit 124: $/],
    ['that is not there', 'e2fsck', 127, 'sh: e2fsck: not found', 'unknown', /exit 127: sh: e2fsck: not found/],
    [
      'of a state without errors',
      'dumpe2fs',
      0,
      'Filesystem volume name:   <none>\nFilesystem state:         clean\nErrors behavior:          Continue\n',
      'clean',
      /^$/,
    ],
    [
      'of a state with errors',
      'dumpe2fs',
      0,
      'Filesystem state:         clean with errors\nErrors behavior:          Continue\n',
      'damaged',
      /^dumpe2fs: Filesystem state: +clean with errors$/,
    ],
    [
      'that cannot read the superblock',
      'dumpe2fs',
      1,
      "dumpe2fs: Bad magic number in super-block while trying to open /dev/vda\nCouldn't find valid filesystem superblock.",
      'unknown',
      /Bad magic number/,
    ],
    [
      'that found nothing',
      'xfs_repair',
      0,
      'Phase 1 - find and verify superblock...\n        - scan filesystem freespace and inode maps...\nNo modify flag set, skipping filesystem flush and exiting.\n',
      'clean',
      /^$/,
    ],
    [
      'that found damage',
      'xfs_repair',
      1,
      'Phase 2 - using internal log\n        - zero log...\nbtree block 2/3 is suspect, error -74\nbad magic # 0xa5a5a5a5 in inobt block 2/3\nNo modify flag set, skipping phase 5\n',
      'damaged',
      /^xfs_repair: btree block 2\/3 is suspect, error -74; bad magic # 0xa5a5a5a5 in inobt block 2\/3$/,
    ],
    [
      'that met a dirty log',
      'xfs_repair',
      0,
      'ALERT: The filesystem has valuable metadata changes in a log which is being\nignored because the -n option was used.',
      'damaged',
      /valuable metadata changes/,
    ],
    [
      'that cannot have the disk',
      'xfs_repair',
      1,
      'xfs_repair: cannot open /dev/vda: Device or resource busy',
      'unknown',
      /exit 1: .*busy/,
    ],
    [
      'that found nothing',
      'btrfs',
      0,
      'Opening filesystem to check...\nChecking filesystem on /dev/vda\nUUID: 7d1c\n[1/7] checking root items\nfound 147456 bytes used, no error found\n',
      'clean',
      /^$/,
    ],
    [
      'that found damage, thrice the same',
      'btrfs',
      1,
      'ERROR: superblock 0 differs\n'.repeat(3).concat('ERROR: cannot open file system\n'),
      'damaged',
      /^btrfs: ERROR: superblock 0 differs; ERROR: cannot open file system$/,
    ],
    [
      'of a disk whose tree is bad',
      'btrfs',
      1,
      'checksum verify failed on 22036480 wanted 0xa5a5a5a5 found 0x11dc83fe\nERROR: failed to read block groups: Input/output error\n',
      'damaged',
      /^btrfs: checksum verify failed on 22036480/,
    ],
    [
      'of a disk that is in use',
      'btrfs',
      1,
      'ERROR: /dev/vda is currently mounted, use --force if you really intend to check the filesystem',
      'unknown',
      /currently mounted/,
    ],
    ['of a disk that does not answer', 'btrfs', 1, 'ERROR: cannot read superblock: Input/output error', 'unknown', /Input\/output error/],
  ])('%s (%s, exit %i)', (_what, name, code, text, verdict, detail) => {
    const told = readCheck(checkBy(name), code, text);
    expect(told.verdict).toBe(verdict);
    expect(told.detail).toMatch(detail);
  });

  it('is not quoted at length', () => {
    const text = Array.from({ length: 100 }, (_, index) => `Inode ${index} ${'is bad '.repeat(20)}`).join('\n');
    expect(readCheck(checkBy('e2fsck'), 4, text).detail.length).toBeLessThanOrEqual(300);
  });
});

describe('the file system of a machine', () => {
  const OK: Output = { code: 0, stdout: '', stderr: '' };
  const SIZES: Answers = { blockdev: { ...OK, stdout: `${400 * 2 ** 20}\n` } };
  type Answers = Readonly<Record<string, Output | readonly Output[] | Error>>;
  /** A machine that answers to each program as it is told, and well to all others; `asked` is what it was asked. */
  function machine(fileSystem: Machine['fileSystem'], answers: Answers = {}) {
    const asked: string[] = [];
    const left = new Map(Object.entries(answers).map(([name, answer]) => [name, Array.isArray(answer) ? [...answer] : answer]));
    const run = async (argv: readonly string[]): Promise<Output> => {
      asked.push(argv.join(' '));
      const answer = left.get(argv[0] ?? '') ?? OK;
      if (answer instanceof Error) throw answer;
      return Array.isArray(answer) ? (answer.shift() ?? OK) : (answer as Output);
    };
    const disk = fileSystem === undefined ? undefined : '/dev/vda';
    return { asked, of: { name: 'tenant1', disk, fileSystem, manage: async () => ({ run }) } as unknown as Machine };
  }
  async function checked({ of }: ReturnType<typeof machine>): Promise<HistoryRecord[]> {
    const dir = mkdtempSync(join(tmpdir(), 'fsck-'));
    try {
      using history = new History(join(dir, 'history.jsonl'), () => 1);
      const records: HistoryRecord[] = [];
      history.subscribe((record) => records.push(record));
      await checkFileSystem(of, history, 'io-storm');
      return records;
    } finally {
      rmSync(dir, { recursive: true });
    }
  }
  const told = (verdict: string, detail: unknown, fileSystem = 'ext4') => [
    { t: 1, trial: 'io-storm', k: 'fsck', machine: 'tenant1', fileSystem, verdict, detail },
  ];

  it('is made, mounted as what it is, and given the file for the blocks', async () => {
    const { of, asked } = machine('xfs', SIZES);
    expect(await makeFileSystem(of)).toEqual({});
    const have = expect.stringMatching(/^sh -c modprobe .* sh xfs$/);
    const mounted = [have, 'mount -t xfs /dev/vda /mnt/disk', 'touch /mnt/disk/blocks'];
    expect(asked).toEqual([have, 'blockdev --getsize64 /dev/vda', 'mkfs.xfs -q -f /dev/vda', ...mounted]);
  });

  it.each([[undefined], ['raw']] as const)('is not asked for with %s', async (fileSystem) => {
    const { of, asked } = machine(fileSystem);
    expect(await makeFileSystem(of)).toEqual({});
    await mountFileSystem(of);
    expect(await checked({ of, asked })).toEqual([]);
    expect(asked).toEqual([]);
  });

  it('is one that the kernel may lack, which is no error', async () => {
    const { of, asked } = machine('btrfs', { sh: { ...OK, code: 1 } });
    expect(await makeFileSystem(of)).toEqual({ why: 'the kernel of tenant1 has no btrfs' });
    expect(asked).toHaveLength(1);
  });

  it.each([
    [
      'too small a disk',
      'xfs',
      { blockdev: { ...OK, stdout: `${256 * 2 ** 20}\n` } },
      /xfs needs a disk of 300 MiB at least, this one has 256$/,
    ],
    ['no size', 'ext4', {}, /needs a disk of 16 MiB/],
    ['a maker that fails', 'ext4', { ...SIZES, 'mkfs.ext4': { ...OK, code: 1, stderr: 'no space\n' } }, /mkfs.ext4 .*: no space$/],
    ['a mount that fails', 'ext4', { ...SIZES, mount: { ...OK, code: 32 } }, /mount -t ext4 .*: exit 32$/],
  ] as const)('is an error of our side with %s', async (_what, fileSystem, answers, words) => {
    const error = await makeFileSystem(machine(fileSystem, answers as Answers).of).catch((cause: unknown) => cause);
    expect(error).toBeInstanceOf(InfraError);
    expect((error as Error).message).toMatch(words);
  });

  it('is unmounted, then checked by all of its checkers', async () => {
    const lab = machine('ext4');
    expect(await checked(lab)).toEqual(told('clean', ''));
    expect(lab.asked).toEqual(['umount /mnt/disk', 'e2fsck -fn /dev/vda', 'dumpe2fs -h /dev/vda']);
  });

  it.each<[what: string, answers: Answers, verdict: string, detail: RegExp]>([
    ['damage', { e2fsck: { ...OK, code: 4, stdout: 'Free blocks count wrong' } }, 'damaged', /Free blocks count wrong/],
    ['one that could not tell', { e2fsck: { ...OK, code: 8 } }, 'unknown', /exit 8/],
    [
      'damage beside one that could not tell',
      { e2fsck: { ...OK, code: 8 }, dumpe2fs: { ...OK, stdout: 'Filesystem state: clean with errors' } },
      'damaged',
      /with errors/,
    ],
    [
      'a mount that is busy for a moment',
      { umount: [{ ...OK, code: 32, stderr: 'umount: /mnt/disk: target is busy.' }, OK] },
      'clean',
      /^$/,
    ],
    [
      'one that was not mounted',
      { umount: { ...OK, code: 32, stderr: 'umount: /mnt/disk: not mounted.' } },
      'unknown',
      /could not be unmounted: .*not mounted/,
    ],
    ['an unmount that hangs', { umount: { ...OK, code: 124 } }, 'unknown', /could not be unmounted: exit 124/],
    ['a machine that is gone', { umount: new InfraError('tenant1 is not up') }, 'unknown', /tenant1 is not up/],
  ])('is told with %s', async (_what, answers, verdict, detail) => {
    expect(await checked(machine('ext4', answers))).toEqual(told(verdict, expect.stringMatching(detail)));
  });
});
