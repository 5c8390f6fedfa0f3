#!/usr/bin/env python3
"""Writes blocks that can be accounted for, and reads them back.

  write FILE TENANT HZ SLOTS FIRST   one block and fsync, HZ times a second; prints "SEQ MICROSECONDS" once a block is acknowledged,
                                     "SEQ error NAME" when it was refused, and tries it again
  verify FILE TENANT SLOTS LAST      reads every slot past the page cache (O_DIRECT) and prints the account as one line of JSON

Block SEQ goes to slot SEQ % SLOTS. Every one of its eight sectors says whose it is, its slot, its sequence number and its place in the block,
and its content follows from these alone. So each sector of a slot can be told by itself, with no other record than LAST, the highest
number that was acknowledged:

  verified     the expected block, or a later one, whole: it may have been written without its acknowledgement having reached us
  inflight     sectors of the expected block and of the one write that nobody acknowledged and that may have been cut short (see below)
  lost         nothing: zeros, or the file ends before or in it
  unreadable   reading it fails
  stale        an older block of this slot, whole. A lost write over an older block is one of these
  torn         sectors of several blocks of this slot, or of one and zeros
  misdirected  a sector of another tenant, another slot, or another place in its block
  corrupt      a sector that is none of ours: flipped bits, foreign data

A slot is one of these. Where several fit, that of its worst sector counts: corrupt, misdirected, then torn.

A writer has one write under way, and goes on only once it is acknowledged. So whatever was written after LAST was written in order, and of all
that the slots hold only the block after the newest whole one can have been cut short: by a reset, or by the writer's end. Disks promise
whole sectors, not whole blocks; the older block beneath was being replaced, and that is no loss. It can be one slot, never two.
"""
import errno
import hashlib
import json
import mmap
import os
import struct
import sys
import time
import zlib

BLOCK = 4096
SECTOR = 512
SECTORS = BLOCK // SECTOR
HEAD = struct.Struct('<4s16sQQI')  # magic, tenant, slot, sequence number, place in the block
SUM = struct.Struct('<I')  # crc32 of all else of the sector
BODY = SECTOR - HEAD.size - SUM.size
MAGIC = b'SPB2'
ZEROS = bytes(SECTOR)
KINDS = 'verified', 'inflight', 'lost', 'unreadable', 'stale', 'torn', 'misdirected', 'corrupt'
BAD_SLOTS_SHOWN = 10
SLOTS_AT_ONCE = 64  # asking an emulated disk takes longer than what it then gives


def block(tenant, slot, seq):
    """The 4096 bytes of sequence number `seq`."""
    body = body_of(tenant, seq)
    return b''.join([sector(tenant, slot, seq, place, body) for place in range(SECTORS)])


def sector(tenant, slot, seq, place, body):
    head = HEAD.pack(MAGIC, tenant, slot, seq, place)
    return head + SUM.pack(zlib.crc32(body, zlib.crc32(head))) + body


