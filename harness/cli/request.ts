/** Command line and config file -> what `runTrials` is asked for. The command line wins. */
import { randomInt } from 'node:crypto';
import { readSigner } from '../../results/certificate/keys.ts';
import { UsageError } from '../../results/errors.ts';
import type { Grade } from '../../results/grades.ts';
import { FileSystemName } from '../../results/model.ts';
import { placeOf, STORE_SPELLING, withoutPassword } from '../../results/store/place.ts';
import { classOf, type HostClass } from '../../suites/classes.ts';
import { LONGEST_OUTAGE_S, SHORTEST_OUTAGE_S } from '../../suites/cutoff/outages.ts';
import { FLOOD_ENGINES, type FloodEngineName } from '../../suites/engines/flood.ts';
import { parseOffered } from '../../suites/flood/offered.ts';
import { parseShape, SHAPES } from '../../suites/flood/shapes.ts';
import { AXES, parsePolicies } from '../../suites/policies/index.ts';
import { NBD_SPELLING, parseNbd } from '../../suites/storage-settings.ts';
import { MOST_TENANTS } from '../../suites/storm/tenants.ts';
import { complaintOfAdded } from '../../suites/tweaks/boot.ts';
import { parseTweaks } from '../../suites/tweaks/parse.ts';
import { UNTWEAKED } from '../../suites/tweaks/tweak.ts';
import { TAILS, type TailName } from '../../targets/tails/index.ts';
import { type Config, MOST_REPEATS, MOST_RETRIES, readConfig } from '../config.ts';
import { suggestion } from '../nearest.ts';
import { REACHING } from '../reach.ts';
import type { RunRequest } from '../run-request.ts';
import { readTweaks, STARTING_SET } from '../tweaks-file.ts';
import { type Args, flag, type Io, type Option, text, texts, wholeNumber } from './command.ts';

const DEFAULT_KERNEL = 'deb:linux-image-cloud-amd64';

/** The options that `certify` and `run` share. */
export const RUN_OPTIONS = {
  kernel: {
    value: 'K',
    many: true,
    describe: `candidate kernel: deb:NAME, FILE.deb, /path/bzImage, tree:DIR or running (default ${DEFAULT_KERNEL})`,
  },
  modules: { value: 'DIR', describe: 'the modules of a bzImage' },
  profile: { value: 'NAME', describe: 'how long and how hard: see list' },
  class: { value: 'NAME', many: true, describe: 'the size of host to certify, several one after the other: see list classes' },
  seed: {
    value: 'N',
    describe: 'decides all that suites draw at random, the packets of floods among it (default: a new one, recorded)',
  },
  out: { value: 'DIR', describe: 'where the run is written, new or empty (default results/runs/…)' },
  name: { value: 'NAME', describe: 'what the run is called' },
  store: { value: 'PLACE', describe: `where the run is kept beside its directory: ${STORE_SPELLING} (default: a file; see history)` },
  append: { value: 'PARAM', many: true, describe: "kernel parameter added to the candidate's command line" },
  tweak: { value: 'NAME=VALUE', many: true, describe: 'a setting changed on the candidate before it is measured: see list tweaks' },
  tweaks: {
    value: 'FILE',
    describe: `try each set of tweaks of a file against the untweaked candidate; ${STARTING_SET} is the file that comes with stormproof`,
  },
  load: {
    value: 'LOAD',
    describe: "offered load of floods: 120k (packets/s), 800Mbit (bit/s) or 50% (of line rate); default: the profile's",
  },
  shape: { value: 'NAME', choices: Object.keys(SHAPES), describe: 'how that load goes over time (default sustained)' },
  engine: {
    value: 'NAME',
    choices: FLOOD_ENGINES,
    describe: `floods with this engine (default: the first of ${FLOOD_ENGINES.join(', ')} that this host can)`,
  },
  outages: { value: 'SECONDS', describe: "lengths of outages of storage, in their order: 1,5,15 (default: the profile's)" },
  policies: {
    value: 'LIST',
    describe: `ways of sharing out the pool of an I/O storm or of grades, the first of them the reference: ${Object.keys(AXES).join(', ')}, or names with commas between: see list policies`,
  },
  stormers: { value: 'N', describe: 'how many tenants storm a pool (default 1)' },
  victims: { value: 'N', describe: 'and how many write steadily beside them (default 1)' },
  tail: { value: 'NAME', choices: Object.keys(TAILS), describe: 'who serves the disks (default nbdkit)' },
  tls: { describe: 'disks are served over TLS, to clients with a certificate' },
  'file-system': { value: 'NAME', choices: FileSystemName.options, describe: 'what the disks carry (default ext4)' },
  nbd: { value: 'KEY=VALUE', many: true, describe: `setting of the kernel's nbd driver: ${NBD_SPELLING}` },
  repeat: { value: 'N', describe: 'carry out each trial so often, and tell how often it failed (default 1)' },
  retry: {
    value: 'N',
    describe: "try a trial again, at most so often, that failed on stormproof's own side before any kernel ran (default 0)",
  },
  against: { value: 'K', describe: 'compare with this kernel: both are tried in turn (A B B A), and the verdict is that of the candidate' },
  search: { describe: 'look for the load of a flood, or the length of an outage, at which hosts give way' },
  sabotage: { value: 'NAME', describe: 'break something on purpose, to see that the verdict notices' },
  config: { value: 'FILE', describe: 'another config than ./stormproof.yaml' },
  quiet: { describe: 'nothing but the summary' },
  json: { describe: 'nothing but the run record, as one JSON object' },
  'no-install': { describe: 'do not install missing packages' },
} as const satisfies Record<string, Option>;

