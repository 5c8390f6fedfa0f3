import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { Objective, ProbeName } from '../results/model.ts';
import { CLASSES, DEFAULT_CLASS, type HostClass } from './classes.ts';
import { ENGINES } from './engines/index.ts';
import { FAULTS } from './faults/index.ts';
import { SUITES } from './index.ts';
import { PROBES } from './probes/index.ts';
import { DEFAULT_PROFILE, PROFILES, type Profile } from './profiles.ts';
import type { Action, Suite, SuitePlan } from './suite.ts';

const NETWORKS = ['front', 'store'];
/** What each engine tells when it ends, from their own closing words. */
const FIGURES = {
  trafgen: Object.keys(ENGINES.trafgen.figures('      600000 packets outgoing\n')),
  fio: Object.keys(
    ENGINES.fio.figures(
      '{"jobs":[{"write":{"iops":1,"bw_bytes":1,"total_ios":1,"clat_ns":{"max":1}},"sync":{"total_ios":1,"lat_ns":{"max":1}}}]}',
    ),
  ),
};
/** A file system, its journal and the blocks that are accounted for need the rest of a disk. */
const MOST_OF_A_DISK = 0.7;

const twice = (names: readonly string[]): string[] => names.filter((name, index) => names.indexOf(name) !== index);

/** What cannot be right with a plan, in words. */
function troubles(plan: SuitePlan, profile: Profile): string[] {
  const machines = new Map(plan.topology.machines.map((machine) => [machine.name, machine]));
  return [
    ...twice(plan.topology.machines.map(({ name }) => name)).map((name) => `two machines are called ${name}`),
    ...plan.topology.machines.flatMap(({ name, cpus, memory_MiB, disk }) => [
      ...(Number.isInteger(cpus) && cpus > 0 ? [] : [`${name} has ${cpus} CPUs`]),
      ...(memory_MiB >= 256 ? [] : [`${name} has ${memory_MiB} MiB`]),
      ...(disk === undefined || disk.size_MiB > 0 ? [] : [`${name} has a disk of nothing`]),
    ]),
    ...Object.keys(plan.probes).flatMap((name) => (machines.has(name) ? [] : [`probes on ${name}, which is no machine`])),
    ...plan.topology.machines.flatMap(({ name, disk }) => [
      ...((plan.probes[name] ?? []).length > 0 ? [] : [`nobody watches ${name}`]),
      ...(disk === undefined && plan.probes[name]?.includes('storage') ? [`${name} has no disk to watch`] : []),
    ]),
    ...plan.schedule.flatMap((action) => actionTroubles(action, machines)),
    ...overlaps(plan.schedule),
    ...(plan.schedule.some(({ kind }) => kind !== 'load') ? [] : ['there is no storm']),
    ...plan.objectives.flatMap((objective) => objectiveTroubles(objective, plan, profile)),
    ...twice(plan.objectives.map(({ name }) => name)).map((name) => `two objectives are called ${name}`),
    ...(plan.objectives.some(({ kind }) => kind === 'effect') ? [] : ['nothing proves that the storm was real']),
  ];
}

function actionTroubles(action: Action, machines: ReadonlyMap<string, SuitePlan['topology']['machines'][number]>): string[] {
  const what = `${action.kind} at ${action.at_s} s`;
  const found = [
    ...(action.at_s >= 0 ? [] : [`${what} begins before the storm`]),
    ...(action.for_s > 0 && Number.isFinite(action.for_s) ? [] : [`${what} lasts ${action.for_s} s`]),
  ];
  if (action.kind === 'fault') {
    if (!(action.fault in FAULTS)) found.push(`${what}: no such fault`);
    if (action.fault === 'link-cut' && !NETWORKS.includes(action.on)) found.push(`${what}: there is no network ${action.on}`);
    if (action.fault === 'tail' && machines.get(action.on)?.disk === undefined) found.push(`${what}: ${action.on} has no tail`);
    if ((action.fault === 'tail') !== (action.tail !== undefined))
      found.push(`${what}: says what a tail shall do, and is none, or the other way round`);
    return found;
  }
  const place = 'machine' in action.on ? 'machine' : 'station';
  if (ENGINES[action.engine].place !== place) found.push(`${what}: ${action.engine} does not run at a ${place}`);
  const machine = machines.get('machine' in action.on ? action.on.machine : action.on.to);
  if (machine === undefined) found.push(`${what}: on no machine of the plan`);
  if ('station' in action.on && action.on.station === 'store' && machine?.disk?.attach !== 'kernel')
    found.push(`${what}: that machine has no card on the storage network`);
  if (action.engine === 'fio') {
    const { depth, size_MiB, block_bytes } = action.params;
    if (depth * size_MiB > (machine?.disk?.size_MiB ?? 0) * MOST_OF_A_DISK) found.push(`${what}: its files do not fit on the disk`);
    if (block_bytes % 512 !== 0) found.push(`${what}: blocks of ${block_bytes} bytes`);
  }
  return found;
}

