import { readFileSync } from 'node:fs';
import { execa } from 'execa';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { Channel } from '../targets/target.ts';
import { parseCounters, readCounters } from './counters.ts';

/** From a lab head (Debian 6.1.0-56-cloud-amd64), shortened to what is read; the last section is from a kernel that has it. */
const HEAD = `Inter-|   Receive                                                |  Transmit
 face |bytes    packets errs drop fifo frame compressed multicast|bytes    packets errs drop fifo colls carrier compressed
    lo:       0       0    0    0    0     0          0         0        0       0    0    0    0     0       0          0
 front: 123456789  600123    1    2    0     0          0         0    99000     901    3    4    0     0       0          0
store:5000      50    0    0    0     0          0         0    6000      60    0    0    0     0       0          0
---
00000a10 00000001 00000002 00000000 00000000 00000000 00000000 00000000 00000000 00000000 00000000 00000000 00000000
0000ffff 00000000 0000000f 00000000 00000000 00000000 00000000 00000000 00000000 00000000 00000000 00000001 00000000
---
nr_free_pages 12345
nr_dirty 17
nr_writeback 3
allocstall_normal 5
oom_kill 1
pgmajfault 203
---
2
`;

/** A channel to this very machine. */
const here: Pick<Channel, 'run'> = {
  run: async ([file, ...args]) => {
    const { exitCode, stdout, stderr } = await execa(file as string, args, { reject: false, stripFinalNewline: false });
    return { code: exitCode ?? 1, stdout, stderr };
  },
};

describe('the counters of a machine', () => {
  it('are read by card and direction, summed over processors, and by the names of the kernel', () => {
    expect(parseCounters(HEAD)).toMatchObject({
      front_rx_bytes: 123_456_789,
      front_rx_packets: 600_123,
      front_rx_errors: 1,
      front_rx_dropped: 2,
      front_tx_bytes: 99_000,
      front_tx_packets: 901,
      front_tx_errors: 3,
      front_tx_dropped: 4,
      store_rx_bytes: 5000,
      store_rx_packets: 50,
      softnet_processed: 0xa10 + 0xffff,
      softnet_dropped: 1,
      softnet_squeezed: 0x11,
      oom_kill: 1,
      hung_task_detect_count: 2,
    });
    expect(parseCounters(HEAD)).not.toHaveProperty('nr_free_pages');
  });

  it.each([
    ['that a kernel does not have are left out', HEAD.replace(/---\n2\n$/, '---\n'), 'hung_task_detect_count'],
    ['of a card that is gone are left out', HEAD.replace(/^store:.*\n/m, ''), 'store_rx_bytes'],
  ])('%s', (_what, text, name) => {
    expect(parseCounters(HEAD)).toHaveProperty(name);
    expect(parseCounters(text)).not.toHaveProperty(name);
  });

  it('of this machine are those of its /proc', async () => {
    const counters = await readCounters(here as Channel);
    const cards = [...readFileSync('/proc/net/dev', 'utf8').matchAll(/^\s*([^:\s]+):/gm)].map(([, card]) => card);
    expect(cards).toContain('lo');
    for (const card of cards)
      for (const what of ['rx_bytes', 'rx_packets', 'rx_errors', 'rx_dropped', 'tx_bytes', 'tx_packets', 'tx_errors', 'tx_dropped'])
        expect(Number.isInteger(counters[`${card}_${what}`]), `${card}_${what}`).toBe(true);
    // counted over sysfs too, which reads the same device (net/core/net-sysfs.c)
    const later = Number(readFileSync('/sys/class/net/lo/statistics/rx_packets', 'utf8'));
    expect(counters.lo_rx_packets).toBeLessThanOrEqual(later);
    expect(counters.lo_rx_packets).toBeGreaterThanOrEqual(later - 100_000);
    expect(counters.softnet_processed).toBeGreaterThan(0);
    expect(counters.oom_kill).toBeGreaterThanOrEqual(0);
    expect(Object.values(counters).every((value) => Number.isInteger(value) && value >= 0)).toBe(true);
  });

  it('are none of a text that holds none, and never anything but numbers', () => {
    expect(parseCounters('')).toEqual({});
    const mangled = fc.tuple(fc.nat(HEAD.length), fc.nat(HEAD.length)).map(([from, to]) => HEAD.slice(0, from) + HEAD.slice(to));
    fc.assert(
      fc.property(fc.oneof(mangled, fc.string({ unit: 'binary' })), (text) => {
        for (const value of Object.values(parseCounters(text))) expect(typeof value).toBe('number');
      }),
    );
  });
});
