/**
 * The contract of a tail: a server of one disk over NBD. One file per implementation, one line in the registry of `index.ts`.
 */
import type { Job } from '../target.ts';

export interface TailOptions {
  /** a directory of its own, for the backing file and the control files */
  readonly dir: string;
  readonly host: string;
  readonly port: number;
  readonly size_MiB: number;
  /** starts a program where the tail stands */
  readonly spawn: (argv: readonly string[]) => Job;
}

/** Starts a server on a new, empty disk and waits until it listens. Throws InfraError with its words when it does not start. */
export type StartTail = (options: TailOptions) => Promise<Tail>;

/** What a tail can be made to do wrong, each undone by `heal`. */
export type TailFault =
  /** answers nothing until healed; requests wait */
  | { readonly kind: 'pause' }
  /** requests are let through only so often: one that comes after a thinking pause waits about so long, a burst goes through together */
  | { readonly kind: 'delay'; readonly delay_ms: number }
  /** a share of the requests, 1 for all of them, is answered with an error */
  | { readonly kind: 'error'; readonly errno: 'EIO' | 'ENOSPC'; readonly share: number }
  /** each direction carries no more than this */
  | { readonly kind: 'rate'; readonly rate_bps: number }
  /** the server dies, and its connections with it; healed, it is started again on the same disk */
  | { readonly kind: 'kill' };

export type TailFaultKind = TailFault['kind'];

export interface Tail extends AsyncDisposable {
  readonly kind: string;
  /** the faults that this server can do; a suite that needs another is skipped with that reason */
  readonly faults: ReadonlySet<TailFaultKind>;
  /** where it listens, as an NBD URI (`nbd://[2001:2:0:…]:10809`) */
  readonly uri: string;
  /** the file that holds the disk's bytes */
  readonly backing: string;
  inject(fault: TailFault): Promise<void>;
  /** Undoes one kind of fault. May be called twice, also when it was never injected. */
  heal(kind: TailFaultKind): Promise<void>;
}
