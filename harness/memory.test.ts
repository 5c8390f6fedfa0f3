import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { InfraError } from '../results/errors.ts';
import { MemoryState } from '../results/memory.ts';
import { parseMemory } from './memory.ts';

/** As a host of 768 GiB on two nodes prints it, but for what is not read: Debian's 6.1, with a ballast. */
const LARGE = `
=== /proc/meminfo
MemTotal:       792621184 kB
MemFree:         3479620 kB
MemAvailable:     238640 kB
Dirty:                 0 kB
HugePages_Total:   385081
Hugepagesize:       2048 kB
Hugetlb:        788645888 kB

=== /proc/buddyinfo
Node 0, zone      DMA      0      0      0      0      0      0      0      0      1      1      2 
Node 0, zone   Normal      2      2      2      0      2      3      2      6      3      0    232 
Node 1, zone   Normal     15      3      0      1      2      4      1      2      2      1    235 

=== /proc/zoneinfo
Node 0, zone      DMA
  per-node stats
      nr_inactive_anon 86
  pages free     2816
        boost    0
        min      0
        low      3
        high     6
        spanned  4095
        present  3998
        managed  3840
        protection: (0, 1960, 386944, 386944, 386944)
      nr_free_pages 2816
  pagesets
    cpu: 0
              count: 0
              high:  4
              batch: 1
Node 0, zone   Normal
  pages free     239248
        boost    0
        min      14002
        low      112557
        high     211112
        spanned  100139008
        present  100139008
        managed  98557873
        protection: (0, 0, 0, 0, 0)
    cpu: 0
              count: 99
              high:  112557
Node 0, zone  Movable
  pages free     0
        min      0
        low      0
        high     0
        managed  0
Node 1, zone   Normal
  pages free     242173
        min      14078
        low      113167
        high     212256
        managed  99089814

=== /proc/vmstat
nr_free_pages 869905
nr_dirty_threshold 9721
nr_dirty_background_threshold 4854
nr_dirty 0

=== /proc/sys/vm/min_free_kbytes
112613

=== /sys/devices/system/node/node0/meminfo
Node 0 MemTotal:       396294344 kB
Node 0 MemFree:        2510244 kB

=== /sys/devices/system/node/node1/meminfo
Node 1 MemTotal:       396326840 kB
Node 1 MemFree:         968692 kB

=== /sys/devices/system/node/node0/cpulist
0

=== /sys/devices/system/node/node1/cpulist
1
`;

describe("a machine's memory", () => {
  it('is what its kernel says of it, zone by zone and node by node', () => {
    const state = parseMemory(LARGE);
    expect(() => MemoryState.parse(state)).not.toThrow();
    expect(state).toEqual({
      total_kB: 792_621_184,
      free_kB: 3_479_620,
      available_kB: 238_640,
      ballast_kB: 788_645_888,
      minFree_kB: 112_613,
      dirty_pages: 9721,
      dirtyBackground_pages: 4854,
      nodes: [
        { node: 0, total_kB: 396_294_344, free_kB: 2_510_244, cpus: '0' },
        { node: 1, total_kB: 396_326_840, free_kB: 968_692, cpus: '1' },
      ],
      zones: [
        {
          node: 0,
          zone: 'DMA',
          managed_pages: 3840,
          free_pages: 2816,
          min_pages: 0,
          low_pages: 3,
          high_pages: 6,
          freeBlocks: [0, 0, 0, 0, 0, 0, 0, 0, 1, 1, 2],
        },
        {
          node: 0,
          zone: 'Normal',
          managed_pages: 98_557_873,
          free_pages: 239_248,
          min_pages: 14_002,
          low_pages: 112_557,
          high_pages: 211_112,
          freeBlocks: [2, 2, 2, 0, 2, 3, 2, 6, 3, 0, 232],
        },
        {
          node: 1,
          zone: 'Normal',
          managed_pages: 99_089_814,
          free_pages: 242_173,
          min_pages: 14_078,
          low_pages: 113_167,
          high_pages: 212_256,
          freeBlocks: [15, 3, 0, 1, 2, 4, 1, 2, 2, 1, 235],
        },
      ],
    });
  });

  it('is read as the kernel of this machine prints it', () => {
    const files = ['/proc/meminfo', '/proc/buddyinfo', '/proc/zoneinfo', '/proc/vmstat'];
    const text = files.map((path) => `=== ${path}\n${readFileSync(path, 'utf8')}\n`).join('');
    const { total_kB, free_kB, zones } = parseMemory(text);
    expect(total_kB).toBeGreaterThan(free_kB);
    expect(zones.length).toBeGreaterThan(0);
    for (const zone of zones) {
      expect(zone.managed_pages).toBeGreaterThan(0);
      expect(zone.freeBlocks?.length).toBeGreaterThanOrEqual(10);
      expect(zone.low_pages).toBeGreaterThanOrEqual(zone.min_pages);
      expect(zone.high_pages).toBeGreaterThanOrEqual(zone.low_pages);
    }
  });

  it.each([
    ['nothing', ''],
    ['what was cut off', LARGE.slice(0, 120)],
    ['no zone', LARGE.replace(/=== \/proc\/zoneinfo[\s\S]*?=== \/proc\/vmstat/, '=== /proc/vmstat')],
  ])('is not made of %s', (_what, text) => {
    expect(() => parseMemory(text)).toThrow(InfraError);
  });
});
