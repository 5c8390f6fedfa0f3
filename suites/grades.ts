/**
 * Grades: what is promised of storage, and what is held of it. For each grade in turn a tenant asks for what it was promised, with nobody else at work
 * and then beside a neighbour's storm; tenants are control groups of a head whose own kernel attaches the pool. Nothing enforces a promise unless policies
 * are asked for: what is shown is how the candidate shares out a pool as it is. A promise that is broken while the host is idle is a failure, one that
 * is broken under a storm is told.
 */
import { UsageError } from '../results/errors.ts';
import type { Grade, Trying } from '../results/grades.ts';
import type { Objective } from '../results/model.ts';
import { type HostClass, headOf } from './classes.ts';
import { commonObjectives } from './objectives.ts';
import { foreignTo, type PolicyName } from './policies/index.ts';
import type { Profile } from './profiles.ts';
import { DISK_MiB } from './storage-settings.ts';
import { TRYING } from './storm/promises.ts';
import { inTurn, type PlannedRound } from './storm/rounds.ts';
import { STORM_SHAPES, type StormJob } from './storm/shapes.ts';
import { HEAD, placeOf, preparationOf, tenantsOf } from './storm/tenants.ts';
import type { EngineAction, Round, Suite } from './suite.ts';

const PROBES = ['network', 'storage', 'management'] as const;
/** The neighbour's: what is queued of it takes a pool's commits longest to get past. */
const STORM = STORM_SHAPES.sequential;
/** Of what the pool carries: a storm that takes less is none. */
const LEAST_TAKEN = 0.1;
/** Of an idle host's seconds, in which a promise must be held: a machine that is shared may stand still for one of some twenty. */
const IDLE_SHARE = 0.9;
/** An emulated machine needs seconds to start an engine, and what a storm has queued takes as long: nobody is idle before that is written. */
const PAUSE_S = 5;

export const grades: Suite = {
  name: 'grades',
  summary: 'what is promised of each grade of storage, and what is held of it, on an idle host and under a storm',
  seat: 'head',
  plan(size, profile) {
    const { grades: promised, policies } = profile.pool;
    const foreign = foreignTo('groups', policies);
    if (foreign !== undefined) throw new UsageError(`${foreign}: those of grades are groups`);
    const { poolRate_bps } = size;
    const tenants = [...stormersOf(profile), ...promised.map(({ name }) => name)];
    return {
      topology: {
        machines: [{ ...headOf(size), disk: { attach: 'kernel', size_MiB: DISK_MiB } }],
        storeRate_bps: poolRate_bps,
      },
      prepare: preparationOf(tenants, true).map((step) => ({ ...step, on: HEAD })),
      probes: { [HEAD]: PROBES },
      accounts: [HEAD],
      schedule: inTurn(
        promised.flatMap((grade) => roundsOf(grade, size, profile)),
        HEAD,
        PAUSE_S,
      ),
      grades: promised,
      objectives: [
        ...commonObjectives(profile, PROBES),
        ...promised.map(({ name }): Objective => ({ kind: 'promise', name: `grade_${name}_idle`, grade: name, leastShare: IDLE_SHARE })),
        {
          ...{ kind: 'effect', name: 'storm_written' },
          evidence: { of: 'engine', engine: 'fio', figure: 'write_bytes_per_s', atLeast: (LEAST_TAKEN * poolRate_bps) / 8 },
        },
      ],
    };
  },
};

const stormersOf = ({ pool }: Profile): string[] => tenantsOf({ ...pool, victims: 0 }).map(({ name }) => name);

/** Of each round: a share of its seconds is told. */
const lengthOf = ({ storm_s }: Profile): number => 2 * storm_s;

/** Each of a grade's promises in turn: alone, and then beside the storm, under each policy where there are any. */
function roundsOf(grade: Grade, { poolRate_bps }: HostClass, profile: Profile): PlannedRound[] {
  const stormers = stormersOf(profile);
  const { policies } = profile.pool;
  const common = { for_s: lengthOf(profile), pool: { stormers, victims: [grade.name], rate_bps: poolRate_bps } };
  return (Object.keys(TRYING) as Trying[]).flatMap((trying) => {
    const params = TRYING[trying](grade);
    if (params === undefined) return [];
    const own = (at_s: number, round: Omit<Round, 'tenant'>) =>
      working('load', { engine: 'fio', params: { ...params, file: placeOf(grade.name).file } }, at_s, common.for_s, {
        ...round,
        tenant: grade.name,
      });
    const storms = (at_s: number, round: Omit<Round, 'tenant'>) =>
      stormers.flatMap((tenant) =>
        STORM.jobs(placeOf(tenant)).map((job) => working('engine', job, at_s, common.for_s, { ...round, tenant })),
      );
    const beside = (policy?: PolicyName): PlannedRound => {
      const round = { with: 'together', trying, ...(policy === undefined ? {} : { policy }) } as const;
      return { ...common, policy, work: (at_s) => [...storms(at_s, round), own(at_s, round)] };
    };
    return [
      { ...common, work: (at_s) => [own(at_s, { with: 'alone', trying })] },
      ...(policies.length === 0 ? [beside()] : policies.map((policy) => beside(policy))),
    ];
  });
}

/** A tenant's work, in its control group. */
const working = (kind: 'engine' | 'load', job: StormJob, at_s: number, for_s: number, round: Round): EngineAction => ({
  ...{ at_s, for_s, kind, on: { machine: HEAD, group: round.tenant }, round, ...job },
});
