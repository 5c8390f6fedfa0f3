/**
 * IPv6 flood: UDP at the head from the front network, first the smallest frames (packets/s), then full ones (bytes/s). The head keeps its
 * own disk on the storage network, through its own NBD driver, so that a flood which starves storage is seen.
 */
import { commonObjectives } from './objectives.ts';
import type { Suite } from './suite.ts';

/** RFC 5180: the smallest IPv6/UDP frame and the largest Ethernet frame, both with FCS. */
const SMALL_BYTES = 66;
const LARGE_BYTES = 1518;
/** discard (RFC 863): nobody listens, so every datagram that is let through costs an ICMPv6 answer too */
const PORT = 9;
/** The share of the offered packets that must have reached the head's network card for the flood to count as real. */
const LEAST_RECEIVED = 0.05;

export const ipv6Flood: Suite = {
  name: 'ipv6-flood',
  summary: 'UDP over IPv6 at the head, smallest and largest frames, while its storage is watched',
  seat: 'head',
  plan(size, profile) {
    const probes = ['network', 'storage', 'management'] as const;
    const half = profile.storm_s;
    const flood = (at_s: number, frame_bytes: number) =>
      ({
        at_s,
        for_s: half,
        kind: 'engine',
        engine: 'trafgen',
        on: { station: 'front', to: 'head' },
        params: { frame_bytes, rate_pps: profile.flood_pps, port: PORT },
      }) as const;
    return {
      topology: {
        machines: [{ name: 'head', seat: 'head', cpus: size.cpus, memory_MiB: size.memory_MiB, disk: { attach: 'kernel', size_MiB: 256 } }],
        storeRate_bps: size.storeRate_bps,
      },
      probes: { head: probes },
      schedule: [flood(0, SMALL_BYTES), flood(half, LARGE_BYTES)],
      objectives: [
        ...commonObjectives(profile, probes),
        {
          kind: 'effect',
          name: 'flood_received',
          evidence: { of: 'counter', machine: 'head', counter: 'front_rx_packets', atLeast: LEAST_RECEIVED * profile.flood_pps * 2 * half },
        },
      ],
    };
  },
};