/** The undo of a fault must not undo another one. */
function overlaps(schedule: readonly Action[]): string[] {
  const faults = schedule.filter((action) => action.kind === 'fault');
  return faults.flatMap((one, index) =>
    faults
      .slice(index + 1)
      .filter(
        (other) =>
          other.fault === one.fault && other.on === one.on && one.at_s < other.at_s + other.for_s && other.at_s < one.at_s + one.for_s,
      )
      .map((other) => `${one.fault} on ${one.on} at ${one.at_s} s and at ${other.at_s} s overlap`),
  );
}

function objectiveTroubles(objective: Objective, plan: SuitePlan, profile: Profile): string[] {
  const wrong = (why: string) => [`${objective.name}: ${why}`];
  const watched = (machine: string, probe: ProbeName) => plan.probes[machine]?.includes(probe) ?? false;
  switch (objective.kind) {
    case 'recovery':
      if (objective.atMost_s > profile.recovery.limit_s) return wrong('is given up before it is missed');
      return Object.values(plan.probes).some((probes) => probes.includes(objective.probe)) ? [] : wrong('nobody probes that');
    case 'stall':
      return watched(objective.machine, objective.probe) ? [] : wrong(`${objective.machine} is not probed for it`);
    case 'no_data_loss':
      return Object.values(plan.probes).some((probes) => probes.includes('storage')) ? [] : wrong('nobody writes anything');
    case 'no_event':
      return [];
    case 'effect': {
      const { evidence } = objective;
      if (!(evidence.atLeast > 0)) return wrong('is no evidence of anything');
      if (evidence.of === 'stall') {
        const longest_s = Math.max(0, ...plan.schedule.filter(({ kind }) => kind === 'fault').map(({ for_s }) => for_s));
        if (evidence.atLeast > longest_s) return wrong('wants a stall longer than any fault');
        return watched(evidence.machine, evidence.probe) ? [] : wrong(`${evidence.machine} is not probed for it`);
      }
      if (evidence.of === 'counter') {
        const machine = plan.topology.machines.find(({ name }) => name === evidence.machine);
        if (machine === undefined) return wrong('is read on no machine of the plan');
        return /^(front|store)_(rx|tx)_(bytes|packets)$/.test(evidence.counter) ? [] : wrong(`no machine counts ${evidence.counter}`);
      }
      const run = plan.schedule.some((action) => action.kind !== 'fault' && action.engine === evidence.engine);
      if (!run) return wrong(`${evidence.engine} is not run`);
      return FIGURES[evidence.engine as keyof typeof FIGURES].includes(evidence.figure)
        ? []
        : wrong(`${evidence.engine} does not tell that`);
    }
  }
}

function frozen<T>(value: T): T {
  if (typeof value === 'object' && value !== null) {
    Object.freeze(value);
    Object.values(value).forEach(frozen);
  }
  return value;
}

const suites: readonly (readonly [string, Suite])[] = Object.entries(SUITES);
const everything = suites.flatMap(([, suite]) =>
  Object.values<HostClass>(CLASSES).flatMap((size) =>
    Object.values<Profile>(PROFILES).map((profile) => [suite.name, size.name, profile.name, suite, size, profile] as const),
  ),
);

