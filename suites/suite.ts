/**
 * The contract of a suite: WHAT is done to a host, as plain data. A suite names the machines it needs, a schedule of actions, and the
 * objectives by which it is judged; the harness does the rest the same way for all. One file per suite, one line in `SUITES`.
 */
import type { Objective, ProbeName, Seat } from '../results/model.ts';
import type { TailFault } from '../targets/tails/tail.ts';
import type { NetworkName, Topology } from '../targets/target.ts';
import type { HostClass } from './classes.ts';
import type { EngineName, EngineParams } from './engines/index.ts';
import type { FaultName } from './faults/index.ts';
import type { Profile } from './profiles.ts';

export interface Suite {
  readonly name: string;
  /** one line for `list` and the reports */
  readonly summary: string;
  /** which machine runs the candidate and is judged */
  readonly seat: Seat;
  /** Everything that a trial of this suite will do. Pure: the same arguments give the same plan. */
  plan(size: HostClass, profile: Profile, seed: number): SuitePlan;
}

export interface SuitePlan {
  readonly topology: Topology;
  /** which probes watch which machine */
  readonly probes: Readonly<Record<string, readonly ProbeName[]>>;
  readonly schedule: readonly Action[];
  readonly objectives: readonly Objective[];
}

/** One bounded thing done during the storm, `at_s` seconds after its start and for `for_s` seconds. */
export type Action = { readonly at_s: number; readonly for_s: number } & (
  | {
      [E in EngineName]: {
        /** `load` is a tenant's ordinary work beside the storm: recovery does not wait for it */
        readonly kind: 'engine' | 'load';
        readonly engine: E;
        readonly on: Place;
        readonly params: EngineParams[E];
      };
    }[EngineName]
  | { readonly kind: 'fault'; readonly fault: FaultName; readonly on: string; readonly tail?: TailFault }
);

/** Where an engine runs: at a network's station (towards `to`), or inside a machine. */
export type Place = { readonly station: NetworkName; readonly to: string } | { readonly machine: string };
