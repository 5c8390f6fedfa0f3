/** What a run is asked for, checked and put in terms of the registries; nothing is begun here. */
import { UsageError } from '../results/errors.ts';
import type { HostClass } from '../suites/classes.ts';
import type { Engine } from '../suites/engines/engine.ts';
import type { FloodEngineName, FloodParams } from '../suites/engines/flood.ts';
import { ENGINES } from '../suites/engines/index.ts';
import { ANYWHERE } from '../suites/flood/anywhere.ts';
import { offeredInWords } from '../suites/flood/offered.ts';
import { SUITES, type SuiteName } from '../suites/index.ts';
import { PROFILES, type Profile, type ProfileName } from '../suites/profiles.ts';
import { complaintOfSettings, type StorageSettings, storageInWords } from '../suites/storage-settings.ts';
import { ALL_CASES, floodsIn, mostAtOnce, type Suite } from '../suites/suite.ts';
import { suiteAndCase } from './plan.ts';
import { REACHES, REACHING, type Reaching } from './reach.ts';
import type { RunRequest } from './run-request.ts';
import { SABOTAGES, type Sabotage, type SabotageName } from './sabotage.ts';

/** The hung-task timeout of a kernel whose configuration nobody changed (CONFIG_DEFAULT_HUNG_TASK_TIMEOUT). */
const KERNEL_HUNG_TASK_TIMEOUT_S = 120;

export interface Work {
  readonly profile: Profile;
  readonly sizes: readonly ClassWork[];
  readonly sabotage: Sabotage | undefined;
  /** options that change what some storm of them does */
  readonly reached: ReadonlySet<Reaching>;
}

/** What is done to hosts of a class. */
export interface ClassWork {
  readonly size: HostClass;
  /** the run's, with the time that a host of that size is given */
  readonly profile: Profile;
  /** suites, each with its case where it has any: `ipv6-flood/udp-66` */
  readonly suites: readonly string[];
}

/** Throws UsageError for what contradicts itself, and for what cannot be done whatever the host. */
export function workOf(request: RunRequest): Work {
  refuseContradictions(request);
  const profile = profileOf(request);
  const sabotage: Sabotage | undefined = request.sabotage === undefined ? undefined : SABOTAGES[request.sabotage as SabotageName];
  const sizes = request.classes.map((size) => workOfClass(request, size, profile, sabotage));
  const reached = new Set(REACHING.filter((name) => sizes.some((work) => reachesAny(name, work, request.seed))));
  const idle = request.said.find((name) => !reached.has(name));
  if (idle !== undefined)
    throw new UsageError(`--${idle}: ${[...new Set(sizes.flatMap(({ suites }) => suites))].join(', ')} ${REACHES[idle].changes}`);
  return { profile, sabotage, sizes, reached };
}

const reachesAny = (name: Reaching, { size, profile, suites }: ClassWork, seed: number): boolean =>
  suites.some((form) => {
    const { suite, case: which } = suiteAndCase(form);
    return REACHES[name].reaches((changed) => (SUITES[suite as SuiteName] as Suite).plan(size, changed, seed, which), profile);
  });

function workOfClass(request: RunRequest, size: HostClass, usual: Profile, sabotage: Sabotage | undefined): ClassWork {
  const profile = paced(usual, size, request);
  const asked = request.suites.length > 0 ? request.suites : sabotage !== undefined ? [sabotage.suite] : size.suites;
  const forms = [...new Set(asked.flatMap((form) => formsOf(form, profile)))];
  const host = { size, profile, seed: request.seed };
  const suites = request.search ? searchable(forms, request.suites, host) : forms;
  refuseStorage(request.storage, suites, host);
  refusePolicies(profile, suites, host);
  if (request.engine !== undefined) refuseBeyond(request.engine, suites, host);
  return { size, profile, suites };
}

/** A boot is waited for half as long again as a host of its size may take, and a recovery at least as long; what the config says of either counts. */
function paced(profile: Profile, { bounds }: HostClass, { bootLimit_s, recovery }: RunRequest): Profile {
  const limit_s = recovery?.limit_s ?? Math.max(profile.recovery.limit_s, bounds.recovery_s);
  return {
    ...profile,
    bootLimit_s: bootLimit_s ?? Math.max(profile.bootLimit_s, 1.5 * bounds.boot_s),
    recovery: { ...profile.recovery, limit_s, atMost_s: Math.min(limit_s, Math.max(profile.recovery.atMost_s, bounds.recovery_s)) },
  };
}

