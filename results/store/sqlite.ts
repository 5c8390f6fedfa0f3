/** The store of one user: a file, through Node's own SQLite. */
import { mkdirSync } from 'node:fs';
import { dirname } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { type DialectAdapter, SqliteAdapter, type SqliteDatabase, SqliteDialect } from 'kysely';
import type { Engine } from './engine.ts';

/** Two writers take turns, and a turn takes milliseconds. All else waits meanwhile, since Node asks SQLite synchronously. */
const BUSY_MS = 500;

/** Primary result codes (https://www.sqlite.org/rescode.html), the lowest byte of what an error carries. */
const BUSY = 5;
const LOCKED = 6;
const WORDS: Readonly<Record<number, string>> = {
  [BUSY]: 'others kept it busy for too long',
  8: 'it may not be written',
  10: 'the disk refused it, full or broken',
  11: 'it is damaged; nothing was written to it',
  13: 'the disk is full',
  14: 'it cannot be opened',
  26: 'it is no SQLite database; nothing was written to it',
};

/** The SQLite database at `path`, which is made with its directory when something is first asked of it. */
export function sqliteEngine(path: string): Engine {
  return {
    dialect: new StoreDialect({ database: async () => adapted(open(path)) }),
    passes: (error) => [BUSY, LOCKED].includes(codeOf(error) ?? -1),
    why(error) {
      const code = codeOf(error);
      if (code !== undefined) return WORDS[code] ?? (error as Error).message;
      // of the directory
      return error instanceof Error && 'syscall' in error ? error.message : undefined;
    },
  };
}

function open(path: string): DatabaseSync {
  mkdirSync(dirname(path), { recursive: true });
  const db = new DatabaseSync(path, { timeout: BUSY_MS });
  try {
    // Readers and a writer do not wait for each other, and what a killed writer left is ignored (https://www.sqlite.org/wal.html). What was
    // said to be stored has reached the disk, also when the power goes right after.
    db.exec('PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL');
    return db;
  } catch (error) {
    db.close();
    throw error;
  }
}

const codeOf = (error: unknown): number | undefined =>
  error instanceof Error && 'errcode' in error && typeof error.errcode === 'number' ? error.errcode & 0xff : undefined;

class StoreDialect extends SqliteDialect {
  override createAdapter(): DialectAdapter {
    return new StoreAdapter();
  }
}

/** Kysely leaves SQLite's migrations outside of transactions, for the sake of those that turn foreign keys off; none of ours does. */
class StoreAdapter extends SqliteAdapter {
  override get supportsTransactionalDdl(): boolean {
    return true;
  }
}

/** Node's database as Kysely wants one, which is better-sqlite3's. */
function adapted(db: DatabaseSync): SqliteDatabase {
  return {
    close: () => db.close(),
    prepare(sql) {
      // A transaction is for writing, and waits for its turn at its begin: one that began as a reader could be refused in its middle.
      // One that a full disk has already undone is not undone again, since the error of that would hide the cause.
      const statement = db.prepare(sql === 'begin' ? 'begin immediate' : sql === 'rollback' && !db.isTransaction ? 'select 1' : sql);
      type Values = Parameters<typeof statement.all>;
      return {
        reader: statement.columns().length > 0,
        all: (parameters) => statement.all(...(parameters as Values)),
        run: (parameters) => statement.run(...(parameters as Values)),
        iterate: (parameters) => statement.iterate(...(parameters as Values)),
      };
    },
  };
}
