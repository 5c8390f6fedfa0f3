/** The contract of a database that a store may be kept in; one file per implementation. */
import type { Dialect } from 'kysely';

export interface Engine {
  readonly dialect: Dialect;
  /** Whether it may work a moment later: another writer is at it, the server is just starting. */
  passes(error: unknown): boolean;
  /** What an error of this engine means, in words; undefined for an error that is not its own, and so a defect of ours. */
  why(error: unknown): string | undefined;
}
