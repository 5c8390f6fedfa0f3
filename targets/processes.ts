/** The processes of this machine, from /proc/PID/stat (proc(5)). */
import { readdirSync, readFileSync } from 'node:fs';

export interface Process {
  readonly pid: number;
  readonly parent: number;
  readonly group: number;
  /** dead already, and waits for its parent */
  readonly dead: boolean;
  /** its own and that of the children that it has waited for, in clock ticks */
  readonly cpu_ticks: number;
  readonly resident_bytes: number;
}

const PAGE_BYTES = 4096;

/** All that live, and the dead that nobody has waited for yet. */
export function processes(): Process[] {
  return readdirSync('/proc').flatMap((name): Process[] => {
    if (!/^\d+$/.test(name)) return [];
    try {
      // after the name in brackets, which is the 2nd: state, parent, group … the 14th to 17th are processor times, the 24th the resident pages
      const fields = readFileSync(`/proc/${name}/stat`, 'latin1')
        .replace(/^.*\) /s, '')
        .split(' ');
      const [parent = 0, group = 0, user = 0, system = 0, childrenUser = 0, childrenSystem = 0, pages = 0] = [1, 2, 11, 12, 13, 14, 21].map(
        (index) => Number(fields[index]),
      );
      return [
        {
          ...{ pid: Number(name), parent, group, dead: fields[0] === 'Z' },
          ...{ cpu_ticks: user + system + childrenUser + childrenSystem, resident_bytes: pages * PAGE_BYTES },
        },
      ];
    } catch {
      return []; // it has ended while we looked
    }
  });
}

/** Those of `all` for which `belongs` holds, and everything that they started, and that these did; whose parents have died are not found by that. */
export function familyOf(all: readonly Process[], belongs: (each: Process) => boolean): Process[] {
  const family = new Set(all.filter(belongs).map(({ pid }) => pid));
  for (let size = -1; size < family.size; ) {
    size = family.size;
    for (const { pid, parent } of all) if (family.has(parent)) family.add(pid);
  }
  return all.filter(({ pid }) => family.has(pid));
}