/** The names of everything that can be chosen, and what is chosen when nobody says. */
export interface Registries {
  readonly suites: readonly string[];
  readonly profiles: readonly string[];
  readonly classes: Readonly<Record<string, HostClass>>;
  readonly sabotages: readonly string[];
  readonly defaultProfile: string;
  readonly defaultClass: string;
}

/**
 * Builds the request. `suites` are the operands of `run`; where there are none (`certify`) the config's count; none at all leaves the
 * choice to the class.
 * Throws UsageError with the nearest name for whatever is not known.
 */
export function requestOf(
  command: string,
  args: Args,
  suites: readonly string[],
  known: Registries,
  io: Pick<Io, 'argv' | 'stdout'>,
): RunRequest {
  const config: Config = readConfig(text(args, 'config'), { ...known, classes: Object.keys(known.classes) });
  const classes = { ...known.classes, ...classesIn(config) };
  const pick = (what: string, name: string, names: readonly string[]): string => {
    if (!names.includes(name)) throw new UsageError(`unknown ${what} "${name}"${suggestion(name, names)}`);
    return name;
  };
  const kernels = texts(args, 'kernel');
  const appended = texts(args, 'append');
  const classNames = texts(args, 'class');
  const chosen = suites.length > 0 ? suites : (config.suites ?? []);
  const sabotage = text(args, 'sabotage');
  const modules = text(args, 'modules') ?? config.modules;
  const out = text(args, 'out') ?? config.out;
  const load = text(args, 'load') ?? config.load;
  const shape = text(args, 'shape') ?? config.shape;
  const engine = text(args, 'engine') ?? config.engine;
  const tweaks = texts(args, 'tweak');
  const against = text(args, 'against');
  const outages = lengths(text(args, 'outages')) ?? config.outages_s;
  const policies = text(args, 'policies') ?? config.policies?.join(',');
  const stormers = within(args, 'stormers', 1, MOST_TENANTS) ?? config.stormers;
  const victims = within(args, 'victims', 1, MOST_TENANTS) ?? config.victims;
  const tail = text(args, 'tail') ?? config.tail;
  const fileSystem = text(args, 'file-system') ?? config.file_system;
  const nbdAsked = texts(args, 'nbd');
  const nbd = nbdAsked.length > 0 ? nbdAsked : (config.nbd ?? []);
  const file = text(args, 'tweaks') ?? config.tweaks;
  const key = text(args, 'sign');
  return {
    argv: io.argv.map(withoutPassword),
    said: REACHING.filter((name) => text(args, name) !== undefined),
    name: runName(text(args, 'name') ?? command),
    kernels: [
      ...nonEmpty('kernel', kernels.length > 0 ? kernels : (config.kernel ?? [DEFAULT_KERNEL])),
      ...(against === undefined ? [] : nonEmpty('against', [against])),
    ],
    ...(modules === undefined ? {} : { modules }),
    profile: pick('profile', text(args, 'profile') ?? config.profile ?? known.defaultProfile, known.profiles),
    classes: nonEmpty('class', classNames.length > 0 ? classNames : (config.class ?? [known.defaultClass])).map(
      (name) => classes[pick('class', name, Object.keys(classes))] as HostClass,
    ),
    suites: [...new Set(chosen)].map((suite) => pick('suite', suite, known.suites)),
    seed: wholeNumber(args, 'seed') ?? config.seed ?? randomInt(2 ** 31),
    ...(out === undefined ? {} : { out }),
    store: placeOf(text(args, 'store'), config.store),
    append: added(nonEmpty('append', appended.length > 0 ? appended : (config.append ?? []))),
    tweaks: parseTweaks(tweaks.length > 0 ? tweaks : (config.tweak ?? []), suggestion),
    variants: file === undefined ? [] : [UNTWEAKED, ...readTweaks(file, args.tweaks === undefined ? file : `--tweaks ${file}`)],
    ...(load === undefined ? {} : { load: parseOffered(String(load)) }),
    ...(shape === undefined ? {} : { shape: parseShape(shape) }),
    ...(engine === undefined ? {} : { engine: engine as FloodEngineName }),
    ...(outages === undefined ? {} : { outages_s: outages }),
    pool: {
      ...(policies === undefined ? {} : { policies: parsePolicies(policies, suggestion) }),
      ...(stormers === undefined ? {} : { stormers }),
      ...(victims === undefined ? {} : { victims }),
      ...(config.grades === undefined ? {} : { grades: gradesIn(config.grades) }),
    },
    storage: {
      ...(tail === undefined ? {} : { tail: tail as TailName }),
      ...(tail === 'flexnbd' && config.flexnbd !== undefined ? { tailProgram: config.flexnbd } : {}),
      ...(flag(args, 'tls') || config.tls === true ? { tls: true } : {}),
      ...(fileSystem === undefined ? {} : { fileSystem: fileSystem as FileSystemName }),
      ...(nbd.length === 0 ? {} : { nbd: parseNbd(nbd) }),
    },
    repeats: within(args, 'repeat', 1, MOST_REPEATS) ?? config.repeat ?? (against === undefined ? 1 : 2),
    retries: within(args, 'retry', 0, MOST_RETRIES) ?? config.retry ?? 0,
    against: against !== undefined,
    search: flag(args, 'search'),
    ...(sabotage === undefined ? {} : { sabotage: pick('sabotage', sabotage, known.sabotages) }),
    waivers: config.waivers ?? [],
    ...(config.recovery === undefined ? {} : { recovery: withoutUndefined(config.recovery) }),
    ...(config.hung_task_timeout_s === undefined ? {} : { hungTaskTimeout_s: config.hung_task_timeout_s }),
    ...(config.boot_limit_s === undefined ? {} : { bootLimit_s: config.boot_limit_s }),
    ...(key === undefined ? {} : { signer: readSigner(key, `--sign ${key}`) }),
    ui: uiOf(args, io.stdout),
    install: !flag(args, 'no-install'),
  };
}

