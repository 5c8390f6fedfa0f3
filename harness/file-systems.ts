/** What a machine's disk can carry: how each file system is made, and how its own checker is asked, and read. */
import type { FileSystemName, Fsck } from '../results/model.ts';

export interface FileSystem {
  /** the device is appended */
  readonly mkfs: readonly string[];
  /** what its own tools ask for at least */
  readonly least_MiB: number;
  /** each must find nothing on a file system that was unmounted */
  readonly checks: readonly Check[];
}

/** A checker that changes nothing. */
export interface Check {
  /** the device is appended */
  readonly argv: readonly string[];
  /** exit codes; with any other one nobody can tell */
  readonly clean: readonly number[];
  readonly damaged: readonly number[];
  /** words that tell damage whatever the exit code: what an unmounted file system must not have left to do */
  readonly signs?: RegExp;
}

/** Undefined is none: the blocks are written straight to the device. */
export const FILE_SYSTEMS: Readonly<Record<FileSystemName, FileSystem | undefined>> = {
  ext4: {
    // blocks of the writer's size, as on any larger disk: one of its blocks is never spread. Inode tables at once rather than by a kernel thread later, which would be noise in the baseline
    mkfs: ['mkfs.ext4', '-q', '-F', '-b', '4096', '-N', '1024', '-E', 'lazy_itable_init=0,lazy_journal_init=0'],
    least_MiB: 16,
    checks: [
      // e2fsck(8): a sum of 4, errors left uncorrected, and 8, an operational error. Of a journal that was aborted it says no more than this.
      { argv: ['e2fsck', '-fn'], clean: [0], damaged: [4, 12], signs: /skipping journal recovery/ },
      // the kernel's own mark, set with the first error that it met; e2fsck finds it with nothing else amiss, and exits with 0
      { argv: ['dumpe2fs', '-h'], clean: [0], damaged: [], signs: /^Filesystem state: .*errors/m },
    ],
  },
  xfs: {
    mkfs: ['mkfs.xfs', '-q', '-f'],
    // mkfs.xfs since 5.19 (mkfs/xfs_mkfs.c, validate_supported())
    least_MiB: 300,
    // xfs_repair(8): 1 for corruption, 2 for a dirty log; with -n that is only said
    checks: [{ argv: ['xfs_repair', '-n'], clean: [0], damaged: [1, 2], signs: /valuable metadata changes in a log/ }],
  },
  btrfs: {
    mkfs: ['mkfs.btrfs', '-q', '-f'],
    // both copies of its metadata, each in a chunk of its own (mkfs/common.c, btrfs_min_dev_size())
    least_MiB: 128,
    // it calls a bad checksum an input/output error, as it does a disk that cannot be read
    checks: [
      { argv: ['btrfs', 'check', '--readonly'], clean: [0], damaged: [1], signs: /(checksum|parent transid) verify failed|bad tree block/ },
    ],
  },
  raw: undefined,
};

/** The checker did not get at the disk: most of them exit as if they had found damage. */
const NOT_REACHED = /\b(busy|is (currently )?mounted|No such (file|device)|Input\/output error|Permission denied)/i;
/** Lines that say only how far a checker is. */
const PROGRESS =
  /^(\s*-|\s*$|Pass \d|Phase \d|e2fsck \d|dumpe2fs \d|\[\d+\/\d+\]|Opening filesystem|Checking filesystem|UUID:|No modify flag)/;
const LINES_SHOWN = 4;
const DETAIL_CHARS = 300;

/** What a checker found, by its exit code and words; `text` is all that it printed. */
export function readCheck(
  { argv: [name = ''], clean, damaged, signs }: Check,
  code: number,
  text: string,
): Pick<Fsck, 'verdict' | 'detail'> {
  const lines = text.split('\n');
  const sign = lines.find((line) => signs?.test(line));
  const telling = lines.filter((line) => !PROGRESS.test(line)).map((line) => line.trim());
  const told = [...new Set(telling)].slice(0, LINES_SHOWN).join('; ');
  const say = (words: string) => `${name}: ${words}`.slice(0, DETAIL_CHARS);
  if (sign !== undefined) return { verdict: 'damaged', detail: say(sign.trim()) };
  if (clean.includes(code)) return { verdict: 'clean', detail: '' };
  if (damaged.includes(code) && !NOT_REACHED.test(text)) return { verdict: 'damaged', detail: say(told) };
  return { verdict: 'unknown', detail: say(`exit ${code}: ${told}`) };
}
