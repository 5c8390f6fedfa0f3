/** The store of a team: a PostgreSQL server, through node-postgres. */
import { PostgresDialect } from 'kysely';
import pg from 'pg';
import type { Engine } from './engine.ts';

const CONNECT_MS = 10_000;
/** No question takes long, and a server that has gone silent must not keep a run's verdict from its reader. */
const QUERY_MS = 30_000;

/**
 * SQLSTATE (https://www.postgresql.org/docs/current/errcodes-appendix.html): serialization failure, deadlock, lock not available, too many
 * connections, server shut down or just starting; and a table, or a row of its, that somebody else made a moment before.
 */
const PASSING = ['40001', '40P01', '55P03', '53300', '57P01', '57P02', '57P03', '23505', '42P07', 'ECONNRESET'];

/** The database that `url` names; what it does not say is taken from PGUSER, PGPASSWORD, ~/.pgpass and so on, as by psql. */
export function postgresEngine(url: string): Engine {
  const pool = new pg.Pool({
    connectionString: url,
    max: 1,
    connectionTimeoutMillis: CONNECT_MS,
    query_timeout: QUERY_MS,
    application_name: 'stormproof',
    types: { getTypeParser },
  });
  // a server that goes away between two questions is the next question's to tell
  pool.on('error', () => undefined);
  return {
    dialect: new PostgresDialect({ pool }),
    passes: (error) => PASSING.includes(codeOf(error) ?? ''),
    why(error) {
      if (error instanceof pg.DatabaseError) return error.message;
      // a name with several addresses fails with an error for each, and no word of its own
      if (error instanceof AggregateError) return String(error.errors[0]?.message);
      return error instanceof Error && (codeOf(error) !== undefined || /timeout|timed out|terminated/i.test(error.message))
        ? error.message
        : undefined;
    },
  };
}

const codeOf = (error: unknown): string | undefined =>
  error instanceof Error && 'code' in error && typeof error.code === 'string' ? error.code : undefined;

/** Counts and seeds are numbers, as they are in SQLite: node-postgres makes text of bigint, since not all of them fit. Ours do. */
const getTypeParser: typeof pg.types.getTypeParser = (oid: number, format?: 'text' | 'binary') =>
  oid === pg.types.builtins.INT8 && format !== 'binary' ? Number : pg.types.getTypeParser(oid, format as 'text');