/** A terminal gets the live view; a pipe, a CI log and a dumb terminal get lines. */
function uiOf(args: Args, stdout: Io['stdout']): RunRequest['ui'] {
  if (flag(args, 'json') && flag(args, 'quiet')) throw new UsageError('--json and --quiet exclude each other');
  if (flag(args, 'json')) return 'json';
  if (flag(args, 'quiet')) return 'quiet';
  return stdout.isTTY && process.env.TERM !== 'dumb' && !process.env.CI ? 'live' : 'plain';
}

/** Those of the config's own. */
export const classesIn = ({ classes = {} }: Pick<Config, 'classes'>): Record<string, HostClass> =>
  Object.fromEntries(Object.entries(classes).map(([name, sketch]) => [name, classOf(name, sketch)]));

function gradesIn(grades: NonNullable<Config['grades']>): Grade[] {
  return Object.entries(grades).map(([name, { iops, bytes_per_s, p99_ms }]) => ({
    name,
    ...(iops === undefined ? {} : { iops }),
    ...(bytes_per_s === undefined ? {} : { bytes_per_s }),
    ...(p99_ms === undefined ? {} : { p99_ms }),
  }));
}

/** Throws UsageError. */
function within(args: Args, name: string, least: number, most: number): number | undefined {
  const count = wholeNumber(args, name);
  if (count !== undefined && (count < least || count > most)) throw new UsageError(`--${name} ${count}: from ${least} to ${most}`);
  return count;
}

/** `1,5,15`. Throws UsageError. */
function lengths(list: string | undefined): number[] | undefined {
  if (list === undefined) return undefined;
  const all = list.split(',').map(Number);
  const ok = all.every((length_s) => length_s >= SHORTEST_OUTAGE_S && length_s <= LONGEST_OUTAGE_S);
  if (!ok) throw new UsageError(`--outages ${list}: seconds from ${SHORTEST_OUTAGE_S} to ${LONGEST_OUTAGE_S}, with commas between`);
  return all;
}

/** It becomes part of a directory's name. */
function runName(name: string): string {
  if (!/^[A-Za-z0-9][\w.-]{0,63}$/.test(name)) throw new UsageError(`--name "${name}": letters, digits, ".", "_" and "-", at most 64`);
  return name;
}

function nonEmpty(name: string, values: readonly string[]): string[] {
  if (values.includes('')) throw new UsageError(`--${name} needs a value`);
  return [...new Set(values)];
}

/** Kernel parameters, as they were given. Throws UsageError for one that would blind the harness. */
function added(parameters: string[]): string[] {
  const wrong = parameters.map(complaintOfAdded).find((complaint) => complaint !== undefined);
  if (wrong !== undefined) throw new UsageError(`--append ${wrong}`);
  return parameters;
}

function withoutUndefined(recovery: NonNullable<Config['recovery']>): { limit_s?: number; hold_s?: number } {
  return {
    ...(recovery.limit_s === undefined ? {} : { limit_s: recovery.limit_s }),
    ...(recovery.hold_s === undefined ? {} : { hold_s: recovery.hold_s }),
  };
}
