/**
 * How the tables came to be what they are: one entry for each change, by a name that sorts behind all before it, and never altered once it was
 * released. Only what SQLite and PostgreSQL both understand. Times are ISO 8601 in UTC with milliseconds, so that their order as text is that in time.
 */
import type { CreateTableBuilder, Kysely } from 'kysely';
import type { Migration } from 'kysely/migration';

/** Kysely's own tables of what was done already, by names that nobody else's are likely to have. */
export const MIGRATION_TABLES = {
  migrationTableName: 'stormproof_migration',
  migrationLockTableName: 'stormproof_migration_lock',
} as const;

export const MIGRATIONS: Readonly<Record<string, Migration>> = { '001-runs': { up: makeTables } };

async function makeTables(db: Kysely<unknown>): Promise<void> {
  await db.schema
    .createTable('runs')
    .addColumn('id', 'text', (column) => column.primaryKey())
    .addColumn('name', 'text', (column) => column.notNull())
    .addColumn('started', 'text', (column) => column.notNull())
    .addColumn('finished', 'text')
    // 1 where it came to its end before all that was planned was carried out, else 0: SQLite has no type for yes and no
    .addColumn('interrupted', 'integer', (column) => column.notNull())
    // the words of the command line, with a space between
    .addColumn('command', 'text', (column) => column.notNull())
    .addColumn('profile', 'text', (column) => column.notNull())
    .addColumn('seed', 'bigint', (column) => column.notNull())
    .addColumn('sabotage', 'text')
    .addColumn('target', 'text', (column) => column.notNull())
    .addColumn('verdict', 'text', (column) => column.notNull())
    // the lab host's name, and what its machines ran under
    .addColumn('host', 'text', (column) => column.notNull())
    .addColumn('accelerator', 'text')
    // JSON objects: what is in the record under `versions` and `host`
    .addColumn('versions', 'text', (column) => column.notNull())
    .addColumn('host_facts', 'text', (column) => column.notNull())
    // where it was written, on that host
    .addColumn('directory', 'text')
    .execute();
  // apart, so that what looks through the runs need not pass over megabytes
  await ofRun(db.schema.createTable('documents'))
    .addColumn('json', 'text', (column) => column.notNull())
    .addPrimaryKeyConstraint('documents_key', ['run'])
    .execute();
  await ofTrial(db.schema.createTable('trials'))
    .addColumn('name', 'text', (column) => column.notNull())
    .addColumn('suite', 'text', (column) => column.notNull())
    .addColumn('case_name', 'text')
    // the set of tweaks, where several were compared
    .addColumn('variant', 'text')
    // what was changed on the candidate, with a space between
    .addColumn('tweaks', 'text')
    .addColumn('class', 'text', (column) => column.notNull())
    // its release
    .addColumn('kernel', 'text', (column) => column.notNull())
    .addColumn('seed', 'bigint', (column) => column.notNull())
    .addColumn('verdict', 'text', (column) => column.notNull())
    .addColumn('seconds', 'double precision', (column) => column.notNull())
    .addPrimaryKeyConstraint('trials_key', ['run', 'trial'])
    .execute();
  await ofTrial(db.schema.createTable('measures'))
    .addColumn('name', 'text', (column) => column.notNull())
    .addColumn('machine', 'text', (column) => column.notNull())
    // null for what never came, which is worse than any that came late
    .addColumn('value', 'double precision')
    .addColumn('unit', 'text', (column) => column.notNull())
    .addPrimaryKeyConstraint('measures_key', ['run', 'trial', 'name', 'machine'])
    .execute();
  await ofTrial(db.schema.createTable('events'))
    .addColumn('event', 'integer', (column) => column.notNull())
    .addColumn('machine', 'text', (column) => column.notNull())
    .addColumn('title', 'text', (column) => column.notNull())
    .addColumn('kind', 'text', (column) => column.notNull())
    .addColumn('class', 'text', (column) => column.notNull())
    .addColumn('count', 'bigint', (column) => column.notNull())
    // on the run's clock, the first of them
    .addColumn('at_s', 'double precision', (column) => column.notNull())
    .addPrimaryKeyConstraint('events_key', ['run', 'trial', 'event'])
    .execute();
  await addIndexes(db);
}

/** For what `queries.ts` asks. */
async function addIndexes(db: Kysely<unknown>): Promise<void> {
  const index = async (table: string, ...columns: string[]): Promise<void> =>
    db.schema.createIndex(`${table}_by_${columns[0]}`).on(table).columns(columns).execute();
  await index('runs', 'started', 'id');
  await index('trials', 'kernel', 'run');
  await index('trials', 'suite', 'run');
  await index('trials', 'class', 'run');
  await index('measures', 'name', 'run');
  await index('events', 'title', 'run');
}

/** What belongs to a run goes with it. */
const ofRun = <T extends string>(table: CreateTableBuilder<T>) =>
  table.addColumn('run', 'text', (column) => column.notNull().references('runs.id').onDelete('cascade'));

/** `trial` counts from 1, in the order in which they were carried out. */
const ofTrial = <T extends string>(table: CreateTableBuilder<T>) =>
  ofRun(table).addColumn('trial', 'integer', (column) => column.notNull());
