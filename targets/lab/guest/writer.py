#!/usr/bin/env python3
"""Writes blocks that can be accounted for, and reads them back.

Every block tells whose it is, which slot it belongs to, and its sequence number, and its content follows from these alone; so a lost,
stale, misdirected or altered block is told apart from a good one without any other record than the last acknowledged number.

  write FILE TENANT HZ SLOTS FIRST   one block and fsync, HZ times a second; prints "SEQ MICROSECONDS" once a block is acknowledged,
                                     "SEQ error NAME" when it was refused, and tries it again
  verify FILE TENANT SLOTS LAST      reads every slot past the page cache (O_DIRECT); prints "acknowledged verified lost corrupt stale",
                                     then a line for each of the first bad slots
"""
import hashlib
import errno
import mmap
import os
import struct
import sys
import time
import zlib

BLOCK = 4096
HEADER = struct.Struct('<4s16sQQI')  # magic, tenant, slot, sequence number, crc32 of the body
MAGIC = b'SPB1'
BAD_SLOTS_SHOWN = 10


def block(tenant, slots, seq):
    """The 4096 bytes of sequence number `seq`."""
    stem = hashlib.sha256(b'%s %d' % (tenant, seq)).digest()
    body = (stem * (BLOCK // len(stem)))[: BLOCK - HEADER.size]
    return HEADER.pack(MAGIC, tenant, seq % slots, seq, zlib.crc32(body)) + body


def write(path, tenant, hz, slots, seq):
    fd = os.open(path, os.O_RDWR)  # made with the file system: where it is missing, the disk is not mounted
    period = 1 / hz
    due = time.monotonic()
    while True:
        now = time.monotonic()
        if now < due:
            time.sleep(due - now)
        else:
            due += int((now - due) / period) * period  # ticks missed by a stalled write are not made up for
        due += period
        start = time.monotonic()
        try:
            os.pwrite(fd, block(tenant, slots, seq), seq % slots * BLOCK)
            os.fsync(fd)
            line = '%d %d\n' % (seq, (time.monotonic() - start) * 1e6)
            seq += 1  # a refused block is tried again: all up to the last acknowledged one are to be found later
        except OSError as error:
            line = '%d error %s\n' % (seq, errno.errorcode.get(error.errno, str(error.errno)))
        os.write(1, line.encode())


def verify(path, tenant, slots, last):
    page = mmap.mmap(-1, BLOCK)  # O_DIRECT wants an aligned buffer
    fd = os.open(path, os.O_RDONLY | os.O_DIRECT)
    counts = {'verified': 0, 'lost': 0, 'corrupt': 0, 'stale': 0}
    bad = []
    written = min(slots, last + 1)
    for slot in range(written):
        expected = last - (last - slot) % slots
        try:
            size = os.preadv(fd, [page], slot * BLOCK)
            found = page[:size]
            why = 'cut off' if size < BLOCK else ''
        except OSError as error:
            found, why = b'', 'cannot be read: %s' % error.strerror
        verdict, detail = judge(found, tenant, slots, slot, expected)
        counts[verdict] += 1
        if verdict != 'verified' and len(bad) < BAD_SLOTS_SHOWN:
            bad.append('slot %d, sequence %d: %s (%s)' % (slot, expected, verdict, why or detail))
    print(written, counts['verified'], counts['lost'], counts['corrupt'], counts['stale'])
    print('\n'.join(bad))


def judge(found, tenant, slots, slot, expected):
    if found == block(tenant, slots, expected):
        return 'verified', ''
    if not found or found == bytes(len(found)):
        return 'lost', 'nothing there'
    if len(found) < BLOCK:
        return 'lost', 'cut off'
    magic, owner, at, seq, _ = HEADER.unpack_from(found)
    owner = owner.rstrip(b'\0')
    if magic == MAGIC and found == block(owner, slots, seq):
        if owner != tenant or at != slot:
            return 'corrupt', 'misdirected: block %d of %s' % (seq, owner.decode(errors='replace'))
        # a later block may have been written without its acknowledgement having reached us
        return ('verified', '') if seq > expected else ('stale', 'still holds %d' % seq)
    wrong = [i for i, (a, b) in enumerate(zip(found, block(tenant, slots, expected))) if a != b]
    return 'corrupt', '%d bytes differ, the first at offset %d' % (len(wrong), wrong[0])


def main():
    mode, path, tenant = sys.argv[1], sys.argv[2], sys.argv[3].encode()[:16]
    if mode == 'write':
        write(path, tenant, float(sys.argv[4]), int(sys.argv[5]), int(sys.argv[6]))
    else:
        verify(path, tenant, int(sys.argv[4]), int(sys.argv[5]))


try:
    main()
except BrokenPipeError:
    pass  # nobody listens any more
