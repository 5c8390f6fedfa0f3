/**
 * What is done to the memory of a large host, one row each: a shell script that runs inside it for `$1` seconds and prints a line `FIGURE VALUE` for
 * each thing that it counted. Programs that it starts are ended with it, and what it set is set back.
 */

import type { HostClass } from '../classes.ts';
import { PORT } from '../flood/vectors/evidence.ts';
import { MOUNTED_AT } from '../probes/storage.ts';

export interface MemoryWork {
  readonly script: string;
  /** `$2` and so on */
  readonly args?: (size: HostClass) => readonly string[];
}

/** Runs a command and prints for how many milliseconds, as `timed_NAME_ms`, where it did what it should; the judge makes a measure of it. */
const TIMED = `timed() {
  name=$1; shift
  begin=$(date +%s%N); "$@" || return; end=$(date +%s%N)
  echo "timed_\${name}_ms $(((end - begin) / 1000000))"
}`;

/** What a shell tells of a program that SIGKILL ended, as an OOM killer does. */
const KILLED = 128 + 9;

/** A file of which nothing is on the disk: reading it fills the page cache as fast as memory is found, and writes nothing anywhere. */
const HOLE = `${MOUNTED_AT}/hole`;

/** Files that are looked for where there are none leave a dentry each (fs/dcache.c), and those in a tmpfs an inode too. */
const SLAB = `
import os, sys, time
end, looked, made = time.monotonic() + float(sys.argv[1]), 0, 0
while time.monotonic() < end:
    for _ in range(500):
        looked += 1
        try:
            os.stat('${MOUNTED_AT}/none-%d' % looked)
        except OSError:
            pass
    for _ in range(100):
        made += 1
        os.close(os.open('/dev/shm/storm-%d' % made, os.O_CREAT | os.O_WRONLY))
for number in range(1, made + 1):
    os.unlink('/dev/shm/storm-%d' % number)
print('lookups', looked)
print('inodes', made)
`;

/** A process with so many MiB of page tables' worth of the zero page, which each fork has to copy (mm/memory.c, copy_page_range()). */
const FORK = `
import mmap, os, sys, time
size = int(sys.argv[2]) << 20
area = mmap.mmap(-1, size, mmap.MAP_PRIVATE | mmap.MAP_ANONYMOUS)
area.madvise(mmap.MADV_NOHUGEPAGE)
for at in range(0, size, 4096):
    area[at]
end, forks = time.monotonic() + float(sys.argv[1]), 0
while time.monotonic() < end:
    children = []
    for _ in range(8):
        child = os.fork()
        if child == 0:
            os._exit(0)
        children.append(child)
    for child in children:
        os.waitpid(child, 0)
    forks += 8
print('forks', forks)
`;

/** Of each node's zone Normal, from /proc/zoneinfo, the memory that is free and the watermarks, in bytes (mm/vmstat.c, zoneinfo_show_print()). */
export const ZONES = `
import re
def zones(text):
    found = {}
    for node, zone in re.findall(r'^Node (\\d+), zone +Normal\\n((?: .*\\n)+)', text, re.M):
        pages = re.findall(r'^ +(?:pages )?(free|min|low|high) +(\\d+)$', zone, re.M)
        found[int(node)] = {name: 4096 * int(count) for name, count in pages}
    return found
`;

/**
 * Takes what is free down to the low watermarks of every node, and nothing of it can be reclaimed; then packets to a port may take so many bytes of what
 * is left, since nobody reads them. It prints whether it was so far at the time that it is given.
 */
const SHORT = `${ZONES}
import socket, sys, time
begin, port, by, LITTLE = time.time(), int(sys.argv[2]), float(sys.argv[4]), 8 << 20
end = time.monotonic() + float(sys.argv[1])
def is_full():
    return all(zone['free'] <= zone['low'] + LITTLE for zone in zones(open('/proc/zoneinfo').read()).values())
open('/proc/self/oom_score_adj', 'w').write('1000')
holder = socket.socket(socket.AF_INET6, socket.SOCK_DGRAM)
# SO_RCVBUFFORCE, of which the kernel makes twice as much (net/core/sock.c)
holder.setsockopt(socket.SOL_SOCKET, 33, int(sys.argv[3]) // 2)
holder.bind(('::', port))
held, taken, stuck = [], 0, 0
# caches are free as well: it is full where reclaim finds no more of them
while time.monotonic() < end and stuck < 5:
    stuck = stuck + 1 if is_full() else 0
    size = LITTLE if stuck == 0 else LITTLE // 8
    held.append(b'\\1' * size)
    taken += size
    if stuck > 0:
        time.sleep(0.2)
if stuck == 5:
    print('full_after_s', round(time.time() - begin, 1))
full = stuck == 5 and time.time() <= by
time.sleep(max(0, end - time.monotonic()))
print('taken_MiB', taken >> 20)
print('full', int(full))
`;