/** What says one thing and means another is not begun. Throws UsageError. */
function refuseContradictions({ search, sabotage, load, shape }: RunRequest): void {
  if (search && sabotage !== undefined) throw new UsageError('--search and --sabotage exclude each other');
  if (search && (load !== undefined || shape !== undefined))
    throw new UsageError(`--search finds the load by itself: leave ${load !== undefined ? 'the load' : 'the shape'} out`);
}

/** Throws UsageError where a flood of the suites is more than the engine that was asked for can make, on whatever host. */
function refuseBeyond(name: FloodEngineName, forms: readonly string[], { size, profile, seed }: Host): void {
  const engine: Engine<FloodParams> = ENGINES[name];
  for (const form of forms) {
    const { suite, case: which } = suiteAndCase(form);
    const floods = floodsIn((SUITES[suite as SuiteName] as Suite).plan(size, profile, seed, which).schedule);
    const why = mostAtOnce(floods) > 1 && engine.oneAtATime ? 'it makes one flood at a time' : undefined;
    const all = [why, ...floods.map(({ params }) => engine.refuses?.(params, ANYWHERE))];
    const first = all.find((each) => each !== undefined);
    if (first !== undefined) throw new UsageError(`--engine ${name} cannot do ${form}: ${first}`);
  }
}

/** Settings of storage must take effect somewhere. Throws UsageError. */
function refuseStorage(storage: StorageSettings, forms: readonly string[], { size, profile, seed }: Host): void {
  const complaints = forms.map((form) => {
    const { suite, case: which } = suiteAndCase(form);
    return complaintOfSettings((SUITES[suite as SuiteName] as Suite).plan(size, profile, seed, which), storage);
  });
  if (complaints.every((complaint) => complaint !== undefined)) throw new UsageError(`${forms.join(', ')}: ${complaints[0]}`);
}

/** What is to be compared must be, somewhere. Throws UsageError. */
function refusePolicies({ pool }: Profile, forms: readonly string[], { size, profile, seed }: Host): void {
  if (pool.policies.length === 0) return;
  const compared = forms.some((form) => {
    const { suite, case: which } = suiteAndCase(form);
    return (SUITES[suite as SuiteName] as Suite)
      .plan(size, profile, seed, which)
      .schedule.some((action) => action.kind === 'round' && action.policy !== undefined);
  });
  if (!compared) throw new UsageError(`--policies: ${forms.join(', ')} shares out no pool; run io-storm/randwrite-64/groups does`);
}

/** What decides on a suite's plan, beside its case. */
interface Host {
  readonly size: HostClass;
  readonly profile: Profile;
  readonly seed: number;
}

/**
 * Those that can be searched. What was not named one by one is left out where it cannot. Throws UsageError for what was, where none is
 * left, and beside a sabotage, which a search would never come to.
 */
function searchable(forms: readonly string[], named: readonly string[], { size, profile, seed }: Host): string[] {
  const can = forms.filter((form) => {
    const { suite, case: name } = suiteAndCase(form);
    const plan = (SUITES[suite as SuiteName] as Suite).plan(size, profile, seed, name);
    return plan.line_pps !== undefined || plan.outageObjectives !== undefined;
  });
  const cannot = named.find((form) => forms.includes(form) && !can.includes(form));
  if (cannot !== undefined || can.length === 0)
    throw new UsageError(
      `--search: ${cannot ?? (named.length > 0 ? named : forms).join(', ')} has neither a load nor an outage to search; run ipv6-flood --search has`,
    );
  return can;
}

/** A suite with cases is asked for as all of them (`SUITE/all`), as one, or by its name alone as those that the profile takes. */
export function formsOf(form: string, profile: Profile): readonly string[] {
  const { suite, case: name } = suiteAndCase(form);
  const { cases }: Suite = SUITES[suite as SuiteName];
  if (cases === undefined || (name !== undefined && name !== ALL_CASES)) return [form];
  const names = name === ALL_CASES ? Object.keys(cases.all) : cases.usual(profile);
  return names.map((each) => `${suite}/${each}`);
}

