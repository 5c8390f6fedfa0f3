import { isDeepStrictEqual } from 'node:util';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { MEASURES } from '../results/measures.ts';
import { Objective, ProbeName } from '../results/model.ts';
import { fileSystemOf } from '../targets/target.ts';
import { CLASSES, DEFAULT_CLASS, type HostClass } from './classes.ts';
import { ENGINES } from './engines/index.ts';
import { FAULTS, type FaultName } from './faults/index.ts';
import { ANYWHERE } from './flood/anywhere.ts';
import { lengthOf, packetsOf } from './flood/load.ts';
import type { ShapeName } from './flood/shapes.ts';
import { lineRate_pps, mixOf } from './flood/sizes.ts';
import type { Vector } from './flood/vector.ts';
import { VECTORS } from './flood/vectors.ts';
import { FORMS, SUITES } from './index.ts';
import { type MemoryWork, shortArgs, WORKS } from './memory/works.ts';
import { PROBES } from './probes/index.ts';
import { DEFAULT_PROFILE, PROFILES, type Profile } from './profiles.ts';
import { type Action, ALL_CASES, actionsIn, enginesOf, floodsIn, type Suite, type SuitePlan } from './suite.ts';

const NETWORKS = ['front', 'store'];
/** What each engine tells when it ends, from their own closing words. */
const FIGURES = {
  'xdp-frames': Object.keys(ENGINES['xdp-frames'].figures('{"sent_packets":1,"sent_bytes":66,"asked_packets":1,"seconds":1}')),
  'memory-work': Object.values<MemoryWork>(WORKS).flatMap(({ script, args }) =>
    [script, ...(args?.(CLASSES['64G']) ?? shortArgs(0, 0))].flatMap((text) =>
      [...text.matchAll(/(?:\becho "|\bprint\(')([a-z_]+)\b/g)].map(([, name]) => String(name)),
    ),
  ),
  trafgen: Object.keys(ENGINES.trafgen.figures('      600000 packets outgoing\n')),
  fio: Object.keys(
    ENGINES.fio.figures(
      '{"jobs":[{"write":{"iops":1,"bw_bytes":1,"total_ios":1,"runtime":1000,"clat_ns":{"max":1}},"sync":{"total_ios":1,"lat_ns":{"max":1}}}]}',
    ),
  ),
};
/** What each fault tells; the others tell nothing. */
const FAULT_FIGURES: Readonly<Partial<Record<FaultName, readonly string[]>>> = { 'connection-flood': ['open_connections'] };
/**
 * What a machine counts: kernel's own names, cards, and tables (harness/counters.ts, which nothing here may import; its tests hold these names
 * against what it reads).
 */
const COUNTERS = [
  /^(Ip6|Icmp6|Udp6|Tcp|TcpExt|IpExt)[A-Z]\w+$/,
  /^(front|store|tap0)_(rx|tx)_(bytes|packets|errors|dropped)$/,
  /^softnet_(processed|dropped|squeezed)$/,
  /^fragment_(queues|memory_bytes)$/,
  /^neighbour_(entries|table_fulls|unresolved_discards)$/,
  /^conntrack_(entries|insert_failed|drop|early_drop)$/,
  /^disk_(writes|discards|flushes)$/,
  /^(nr_(free_pages|dirty|writeback|slab_reclaimable)|pgscan_(kswapd|direct)|compact_stall|thp_split_pmd|pgmigrate_success|drop_slab)$/,
  /^(route_entries|route_exceptions|dst_entries|addresses|multicast_groups|oom_kill|pswpout|hung_task_detect_count)$/,
];
/** Ethernet header and FCS, which a frame has beside its packet. */
const LINK_BYTES = 18;
/** Steps of a load are parts of its length. */
const ROUNDING_S = 1e-6;
/** A file system, its journal and the blocks that are accounted for need the rest of a disk. */
const MOST_OF_A_DISK = 0.7;

const ipv6Flood: Suite = SUITES['ipv6-flood'];

const twice = (names: readonly string[]): string[] => names.filter((name, index) => names.indexOf(name) !== index);

/** What cannot be right with a plan, in words. */
function troubles(plan: SuitePlan, size: HostClass, profile: Profile): string[] {
  const machines = new Map(plan.topology.machines.map((machine) => [machine.name, machine]));
  return [
    ...twice(plan.topology.machines.map(({ name }) => name)).map((name) => `two machines are called ${name}`),
    ...plan.topology.machines.flatMap(({ name, cpus, memory_MiB, disk }) => [
      ...(Number.isInteger(cpus) && cpus > 0 ? [] : [`${name} has ${cpus} CPUs`]),
      ...(memory_MiB >= 256 ? [] : [`${name} has ${memory_MiB} MiB`]),
      ...(disk === undefined || disk.size_MiB > 0 ? [] : [`${name} has a disk of nothing`]),
    ]),
    ...plan.topology.machines.flatMap(({ name, disk }) =>
      plan.topology.sharedLink && disk?.attach === 'qemu' ? [`${name} shares its link, but its disk comes in elsewhere`] : [],
    ),
    ...Object.keys(plan.probes).flatMap((name) => (machines.has(name) ? [] : [`probes on ${name}, which is no machine`])),
    ...plan.topology.machines.flatMap(({ name, disk }) => [
      ...((plan.probes[name] ?? []).length > 0 ? [] : [`nobody watches ${name}`]),
      ...(disk === undefined && plan.probes[name]?.includes('storage') ? [`${name} has no disk to watch`] : []),
    ]),
    ...plan.schedule.flatMap((action) => actionTroubles(action, machines)),
    ...floodsIn(plan.schedule).flatMap((flood) => floodTroubles(flood, plan, size)),
    ...(plan.prepare ?? []).flatMap(({ on, name }) => (machines.has(on) ? [] : [`"${name}" is prepared on ${on}, which is no machine`])),
    ...twice((plan.prepare ?? []).map(({ on, name }) => `${on}: ${name}`)).map((what) => `${what} is prepared twice`),
    ...overlaps(plan.schedule),
    ...(plan.schedule.some(({ kind }) => kind !== 'load') ? [] : ['there is no storm']),
    ...plan.objectives.flatMap((objective) => objectiveTroubles(objective, plan, profile)),
    ...twice(plan.objectives.map(({ name }) => name)).map((name) => `two objectives are called ${name}`),
    ...(plan.waivable ?? []).flatMap((name) =>
      plan.objectives.some((objective) => objective.kind === 'effect' && objective.name === name)
        ? []
        : [`${name}: is no effect to be tweaked away`],
    ),
    ...(plan.objectives.some(({ kind, name }) => kind === 'effect' && !plan.waivable?.includes(name))
      ? []
      : ['nothing proves that the storm was real']),
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
    if (action.fault.startsWith('link-') && !NETWORKS.includes(action.on)) found.push(`${what}: there is no network ${action.on}`);
    if (action.fault === 'tail' && machines.get(action.on)?.disk === undefined) found.push(`${what}: ${action.on} has no tail`);
    return found;
  }
  if (action.kind === 'flood') {
    const machine = machines.get(action.on.to);
    if (machine === undefined) found.push(`${what}: at no machine of the plan`);
    if (action.on.at === 'behind' && machine?.behind === undefined) found.push(`${what}: there is no tenant behind ${action.on.to}`);
    if (action.on.station === 'store' && machine?.disk?.attach !== 'kernel') found.push(`${what}: no card on the storage network`);
    return found;
  }
  if ('during' in action) {
    if (action.kind === 'round' && !machines.has(action.on)) found.push(`${what}: on no machine of the plan`);
    found.push(...action.during.flatMap((each) => actionTroubles(each, machines)));
    return found;
  }
  const place = 'machine' in action.on ? 'machine' : 'station';
  if (ENGINES[action.engine].place !== place) found.push(`${what}: ${action.engine} does not run at a ${place}`);
  const machine = machines.get('machine' in action.on ? action.on.machine : action.on.to);
  if (machine === undefined) found.push(`${what}: on no machine of the plan`);
  if ('station' in action.on && action.on.station === 'store' && machine?.disk?.attach !== 'kernel')
    found.push(`${what}: that machine has no card on the storage network`);
  if (action.engine === 'fio') {
    const { depth, size_MiB, block_bytes, file, files = 1 } = action.params;
    const whole_MiB = file === undefined ? depth * files * size_MiB : size_MiB;
    if (whole_MiB > (machine?.disk?.size_MiB ?? 0) * MOST_OF_A_DISK) found.push(`${what}: its files do not fit on the disk`);
    if (machine !== undefined && fileSystemOf(machine) === 'raw') found.push(`${what}: there is no file system to write to`);
    if (block_bytes % 512 !== 0) found.push(`${what}: blocks of ${block_bytes} bytes`);
  }
  return found;
}

/**
 * A load that can be offered on the link of the class (or is meant to be too much for one that the plan makes narrower), for as long as the
 * action lasts, in frames that the networks carry.
 */
function floodTroubles({ for_s, params }: Extract<Action, { kind: 'flood' }>, { topology }: SuitePlan, size: HostClass): string[] {
  const { vector, load, seed } = params;
  const streams = VECTORS[vector].streams(ANYWHERE, seed);
  const line_pps = topology.frontRate_bps === undefined ? lineRate_pps(size.linkRate_bps, mixOf(streams)) : Number.POSITIVE_INFINITY;
  const largest = Math.max(...streams.flatMap(({ frames }) => frames.map(({ bytes }) => bytes.length + 4)));
  const ends = load.map(({ at_s, for_s: length_s }) => at_s + length_s);
  return [
    ...(packetsOf(load) > 0 ? [] : [`${vector}: offers nothing`]),
    ...(lengthOf(load) <= for_s + ROUNDING_S ? [] : [`${vector}: its load lasts longer than its action`]),
    ...(load.every(({ at_s }, index) => at_s >= (ends[index - 1] ?? 0) - ROUNDING_S) ? [] : [`${vector}: steps of its load overlap`]),
    ...(load.every(({ from_pps, to_pps }) => Math.max(from_pps, to_pps) <= line_pps) ? [] : [`${vector}: more than the link carries`]),
    ...(largest - LINK_BYTES <= (topology.mtu_bytes ?? 1500) ? [] : [`${vector}: frames of ${largest} bytes do not fit on the networks`]),
  ];
}

/** The undo of a fault must not undo another one. */
function overlaps(schedule: readonly Action[]): string[] {
  const faults = actionsIn(schedule).filter((action) => action.kind === 'fault');
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
    case 'boot':
      return plan.topology.machines.some(({ name }) => name === objective.machine) ? [] : wrong('is timed on no machine of the plan');
    case 'stall':
    case 'latency':
      return watched(objective.machine, objective.probe) ? [] : wrong(`${objective.machine} is not probed for it`);
    case 'no_data_loss':
      return Object.values(plan.probes).some((probes) => probes.includes('storage')) ? [] : wrong('nobody writes anything');
    case 'clean_file_system':
      return plan.topology.machines.some((machine) => watched(machine.name, 'storage') && fileSystemOf(machine) !== 'raw')
        ? []
        : wrong('there is no file system');
    case 'promise':
      return plan.grades?.some(({ name }) => name === objective.grade) ? [] : wrong('nothing was promised to that grade');
    case 'no_event':
      return [];
    case 'effect': {
      const { evidence } = objective;
      if (!(evidence.atLeast > 0)) return wrong('is no evidence of anything');
      if (evidence.of === 'stall') {
        const longest_s = Math.max(0, ...plan.schedule.filter(({ kind }) => kind !== 'load').map(({ for_s }) => for_s));
        if (evidence.atLeast > longest_s) return wrong('wants a stall longer than anything that could cause it');
        return watched(evidence.machine, evidence.probe) ? [] : wrong(`${evidence.machine} is not probed for it`);
      }
      if (evidence.of === 'counter' || evidence.of === 'peak') {
        const machine = plan.topology.machines.find(({ name }) => name === evidence.machine);
        if (machine === undefined) return wrong('is read on no machine of the plan');
        if (evidence.counter.startsWith('tap0_') && machine.behind === undefined) return wrong('has no tap to read');
        // how much an engine that keeps state at both ends sends is theirs to say
        if (floodsIn(plan.schedule).length === 0)
          return COUNTERS.some((pattern) => pattern.test(evidence.counter)) ? [] : wrong(`no machine counts ${evidence.counter}`);
        const offered = floodsIn(plan.schedule).reduce((sum, { params }) => sum + packetsOf(params.load), 0);
        if (!evidence.counter.endsWith('_bytes') && evidence.atLeast > offered) return wrong('wants more than is offered');
        return COUNTERS.some((pattern) => pattern.test(evidence.counter)) ? [] : wrong(`no machine counts ${evidence.counter}`);
      }
      if (evidence.of === 'measure') {
        if (!Object.values<string>(MEASURES).includes(evidence.measure)) return wrong(`nobody times ${evidence.measure}`);
        return plan.topology.machines.some(({ name }) => name === evidence.machine) ? [] : wrong('is timed on no machine of the plan');
      }
      if (evidence.of === 'fault') {
        const told = actionsIn(plan.schedule).some(
          (action) => action.kind === 'fault' && action.on === evidence.on && FAULT_FIGURES[action.fault]?.includes(evidence.figure),
        );
        return told ? [] : wrong(`no fault on ${evidence.on} tells ${evidence.figure}`);
      }
      const run = enginesOf(plan.schedule).some(({ engine }) => engine === evidence.engine);
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
const settings = Object.values<HostClass>(CLASSES).flatMap((size) =>
  Object.values<Profile>(PROFILES).map((profile) => [size.name, profile.name, size, profile] as const),
);
const forms: readonly (readonly [string, Suite, string | undefined])[] = suites.flatMap(([name, suite]) => [
  [name, suite, undefined] as const,
  ...Object.keys(suite.cases?.all ?? {}).map((each) => [`${name}/${each}`, suite, each] as const),
]);

describe('a suite', () => {
  it.each(forms)('%s is a plan that can be carried out, for every class and profile', (_form, suite, name) => {
    const objectives = new Map<string, Objective>();
    for (const [, , size, profile] of settings) {
      const plan = suite.plan(size, profile, 1, name);
      expect(troubles(plan, size, profile), `${size.name}, ${profile.name}`).toEqual([]);
      for (const objective of plan.objectives) objectives.set(JSON.stringify(objective), objective);
    }
    for (const objective of objectives.values()) expect(Objective.parse(objective)).toEqual(objective);
  });

  it.each(forms)('%s is the same plan for the same arguments, which it leaves alone', (_form, suite, name) => {
    for (const [, , size, profile] of settings) {
      const [mySize, myProfile] = [frozen(structuredClone(size)), frozen(structuredClone(profile))] as [HostClass, Profile];
      const plan = suite.plan(mySize, myProfile, 7, name);
      frozen(plan);
      const text = JSON.stringify(plan);
      expect(JSON.stringify(suite.plan(mySize, myProfile, 7, name))).toBe(text);
      // nothing in it that a record could not hold
      expect(isDeepStrictEqual(JSON.parse(text), plan)).toBe(true);
    }
  });

  it.each(forms)('%s stays sane for classes and profiles that nobody has thought of yet', (_form, suite, name) => {
    const size = fc.record({
      name: fc.constant('any'),
      summary: fc.constant('any'),
      memory_MiB: fc.integer({ min: 256, max: 800_000 }),
      nodes: fc.integer({ min: 1, max: 8 }),
      cpus: fc.integer({ min: 1, max: 512 }),
      unused_MiB: fc.integer({ min: 256, max: 8192 }),
      bounds: fc.record({
        boot_s: fc.integer({ min: 1, max: 900 }),
        recovery_s: fc.integer({ min: 1, max: 900 }),
        stall_s: fc.integer({ min: 1, max: 60 }),
        latency_ms: fc.integer({ min: 1, max: 60_000 }),
      }),
      tenant: fc.record({ memory_MiB: fc.integer({ min: 256, max: 8192 }), cpus: fc.integer({ min: 1, max: 8 }) }),
      linkRate_bps: fc.integer({ min: 1_000_000_000, max: 800_000_000_000 }),
      storeRate_bps: fc.integer({ min: 1_000_000, max: 100_000_000_000 }),
      poolRate_bps: fc.integer({ min: 1_000_000, max: 100_000_000_000 }),
      suites: fc.constant([]),
    });
    const limit_s = fc.integer({ min: 10, max: 3600 });
    const profile = fc
      .record({
        limit_s,
        storm_s: fc.integer({ min: 1, max: 86_400 }),
        flood_s: fc.integer({ min: 1, max: 86_400 }),
        floodLoad: fc.oneof(
          fc.record({ kind: fc.constant('packets' as const), rate_pps: fc.integer({ min: 40_000, max: 200_000_000 }) }),
          fc.record({ kind: fc.constant('line' as const), share: fc.double({ min: 0.5, max: 1, noNaN: true }) }),
        ),
        floodShape: fc.constantFrom<ShapeName>('sustained', 'step', 'ramp', 'burst'),
        incident_s: fc.integer({ min: 1, max: 86_400 }),
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
      fc.property(size, profile, fc.nat(), (anySize, anyProfile, seed) => {
        expect(troubles(suite.plan(anySize, anyProfile, seed, name), anySize, anyProfile)).toEqual([]);
      }),
      { numRuns: 10 },
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
  const flood = ipv6Flood.plan;
  const offered = (name: string, profile: Profile) =>
    flood(CLASSES['1G'], profile, 1, name).schedule.flatMap((action) => (action.kind === 'flood' ? action.params.load : []));

  it.each<[string, Profile, number, number]>([
    ['udp-66', PROFILES.quick, 10, 60_000],
    ['udp-66', PROFILES.full, 120, 240_000],
    ['udp-1518', PROFILES.quick, 10, 60_000],
    // RFC 5180, appendix A.1, for a tenth of its 10 Gbit/s
    ['udp-1518', PROFILES.nightly, 60, 81_274],
    ['udp-9216', PROFILES.full, 120, 13_533],
  ])('%s offers the load of the profile, as far as a link of 1 Gbit/s carries it', (name, profile, for_s, pps) => {
    expect(offered(name, profile)).toEqual([{ at_s: 0, for_s, from_pps: pps, to_pps: pps }]);
  });

  it.each([
    ['udp-66', 'to', undefined],
    ['udp-66/bridge', 'behind', 'bridge'],
    ['udp-66/route', 'behind', 'route'],
    ['udp-66/conntrack', 'behind', 'conntrack'],
  ])('%s comes from the front, and goes where it says', (name, at, behind) => {
    const { schedule, topology } = flood(CLASSES['1G'], PROFILES.quick, 1, name);
    expect(schedule).toMatchObject([{ kind: 'flood', on: { station: 'front', to: 'head', at }, params: { vector: 'udp-66' } }]);
    expect(topology.machines[0]?.behind).toBe(behind);
  });

  it('is of the smallest frames where no case is named', () => {
    expect(flood(CLASSES['1G'], PROFILES.quick, 1)).toEqual(flood(CLASSES['1G'], PROFILES.quick, 1, 'udp-66'));
  });

  it('has a case for each vector on each of its paths, established TCP on all, and no other', () => {
    const paths = Object.entries<Vector>(VECTORS).flatMap(([vector, each]) =>
      each.paths.map((path) => (path === 'to' ? vector : `${vector}/${path}`)),
    );
    const established = ['', '/bridge', '/route', '/conntrack'].map((path) => `tcp-established${path}`);
    expect(Object.keys(ipv6Flood.cases?.all ?? {})).toEqual([...paths, ...established]);
  });

  it('proves with what the vector is to do, beside what the card received', () => {
    const names = flood(CLASSES['1G'], PROFILES.quick, 1, 'neighbours-ns').objectives.flatMap(({ kind, name }) =>
      kind === 'effect' ? [name] : [],
    );
    expect(names).toEqual(['flood_received', ...VECTORS['neighbours-ns'].effects('to').map(({ name }) => name)]);
  });
});

describe('the cases of a suite', () => {
  const withCases = suites.flatMap(([name, suite]) => (suite.cases === undefined ? [] : [[name, suite.cases] as const]));

  it.each(withCases)('%s: those that are usual are there, once each, for every profile', (_name, cases) => {
    for (const profile of Object.values<Profile>(PROFILES)) {
      const usual = cases.usual(profile);
      expect(usual.length).toBeGreaterThan(0);
      expect(twice(usual)).toEqual([]);
      for (const each of usual) expect(Object.keys(cases.all)).toContain(each);
    }
  });

  it.each(withCases)('%s: a longer profile leaves out nothing that a shorter one runs', (_name, cases) => {
    const runs = Object.values<Profile>(PROFILES).map((profile) => cases.usual(profile));
    for (const [index, usual] of runs.entries()) expect(runs[index + 1] ?? usual).toEqual(expect.arrayContaining([...usual]));
  });

  // a slash becomes a dot in the name of a trial, so there must be no other dot
  it.each(withCases)('%s: are told in one line, under names without a dot that are not the word for all of them', (_name, cases) => {
    for (const [name, summary] of Object.entries(cases.all)) {
      expect(name).toMatch(/^[a-z0-9-]+(\/[a-z0-9-]+)?$/);
      expect(name).not.toBe(ALL_CASES);
      expect(summary).toMatch(/^\S.*\S$/);
    }
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

  it('hold everything that can be asked for, each once', () => {
    expect(FORMS).toEqual(
      expect.arrayContaining(['io-storm', 'ipv6-flood', 'ipv6-flood/all', 'ipv6-flood/udp-66', 'ipv6-flood/mixed/bridge']),
    );
    expect(FORMS).not.toContain('soak/all');
    expect(twice(FORMS)).toEqual([]);
    expect([...FORMS].filter((form) => !form.endsWith(`/${ALL_CASES}`)).sort()).toEqual(forms.map(([form]) => form).sort());
  });

  it('hold the defaults, and every suite that a class asks for', () => {
    expect(Object.keys(CLASSES)).toContain(DEFAULT_CLASS);
    expect(Object.keys(PROFILES)).toContain(DEFAULT_PROFILE);
    for (const { suites: wanted } of Object.values<HostClass>(CLASSES)) for (const name of wanted) expect(FORMS).toContain(name);
  });

  it('order the profiles by length', () => {
    const lengths = Object.values<Profile>(PROFILES).map(({ storm_s, flood_s, floodLoad, outages_s, hungTaskTimeout_s }) => [
      ...[storm_s, flood_s, floodLoad.kind === 'packets' ? floodLoad.rate_pps : 0],
      ...[outages_s.length, hungTaskTimeout_s],
    ]);
    for (const column of [0, 1, 2, 3, 4]) {
      const figures = lengths.map((each) => each[column] as number);
      expect(figures).toEqual(figures.toSorted((a, b) => a - b));
    }
  });
});
