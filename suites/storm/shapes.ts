/** What a storming tenant does to its disk. Add one by a line here; pages and commands follow the table. */
import type { FioParams } from '../engines/fio.ts';
import type { SwapThrashParams } from '../engines/swap-thrash.ts';
import type { Preparation } from '../flood/vector.ts';
import { MOUNTED_AT } from '../probes/storage.ts';

/** Where a tenant's files are: a directory of its own, and in it a file that is written already, so that writing to it changes nothing else. */
export interface Place {
  readonly directory: string;
  readonly file: string;
  /** its control group, where it has one */
  readonly group: string;
}

/** An engine of a stormer, and what it is told. */
export type StormJob =
  | { readonly engine: 'fio'; readonly params: FioParams }
  | { readonly engine: 'swap-thrash'; readonly params: SwapThrashParams };

export interface StormShape {
  readonly summary: string;
  /** what a stormer runs, all at once */
  jobs(place: Place): readonly StormJob[];
  /** stormers must be in control groups, whose memory is limited */
  readonly grouped?: true;
  /** done on its machine before the baseline, behind what every storm needs */
  prepare?(places: readonly Place[]): readonly Preparation[];
  /** a counter (see harness/counters.ts) that must grow by so many in each second of the storm; else fio's own count of writes must */
  readonly effect?: { readonly counter: string; readonly perSecond: number };
}

const MIXED_FILE_MiB = 4;
/** Of 4 KiB. */
const SMALL_FILE_MiB = 4 / 1024;

const fio = (params: FioParams): readonly StormJob[] => [{ engine: 'fio', params }];

const random = (depth: number): StormShape => ({
  summary: `random 4 KiB writes past the page cache, each with fsync, ${depth} at once`,
  jobs: ({ file }) => fio({ pattern: 'randwrite', block_bytes: 4096, depth, size_MiB: MIXED_FILE_MiB, fsync_every: 1, direct: true, file }),
});
const METADATA: StormShape['jobs'] = ({ directory }) =>
  fio({ pattern: 'write', block_bytes: 4096, depth: 4, size_MiB: SMALL_FILE_MiB, files: 32, directory });
const SEQUENTIAL: StormShape['jobs'] = ({ file }) =>
  fio({ pattern: 'write', block_bytes: 1_048_576, depth: 4, size_MiB: MIXED_FILE_MiB, direct: true, file });
const JOURNAL: StormShape['jobs'] = ({ file }) =>
  fio({ pattern: 'write', block_bytes: 4096, depth: 8, size_MiB: MIXED_FILE_MiB, dsync: true, direct: true, file });
const BUFFERED: StormShape['jobs'] = ({ directory }) => fio({ pattern: 'write', block_bytes: 131_072, depth: 2, size_MiB: 16, directory });
const DISCARD: StormShape['jobs'] = ({ directory }) =>
  fio({ pattern: 'write', block_bytes: 262_144, depth: 2, size_MiB: 1, files: 4, directory });
/** A deleted file's blocks are discarded with the transaction that freed them. */
const DISCARDING = (): readonly Preparation[] => [
  { name: 'deleted files are discarded', argv: ['mount', '-o', 'remount,discard', MOUNTED_AT] },
];

const SWAP_MiB = { memory: 24, touched: 64, file: 96 } as const;
const swapFileOf = ({ directory }: Place): string => `${directory}/swap`;
const SWAP_FILES = (places: readonly Place[]): readonly Preparation[] =>
  places.map((place) => ({
    name: 'a swap file',
    argv: ['sh', '-ec', 'umask 077; fallocate -l "$1" "$0"; mkswap "$0" >/dev/null', swapFileOf(place), `${SWAP_MiB.file}M`],
  }));

export const STORM_SHAPES = {
  'randwrite-1': random(1),
  'randwrite-4': random(4),
  'randwrite-16': random(16),
  'randwrite-64': random(64),
  'randwrite-256': random(256),
  'randwrite-buffered': {
    summary: 'random 4 KiB writes to the page cache, each with fsync, 16 at once',
    jobs: ({ file }) => fio({ pattern: 'randwrite', block_bytes: 4096, depth: 16, size_MiB: MIXED_FILE_MiB, fsync_every: 1, file }),
  },
  sequential: { summary: 'a flood of 1 MiB writes past the page cache', jobs: SEQUENTIAL },
  'sequential-buffered': { summary: 'a flood of writes to the page cache, as fast as memory takes them', jobs: BUFFERED },
  journal: { summary: 'eight journals that append 4 KiB with O_DSYNC', jobs: JOURNAL },
  metadata: { summary: 'small files made, synced and deleted, four at once', jobs: METADATA },
  discard: {
    summary: 'files of 1 MiB made, synced and deleted on a file system that discards',
    jobs: DISCARD,
    prepare: DISCARDING,
    effect: { counter: 'disk_discards', perSecond: 0.2 },
  },
  swap: {
    summary: `a program that writes to ${SWAP_MiB.touched} MiB of memory and may have ${SWAP_MiB.memory}: the rest is swapped to the disk`,
    jobs: (place) => [
      {
        engine: 'swap-thrash',
        params: { swapFile: swapFileOf(place), group: place.group, memory_MiB: SWAP_MiB.memory, touched_MiB: SWAP_MiB.touched },
      },
    ],
    grouped: true,
    prepare: SWAP_FILES,
    effect: { counter: 'pswpout', perSecond: 20 },
  },
  mixed: {
    summary: 'all of these at once: random writes, a sequential flood, journals, metadata',
    jobs: (place) => [...random(16).jobs(place), ...SEQUENTIAL(place), ...JOURNAL(place), ...METADATA(place)],
  },
} as const satisfies Record<string, StormShape>;

export type StormShapeName = keyof typeof STORM_SHAPES;