/**
 * On each node a file fills the memory, and every second page of it is given back, so that what is free lies in single pages; then as much of it is asked for in huge
 * pages, of which most can only be made by compaction (mm/compaction.c). It prints how many it got of how many.
 */
const FRAGMENTS = `${ZONES}
import glob, mmap, os, sys, time
end, HUGE, MOST = time.monotonic() + float(sys.argv[1]), 2 << 20, 4 << 30
def normal(node):
    zone = zones(open('/proc/zoneinfo').read())[node]
    return zone['free'], zone['high']
def huge_pages():
    return int([line for line in open('/proc/vmstat') if line.startswith('thp_fault_alloc ')][0].split()[1])
def work(node, cpu):
    os.sched_setaffinity(0, [cpu])
    path = '${HOLE}-%d' % node
    file = os.open(path, os.O_RDWR | os.O_CREAT)
    os.ftruncate(file, MOST)
    os.posix_fadvise(file, 0, 0, os.POSIX_FADV_RANDOM)
    asked = 0
    while time.monotonic() < end:
        filled = 0
        while filled < MOST:
            free, high = normal(node)
            if free <= high:
                break
            os.pread(file, 1 << 20, filled)
            filled += 1 << 20
        for at in range(0, filled, 8192):
            os.posix_fadvise(file, at, 4096, os.POSIX_FADV_DONTNEED)
        # large blocks go first, and single pages make up the rest
        areas, (free, _) = [], normal(node)
        for _ in range(free // HUGE):
            area = mmap.mmap(-1, 2 * HUGE, mmap.MAP_PRIVATE | mmap.MAP_ANONYMOUS)
            area.madvise(mmap.MADV_HUGEPAGE)
            # the one that lies in it whole, wherever it begins
            area[HUGE] = 1
            areas.append(area)
        asked += len(areas)
        for area in areas:
            area.close()
        os.posix_fadvise(file, 0, 0, os.POSIX_FADV_DONTNEED)
    os.close(file)
    os.unlink(path)
    return asked
before, (told, tell) = huge_pages(), os.pipe()
children = 0
for path in glob.glob('/sys/devices/system/node/node[0-9]*'):
    cpus = re.match(r'\\d+', open(path + '/cpulist').read())
    if cpus:
        children += 1
        if os.fork() == 0:
            os.write(tell, b'%d\\n' % work(int(path.rpartition('node')[2]), int(cpus.group())))
            os._exit(0)
os.close(tell)
asked = [int(line) for line in os.fdopen(told)]
if len(asked) < children:
    sys.exit('one of %d ended early' % children)
print('huge_pages_asked', sum(asked))
print('huge_pages_got', huge_pages() - before)
`;

/** Sets the kernel's VALUE in FILE until the script ends, with whatever code. */
export const SETTING = `before=
trap 'eval "$before"' EXIT
trap 'exit 143' TERM
set_to() { before="echo $(cat "$2") > $2; $before"; echo "$1" > "$2"; }`;

const STRESS = 'stress-ng --quiet --timeout "$1"';

