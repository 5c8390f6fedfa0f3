import { describe, expect, it } from 'vitest';
import { InfraError } from '../../../results/errors.ts';
import { deviceCounters, readWire } from './wire.ts';

/** /proc/net/dev of a lab's head, Linux 6.18, after a flood: names may touch their figures. */
const DEV = `Inter-|   Receive                                                |  Transmit
 face |bytes    packets errs drop fifo frame compressed multicast|bytes    packets errs drop fifo colls carrier compressed
    lo:       0       0    0    0    0     0          0         0        0       0    0    0    0     0       0          0
front-up:60500840  975820    0    0    0     0          0         0     5366      43    0    0    0     0       0          0
br-front:    1248      15    0    0    0     0          0        10     1724      16    0    0    0     0       0          0
front0:    3110      37    0    0    0     0          0         0 10266704  165592    0 810228    0     0       0          0
`;

describe("a device's counters", () => {
  it('are found by its whole name', () => {
    expect(deviceCounters(DEV, 'front0')).toEqual({
      rx_bytes: 3110,
      rx_packets: 37,
      tx_bytes: 10266704,
      tx_packets: 165592,
      tx_dropped: 810228,
    });
    expect(deviceCounters(DEV, 'front-up')).toMatchObject({ rx_bytes: 60500840, rx_packets: 975820, tx_dropped: 0 });
  });

  it.each(['front', 'up', 'store', ''])('of "%s" are not to be had there', (device) => {
    expect(() => deviceCounters(DEV, device)).toThrow(InfraError);
  });
});

describe('a wire', () => {
  it('whose holder is gone cannot be read', () => {
    const gone = { pid: 2 ** 22 + 1, device: 'front' };
    expect(() => readWire(gone, gone, gone)).toThrow(InfraError);
  });

  it('is read from the namespace of its holder', () => {
    const own = { pid: process.pid, device: 'lo' };
    expect(readWire(own, own, own)).toMatchObject({ unsent_packets: 0, dropped_packets: 0 });
  });
});
