#!/usr/bin/env python3
"""Stands in for a VM: carries frames between a tap of the host and another tap, which is to be the VM's card.

  card.py TAP CARD      makes both, prints "ready", and goes on until it is killed; both are gone with it

A real VM's card takes frames off its tap in the same way: one process, one frame a system call. What it does not take in time is lost at the
tap, whose queue is the kernel's own.
"""
import fcntl
import os
import select
import struct
import sys

TUNSETIFF = 0x400454CA  # include/uapi/linux/if_tun.h
IFF_TAP, IFF_NO_PI = 0x0002, 0x1000
LARGEST = 65536  # bytes; a tap's own limit
BATCH = 64  # frames in one direction before the other has its turn


def tap(name):
    fd = os.open('/dev/net/tun', os.O_RDWR | os.O_NONBLOCK)
    fcntl.ioctl(fd, TUNSETIFF, struct.pack('16sH22x', name.encode(), IFF_TAP | IFF_NO_PI))
    return fd


def carry(source, sink, room=[bytearray(LARGEST)], frame=None):
    frame = frame or memoryview(room[0])
    for _ in range(BATCH):
        try:
            size = os.readv(source, room)
        except OSError:
            return  # there is none, or the tap is down
        try:
            os.write(sink, frame[:size])
        except OSError:
            pass  # lost, as a card that is down or full loses it


def main():
    one, other = tap(sys.argv[1]), tap(sys.argv[2])
    print('ready', flush=True)
    ways = {one: other, other: one}
    ready = select.poll()
    for fd in ways:
        ready.register(fd, select.POLLIN)
    while True:
        for fd, _ in ready.poll():
            carry(fd, ways[fd])


main()
