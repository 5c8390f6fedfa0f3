/**
 * `stormproof.yaml` -> Config. A mistake is one line that begins `stormproof.yaml:LINE:COL:`, so that an editor can jump to it.
 * What stands on the command line wins over the file.
 */
import { existsSync } from 'node:fs';
import { z } from 'zod';
import { explain } from '../results/errors.ts';
import { FileSystemName } from '../results/model.ts';
import { placeOf } from '../results/store/place.ts';
import { LONGEST_OUTAGE_S, SHORTEST_OUTAGE_S } from '../suites/cutoff/outages.ts';
import { FLOOD_ENGINES } from '../suites/engines/flood.ts';
import { parseOffered } from '../suites/flood/offered.ts';
import { SHAPES } from '../suites/flood/shapes.ts';
import { AXES, POLICIES } from '../suites/policies/index.ts';
import { MOST_TENANTS, tenantsOf } from '../suites/storm/tenants.ts';
import { TAILS } from '../targets/tails/index.ts';
import { CONFIG_FILE } from './config-file.ts';
import { suggestion } from './nearest.ts';
import { waiversSchema } from './waivers-config.ts';
import { parseYaml, readBytes, validate } from './yaml-file.ts';

/** Of a night's trials of a minute each there are fewer. */
export const MOST_REPEATS = 1000;
/** Whatever fails so often is no accident. */
export const MOST_RETRIES = 10;

/** The names that a config may use; passed in, since the registries are the business of other rooms. */
export interface KnownNames {
  readonly suites: readonly string[];
  readonly profiles: readonly string[];
  readonly classes: readonly string[];
}

const text = z.string().min(1);
const oneOrMore = z.preprocess((value) => (typeof value === 'string' ? [value] : value), z.array(text).min(1));
const seconds = z.number().positive();
/** As on the command line; YAML makes a number of `120000`. */
const load = z
  .union([z.number(), text])
  .refine((value) => complaint(value) === undefined, { error: ({ input }) => complaint(input as string | number) ?? '' });

/** See `placeOf` of results/store/place.ts. */
const storePlace = text.refine((said) => wrongPlace(said) === undefined, { error: ({ input }) => wrongPlace(String(input)) ?? '' });

const CLASS_NAME = /^[A-Za-z0-9][\w.-]{0,31}$/;
const className = text.regex(CLASS_NAME, { error: 'a class is called by at most 32 letters, digits, ".", "_" and "-"' });
/** See `ClassSketch` of suites/classes.ts. */
const hostClass = (suite: z.ZodType<string>) =>
  z
    .strictObject({
      memory_GiB: z.number().min(1).max(65_536),
      nodes: z.int().min(1).max(64).optional(),
      cpus: z.int().min(1).max(4096).optional(),
      unused_GiB: z.number().min(0.5).optional(),
      link_bps: z.int().min(1_000_000).optional(),
      store_bps: z.int().min(1_000_000).optional(),
      boot_s: seconds.optional(),
      recovery_s: seconds.optional(),
      stall_s: seconds.optional(),
      latency_ms: z.number().positive().optional(),
      suites: z.array(suite).min(1).optional(),
    })
    .superRefine(({ memory_GiB, nodes = 1, unused_GiB = 0 }, { addIssue }) => {
      if (memory_GiB < nodes)
        addIssue({ code: 'custom', message: `${nodes} nodes need 1 GiB each, and there are ${memory_GiB}`, path: ['nodes'] });
      if (unused_GiB >= memory_GiB)
        addIssue({ code: 'custom', message: `of ${memory_GiB} GiB, ${unused_GiB} cannot be left unused`, path: ['unused_GiB'] });
    });

const GRADE_NAME = /^[a-z0-9-]{1,16}$/;
const MOST_GRADES = 6;
/** Of a rate below this a single write late makes or breaks a second. */
const LEAST_bytes_per_s = 40_960;
const grade = z.strictObject({
  iops: z.int().min(1).optional(),
  bytes_per_s: z.int().min(LEAST_bytes_per_s).optional(),
  p99_ms: z.number().positive().optional(),
});
/** A grade's tenant is a control group of its name, beside its neighbours'. */
const NEIGHBOURS = [1, MOST_TENANTS].flatMap((stormers) => tenantsOf({ stormers, victims: 0 }).map(({ name }) => name));
const grades = z
  .record(text, grade)
  .superRefine((all, { addIssue }) => {
    const complain = (message: string, ...path: string[]) => addIssue({ code: 'custom', message: `grades${message}`, path });
    const names = Object.keys(all);
    if (names.length < 1 || names.length > MOST_GRADES) complain(`: from 1 to ${MOST_GRADES} of them, got ${names.length}`);
    for (const [name, promised] of Object.entries(all)) {
      if (!GRADE_NAME.test(name)) complain(`: "${name}" cannot be a name: 1 to 16 of a-z, 0-9 and "-"`, name);
      else if (NEIGHBOURS.includes(name)) complain(`: "${name}" cannot be a name: the neighbour that storms is called so`, name);
      else if (Object.keys(promised).length === 0) complain(`.${name}: promises nothing: iops, bytes_per_s or p99_ms`, name);
    }
  })
  .meta({ minProperties: 1, maxProperties: MOST_GRADES, propertyNames: { pattern: GRADE_NAME.source } });

