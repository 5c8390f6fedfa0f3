/** `--tweaks FILE` -> named variants of a host, each a set of tweaks that are tried together. */
import { fileURLToPath } from 'node:url';
import { z } from 'zod';
import { UsageError } from '../results/errors.ts';
import { tweakOf } from '../suites/tweaks/parse.ts';
import { type Tweak, UNTWEAKED, type Variant } from '../suites/tweaks/tweak.ts';
import { suggestion } from './nearest.ts';
import { parseYaml, readBytes, shown, validate, type YamlFile } from './yaml-file.ts';

/** The file that comes with stormproof, by its name instead of a path. */
export const STARTING_SET = 'starting-set';
const STARTING_SET_FILE = fileURLToPath(new URL('../suites/tweaks/starting-set.yaml', import.meta.url));
/** Each is a trial of its own for every kernel and suite. */
const MOST_VARIANTS = 64;
/** It becomes part of the names of a trial and of its files. */
const NAME = /^[A-Za-z0-9][\w.-]{0,39}$/;

const value = z.union([z.string(), z.number(), z.boolean(), z.null()], { error: ({ input }) => `one value, not ${shown(input)}` });
export const TWEAKS_SCHEMA = z.strictObject({ variants: z.record(z.string(), z.record(z.string(), value)) });

/** Reads the variants at `path`, or the starting set. Throws UsageError with one line, in which a file that is not there is called `said`. */
export function readTweaks(path: string, said: string = path): Variant[] {
  const file = path === STARTING_SET ? STARTING_SET_FILE : path;
  return parseTweaksFile(readBytes(file, said), file);
}

/** Parses and checks the bytes of a file of tweaks; `file` names it in messages. Throws UsageError with one line. */
export function parseTweaksFile(bytes: Uint8Array, file: string): Variant[] {
  const yaml = parseYaml(bytes, file, 'file of tweaks');
  const variants = Object.entries(validate(yaml, TWEAKS_SCHEMA).variants);
  if (variants.length === 0) yaml.fail('variants: there is none', ['variants']);
  if (variants.length > MOST_VARIANTS) yaml.fail(`variants: ${variants.length} are too many, ${MOST_VARIANTS} is the most`, ['variants']);
  return variants.map(([name, tweaks]) => {
    const fail = (message: string): never => yaml.fail(message, ['variants'], name);
    if (name === UNTWEAKED.name) fail(`"${name}" is the host without tweaks, which is always run as the reference: take another name`);
    if (!NAME.test(name)) fail(`variant "${name}": letters, digits, ".", "_" and "-", at most 40`);
    if (Object.keys(tweaks).length === 0) fail(`variant "${name}" has no tweaks`);
    return { name, tweaks: Object.keys(tweaks).map((tweak) => tweakAt(yaml, name, tweak)) };
  });
}

/** Values count as they are written: the kernel's `off`, `0x10` and `010` are not YAML's. */
function tweakAt(yaml: YamlFile, variant: string, name: string): Tweak {
  const path = ['variants', variant];
  try {
    return tweakOf(name, yaml.spelling([...path, name]), suggestion);
  } catch (error) {
    if (!(error instanceof UsageError)) throw error;
    return yaml.fail(error.message, path, name);
  }
}
