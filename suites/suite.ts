/**
 * The contract of a suite: WHAT is done to a host, as plain data. A suite names the machines it needs, a schedule of actions, and the
 * objectives by which it is judged; the harness does the rest the same way for all. One file per suite, one line in `SUITES`.
 */
import type { Grade, Trying } from '../results/grades.ts';
import type { Objective, ProbeName, Seat } from '../results/model.ts';
import type { NetworkName, Topology } from '../targets/target.ts';
import type { HostClass } from './classes.ts';
import type { FloodParams } from './engines/flood.ts';
import type { EngineName, EngineParams } from './engines/index.ts';
import type { FaultName, FaultParams } from './faults/index.ts';
import type { Preparation } from './flood/vector.ts';
import type { PolicyName } from './policies/index.ts';
import type { PoolParams } from './policies/policy.ts';
import type { Profile } from './profiles.ts';

export interface Suite {
  readonly name: string;
  /** one line for `list` and the reports */
  readonly summary: string;
  /** which machine runs the candidate and is judged */
  readonly seat: Seat;
  /** Its cases, where it has several: each is a trial of its own, asked for as `SUITE/CASE`. */
  readonly cases?: Cases;
  /** Everything that a trial of this suite will do; `name` is one of its cases. Pure: the same arguments give the same plan. */
  plan(size: HostClass, profile: Profile, seed: number, name?: string): SuitePlan;
}

/** Stands for every case of a suite. */
export const ALL_CASES = 'all';

export interface Cases {
  /** name -> what it is, in one line */
  readonly all: Readonly<Record<string, string>>;
  /** those that are run where nobody names any */
  usual(profile: Profile): readonly string[];
}

export interface SuitePlan {
  readonly topology: Topology;
  /** what is done on a machine before its baseline is measured, in order */
  readonly prepare?: readonly (Preparation & { readonly on: string })[];
  /** which probes watch which machine */
  readonly probes: Readonly<Record<string, readonly ProbeName[]>>;
  /** machines that tell, from the baseline on, which process uses which disk how much */
  readonly accounts?: readonly string[];
  readonly schedule: readonly Action[];
  /** what was promised to the tenants whose rounds it has */
  readonly grades?: readonly Grade[];
  readonly objectives: readonly Objective[];
  /** names of those effects that a tweak may well take away, as it takes away what a flood fills: they are not asked of a tweaked host */
  readonly waivable?: readonly string[];
  /** frames/s of its flood that the class's link carries; only a suite that says so can be searched for the load at which a host gives way */
  readonly line_pps?: number;
  /** what is judged where its outage is searched for the longest that is borne, in place of `objectives`; only a suite that says so can be */
  readonly outageObjectives?: readonly Objective[];
}

/** One bounded thing done during the storm, `at_s` seconds after its start and for `for_s` seconds. */
export type Action = SingleAction | RoundAction | StepAction;

/**
 * Some actions, at times that count from when the step before has ended: where one takes longer than its time, the next begins later. For what must not
 * overlap, on a host that may be too busy to keep the time.
 */
export interface StepAction extends Timed {
  readonly kind: 'step';
  readonly during: readonly SingleAction[];
}

export type SingleAction =
  | EngineAction
  | (Timed &
      (
        | FaultAction
        /** the first engine of FLOOD_ENGINES that can */
        | { readonly kind: 'flood'; readonly on: Aimed; readonly params: FloodParams }
      ));

interface Timed {
  readonly at_s: number;
  readonly for_s: number;
}

export type EngineAction = Timed &
  {
    [E in EngineName]: {
      /** `load` is a tenant's ordinary work beside the storm: recovery does not wait for it */
      readonly kind: 'engine' | 'load';
      readonly engine: E;
      readonly on: Place;
      readonly params: EngineParams[E];
      /** of tenants that share a pool */
      readonly round?: Round;
    };
  }[EngineName];

/**
 * Tenants at work on one pool, at times that count from when the way is in force in which it is shared out, where there is one; that is taken back once
 * they have ended. One round follows the other: where one takes longer than its time, the next begins later.
 */
export interface RoundAction extends Timed {
  readonly kind: 'round';
  readonly policy?: PolicyName;
  /** the machine whose disk it is, or any tenant's where each has a machine of its own */
  readonly on: string;
  readonly params: PoolParams;
  readonly during: readonly EngineAction[];
}

/** Who works, alone or with all others, and under which policy where several are compared; see results/pool.ts. */
export interface Round {
  readonly tenant: string;
  readonly with: 'alone' | 'together';
  readonly policy?: PolicyName;
  /** where a grade's promises are tried: which of them */
  readonly trying?: Trying;
}

/** A fault at a network or a machine, with what it takes, where it takes anything. */
type FaultAction = {
  [F in FaultName]: { readonly kind: 'fault'; readonly fault: F; readonly on: string } & (FaultParams[F] extends undefined
    ? { readonly params?: undefined }
    : { readonly params: FaultParams[F] });
}[FaultName];

/** At a network's station, towards a machine, or through it to the tenant behind it. */
export interface Aimed {
  readonly station: NetworkName;
  readonly to: string;
  readonly at?: 'to' | 'behind';
}

/** Where an engine runs: at a station, or inside a machine. */
export type Place = Aimed | { readonly machine: string /** in this control group of it, below `tenants` */; readonly group?: string };

/** Every single action of a schedule, with those of rounds and steps at the times that they have where nothing takes longer. */
export const actionsIn = (schedule: readonly Action[]): SingleAction[] =>
  schedule.flatMap((action): SingleAction[] =>
    'during' in action ? action.during.map((each): SingleAction => ({ ...each, at_s: action.at_s + each.at_s })) : [action],
  );

/** Every engine that a schedule has work, floods left out. */
export const enginesOf = (schedule: readonly Action[]): EngineAction[] =>
  actionsIn(schedule).flatMap((action) => (action.kind === 'engine' || action.kind === 'load' ? [action] : []));

export type FloodAction = Extract<SingleAction, { kind: 'flood' }>;

export const floodsIn = (schedule: readonly Action[]): FloodAction[] => actionsIn(schedule).filter((action) => action.kind === 'flood');

/** How many of them are under way at once, at most. */
export const mostAtOnce = (actions: readonly Timed[]): number =>
  Math.max(0, ...actions.map(({ at_s }) => actions.filter((each) => each.at_s <= at_s && at_s < each.at_s + each.for_s).length));