def body_of(tenant, seq):
    stem = hashlib.sha256(b'%s %d' % (tenant, seq)).digest()
    return (stem * (BODY // len(stem) + 1))[:BODY]


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
            os.pwrite(fd, block(tenant, seq % slots, seq), seq % slots * BLOCK)
            os.fsync(fd)
            line = '%d %d\n' % (seq, (time.monotonic() - start) * 1e6)
            seq += 1  # a refused block is tried again: all up to the last acknowledged one are to be found later
        except OSError as error:
            line = '%d error %s\n' % (seq, errno.errorcode.get(error.errno, str(error.errno)))
        os.write(1, line.encode())


def verify(path, tenant, slots, last):
    counts = dict.fromkeys(KINDS, 0)
    told = []
    newest = last
    fd = os.open(path, os.O_RDONLY | os.O_DIRECT)
    for slot, found, why in read(fd, min(slots, last + 1)):
        expected = last - (last - slot) % slots
        if found == block(tenant, slot, expected):
            counts['verified'] += 1
            continue
        kind, detail, seqs = ('unreadable', why, ()) if why else judge(found, tenant, slot, expected)
        if kind == 'verified':
            newest = max(newest, *seqs)
        told.append((slot, expected, kind, detail, seqs))
    os.close(fd)
    bad = []
    for slot, expected, kind, detail, seqs in told:
        if kind == 'torn' and seqs == {newest + 1 - slots, newest + 1}:
            kind = 'inflight'
        counts[kind] += 1
        if kind not in ('verified', 'inflight') and len(bad) < BAD_SLOTS_SHOWN:
            bad.append({'slot': slot, 'seq': expected, 'kind': kind, 'detail': detail})
    print(json.dumps({'acknowledged': min(slots, last + 1), **counts, 'bad': bad}), flush=True)


def read(fd, slots):
    """Each slot with what it holds, or why it cannot be read."""
    buffer = mmap.mmap(-1, SLOTS_AT_ONCE * BLOCK)  # O_DIRECT wants an aligned one
    with memoryview(buffer) as view:
        for first in range(0, slots, SLOTS_AT_ONCE):
            wanted = range(first, min(slots, first + SLOTS_AT_ONCE))
            try:
                size = os.preadv(fd, [view[: len(wanted) * BLOCK]], first * BLOCK)
                single = size < len(wanted) * BLOCK
            except OSError:
                single = True
            for at, slot in enumerate(wanted):
                if not single:
                    yield slot, buffer[at * BLOCK : (at + 1) * BLOCK], ''
                    continue
                try:
                    yield slot, buffer[: os.preadv(fd, [view[:BLOCK]], slot * BLOCK)], ''
                except OSError as error:
                    if error.errno == errno.EINVAL:
                        raise  # nothing here can be read past the cache: that says nothing of the block
                    yield slot, b'', os.strerror(error.errno)


def judge(found, tenant, slot, expected):
    """What a slot is that does not hold the expected block, in words too, and the sequence numbers of its own that stand in it."""
    if found == bytes(len(found)):
        return 'lost', 'nothing there', ()
    if len(found) < BLOCK:
        return 'lost', 'cut off', ()
    sectors = [identify(found[place * SECTOR : (place + 1) * SECTOR]) for place in range(SECTORS)]
    if None in sectors:
        wrong = [at for at, (is_, ought) in enumerate(zip(found, block(tenant, slot, expected))) if is_ != ought]
        return 'corrupt', '%d bytes differ, the first at offset %d' % (len(wrong), wrong[0]), ()
    for place, each in enumerate(sectors):
        if each and each[:3] != (tenant, slot, place):
            owner, at, was, seq = each
            return 'misdirected', 'sector %d is sector %d of block %d of %s' % (place, was, seq, owner.decode(errors='replace')), ()
    held = [each[3] if each else None for each in sectors]
    seqs = set(held)
    if len(seqs) > 1:
        parts = ['%d of %s' % (held.count(seq), 'nothing' if seq is None else seq) for seq in sorted(seqs, key=held.index)]
        return 'torn', 'sectors: %s' % ', '.join(parts), seqs
    return ('verified', '', seqs) if held[0] > expected else ('stale', 'still holds %d' % held[0], seqs)


def identify(found):
    """(tenant, slot, place, sequence number) of a sector; () where it holds nothing, None where it is none of ours."""
    if found == ZEROS:
        return ()
    magic, owner, slot, seq, place = HEAD.unpack_from(found)
    owner = owner.rstrip(b'\0')
    if magic == MAGIC and found == sector(owner, slot, seq, place, body_of(owner, seq)):
        return owner, slot, place, seq
    return None


def main():
    mode, path, tenant = sys.argv[1], sys.argv[2], sys.argv[3].encode()[:16]
    if mode == 'write':
        write(path, tenant, float(sys.argv[4]), int(sys.argv[5]), int(sys.argv[6]))
    else:
        verify(path, tenant, int(sys.argv[4]), int(sys.argv[5]))


if __name__ == '__main__':
    try:
        main()
    except BrokenPipeError:
        pass  # nobody listens any more
