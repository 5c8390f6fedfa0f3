/**
 * A YAML file that a person wrote -> checked values. A mistake is one line that begins `FILE:LINE:COL:`, so that an editor can jump to it.
 */
import { readFileSync } from 'node:fs';
import { type Document, isAlias, isMap, isNode, isScalar, isSeq, LineCounter, type Node, type Pair, parseDocument, visit } from 'yaml';
import { z } from 'zod';
import { explain, UsageError, whyUnread } from '../results/errors.ts';
import { suggestion } from './nearest.ts';

const MOST_BYTES = 1_000_000;

export interface YamlFile {
  /** the map that it holds; empty where nothing stands in it */
  readonly value: unknown;
  /** Throws UsageError with the place of the value at `path`, or of `key` in the map that stands there. */
  fail(message: string, path: readonly PropertyKey[], key?: string): never;
  /** the scalar at `path` as it is written there (`0x10`, `off`), without quotes; undefined for nothing and what is no scalar */
  spelling(path: readonly PropertyKey[]): string | undefined;
}

/** Throws UsageError with one line, in which the file is called `said`. */
export function readBytes(path: string, said: string): Buffer {
  try {
    return readFileSync(path);
  } catch (cause) {
    throw new UsageError(`${said}: ${whyUnread(cause)}`);
  }
}

/** Parses the bytes of a file; `file` names it in messages, and `what` says what it is (`config`). Throws UsageError with one line. */
export function parseYaml(bytes: Uint8Array, file: string, what: string): YamlFile {
  const lines = new LineCounter();
  const failAt = (message: string, offset = 0): never => {
    const { line, col } = bytes.length === 0 ? { line: 1, col: 1 } : lines.linePos(offset);
    throw new UsageError(`${file}:${Math.max(1, line)}:${Math.max(1, col)}: ${message.replaceAll(/\s*\n\s*/g, ' ')}`);
  };
  if (bytes.length > MOST_BYTES) throw new UsageError(`${file}: ${bytes.length} bytes are too many for a ${what}`);
  const document = parseDocument(decode(bytes, file), { lineCounter: lines, prettyErrors: false, uniqueKeys: true });
  const wrong = document.errors[0] ?? document.warnings[0];
  if (wrong !== undefined) return failAt(wording(wrong.code, wrong.message, what), wrong.pos[0]);
  const proto = findPair(document, ({ key }) => isScalar(key) && key.value === '__proto__');
  if (proto !== undefined) return failAt('"__proto__" cannot be a name here', proto);
  const { contents } = document;
  const empty = contents === null || (isScalar(contents) && contents.value === null);
  if (!empty && !isMap(contents)) return failAt(`a ${what} is a map of keys to values`, contents?.range?.[0]);
  let value: unknown = {};
  try {
    if (!empty) value = document.toJS({ maxAliasCount: 100 });
  } catch (cause) {
    return failAt(explain(cause), lostAlias(document));
  }
  return {
    value,
    fail: (message, path, key) => failAt(message, key === undefined ? valueOffset(document, path) : keyOffset(document, path, key)),
    spelling: (path) => {
      const node = nodeAt(document, path);
      if (!isScalar(node) || node.value === null) return undefined;
      return typeof node.value === 'string' ? node.value : (node.source ?? String(node.value));
    },
  };
}

/** What the file holds, checked against `schema`. Throws UsageError with the first thing that is wrong. */
export function validate<S extends z.ZodType>(yaml: YamlFile, schema: S): z.infer<S> {
  const parsed = schema.safeParse(yaml.value, { reportInput: true });
  if (parsed.success) return parsed.data;
  const [first, ...others] = parsed.error.issues as [z.core.$ZodIssue, ...z.core.$ZodIssue[]];
  // what is missing may stand there misspelt
  const issue = (first.input === undefined && others.find(({ code }) => code === 'unrecognized_keys')) || first;
  if (issue.code !== 'unrecognized_keys') return yaml.fail(describe(issue), issue.path);
  const key = issue.keys[0] ?? '';
  return yaml.fail(`unknown key "${key}"${suggestion(key, keysAt(schema, issue.path))}`, issue.path, key);
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

function wording(code: string, message: string, what: string): string {
  const wordings: Readonly<Record<string, string>> = {
    DUPLICATE_KEY: 'this key stands here twice',
    MULTIPLE_DOCS: `more than one YAML document; a ${what} is one`,
  };
  return wordings[code] ?? message;
}

/** Zod's words with the key in front: `recovery.limit_s: expected number, got "soon"`. */
function describe(issue: z.core.$ZodIssue): string {
  if (issue.code === 'custom') return issue.message;
  const words =
    issue.code === 'invalid_type'
      ? `expected ${issue.expected}, got ${shown(issue.input)}`
      : issue.message.replace(/^(Invalid input|Too small|Too big): /, '');
  return `${issue.path.join('.')}: ${words}`;
}

/** A value for a message. */
export function shown(value: unknown): string {
  if (value === null || value === undefined) return 'nothing';
  if (Array.isArray(value)) return 'a list';
  return typeof value === 'object' ? 'a map' : JSON.stringify(value);
}

/** The keys that the schema knows in the map at `path`. */
function keysAt(schema: z.core.$ZodType, path: readonly PropertyKey[]): string[] {
  if (schema instanceof z.ZodOptional) return keysAt(schema.unwrap(), path);
  const [key, ...rest] = path;
  if (schema instanceof z.ZodRecord && key !== undefined) return keysAt(schema.valueType, rest);
  if (schema instanceof z.ZodArray && key !== undefined) return keysAt(schema.element, rest);
  if (!(schema instanceof z.ZodObject)) return [];
  const below = key === undefined ? undefined : (schema.shape as Record<PropertyKey, z.core.$ZodType>)[key];
  return below === undefined ? Object.keys(schema.shape) : keysAt(below, rest);
}

/** Where the first pair of a map that `wanted` takes has its key. */
function findPair(document: Document, wanted: (pair: Pair) => boolean): number | undefined {
  let at: number | undefined;
  visit(document, {
    Pair(_, pair) {
      if (!wanted(pair)) return undefined;
      at = isNode(pair.key) ? pair.key.range?.[0] : 0;
      return visit.BREAK;
    },
  });
  return at;
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

/** Keys are compared as the values that come of them have it: `1:` is the key "1". */
function pairAt(map: unknown, key: PropertyKey): Pair | undefined {
  return isMap(map) ? map.items.find((item) => isScalar(item.key) && String(item.key.value) === String(key)) : undefined;
}

function nodeAt(document: Document, path: readonly PropertyKey[]): Node | undefined {
  let node: unknown = document.contents;
  for (const key of path) {
    node = isSeq(node) ? node.items[Number(key)] : pairAt(node, key)?.value;
    if (isAlias(node)) node = node.resolve(document);
  }
  return isNode(node) ? node : undefined;
}

function keyOffset(document: Document, path: readonly PropertyKey[], key: string): number | undefined {
  const pair = pairAt(nodeAt(document, path), key);
  return isScalar(pair?.key) ? pair.key.range?.[0] : valueOffset(document, path);
}

/** Where the value at `path` stands, or the nearest thing around it that has a place. */
function valueOffset(document: Document, path: readonly PropertyKey[]): number | undefined {
  for (let length = path.length; length > 0; length -= 1) {
    const node = nodeAt(document, path.slice(0, length));
    if (node?.range) return node.range[0];
  }
  return undefined;
}