/** The profile with what the config file changes in it. Throws UsageError where an outage would be as long as what the kernel calls hung. */
function profileOf(request: RunRequest): Profile {
  const profile: Profile = PROFILES[request.profile as ProfileName];
  const longest_s = Math.max(...profile.outages_s);
  // who asks for longer outages wants to see what hangs
  if (request.hungTaskTimeout_s !== undefined && request.hungTaskTimeout_s <= longest_s && request.outages_s === undefined)
    throw new UsageError(
      `hung_task_timeout_s: ${request.hungTaskTimeout_s} s is not above the longest outage of profile ${profile.name}, ${longest_s} s`,
    );
  return {
    ...profile,
    hungTaskTimeout_s: request.hungTaskTimeout_s ?? profile.hungTaskTimeout_s,
    bootLimit_s: request.bootLimit_s ?? profile.bootLimit_s,
    outages_s: request.outages_s ?? profile.outages_s,
    pool: { ...profile.pool, ...request.pool },
    floodLoad: request.load ?? profile.floodLoad,
    floodShape: request.shape ?? profile.floodShape,
    recovery: { ...profile.recovery, ...request.recovery },
  };
}

/** What a reader must know to weigh the figures: in what the profile differs from a host in service, and the run from its profile. */
export function notesOf({ profile, reached }: Pick<Work, 'profile' | 'reached'>, request: RunRequest): string[] {
  const kernels = KERNEL_HUNG_TASK_TIMEOUT_S;
  return [
    'lab: virtual machines, virtual network cards and NBD tails on one machine; no figure here is a line rate',
    ...(profile.hungTaskTimeout_s === kernels
      ? []
      : [`the hung-task timeout is ${profile.hungTaskTimeout_s} s instead of the kernel's default of ${kernels} s`]),
    ...(request.pool.grades === undefined && request.suites.includes('grades')
      ? ['no grades of storage are stated: what is tried are examples']
      : []),
    ...departuresOf(request, reached),
  ];
}

/** Where a run was kinder or harsher than its profile, or its kernel was changed; empty for one that is what its profile says. */
export function departuresOf(request: RunRequest, reached: Work['reached']): string[] {
  const usual = PROFILES[request.profile as ProfileName];
  const { recovery = {}, hungTaskTimeout_s, bootLimit_s, engine, load, shape, outages_s, pool } = request;
  const instead = (what: string, asked: number | undefined, own: number): string[] =>
    asked === undefined || asked === own ? [] : [`${what} is ${asked} instead of the ${own} of profile ${usual.name}`];
  // what a config says for other suites than these is no departure
  const where = (name: Reaching, ...told: string[]): string[] => (reached.has(name) ? told : []);
  return [
    ...instead('recovery.limit_s', recovery.limit_s, usual.recovery.limit_s),
    ...instead('recovery.hold_s', recovery.hold_s, usual.recovery.hold_s),
    ...instead('the hung-task timeout in seconds', hungTaskTimeout_s, usual.hungTaskTimeout_s),
    ...instead('the limit of a boot in seconds', bootLimit_s, usual.bootLimit_s),
    ...(request.search ? ['the storm of each trial is a search for the load, or the length of an outage, at which a host gives way'] : []),
    ...(request.variants.length > 0 ? [`compared: ${request.variants.map(({ name }) => name).join(', ')}`] : []),
    ...(engine === undefined ? [] : where('engine', `floods are made by ${engine} and no other`)),
    ...(load === undefined ? [] : where('load', `floods offer ${offeredInWords(load)}, as far as the link carries it`)),
    ...(shape === undefined ? [] : where('shape', `floods have the shape ${shape}`)),
    ...(outages_s === undefined ? [] : where('outages', `outages of ${outages_s.join(', ')} s`)),
    ...((pool.policies ?? []).length > 0 ? [`ways of sharing out a pool, compared: ${pool.policies?.join(', ')}`] : []),
    ...where('stormers', ...instead('how many storm a pool', pool.stormers, usual.pool.stormers)),
    ...where('victims', ...instead('how many write beside them', pool.victims, usual.pool.victims)),
    ...storageInWords(request.storage),
    ...(request.append.length > 0 ? [`kernel parameters added: ${request.append.join(' ')}`] : []),
    ...(request.tweaks.length > 0 ? [`tweaked: ${request.tweaks.map(({ text }) => text).join(', ')}`] : []),
    ...(request.sabotage === undefined ? [] : [`sabotaged on purpose: ${request.sabotage}`]),
  ];
}
