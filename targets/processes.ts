/** The processes of this machine, from /proc/PID/stat (proc(5)). */
import { readdirSync, readFileSync } from 'node:fs';

export interface Process {
  readonly pid: number;
  readonly parent: number;
  readonly group: number;
  readonly resident_bytes: number;
}

const PAGE_BYTES = 4096;

/** All that live; what is dead already, and waits for its parent, is none. */
export function processes(): Process[] {
  return readdirSync('/proc').flatMap((name): Process[] => {
    if (!/^\d+$/.test(name)) return [];
    try {
      // after the name in brackets: state, parent, group … and as the 22nd the resident pages
      const fields = readFileSync(`/proc/${name}/stat`, 'latin1')
        .replace(/^.*\) /s, '')
        .split(' ');
      const [parent, group, pages] = [fields[1], fields[2], fields[21]].map(Number) as [number, number, number];
      return fields[0] === 'Z' ? [] : [{ pid: Number(name), parent, group, resident_bytes: pages * PAGE_BYTES }];
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
