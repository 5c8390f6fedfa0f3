/**
 * `stormproof.yaml` -> Config. A mistake is one line that begins `stormproof.yaml:LINE:COL:`, so that an editor can jump to it.
 * What stands on the command line wins over the file.
 */
import { readFileSync } from 'node:fs';
import { basename } from 'node:path';
import { type Document, isMap, isNode, isScalar, LineCounter, parseDocument, visit } from 'yaml';
import { z } from 'zod';
import { explain, UsageError } from '../results/errors.ts';
import { suggestion } from './nearest.ts';

const CONFIG_FILE = 'stormproof.yaml';
const MOST_BYTES = 1_000_000;

/** The names that a config may use; passed in, since the registries are the business of other rooms. */
export interface KnownNames {
  readonly suites: readonly string[];
  readonly profiles: readonly string[];
  readonly classes: readonly string[];
}

const text = z.string().min(1);
const oneOrMore = z.preprocess((value) => (typeof value === 'string' ? [value] : value), z.array(text).min(1));
const seconds = z.number().positive();

/** The schema of a config that may use these names; `meta` is for the JSON Schema, which cannot hold a refinement. */
export function schemaOf(known: KnownNames) {
  const nameOf = (what: string, names: readonly string[]) =>
    text
      .refine((name) => names.includes(name), { error: ({ input }) => `unknown ${what} "${input}"${suggestion(String(input), names)}` })
      .meta({ enum: [...names] });
  return z.strictObject({
    kernel: oneOrMore.optional(),
    modules: text.optional(),
    profile: nameOf('profile', known.profiles).optional(),
    suites: z.array(nameOf('suite', known.suites)).min(1).optional(),
    class: nameOf('class', known.classes).optional(),
    seed: z.int().min(0).optional(),
    out: text.optional(),
    append: z.array(text).optional(),
    recovery: z.strictObject({ limit_s: seconds.optional(), hold_s: seconds.optional() }).optional(),
    hung_task_timeout_s: z.int().positive().optional(),
    boot_limit_s: z.int().positive().optional(),
  });
}
export type Config = z.infer<ReturnType<typeof schemaOf>>;

/**
 * Reads the config at `path`. Where `path` is undefined the default file is taken if it is there, else the config is empty.
 * Throws UsageError with one line.
 */
export function readConfig(path: string | undefined, known: KnownNames): Config {
  const file = path ?? CONFIG_FILE;
  let bytes: Buffer;
  try {
    bytes = readFileSync(file);
  } catch (cause) {
    if (path === undefined && (cause as NodeJS.ErrnoException).code === 'ENOENT') return {};
    throw new UsageError(`${file}: cannot be read (${(cause as NodeJS.ErrnoException).code ?? explain(cause)})`);
  }
  return parseConfig(bytes, path ?? basename(file), known);
}

/** Parses and checks the bytes of a config; `file` names it in messages. Throws UsageError with one line. */
export function parseConfig(bytes: Uint8Array, file: string, known: KnownNames): Config {
  const lines = new LineCounter();
  const fail = (message: string, offset = 0): never => {
    const { line, col } = bytes.length === 0 ? { line: 1, col: 1 } : lines.linePos(offset);
    throw new UsageError(`${file}:${Math.max(1, line)}:${Math.max(1, col)}: ${message.replaceAll(/\s*\n\s*/g, ' ')}`);
  };
  if (bytes.length > MOST_BYTES) throw new UsageError(`${file}: ${bytes.length} bytes are too many for a config`);
  const document = parseDocument(decode(bytes, file), { lineCounter: lines, prettyErrors: false, uniqueKeys: true });
  const wrong = document.errors[0] ?? document.warnings[0];
  if (wrong !== undefined) return fail(wording(wrong.code, wrong.message), wrong.pos[0]);
  if (document.contents === null || (isScalar(document.contents) && document.contents.value === null)) return {};
  if (!isMap(document.contents)) return fail('a config is a map of keys to values', document.contents.range?.[0]);
  let value: unknown;
  try {
    value = document.toJS({ maxAliasCount: 100 });
  } catch (cause) {
    return fail(explain(cause), lostAlias(document));
  }
  const schema = schemaOf(known);
  const parsed = schema.safeParse(value, { reportInput: true });
  if (parsed.success) return parsed.data;
  const issue = parsed.error.issues[0] as z.core.$ZodIssue;
  if (issue.code === 'unrecognized_keys') {
    const key = issue.keys[0] ?? '';
    const names = Object.keys(issue.path[0] === 'recovery' ? schema.shape.recovery.unwrap().shape : schema.shape);
    return fail(`unknown key "${key}"${suggestion(key, names)}`, keyOffset(document, issue.path, key));
  }
  return fail(describe(issue), valueOffset(document, issue.path));
}

function decode(bytes: Uint8Array, file: string): string {
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(bytes);
  } catch {
    // TextDecoder does not say where: find the first line that does not decode on its own.
    const line = Buffer.from(bytes)
      .toString('utf8')
      .split('\n')
      .findIndex((each) => each.includes('\ufffd'));
    throw new UsageError(`${file}:${line + 1}:1: not UTF-8 text`);
  }
}

const WORDINGS: Readonly<Record<string, string>> = {
  DUPLICATE_KEY: 'this key stands here twice',
  MULTIPLE_DOCS: 'more than one YAML document; a config is one',
};

function wording(code: string, message: string): string {
  return WORDINGS[code] ?? message;
}

/** Zod's words with the key in front: `recovery.limit_s: expected number, got "soon"`. */
function describe(issue: z.core.$ZodIssue): string {
  if (issue.code === 'custom') return issue.message;
  const key = issue.path.join('.');
  const words =
    issue.code === 'invalid_type'
      ? `expected ${issue.expected}, got ${shown(issue.input)}`
      : issue.message.replace(/^(Invalid input|Too small|Too big): /, '');
  return `${key}: ${words}`;
}

function shown(value: unknown): string {
  if (value === null || value === undefined) return 'nothing';
  if (Array.isArray(value)) return 'a list';
  return typeof value === 'object' ? 'a map' : JSON.stringify(value);
}

/** Where the first alias without an anchor stands; only aliases can make a sound document fail to become values. */
function lostAlias(document: Document): number | undefined {
  let at: number | undefined;
  visit(document, {
    Alias(_, node) {
      if (node.resolve(document) !== undefined) return undefined;
      at = node.range?.[0];
      return visit.BREAK;
    },
  });
  return at;
}

function keyOffset(document: Document, path: readonly PropertyKey[], key: string): number | undefined {
  const map = path.length === 0 ? document.contents : document.getIn(path, true);
  const pair = isMap(map) ? map.items.find((item) => isScalar(item.key) && String(item.key.value) === key) : undefined;
  return isScalar(pair?.key) ? pair.key.range?.[0] : valueOffset(document, path);
}

/** Where the value at `path` stands, or the nearest thing around it that has a place. */
function valueOffset(document: Document, path: readonly PropertyKey[]): number | undefined {
  for (let length = path.length; length > 0; length -= 1) {
    const node = document.getIn(path.slice(0, length), true);
    if (isNode(node) && node.range) return node.range[0];
  }
  return undefined;
}
