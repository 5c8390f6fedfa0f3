/**
 * The incident that this project grew from, played again: a flood from the front fills links that carry storage too ("stingy provisioning"),
 * storage is cut off for as long as it lasts, and then one looks who needs a reboot. Tasks that hang meanwhile are what such a host must
 * report, not what it fails by: it fails when it crashes, loses data, or does not come back by itself.
 */
import { headOf } from './classes.ts';
import { type Load, packetsOf } from './flood/load.ts';
import { SHAPES } from './flood/shapes.ts';
import { lineRate_pps } from './flood/sizes.ts';
import { DISK_MiB } from './storage-settings.ts';
import type { Suite } from './suite.ts';

const HEADS = ['head1', 'head2'] as const;
const FRAME_BYTES = 1518;
/** So many times what the link carries: what it drops is then mostly the flood's, and much of the storage's. */
const OVERLOAD = 4;
/** For so long at least must storage have stood still at a stretch, for it to count as cut off. */
const LEAST_STALL_S = 1;
/** The share of what the link carries that must have reached the head's card. */
const LEAST_RECEIVED = 0.05;

export const incident: Suite = {
  name: 'incident-2012-10-27',
  summary: 'a flood from the front fills the links that carry storage too: storage is cut off, then who needs a reboot?',
  seat: 'head',
  plan(size, profile, seed) {
    const probes = ['network', 'storage', 'management'] as const;
    const link_pps = lineRate_pps(size.storeRate_bps, FRAME_BYTES);
    const load: Load = SHAPES.sustained({ peak_pps: OVERLOAD * link_pps, for_s: profile.incident_s, seed });
    return {
      topology: {
        machines: HEADS.map((name) => ({
          ...headOf(size),
          name,
          disk: { attach: 'kernel', size_MiB: DISK_MiB },
        })),
        sharedLink: true,
        frontRate_bps: size.storeRate_bps,
      },
      probes: Object.fromEntries(HEADS.map((name) => [name, probes])),
      schedule: HEADS.map((to) => ({
        at_s: 0,
        for_s: profile.incident_s,
        kind: 'flood',
        on: { station: 'front', to },
        params: { vector: 'udp-1518', load, seed },
      })),
      objectives: [
        { kind: 'no_event', name: 'no_crash', classes: ['crash'] },
        { kind: 'no_event', name: 'no_memory_failure', classes: ['memory'] },
        ...probes.map((probe) => ({ kind: 'recovery', name: `${probe}_recovery_s`, probe, atMost_s: profile.recovery.atMost_s }) as const),
        { kind: 'no_data_loss', name: 'no_data_loss' },
        { kind: 'clean_file_system', name: 'no_file_system_damage' },
        ...HEADS.flatMap(
          (machine) =>
            [
              {
                kind: 'effect',
                name: `${machine}_flooded`,
                evidence: { of: 'counter', machine, counter: 'front_rx_packets', atLeast: (LEAST_RECEIVED * packetsOf(load)) / OVERLOAD },
              },
              {
                kind: 'effect',
                name: `${machine}_storage_cut_off`,
                evidence: { of: 'stall', probe: 'storage', machine, atLeast: LEAST_STALL_S },
              },
            ] as const,
        ),
      ],
    };
  },
};