export const WORKS = {
  chores: {
    script: `set -e
${TIMED}
truncate -s "$2M" ${HOLE}; cat ${HOLE} > /dev/null; sync
timed drop-caches sh -c 'echo 3 > /proc/sys/vm/drop_caches'
timed compaction sh -c 'echo 1 > /proc/sys/vm/compact_memory'
rm ${HOLE}`,
    // a thousandth of the memory
    args: ({ memory_MiB }) => [String(Math.ceil(memory_MiB / 1024))],
  },
  'page-cache': {
    script: `truncate -s "$2M" ${HOLE}
for reader in 1 2; do timeout "$1" sh -c 'while :; do cat "$0" > /dev/null; done' ${HOLE} & done
wait
rm ${HOLE}`,
    args: ({ memory_MiB, unused_MiB = memory_MiB }) => [String(2 * unused_MiB)],
  },
  // where watermarks are low it is killed for its memory, which was full then, and begins anew
  short: {
    script: `begin=$(date +%s); end=$((begin + $1)) kills=0
while left=$((end - $(date +%s))) && [ $left -gt 0 ]; do
  python3 -c "$2" "$left" "$3" "$4" $((begin + $5)) && break
  [ $? -eq ${KILLED} ] && kills=$((kills + 1)) && [ $kills -lt 50 ] || exit 1
done
[ $kills -eq 0 ] || echo "full 1"
echo "kills $kills"`,
  },
  'write-burst': {
    script: `timeout "$1" sh -c 'while :; do dd if=/dev/zero of="$0" bs=1M count="$1" conv=notrunc 2>/dev/null; done' ${MOUNTED_AT}/burst "$2"
rm ${MOUNTED_AT}/burst`,
    args: () => [String(BURST_MiB)],
  },
  // `$3` seconds after its begin it wants all of it written, whether its storage is there or not
  'dirty-pages': {
    script: `${TIMED}
begin=$(date +%s)
dd if=/dev/zero of=${MOUNTED_AT}/burst bs=1M count="$2" conv=notrunc 2>/dev/null
wait=$(($3 - $(date +%s) + begin))
[ $wait -le 0 ] || sleep $wait
timed write-back sync
rm ${MOUNTED_AT}/burst`,
  },
  fragments: { script: `python3 -c "$2" "$1"`, args: () => [FRAGMENTS] },
  'huge-pages': {
    script: `${SETTING}
at=/sys/kernel/mm/transparent_hugepage/khugepaged
set_to 100 $at/scan_sleep_millisecs; set_to 8192 $at/pages_to_scan
${STRESS} --vm 1 --vm-bytes 512m --vm-madvise hugepage --mremap 1 --mremap-bytes 256m`,
  },
  nodes: {
    script: `${SETTING}
set_to 1 /proc/sys/kernel/numa_balancing
${STRESS} --numa 1 --vm 1 --vm-bytes 512m --vm-keep`,
  },
  slab: { script: `python3 -c "$2" "$1"`, args: () => [SLAB] },
  forks: { script: `python3 -c "$2" "$1" "$3"`, args: () => [FORK, String(FORKED_MiB)] },
  'group-limit': {
    script: `mountpoint -q /sys/fs/cgroup || mount -t cgroup2 none /sys/fs/cgroup
echo +memory > /sys/fs/cgroup/cgroup.subtree_control
group=/sys/fs/cgroup/limited; mkdir -p $group; echo 64M > $group/memory.max
sh -c 'echo $$ > "$0/cgroup.procs"; exec "$@"' $group ${STRESS} --vm 1 --vm-bytes 192m --vm-keep
sed -n 's/^oom_kill /kills /p' $group/memory.events`,
  },
  hotplug: {
    script: `end=$(($(date +%s) + $1)); off=0 refused=0
set -- $(ls -d /sys/devices/system/node/node"$2"/memory[0-9]* | sort -V)
shift $(($# / 2))
while [ "$(date +%s)" -lt "$end" ] && [ $# -gt 0 ]; do
  if echo offline > "$1/state"; then
    off=$((off + 1)); echo online > "$1/state" || exit
  else
    refused=$((refused + 1))
  fi 2>/dev/null
  shift
done
echo "offlined $off"; echo "refused $refused"`,
    args: ({ nodes }) => [String(nodes - 1)],
  },
} as const satisfies Record<string, MemoryWork>;

/** Of `short`: how many bytes of packets may wait, and from when on memory must be full, in seconds from its begin. */
export const shortArgs = (held_bytes: number, from_s: number): readonly string[] => [
  SHORT,
  String(PORT),
  String(held_bytes),
  String(from_s),
];

export type WorkName = keyof typeof WORKS;

/** What a burst writes before it begins anew, and what forks copy the page tables of. */
export const BURST_MiB = 2048;
const FORKED_MiB = 1024;
