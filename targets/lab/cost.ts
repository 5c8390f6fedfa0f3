/** What machines cost the lab host in memory and on disk, and what it has: asked before anything is started, so that no OOM killer need decide. */
import { existsSync, readFileSync, statfsSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { gibText } from '../../results/memory.ts';
import type { MachineSpec, Topology } from '../target.ts';

/** What a kernel and its userland have written to by the time they are ready, beside the page structures; measured with Debian's kernels. */
const GUEST_MiB = 500;
/** struct page of every page: 64 of 4096 bytes (include/linux/mm_types.h), and a little for what else grows with memory. */
const PAGE_STRUCTURES = 64 / 4096 + 0.001;
/** QEMU itself, with the code that it has translated. */
const EMULATOR_MiB = 250;
/** A tail, and the controller. */
const TAIL_MiB = 50;
const CONTROLLER_MiB = 250;
/** What the lab host must have left beside all that. */
const SPARE_MiB = 512;

/** Resident memory of a topology at its peak, in MiB: an estimate, rather too much than too little. */
export const costOf_MiB = ({ machines }: Pick<Topology, 'machines'>): number =>
  Math.ceil(machines.reduce((sum, spec) => sum + machineCost_MiB(spec) + (spec.disk === undefined ? 0 : TAIL_MiB), CONTROLLER_MiB));

function machineCost_MiB({ memory_MiB, touched_MiB = 0 }: MachineSpec): number {
  return Math.min(memory_MiB, GUEST_MiB + memory_MiB * PAGE_STRUCTURES + touched_MiB) + EMULATOR_MiB;
}

/** What must be free for that cost: with less it is refused. */
export const roomFor_MiB = (cost_MiB: number): number => cost_MiB + SPARE_MiB;

/** What may still be used, in MiB, and by what it is limited. */
export interface Room {
  readonly free_MiB: number;
  readonly limitedBy: string;
}

/** The least of what the host has and what its control groups allow; `root` is where the host's files stand. */
export function roomHere(root = '/'): Room {
  const own = { free_MiB: availableOf(read(join(root, 'proc/meminfo'))), limitedBy: 'what this machine has available' };
  return [own, ...groupRooms(root)].reduce((least, each) => (each.free_MiB < least.free_MiB ? each : least));
}

/** Of the tails at their fullest, in MiB: a disk is a file with holes, which a guest may fill. */
export const disksOf_MiB = ({ machines }: Pick<Topology, 'machines'>): number =>
  machines.reduce((sum, { disk }) => sum + (disk?.size_MiB ?? 0), 0);

/** What is free for files in `dir`; of a tmpfs they take memory. */
export function diskRoom(dir: string): { readonly free_MiB: number; readonly inMemory: boolean } {
  const { type, bavail, bsize } = statfsSync(dir);
  return { free_MiB: (bavail * bsize) / 2 ** 20, inMemory: type === TMPFS_MAGIC };
}

/** include/uapi/linux/magic.h */
const TMPFS_MAGIC = 0x01021994;

/** With less than this left, what a machine writes may be refused before anybody looks again. */
export const SPARE_DISK_MiB = 384;

/** Why disks of that size cannot be had in `dir`, with both figures; undefined where they can. */
export function whyNoDisk(disks_MiB: number, dir: string, free_MiB = diskRoom(dir).free_MiB): string | undefined {
  if (disks_MiB + SPARE_DISK_MiB <= free_MiB) return undefined;
  const needs = `needs up to ${gibText(disks_MiB)} in ${dir} for its disks and ${gibText(SPARE_DISK_MiB)} to spare`;
  return `${needs}, and there are ${gibText(free_MiB)}; TMPDIR chooses another place`;
}

/** Why that cannot be had here, with both figures; undefined where it can. */
export function whyNoRoom(cost_MiB: number, { free_MiB, limitedBy }: Room): string | undefined {
  if (roomFor_MiB(cost_MiB) <= free_MiB) return undefined;
  const there = gibText(Math.max(0, free_MiB));
  return `needs about ${gibText(cost_MiB)} of this machine's memory and ${gibText(SPARE_MiB)} to spare, and there are ${there} (${limitedBy})`;
}

const availableOf = (meminfo: string): number => Number(/^MemAvailable: +(\d+) kB$/m.exec(meminfo)?.[1] ?? 0) / 1024;

/** Version 2 and version 1 of control groups: the files of limit and use, and what counts as use but can be had back. */
const GROUPS = [
  {
    line: /^0::(.*)$/m,
    at: ['sys/fs/cgroup', 'sys/fs/cgroup/unified'],
    limit: 'memory.max',
    use: 'memory.current',
    cache: 'inactive_file',
  },
  {
    line: /^\d+:(?:[^:\n]*,)?memory(?:,[^:\n]*)?:(.*)$/m,
    at: ['sys/fs/cgroup/memory'],
    limit: 'memory.limit_in_bytes',
    use: 'memory.usage_in_bytes',
    cache: 'total_inactive_file',
  },
] as const;

/** Of every group above this process that has a limit (Documentation/admin-guide/cgroup-v2.rst, cgroup-v1/memory.rst). */
function groupRooms(root: string): Room[] {
  const mine = read(join(root, 'proc/self/cgroup'));
  return GROUPS.flatMap(({ line, at, limit, use, cache }) => {
    const path = line.exec(mine)?.[1];
    const top = at.map((each) => join(root, each)).find((each) => existsSync(each));
    if (path === undefined || top === undefined) return [];
    return upwards(path).flatMap((group): Room[] => {
      const dir = join(top, group);
      const most = Number.parseInt(read(join(dir, limit)), 10);
      const used = Number.parseInt(read(join(dir, use)), 10);
      // `max`, and what is not there, is no number
      if (!Number.isFinite(most) || !Number.isFinite(used)) return [];
      const back = Number(new RegExp(`^${cache} (\\d+)$`, 'm').exec(read(join(dir, 'memory.stat')))?.[1] ?? 0);
      return [{ free_MiB: (most - used + back) / 2 ** 20, limitedBy: `the control group ${group} allows no more` }];
    });
  });
}

/** `/a/b` -> `/a/b`, `/a`, `/`. */
const upwards = (path: string): string[] => (path === '/' || path === '.' ? ['/'] : [path, ...upwards(dirname(path))]);

function read(path: string): string {
  try {
    return readFileSync(path, 'utf8');
  } catch {
    return ''; // not every host has every file; what it does not say limits nothing
  }
}
