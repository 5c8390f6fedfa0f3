/**
 * Storage cut-off: the storage network is cut while tenants write to a journalled file system, then restored. The outages are shorter than
 * the hung-task timeout, so a host must ride them out: no hung task, no error, nothing lost, and steady again soon after.
 */
import { commonObjectives } from './objectives.ts';
import type { Action, Suite } from './suite.ts';

const DISK_MiB = 256;
const TENANTS = ['tenant1', 'tenant2'] as const;
/** writers run this long before the first outage */
const LEAD_S = 3;
/** The share of the longest outage that storage must have stood still for the cut to count as real. */
const LEAST_STALL = 0.8;

export const storageCutoff: Suite = {
  name: 'storage-cutoff',
  summary: 'the storage network is cut while tenants write, and restored',
  seat: 'tenant',
  plan(size, profile) {
    const probes = ['network', 'storage', 'management'] as const;
    const cuts: Action[] = [];
    let at_s = LEAD_S;
    for (const for_s of profile.outages_s) {
      cuts.push({ at_s, for_s, kind: 'fault', fault: 'link-cut', on: 'store' });
      at_s += for_s + profile.betweenOutages_s;
    }
    // the writers' time is up when the last outage ends: what they still hold then is written as soon as the kernel can
    const writing_s = at_s - profile.betweenOutages_s;
    const writers = TENANTS.map(
      (machine): Action => ({
        at_s: 0,
        for_s: writing_s,
        kind: 'load',
        engine: 'fio',
        on: { machine },
        params: { pattern: 'write', block_bytes: 16_384, depth: 1, fsync_every: 8, size_MiB: 32, rate_iops: 40 },
      }),
    );
    return {
      topology: {
        machines: TENANTS.map((name) => ({ name, seat: 'tenant', ...size.tenant, disk: { attach: 'qemu', size_MiB: DISK_MiB } })),
        storeRate_bps: size.storeRate_bps,
      },
      probes: Object.fromEntries(TENANTS.map((name) => [name, probes])),
      schedule: [...writers, ...cuts],
      objectives: [
        ...commonObjectives(profile, probes),
        ...TENANTS.map(
          (machine) =>
            ({
              kind: 'effect',
              name: `${machine}_was_cut_off`,
              evidence: { of: 'stall', probe: 'storage', machine, atLeast: LEAST_STALL * Math.max(...profile.outages_s) },
            }) as const,
        ),
      ],
    };
  },
};
