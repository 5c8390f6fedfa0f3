/** The engines that flood, and what each of them is told: a vector, aimed by the harness, and the load to offer. */

import type { Aim } from '../../targets/target.ts';
import type { Stream } from '../flood/frame.ts';
import type { Load } from '../flood/load.ts';
import { lengthOf, packetsOf } from '../flood/load.ts';
import { VECTORS, type VectorName } from '../flood/vectors.ts';

export interface FloodParams {
  readonly vector: VectorName;
  readonly load: Load;
  /** decides what is drawn once: a vector's proportions, its fixed addresses */
  readonly seed: number;
  /** Decides what differs from packet to packet; `seed`, where it is not said. Two floods with one of their own each send no packet twice. */
  readonly packetSeed?: number;
}

/** In the order in which they are tried: the first that can is taken. */
export const FLOOD_ENGINES = ['xdp-frames', 'pktgen', 'trafgen', 'trex'] as const;
export type FloodEngineName = (typeof FLOOD_ENGINES)[number];

export const packetSeedOf = ({ seed, packetSeed = seed }: FloodParams): number => packetSeed;

/** What goes onto the wire. */
export const streamsOf = ({ vector, seed }: FloodParams, aim: Aim): readonly Stream[] => VECTORS[vector].streams(aim, seed);

/** `udp-66, 60000 packets/s for 10 s` */
export function floodInWords({ vector, load }: FloodParams): string {
  const length_s = lengthOf(load);
  return `${vector}, ${Math.round(packetsOf(load) / length_s)} packets/s for ${length_s} s`;
}
