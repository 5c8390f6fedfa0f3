/**
 * I/O storm: tenants share one pool. Each first works alone, and then all together: some storm, the others write steadily and wait for each write, as a
 * database does. What each holds of its own is what its neighbours left it. A case for each shape of storm, and for where the tenants stand: each a
 * machine of its own at the link to the tails, or each a control group of a head whose own kernel attaches the pool.
 */
import { UsageError } from '../results/errors.ts';
import type { Objective } from '../results/model.ts';
import type { Topology } from '../targets/target.ts';
import { type HostClass, headOf } from './classes.ts';
import type { FioParams } from './engines/fio.ts';
import { commonObjectives } from './objectives.ts';
import { foreignTo } from './policies/index.ts';
import type { Profile } from './profiles.ts';
import { DISK_MiB } from './storage-settings.ts';
import { COMPARED_ROUNDS, roundsOf } from './storm/rounds.ts';
import { STORM_SHAPES, type StormJob, type StormShape, type StormShapeName } from './storm/shapes.ts';
import { HEAD, placeOf, preparationOf, STANDINGS, type Standing, type Tenant, tenantsOf } from './storm/tenants.ts';
import type { Suite } from './suite.ts';

const PROBES = ['network', 'storage', 'management'] as const;
const DEFAULT_CASE = 'randwrite-16';
/** What the steady tenants do: a commit, a short thought, the next. */
const STEADY: Omit<FioParams, 'file'> = {
  ...{ pattern: 'randwrite', block_bytes: 4096, depth: 1, size_MiB: 4, dsync: true, direct: true, pause_ms: 10 },
};
/** A storm that does less is none. */
const LEAST_WRITES_PER_S = 2;

interface Case {
  readonly shape: StormShape;
  readonly standing: Standing;
}

const CASES: ReadonlyMap<string, Case> = new Map(
  Object.entries(STORM_SHAPES).flatMap(([name, shape]) =>
    STANDINGS.map((standing): [string, Case] => [caseName(name, standing), { shape, standing }]),
  ),
);
const WHERE: Readonly<Record<Standing, string>> = { machines: 'tenants are machines', groups: "tenants are a head's control groups" };

function caseName(shape: string, standing: Standing): string {
  return standing === 'machines' ? shape : `${shape}/${standing}`;
}

const USUAL: Readonly<Record<Profile['storms'], readonly string[]>> = {
  few: [DEFAULT_CASE],
  many: [
    ...(['randwrite-16', 'sequential', 'mixed'] as const satisfies readonly StormShapeName[]),
    ...['randwrite-64/groups', 'sequential-buffered/groups', 'journal/groups', 'metadata/groups', 'discard/groups'],
  ],
  all: [...CASES.keys()],
};

