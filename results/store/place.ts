/** Where the store of finished runs is, as it is said on a command line, in a config or in the environment. */
import { join, resolve } from 'node:path';
import { UsageError } from '../errors.ts';
import { stateDir } from '../paths.ts';

export type Place =
  | { readonly kind: 'none' }
  | { readonly kind: 'sqlite'; readonly path: string }
  | { readonly kind: 'postgres'; readonly url: string };

type Environment = Readonly<Record<string, string | undefined>>;

/** How a place is spelled, for help and messages. */
export const STORE_SPELLING = 'postgres://USER@HOST/DATABASE, an SQLite file, or none';

const POSTGRES = /^postgres(?:ql)?:\/\//;

/**
 * The place that `said` names; else `$STORMPROOF_STORE`, else what the config says, else a file beside this user's other state.
 * Throws UsageError for a URL of anything but PostgreSQL, and for one that is none.
 */
export function placeOf(said: string | undefined, inConfig: string | undefined, env: Environment = process.env): Place {
  const word = said || env.STORMPROOF_STORE || inConfig;
  if (!word) return { kind: 'sqlite', path: join(stateDir(env), 'runs.sqlite') };
  if (word === 'none') return { kind: 'none' };
  if (POSTGRES.test(word)) return { kind: 'postgres', url: checked(word) };
  if (/^[a-z][a-z+.-]*:\/\//i.test(word)) throw new UsageError(`--store ${word.replace(/:.*/s, '')}:…: name ${STORE_SPELLING}`);
  return { kind: 'sqlite', path: resolve(word) };
}

function checked(url: string): string {
  // node-postgres takes a URL without a host, for a UNIX socket that is named behind the question mark
  if (URL.canParse(url) || URL.canParse(url.replace('@/', '@localhost/'))) return url;
  throw new UsageError(`--store ${withoutPassword(url)}: this is no URL: name ${STORE_SPELLING}`);
}

/** A text in which the passwords of PostgreSQL's URLs are `***`: a command line stands in a record that others read. */
export const withoutPassword = (text: string): string =>
  text.replaceAll(/(postgres(?:ql)?:\/\/[^\s:/@]*):\S*@/g, '$1:***@').replaceAll(/(postgres(?:ql)?:\/\/\S*[?&]password=)[^\s&]*/g, '$1***');

/** A place for a person. */
export const placeText = (place: Place): string =>
  place.kind === 'none' ? 'none' : place.kind === 'sqlite' ? place.path : withoutPassword(place.url);
