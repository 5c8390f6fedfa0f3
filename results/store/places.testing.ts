/** For tests: both engines side by side, each with places of their own that go away, and a way into their tables that is not ours. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import type { Place } from './place.ts';
import { ask, type PostgresServer, startPostgres, whyNoPostgres } from './postgres.testing.ts';

export interface Places extends AsyncDisposable {
  /** one that nobody has used, and how it is said on a command line */
  fresh(): Promise<{ readonly said: string; readonly place: Exclude<Place, { kind: 'none' }> }>;
  /** the rows of one statement, past the store */
  rows(said: string, statement: string): Promise<Record<string, unknown>[]>;
}

/** `why` says why it cannot be tried here. */
export interface EngineToTry {
  readonly engine: string;
  readonly why: string | undefined;
  readonly places: () => Promise<Places>;
}

export const SQLITE: EngineToTry = { engine: 'SQLite', why: undefined, places: sqlitePlaces };
export const POSTGRES: EngineToTry = { engine: 'PostgreSQL', why: whyNoPostgres, places: postgresPlaces };

export async function sqlitePlaces(): Promise<Places> {
  const dir = mkdtempSync(join(tmpdir(), 'store-'));
  let count = 0;
  return {
    async fresh() {
      count += 1;
      const said = join(dir, `below ${count}`, 'runs.sqlite');
      return { said, place: { kind: 'sqlite', path: said } };
    },
    async rows(said, statement) {
      const db = new DatabaseSync(said, { timeout: 5000 });
      try {
        return db.prepare(statement).all();
      } finally {
        db.close();
      }
    },
    [Symbol.asyncDispose]: async () => rmSync(dir, { recursive: true, force: true }),
  };
}

async function postgresPlaces(): Promise<Places> {
  const server: PostgresServer = await startPostgres();
  let count = 0;
  return {
    async fresh() {
      count += 1;
      const url = await server.database(`store${count}`);
      return { said: url, place: { kind: 'postgres', url } };
    },
    rows: ask,
    [Symbol.asyncDispose]: () => server[Symbol.asyncDispose](),
  };
}
