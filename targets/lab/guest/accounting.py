#!/usr/bin/env python3
"""Tells every second which device was used how much, and by which process of which control group.

  accounting.py SECONDS [MOST]   a line of JSON for each interval, until it is killed; of no more processes than that

Devices are those of /proc/diskstats (Documentation/admin-guide/iostats.rst) that can be written to, processes those whose /proc/PID/io has changed
(Documentation/filesystems/proc.rst): threads of the kernel too, as they write out what others have dirtied. A process that ended within an
interval is missing from it; what it did meanwhile is its parent's, as the kernel has it. What is written to a cache counts for who wrote it, when
it was written.
"""
import json
import os
import sys
import time

# fields of a line of /proc/diskstats behind major, minor and name
DEVICE = {'reads': 0, 'read_bytes': 2, 'writes': 4, 'written_bytes': 6, 'busy_ms': 9, 'discards': 11, 'flushes': 15}
SECTORS = ('read_bytes', 'written_bytes')
SECTOR = 512
PROCESS = {'syscr': 'read_calls', 'syscw': 'write_calls', 'read_bytes': 'read_bytes', 'write_bytes': 'written_bytes'}
IDLE = ('loop', 'ram', 'sr', 'fd')
MOST = 16  # processes of an interval, where it is not said
KERNEL_THREAD = 0x00200000  # PF_KTHREAD, include/linux/sched.h


def read(path):
    try:
        with open(path, 'rb', buffering=0) as file:
            return file.read(65536)
    except OSError:
        return b''  # it has ended


def devices():
    found = {}
    for line in read('/proc/diskstats').decode().splitlines():
        _, _, name, *fields = line.split()
        # what is read only carries programs: nobody's work is done there
        if name.startswith(IDLE) or read(f'/sys/class/block/{name}/ro').strip() == b'1':
            continue
        found[name] = {key: int(fields[at]) * (SECTOR if key in SECTORS else 1) for key, at in DEVICE.items() if at < len(fields)}
    return found


def processes():
    return {int(pid): text for pid in os.listdir('/proc') if pid.isdigit() and (text := read(f'/proc/{pid}/io'))}


def figures(text):
    pairs = (line.split(': ') for line in text.decode().splitlines())
    return {PROCESS[key]: int(value) for key, value in pairs if key in PROCESS}


def origin(pid):
    """Its parent, and whether it is a thread of the kernel (proc_pid_stat(5), fields 4 and 9)."""
    fields = read(f'/proc/{pid}/stat').decode(errors='replace').rpartition(') ')[2].split()
    return (int(fields[1]), bool(int(fields[6]) & KERNEL_THREAD)) if len(fields) > 6 else (0, False)


def group(pid):
    """Of the one hierarchy of version 2, without the leading slash; nothing where there is none."""
    for line in read(f'/proc/{pid}/cgroup').decode().splitlines():
        if line.startswith('0::/'):
            return line[4:]
    return ''


def less(figures, others):
    return {key: value - others.get(key, 0) for key, value in figures.items() if value > others.get(key, 0)}


def plus(figures, others):
    return {key: figures.get(key, 0) + others.get(key, 0) for key in {**figures, **others}}


def estates(ended, texts, parents):
    """What processes that have ended did in their lives, by the nearest ancestor that lives: once it has waited for them its own figures grow by
    all that (kernel/exit.c, wait_task_zombie), although it was told before."""
    left = {}
    for pid in ended:
        heir = parents.get(pid, 0)
        while heir in ended:
            heir = parents.get(heir, 0)
        left[heir] = plus(left.get(heir, {}), figures(texts[pid]))
    return left


def main():
    seconds = float(sys.argv[1])
    most = int(sys.argv[2]) if len(sys.argv) > 2 else MOST
    own = os.getpid()
    # the youngest processes are read last, engines among them: where reading takes long, an interval ends with that
    disks, texts, was = devices(), processes(), time.monotonic()
    origins = {pid: origin(pid) for pid in texts}
    late = {}  # of the interval before, what no heir has waited for yet
    while True:
        time.sleep(max(0.0, was + seconds - time.monotonic()))
        disks_now, texts_now, now = devices(), processes(), time.monotonic()
        used = {name: more for name, after in disks_now.items() if (more := less(after, disks.get(name, {})))}
        inherited = estates(texts.keys() - texts_now.keys(), texts, {pid: parent for pid, (parent, _) in origins.items()})
        changed = {pid: text for pid, text in texts_now.items() if pid != own and text != texts.get(pid)}
        origins = {pid: at for pid, at in origins.items() if pid in texts_now} | {pid: origin(pid) for pid in changed}
        busy = []
        for pid, text in changed.items():
            more = less(figures(text), figures(texts[pid]) if pid in texts else {})
            mine = less(more, plus(inherited.get(pid, {}), late.get(pid, {})))
            inherited[pid] = less(inherited.get(pid, {}), more)
            if mine:
                busy.append((mine.get('written_bytes', 0) + mine.get('read_bytes', 0), mine.get('write_calls', 0), pid, mine))
        busy.sort(reverse=True, key=lambda each: each[:3])
        told = []
        for _, _, pid, mine in busy[:most]:
            name = read(f'/proc/{pid}/comm').decode(errors='replace').strip()
            told.append({'pid': pid, 'name': name, 'group': group(pid), **({'kernel': True} if origins[pid][1] else {}), **mine})
        print(json.dumps({'for_s': round(now - was, 3), 'devices': used, 'processes': told}), flush=True)
        was, disks, texts, late = now, disks_now, texts_now, inherited


main()
