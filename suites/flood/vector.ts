/** The contract of a vector: one way in which IPv6 traffic can hurt a host, as plain data and pure functions. */
import type { Aim } from '../../targets/target.ts';
import type { Stream } from './frame.ts';

/**
 * Where the traffic goes: `to` the head itself, or through it to a tenant behind a tap: bridged at layer 2, forwarded at layer 3, or forwarded
 * with connection tracking.
 */
export const PATHS = ['to', 'bridge', 'route', 'conntrack'] as const;
export type Path = (typeof PATHS)[number];

export interface Vector {
  /** what it attacks, in one line */
  readonly summary: string;
  /** the paths on which it makes sense */
  readonly paths: readonly Path[];
  /** the largest frame that the head must be able to take, in bytes with FCS; 1518 where it is not said */
  readonly largest_bytes?: number;
  /** Its frames, aimed. `seed` decides what is drawn once (proportions, fixed addresses); what varies per packet is the engine's. */
  streams(aim: Aim, seed: number): readonly Stream[];
  /** What the head is set to before its baseline is measured, in order. */
  prepare(path: Path): readonly Preparation[];
  /** What must be seen on the head for the vector to have done what it says. */
  effects(path: Path): readonly Effect[];
}

/** A command on the head. One that fails makes the trial `unknown`: its vector would attack nothing. */
export interface Preparation {
  /** what it is for, in a few words */
  readonly name: string;
  readonly argv: readonly string[];
  /** a server, which stays for the whole trial; else it is waited for */
  readonly stays?: true;
  /** the variable of the kernel that it sets, and without which the vector's effect would not be seen: none to be tweaked beside it */
  readonly holds?: string;
}

/** Evidence from the head's counters, which are read before the storm, every second in it, and after it. */
export interface Effect {
  /** for example `neighbours_grew` */
  readonly name: string;
  /** see harness/counters.ts */
  readonly counter: string;
  /** `growth`: from before to after; `peak`: the highest reading less the one before the storm */
  readonly of: 'growth' | 'peak';
  /** so much, or such a share of the packets that were offered */
  readonly atLeast: number | { readonly share: number };
}