describe('a suite', () => {
  it.each(everything)('%s for %s, %s: is a plan that can be carried out', (_suite, _class, _profile, suite, size, profile) => {
    const plan = suite.plan(size, profile, 1);
    expect(troubles(plan, profile)).toEqual([]);
    for (const objective of plan.objectives) expect(Objective.parse(objective)).toEqual(objective);
  });

  it.each(everything)(
    '%s for %s, %s: is the same plan for the same arguments, which it leaves alone',
    (_suite, _class, _profile, suite, size, profile) => {
      const [mySize, myProfile] = [frozen(structuredClone(size)), frozen(structuredClone(profile))] as [HostClass, Profile];
      const plan = suite.plan(mySize, myProfile, 7);
      frozen(plan);
      expect(suite.plan(mySize, myProfile, 7)).toEqual(plan);
      expect(JSON.parse(JSON.stringify(plan))).toEqual(plan);
    },
  );

  it.each(suites)('%s stays sane for classes and profiles that nobody has thought of yet', (_name, suite) => {
    const size = fc.record({
      name: fc.constant('any'),
      summary: fc.constant('any'),
      memory_MiB: fc.integer({ min: 256, max: 800_000 }),
      cpus: fc.integer({ min: 1, max: 512 }),
      tenant: fc.record({ memory_MiB: fc.integer({ min: 256, max: 8192 }), cpus: fc.integer({ min: 1, max: 8 }) }),
      storeRate_bps: fc.integer({ min: 1_000_000, max: 100_000_000_000 }),
      suites: fc.constant([]),
    });
    const limit_s = fc.integer({ min: 10, max: 3600 });
    const profile = fc
      .record({
        limit_s,
        storm_s: fc.integer({ min: 1, max: 86_400 }),
        outages_s: fc.array(fc.integer({ min: 1, max: 100 }), { minLength: 1, maxLength: 6 }),
      })
      .map(
        ({ limit_s: recovery_s, ...rest }): Profile => ({
          ...PROFILES.quick,
          ...rest,
          recovery: { limit_s: recovery_s, hold_s: 3, atMost_s: recovery_s / 2 },
        }),
      );
    fc.assert(
      fc.property(size, profile, fc.integer(), (anySize, anyProfile, seed) => {
        expect(troubles(suite.plan(anySize, anyProfile, seed), anyProfile)).toEqual([]);
      }),
    );
  });
});

describe('the outages of the storage cut-off', () => {
  it.each(Object.values<Profile>(PROFILES).map((profile) => [profile.name, profile] as const))(
    '%s: are those of the profile, one after the other, while the writers write',
    (_name, profile) => {
      const { schedule } = SUITES['storage-cutoff'].plan(CLASSES['1G'], profile, 1);
      const cuts = schedule.filter((action) => action.kind === 'fault');
      const loads = schedule.filter((action) => action.kind === 'load');
      expect(cuts.map(({ for_s }) => for_s)).toEqual(profile.outages_s);
      const end_s = Math.max(...loads.map(({ at_s, for_s }) => at_s + for_s));
      for (const [index, cut] of cuts.entries()) {
        expect(cut.at_s + cut.for_s).toBeLessThanOrEqual(end_s);
        const next = cuts[index + 1];
        if (next !== undefined) expect(next.at_s - cut.at_s - cut.for_s).toBe(profile.betweenOutages_s);
      }
    },
  );

  it.each(Object.values<Profile>(PROFILES).map((profile) => [profile.name, profile] as const))(
    '%s: are shorter than the hung-task timeout: a host must ride them out',
    (_name, profile) => {
      expect(Math.max(...profile.outages_s)).toBeLessThan(profile.hungTaskTimeout_s);
    },
  );
});

describe('the flood', () => {
  it('is the smallest and then the largest frame of RFC 5180, each for its time, from the front', () => {
    const { schedule } = SUITES['ipv6-flood'].plan(CLASSES['1G'], PROFILES.nightly, 1);
    expect(schedule).toMatchObject([
      { at_s: 0, for_s: 120, engine: 'trafgen', on: { station: 'front', to: 'head' }, params: { frame_bytes: 66, rate_pps: 120_000 } },
      { at_s: 120, for_s: 120, engine: 'trafgen', on: { station: 'front', to: 'head' }, params: { frame_bytes: 1518, rate_pps: 120_000 } },
    ]);
  });
});

describe('the registries', () => {
  it.each<[string, Readonly<Record<string, { readonly name: string }>>]>([
    ['suites', SUITES],
    ['classes', CLASSES],
    ['profiles', PROFILES],
    ['engines', ENGINES],
  ])('hold %s under their own names', (_what, registry) => {
    expect(Object.values(registry).map(({ name }) => name)).toEqual(Object.keys(registry));
  });

  it('hold a probe for each name that a record may have', () => {
    expect(Object.keys(PROBES).sort()).toEqual([...ProbeName.options].sort());
  });

  it('hold the defaults, and every suite that a class asks for', () => {
    expect(Object.keys(CLASSES)).toContain(DEFAULT_CLASS);
    expect(Object.keys(PROFILES)).toContain(DEFAULT_PROFILE);
    for (const { suites: wanted } of Object.values<HostClass>(CLASSES))
      for (const name of wanted) expect(Object.keys(SUITES)).toContain(name);
  });

  it('order the profiles by length', () => {
    const lengths = Object.values<Profile>(PROFILES).map(({ storm_s, outages_s, hungTaskTimeout_s }) => [
      storm_s,
      outages_s.length,
      hungTaskTimeout_s,
    ]);
    for (const column of [0, 1, 2]) {
      const figures = lengths.map((each) => each[column] as number);
      expect(figures).toEqual(figures.toSorted((a, b) => a - b));
    }
  });
});
