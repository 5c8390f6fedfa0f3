/**
 * I/O storm: two tenants share one link to their tails. Each first works alone, and then both together: one storms with random writes and fsync at
 * depth, the other writes steadily and waits for each write, as a database does. What each holds of its own is what the neighbour left it.
 */
import type { FioParams } from './engines/fio.ts';
import { commonObjectives } from './objectives.ts';
import { DISK_MiB } from './storage-settings.ts';
import type { Action, Suite } from './suite.ts';

const STORM: FioParams = { pattern: 'randwrite', block_bytes: 4096, depth: 16, fsync_every: 1, size_MiB: 8 };
const STEADY: FioParams = { pattern: 'randwrite', block_bytes: 4096, depth: 1, fsync_every: 1, size_MiB: 32, pause_ms: 10 };
/** Between two rounds what is still on its way is written. */
const PAUSE_S = 2;

export const ioStorm: Suite = {
  name: 'io-storm',
  summary: 'one tenant storms its NBD disk, the other writes steadily and is measured',
  seat: 'tenant',
  plan(size, profile) {
    const probes = ['network', 'storage', 'management'] as const;
    const alone_s = profile.storm_s;
    const for_s = profile.storm_s * 2;
    const at_s = 2 * (alone_s + PAUSE_S);
    const alone = (machine: string, params: FioParams, round: number): Action => ({
      ...{ at_s: round * (alone_s + PAUSE_S), for_s: alone_s, kind: 'load', engine: 'fio', on: { machine }, params, round: 'alone' },
    });
    const tenant = (name: string) => ({ name, seat: 'tenant', ...size.tenant, disk: { attach: 'qemu', size_MiB: DISK_MiB } }) as const;
    return {
      topology: { machines: [tenant('stormer'), tenant('victim')], storeRate_bps: size.storeRate_bps },
      probes: { stormer: probes, victim: probes },
      schedule: [
        alone('victim', STEADY, 0),
        alone('stormer', STORM, 1),
        { at_s, for_s, kind: 'engine', engine: 'fio', on: { machine: 'stormer' }, params: STORM, round: 'together' },
        { at_s, for_s, kind: 'load', engine: 'fio', on: { machine: 'victim' }, params: STEADY, round: 'together' },
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
