/** For tests: a PostgreSQL server of their own, in a directory that goes with it, reached by a UNIX socket alone. */
import { type ChildProcess, execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { chmodSync, chownSync, existsSync, globSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import pg from 'pg';

export interface PostgresServer extends AsyncDisposable {
  /** Makes a database and gives its URL. */
  database(name: string): Promise<string>;
}

/** Debian keeps them out of everybody's PATH, by version. */
const PROGRAMS = globSync('/usr/lib/postgresql/*/bin').toSorted().at(-1);

/** Why no server can be started here, or undefined. */
export const whyNoPostgres: string | undefined =
  PROGRAMS !== undefined && existsSync(join(PROGRAMS, 'initdb'))
    ? undefined
    : 'there is no PostgreSQL server here (stormproof doctor --fix)';

/** It refuses to run as root; nobody's ids are the same on every Debian. */
const NOBODY = 65_534;
const asRoot = process.getuid?.() === 0;
const START_MS = 30_000;
/** The owner of its databases. */
const OWNER = 'stormproof';

/** Starts one. It ends with the thread that started it, whatever becomes of that. */
export async function startPostgres(): Promise<PostgresServer> {
  const dir = mkdtempSync(join(tmpdir(), 'sp-pg-'));
  const data = join(dir, 'data');
  chmodSync(dir, 0o755);
  if (asRoot) chownSync(dir, NOBODY, NOBODY);
  const argv = (program: string, ...args: string[]): [string, string[]] => [
    'setpriv',
    [
      '--pdeathsig=QUIT',
      ...(asRoot ? [`--reuid=${NOBODY}`, `--regid=${NOBODY}`, '--clear-groups'] : []),
      ...['--', join(PROGRAMS ?? '', program), ...args],
    ],
  ];
  const options = ['--auth=trust', `--username=${OWNER}`, '--no-sync', '--no-instructions', '--encoding=UTF8', '--no-locale'];
  execFileSync(...argv('initdb', '-D', data, ...options), { stdio: 'pipe' });
  const settings = [
    'fsync=off',
    'listen_addresses=',
    `unix_socket_directories=${dir}`,
    'shared_buffers=16MB',
    'jit=off',
    'timezone=Asia/Tokyo',
  ];
  const server = spawn(...argv('postgres', '-D', data, ...settings.flatMap((setting) => ['-c', setting])), { stdio: 'ignore' });
  const url = (name: string): string => `postgres://${OWNER}@/${name}?host=${dir}`;
  const stop = async (): Promise<void> => {
    await end(server);
    rmSync(dir, { recursive: true, force: true });
  };
  try {
    await answering(url('postgres'), server);
  } catch (error) {
    await stop();
    throw error;
  }
  return {
    async database(name) {
      await ask(url('postgres'), `CREATE DATABASE ${name}`);
      return url(name);
    },
    [Symbol.asyncDispose]: stop,
  };
}

async function answering(url: string, server: ChildProcess): Promise<void> {
  for (const until = Date.now() + START_MS; ; await pause(50)) {
    try {
      await ask(url, 'SELECT 1');
      return;
    } catch (error) {
      if (Date.now() > until || server.exitCode !== null) throw error;
    }
  }
}

/** One statement; the rows of its answer. */
export async function ask(url: string, statement: string): Promise<Record<string, unknown>[]> {
  const client = new pg.Client({ connectionString: url });
  await client.connect();
  try {
    return (await client.query(statement)).rows;
  } finally {
    await client.end();
  }
}

/** SIGQUIT is its immediate shutdown: what is thrown away need not be tidy. */
async function end(server: ChildProcess): Promise<void> {
  if (server.exitCode !== null || server.signalCode !== null) return;
  const ended = once(server, 'exit');
  server.kill('SIGQUIT');
  await ended;
}
