/** How much memory a run really takes of the lab host, and what room its disks have: watched while it goes on, and ended before the host must kill or refuse. */
import { InfraError } from '../../results/errors.ts';
import { familyOf, processes } from '../processes.ts';
import { diskRoom, type Room, roomHere, SPARE_DISK_MiB } from './cost.ts';
import { eachSecond } from './each-second.ts';

/** With less than this left, the host is about to swap, to reclaim, or to kill. */
const LEAST_LEFT_MiB = 384;

export interface Residence extends Disposable {
  /** the most so far, in MiB: of this process and all that it has started */
  peak_MiB(): number;
}

/** Watches from now on; `fault` is told once, when the host has almost no room left, or cannot be watched. */
export function watchResidence(fault: (error: Error) => void, room: () => Room = roomHere): Residence {
  let most_MiB = 0;
  let told = false;
  const look = () => {
    most_MiB = Math.max(most_MiB, residentOf(process.pid));
    const { free_MiB, limitedBy } = room();
    if (told || free_MiB >= LEAST_LEFT_MiB) return;
    told = true;
    fault(
      new InfraError(
        `the lab host has ${Math.round(free_MiB)} MiB of memory left (${limitedBy}), the run takes ${Math.round(most_MiB)} MiB: ended before the kernel kills`,
      ),
    );
  };
  const looks = eachSecond(look, fault);
  look();
  return {
    peak_MiB() {
      look();
      return Math.round(most_MiB);
    },
    [Symbol.dispose]: () => looks[Symbol.dispose](),
  };
}

/**
 * Watches where the disks of tails grow. A full lab host answers writes with ENOSPC, which the candidate's kernel tells as errors of its storage: the
 * trial must end before that.
 */
export function watchDisk(dir: string, fault: (error: Error) => void, room = diskRoom): Disposable {
  return eachSecond(() => {
    const { free_MiB } = room(dir);
    if (free_MiB < SPARE_DISK_MiB)
      throw new InfraError(
        `the lab host has ${Math.round(free_MiB)} MiB left in ${dir}, where the disks of the tails grow: ended before they are full`,
      );
  }, fault);
}

/** Resident memory of a process and its descendants in MiB; what two of them share counts twice. */
export const residentOf = (leader: number): number =>
  familyOf(processes(), ({ pid }) => pid === leader).reduce((sum, { resident_bytes }) => sum + resident_bytes, 0) / 2 ** 20;
