/**
 * Where this user's files stand. Both follow the XDG base directory specification, so that a package manager's clean-up,
 * a CI cache and a backup treat them as they treat everybody else's.
 */
import { homedir } from 'node:os';
import { join, resolve } from 'node:path';
import { UsageError } from './errors.ts';

type Environment = Readonly<Record<string, string | undefined>>;

/** What can be made again: unpacked kernels, guest images. `$STORMPROOF_CACHE`, else the XDG cache. */
export const cacheDir = (env: Environment = process.env): string => place(env, 'STORMPROOF_CACHE', 'XDG_CACHE_HOME', '.cache');

/** What must outlive a killed run: the undo of faults, what `clean` has to remove. `$STORMPROOF_STATE`, else the XDG state. */
export const stateDir = (env: Environment = process.env): string => place(env, 'STORMPROOF_STATE', 'XDG_STATE_HOME', '.local/state');

/** XDG says that an empty or relative base is to be ignored; our own variable is a person's word and may be relative. */
function place(env: Environment, own: string, xdg: string, underHome: string): string {
  const chosen = env[own];
  if (chosen) return resolve(chosen);
  const base = env[xdg];
  return join(base?.startsWith('/') ? base : join(env.HOME || homeOf(own), underHome), 'stormproof');
}

/** Node throws where /etc/passwd does not know the user, as in containers. */
function homeOf(own: string): string {
  try {
    return homedir();
  } catch (cause) {
    throw new UsageError(`this user has no home directory: set HOME, or ${own}`, { cause });
  }
}
