/** The store of finished runs: SQLite on this machine, PostgreSQL for a team; the same tables and the same questions. */
import { setTimeout as pause } from 'node:timers/promises';
import { Kysely } from 'kysely';
import { Migrator } from 'kysely/migration';
import { explain, InfraError } from '../errors.ts';
import type { Run } from '../model.ts';
import { readRecord } from '../record.ts';
import type { Engine } from './engine.ts';
import { MIGRATION_TABLES, MIGRATIONS } from './migrations.ts';
import { type Place, placeText } from './place.ts';
import { type Filter, hasMeasure, listRuns, listTrends, type Named, namesIn, type StoredRun, type Trend } from './queries.ts';
import { type Rows, rowsOf } from './rows.ts';
import type { Tables } from './schema.ts';

/** `kept`: what is there is of the finished run, and what was to be added is of the same run while it was not. */
export type Added = 'added' | 'replaced' | 'the same' | 'kept';

const MOST_TRIES = 12;
/** Before another try, at random: two that collided must not do so again. */
const PAUSE_MS = { least: 20, most: 400 } as const;
/** SQLite takes 32,766 values in one statement, PostgreSQL 65,535. */
const ROWS_AT_ONCE = 1000;

export class Store implements AsyncDisposable {
  /** where it is, without a password */
  readonly place: string;
  readonly #engine: Engine;
  readonly #db: Kysely<Tables>;

  private constructor(place: string, engine: Engine) {
    this.place = place;
    this.#engine = engine;
    this.#db = new Kysely<Tables>({ dialect: engine.dialect });
  }

  /**
   * Opens the store at `place` and brings its tables up to date; makes it where there is none. Throws InfraError, with one line, for a database
   * that cannot be reached, is damaged, is not a store, or is of a newer stormproof: such a one is left as it is.
   */
  static async open(place: Exclude<Place, { kind: 'none' }>): Promise<Store> {
    const store = new Store(placeText(place), await engineOf(place));
    try {
      await store.#ask(() => store.#migrate());
      return store;
    } catch (error) {
      await store[Symbol.asyncDispose]();
      throw error;
    }
  }

  /**
   * Puts a run into the store, wholly or not at all; one that is there already is replaced. `directory` is where its files are.
   * Throws InfraError where the store refuses it, and nothing has changed then.
   */
  async add(run: Run, directory: string | null = null): Promise<Added> {
    const rows = rowsOf(run, directory);
    return this.#ask(() => this.#db.transaction().execute((db) => replace(db, rows)));
  }

  /** The record of a run, as it was added; undefined where it is not there. Throws InfraError for one that this version cannot read. */
  async run(id: string): Promise<Run | undefined> {
    const found = await this.#ask(() => this.#db.selectFrom('documents').select('json').where('run', '=', id).executeTakeFirst());
    if (found === undefined) return undefined;
    try {
      return readRecord(JSON.parse(found.json));
    } catch (cause) {
      throw new InfraError(`the store ${this.place}: the record of ${id} is not one that this version reads: ${explain(cause)}`, { cause });
    }
  }

  /** The newest runs that the filter lets through, and how many there are. */
  list(filter: Filter): Promise<{ readonly runs: StoredRun[]; readonly total: number }> {
    return this.#ask(() => listRuns(this.#db, filter));
  }

  /** How a measure went over the newest runs that the filter lets through, for each kernel and what it was measured in. */
  trends(measure: string, filter: Filter): Promise<Trend[]> {
    return this.#ask(() => listTrends(this.#db, measure, filter));
  }

  /** Whether any trial has this measure: sooner told than which there are. */
  has(measure: string): Promise<boolean> {
    return this.#ask(() => hasMeasure(this.#db, measure));
  }

  /** What there is to choose from, in order. */
  names(of: Named): Promise<string[]> {
    return this.#ask(() => namesIn(this.#db, of));
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#db.destroy();
  }

  /** Does `work`, again where that may help. Throws InfraError. */
  async #ask<T>(work: () => Promise<T>): Promise<T> {
    for (let tries = 1; ; tries += 1) {
      try {
        return await work();
      } catch (cause) {
        const why = this.#engine.why(cause);
        if (why === undefined) throw cause;
        if (tries === MOST_TRIES || !this.#engine.passes(cause)) throw new InfraError(`the store ${this.place}: ${why}`, { cause });
        await pause(PAUSE_MS.least + Math.random() * (PAUSE_MS.most - PAUSE_MS.least));
      }
    }
  }

  async #migrate(): Promise<void> {
    const done = await this.#migrationsDone();
    const known = Object.keys(MIGRATIONS);
    const newer = done.find((name) => !known.includes(name));
    if (newer !== undefined)
      throw new InfraError(
        `the store ${this.place} is of a newer stormproof (it has "${newer}"): update this one; nothing was written to it`,
      );
    if (known.every((name) => done.includes(name))) return;
    const migrator = new Migrator({ db: this.#db, provider: { getMigrations: async () => MIGRATIONS }, ...MIGRATION_TABLES });
    const { error } = await migrator.migrateToLatest();
    if (error !== undefined) throw error;
  }

  /** The names of the migrations that the database has. Throws InfraError for one that is somebody else's. */
  async #migrationsDone(): Promise<string[]> {
    const tables = (await this.#db.introspection.getTables({ withInternalKyselyTables: true })).map(({ name }) => name);
    const { migrationTableName } = MIGRATION_TABLES;
    if (!tables.includes(migrationTableName)) {
      const taken = tables.find((name) => ['runs', 'documents', 'trials', 'measures', 'events'].includes(name));
      if (taken === undefined) return [];
      throw new InfraError(`the store ${this.place}: this database is somebody else's, it has a table "${taken}"; name one of its own`);
    }
    const rows = await this.#db
      .withTables<{ [migrationTableName]: { name: string } }>()
      .selectFrom(migrationTableName)
      .select('name')
      .execute();
    return rows.map(({ name }) => name);
  }
}

/** Each engine is loaded only where it is used. */
async function engineOf(place: Exclude<Place, { kind: 'none' }>): Promise<Engine> {
  return place.kind === 'sqlite'
    ? (await import('./sqlite.ts')).sqliteEngine(place.path)
    : (await import('./postgres.ts')).postgresEngine(place.url);
}

async function replace(db: Kysely<Tables>, rows: Rows): Promise<Added> {
  const { id } = rows.run;
  // The row of the run is taken first, also where it changes nothing: whoever adds the same run at the same time waits here.
  await db
    .insertInto('runs')
    .values(rows.run)
    .onConflict((conflict) => conflict.column('id').doUpdateSet({ id }))
    .execute();
  const old = await db
    .selectFrom('documents')
    .innerJoin('runs', 'runs.id', 'documents.run')
    .select(['json', 'finished', 'directory'])
    .where('run', '=', id)
    .executeTakeFirst();
  if (old !== undefined) {
    if (old.json === rows.document.json && old.directory === rows.run.directory) return 'the same';
    if (old.finished !== null && rows.run.finished === null) return 'kept';
    for (const table of ['documents', 'events', 'measures', 'trials'] as const) await db.deleteFrom(table).where('run', '=', id).execute();
    await db.updateTable('runs').set(rows.run).where('id', '=', id).execute();
  }
  await db.insertInto('documents').values(rows.document).execute();
  for (const table of ['trials', 'measures', 'events'] as const)
    for (let from = 0; from < rows[table].length; from += ROWS_AT_ONCE)
      await db
        .insertInto(table)
        .values(rows[table].slice(from, from + ROWS_AT_ONCE))
        .execute();
  return old === undefined ? 'added' : 'replaced';
}
