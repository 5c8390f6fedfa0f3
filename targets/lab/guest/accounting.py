#!/usr/bin/env python3
"""Tells every second which device was used how much, and by which process of which control group.

  accounting.py SECONDS      a line of JSON for each interval, until it is killed

Devices are those of /proc/diskstats (Documentation/admin-guide/iostats.rst), processes those whose /proc/PID/io has changed
(Documentation/filesystems/proc.rst): threads of the kernel too, as they write out what others have dirtied. A process that ended within an
interval is missing from it. What is written to a cache counts for who wrote it, when it was written.
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
MOST = 16  # processes of an interval


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
        if name.startswith(IDLE):
            continue
        found[name] = {key: int(fields[at]) * (SECTOR if key in SECTORS else 1) for key, at in DEVICE.items() if at < len(fields)}
    return found


def processes():
    return {int(pid): text for pid in os.listdir('/proc') if pid.isdigit() and (text := read(f'/proc/{pid}/io'))}


def figures(text):
    pairs = (line.split(': ') for line in text.decode().splitlines())
    return {PROCESS[key]: int(value) for key, value in pairs if key in PROCESS}


def group(pid):
    """Of the one hierarchy of version 2, without the leading slash; nothing where there is none."""
    for line in read(f'/proc/{pid}/cgroup').decode().splitlines():
        if line.startswith('0::/'):
            return line[4:]
    return ''


def grown(after, before):
    return {key: value - before.get(key, 0) for key, value in after.items() if value > before.get(key, 0)}


def main():
    seconds = float(sys.argv[1])
    own = os.getpid()
    # the youngest processes are read last, engines among them: where reading takes long, an interval ends with that
    disks, texts, was = devices(), processes(), time.monotonic()
    while True:
        time.sleep(max(0.0, was + seconds - time.monotonic()))
        disks_now, texts_now, now = devices(), processes(), time.monotonic()
        used = {name: more for name, after in disks_now.items() if (more := grown(after, disks.get(name, {})))}
        busy = []
        for pid, text in texts_now.items():
            if pid == own or text == texts.get(pid):
                continue
            more = grown(figures(text), figures(texts[pid]) if pid in texts else {})
            if more:
                busy.append((more.get('written_bytes', 0) + more.get('read_bytes', 0), more.get('write_calls', 0), pid, more))
        busy.sort(reverse=True)
        told = [
            {'pid': pid, 'name': read(f'/proc/{pid}/comm').decode(errors='replace').strip(), 'group': group(pid), **more}
            for _, _, pid, more in busy[:MOST]
        ]
        print(json.dumps({'for_s': round(now - was, 3), 'devices': used, 'processes': told}), flush=True)
        was, disks, texts = now, disks_now, texts_now


main()
