/**
 * I/O storm: two tenants share one link to their tails. One storms with random writes and fsync at depth; the other writes steadily and is
 * measured.
 */
import { commonObjectives } from './objectives.ts';
import { DISK_MiB } from './storage-settings.ts';
import type { Suite } from './suite.ts';

const DEPTH = 16;

export const ioStorm: Suite = {
  name: 'io-storm',
  summary: 'one tenant storms its NBD disk, the other writes steadily and is measured',
  seat: 'tenant',
  plan(size, profile) {
    const probes = ['network', 'storage', 'management'] as const;
    const for_s = profile.storm_s * 2;
    const tenant = (name: string) => ({ name, seat: 'tenant', ...size.tenant, disk: { attach: 'qemu', size_MiB: DISK_MiB } }) as const;
    return {
      topology: { machines: [tenant('stormer'), tenant('victim')], storeRate_bps: size.storeRate_bps },
      probes: { stormer: probes, victim: probes },
      schedule: [
        {
          at_s: 0,
          for_s,
          kind: 'engine',
          engine: 'fio',
          on: { machine: 'stormer' },
          params: { pattern: 'randwrite', block_bytes: 4096, depth: DEPTH, fsync_every: 1, size_MiB: 8 },
        },
      ],
      objectives: [
        ...commonObjectives(profile, probes),
        // a neighbour's storm may slow a tenant down; it must not stop it for as long as the kernel calls hung
        { kind: 'stall', name: 'victim_longest_stall_s', probe: 'storage', machine: 'victim', atMost_s: profile.hungTaskTimeout_s },
        { kind: 'effect', name: 'storm_written', evidence: { of: 'engine', engine: 'fio', figure: 'writes', atLeast: 10 * for_s } },
      ],
    };
  },
};