/** The schema of a config that may use these names and is read at `now`; `meta` is for the JSON Schema, which cannot hold a refinement. */
export function schemaOf(known: KnownNames, now = new Date()) {
  const nameOf = (what: string, names: readonly string[]) =>
    text
      .refine((name) => names.includes(name), { error: ({ input }) => `unknown ${what} "${input}"${suggestion(String(input), names)}` })
      .meta({ enum: [...names] });
  const config = z.strictObject({
    kernel: oneOrMore.optional(),
    modules: text.optional(),
    profile: nameOf('profile', known.profiles).optional(),
    suites: z.array(nameOf('suite', known.suites)).min(1).optional(),
    class: oneOrMore.optional(),
    classes: z.record(className, hostClass(nameOf('suite', known.suites))).optional(),
    seed: z.int().min(0).optional(),
    repeat: z.int().min(1).max(MOST_REPEATS).optional(),
    retry: z.int().min(0).max(MOST_RETRIES).optional(),
    out: text.optional(),
    store: storePlace.optional(),
    append: z.array(text).optional(),
    tweak: z.array(text).optional(),
    tweaks: text.optional(),
    load: load.optional(),
    shape: nameOf('shape', Object.keys(SHAPES)).optional(),
    engine: nameOf('engine', FLOOD_ENGINES).optional(),
    outages_s: z.array(z.number().min(SHORTEST_OUTAGE_S).max(LONGEST_OUTAGE_S)).min(1).optional(),
    policies: z
      .array(nameOf('policy', [...Object.keys(AXES), ...Object.keys(POLICIES)]))
      .min(1)
      .optional(),
    stormers: z.int().min(1).max(MOST_TENANTS).optional(),
    victims: z.int().min(1).max(MOST_TENANTS).optional(),
    grades: grades.optional(),
    tail: nameOf('tail', Object.keys(TAILS)).optional(),
    flexnbd: text.optional(),
    tls: z.boolean().optional(),
    file_system: nameOf('file system', FileSystemName.options).optional(),
    nbd: z.array(text).optional(),
    waivers: waiversSchema(now).optional(),
    recovery: z.strictObject({ limit_s: seconds.optional(), hold_s: seconds.optional() }).optional(),
    hung_task_timeout_s: z.int().positive().optional(),
    boot_limit_s: z.int().positive().optional(),
  });
  return config.superRefine(({ class: asked = [], classes = {} }, { addIssue }) => {
    const own = Object.keys(classes);
    const taken = own.find((name) => known.classes.includes(name));
    if (taken !== undefined)
      addIssue({ code: 'custom', message: `"${taken}" is a class of stormproof's own: give yours another name`, path: ['classes', taken] });
    const names = [...known.classes, ...own];
    for (const [index, name] of asked.entries())
      if (!names.includes(name))
        addIssue({ code: 'custom', message: `unknown class "${name}"${suggestion(name, names)}`, path: ['class', index] });
  });
}

const complaint = (value: string | number): string | undefined => complaintOf(() => parseOffered(String(value)));
const wrongPlace = (said: string): string | undefined => complaintOf(() => placeOf(said, undefined))?.replace(/^--store /, 'store: ');

function complaintOf(parse: () => unknown): string | undefined {
  try {
    parse();
    return undefined;
  } catch (error) {
    return explain(error);
  }
}

export type Config = z.infer<ReturnType<typeof schemaOf>>;

/**
 * Reads the config at `path`. Where `path` is undefined the default file is taken if it is there, else the config is empty.
 * Throws UsageError with one line.
 */
export function readConfig(path: string | undefined, known: KnownNames): Config {
  if (path === undefined && !existsSync(CONFIG_FILE)) return {};
  const file = path ?? CONFIG_FILE;
  return parseConfig(readBytes(file, path === undefined ? file : `--config ${path}`), file, known);
}

/** Parses and checks the bytes of a config, `now` being when; `file` names it in messages. Throws UsageError with one line. */
export function parseConfig(bytes: Uint8Array, file: string, known: KnownNames, now = new Date()): Config {
  return validate(parseYaml(bytes, file, 'config'), schemaOf(known, now));
}