export const ioStorm: Suite = {
  name: 'io-storm',
  summary: 'tenants storm a pool, others write steadily to it and are measured; a case for each shape of storm',
  seat: 'tenant',
  cases: {
    all: Object.fromEntries([...CASES].map(([name, { shape, standing }]) => [name, `${shape.summary} (${WHERE[standing]})`])),
    usual: ({ storms }) => USUAL[storms],
  },
  plan(size, profile, _seed, name = DEFAULT_CASE) {
    const found = CASES.get(name);
    if (found === undefined) throw new UsageError(`io-storm has no case "${name}"`);
    const { shape, standing } = found;
    const { policies } = profile.pool;
    refuseForeign(policies, standing, name);
    const tenants = tenantsOf(profile.pool);
    const machines = standing === 'machines' ? tenants.map((tenant) => tenant.name) : [HEAD];
    const grouped = standing === 'groups' || shape.grouped === true;
    const seatOf = ({ name: tenant }: Tenant) => ({
      machine: standing === 'machines' ? tenant : HEAD,
      ...(grouped ? { group: tenant } : {}),
    });
    const on = machines[0] ?? HEAD;
    const schedule = roundsOf({
      ...{ tenants, policies, storm_s: profile.storm_s, on },
      pool: {
        stormers: tenants.filter(({ storms }) => storms).map((each) => each.name),
        victims: tenants.filter(({ storms }) => !storms).map((each) => each.name),
        rate_bps: size.poolRate_bps,
      },
      work: (tenant, at_s, for_s, round) =>
        jobsOf(tenant, shape).map((job) => ({
          ...{ at_s, for_s, on: seatOf(tenant), round, ...job },
          kind: tenant.storms && round.with === 'together' ? 'engine' : 'load',
        })),
    });
    return {
      topology: topologyOf(found, tenants, size),
      prepare: machines.flatMap((machine) => {
        const own = standing === 'machines' ? [machine] : tenants.map((tenant) => tenant.name);
        const storming = tenants.filter(({ name: tenant, storms }) => storms && own.includes(tenant)).map((each) => placeOf(each.name));
        const steps = [...preparationOf(own, grouped), ...(storming.length === 0 ? [] : (shape.prepare?.(storming) ?? []))];
        return steps.map((step) => ({ ...step, on: machine }));
      }),
      probes: Object.fromEntries(machines.map((machine) => [machine, PROBES])),
      accounts: machines,
      schedule,
      objectives: [
        ...commonObjectives(profile, PROBES),
        // a neighbour's storm may slow a tenant down; it must not stop it for as long as the kernel calls hung. Who shares its file system waits for
        // its journal too, and of a pool that small for as long as that takes
        ...tenants
          .filter(({ storms }) => standing === 'machines' && !storms)
          .map(
            ({ name: machine }): Objective => ({
              ...{ kind: 'stall', name: `${machine}_longest_stall_s`, probe: 'storage', machine, atMost_s: profile.hungTaskTimeout_s },
            }),
          ),
        proofOf(found, tenants, profile),
      ],
    };
  },
};

function jobsOf({ name, storms }: Tenant, shape: StormShape): readonly StormJob[] {
  const place = placeOf(name);
  return storms ? shape.jobs(place) : [{ engine: 'fio', params: { ...STEADY, file: place.file } }];
}

function topologyOf({ standing }: Case, tenants: readonly Tenant[], size: HostClass): Topology {
  const tenant = ({ name }: Tenant) => ({ name, seat: 'tenant', ...size.tenant, disk: { attach: 'qemu', size_MiB: DISK_MiB } }) as const;
  const head = { ...headOf(size), disk: { attach: 'kernel', size_MiB: DISK_MiB } } as const;
  return { machines: standing === 'machines' ? tenants.map(tenant) : [head], storeRate_bps: size.poolRate_bps };
}

/** The storm was one: what its disk counted, or what its engines say they wrote. */
function proofOf({ shape, standing }: Case, tenants: readonly Tenant[], { storm_s, pool }: Profile): Objective {
  const stormer = tenants.find(({ storms }) => storms)?.name ?? HEAD;
  const for_s = pool.policies.length === 0 ? 2 * storm_s : COMPARED_ROUNDS * pool.policies.length;
  const evidence: Extract<Objective, { kind: 'effect' }>['evidence'] =
    shape.effect === undefined
      ? { of: 'engine', engine: 'fio', figure: 'writes', atLeast: LEAST_WRITES_PER_S * storm_s }
      : {
          of: 'counter',
          machine: standing === 'machines' ? stormer : HEAD,
          counter: shape.effect.counter,
          atLeast: shape.effect.perSecond * for_s,
        };
  return { kind: 'effect', name: 'storm_written', evidence };
}

/** Throws UsageError for a policy that cannot tell these tenants apart. */
function refuseForeign(policies: Profile['pool']['policies'], standing: Standing, name: string): void {
  const foreign = foreignTo(standing, policies);
  if (foreign === undefined) return;
  const other = standing === 'machines' ? `${name}/groups` : name.replace(/\/groups$/, '');
  throw new UsageError(`${foreign}: run io-storm/${other} has them`);
}
