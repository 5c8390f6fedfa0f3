/** `NAME=VALUE` -> Tweak. */
import { UsageError } from '../../results/errors.ts';
import { KINDS, type KindName } from './kinds.ts';
import type { Kind, Suggest, Tweak } from './tweak.ts';

const ENTRIES = Object.entries(KINDS) as [KindName, Kind][];
/** Kinds whose key is the only name. */
const WORDS = ENTRIES.filter(([, kind]) => kind.names === undefined).map(([name]) => name);
/** What a name that is none is compared with: those of the kinds, and one of each kind that has many. */
const KNOWN = [...WORDS, ...ENTRIES.flatMap(([, kind]) => (kind.names === undefined ? [] : [split(kind.example).name]))];

/**
 * Reads a tweak as the command line spells it. `suggest` ends the message of a misspelt one.
 * Throws UsageError with one line.
 */
export function parseTweak(text: string, suggest: Suggest): Tweak {
  const { name, value } = split(text);
  return tweakOf(name, value, suggest, '--tweak ');
}

/**
 * Checks a name and its value, undefined where none was given; a message begins with `prefix` and the name.
 * Throws UsageError with one line.
 */
export function tweakOf(name: string, value: string | undefined, suggest: Suggest, prefix = ''): Tweak {
  const fail = (words: string): never => {
    throw new UsageError(`${prefix}${printable(name)} ${printable(words)}`);
  };
  const kindName = kindOf(name);
  if (kindName === undefined) return fail(`is no tweak${suggest(name, KNOWN)}`);
  const kind: Kind = KINDS[kindName];
  const wrongName = kind.names?.complaint(name);
  if (wrongName !== undefined) return fail(wrongName);
  if (value === undefined && kind.values.complaint('', suggest) !== undefined) return fail(`needs a value: ${kind.spelling}`);
  if (value?.trim() === '') return fail(`has an empty value: ${kind.spelling}`);
  const said = value?.trim().replaceAll(/\s+/g, ' ') ?? '';
  const wrongValue = kind.values.complaint(said, suggest);
  if (wrongValue !== undefined) return fail(wrongValue);
  return { name, value: said, kind: kindName, text: said === '' ? name : `${name}=${said}` };
}

/** All tweaks of a command line. Throws UsageError also where two of them want different things of one setting. */
export function parseTweaks(texts: readonly string[], suggest: Suggest): Tweak[] {
  const tweaks = new Map<string, Tweak>();
  for (const tweak of texts.map((text) => parseTweak(text, suggest))) {
    const other = tweaks.get(tweak.name);
    if (other !== undefined && other.text !== tweak.text) throw new UsageError(`--tweak ${tweak.text} contradicts --tweak ${other.text}`);
    tweaks.set(tweak.name, tweak);
  }
  return [...tweaks.values()];
}

/** `text` at its first `=`. */
function split(text: string): { name: string; value: string | undefined } {
  const at = text.indexOf('=');
  return at < 0 ? { name: text, value: undefined } : { name: text.slice(0, at), value: text.slice(at + 1) };
}

function kindOf(name: string): KindName | undefined {
  const own = ENTRIES.find(([key, kind]) => kind.names === undefined && key === name);
  return (own ?? ENTRIES.find(([, kind]) => kind.names?.meant.test(name)))?.[0];
}

const MOST_CHARS = 300;
/** A message is one line, whatever was typed; an ellipsis is of our own spellings. */
const printable = (text: string): string => (text === '' ? '""' : text.replaceAll(/[^ -~…]+/g, '?').slice(0, MOST_CHARS));
