/**
 * The contract of a tail: a server of one disk over NBD. One file per implementation, one line in the registry of `index.ts`; what all of
 * them have in common stands in `server.ts`.
 */
import type { LocalJob } from '../target.ts';
import type { TailRequest } from './nbdkit-log.ts';

/** Where the bytes are kept: a new, empty file in the tail's directory, the server's own memory, or a block device that is there already. */
export type Backing =
  | { readonly kind: 'file'; readonly size_MiB: number }
  | { readonly kind: 'memory'; readonly size_MiB: number }
  | { readonly kind: 'device'; readonly path: string };

/** With what requests are answered while they fail, and how many of them: a share from 0 to 1, each for itself. */
export interface Failing {
  readonly errno: 'EIO' | 'ENOSPC';
  readonly share: number;
}

export interface TailOptions {
  /** a directory of its own, for the backing file and the control files */
  readonly dir: string;
  readonly host: string;
  readonly port: number;
  readonly backing: Backing;
  /** '' is the default export; no other name than this is served */
  readonly exportName: string;
  /** a directory as `makeCertificates` leaves it (targets/tls.ts): clients must then use TLS, and show a certificate */
  readonly tls?: string | undefined;
  /** keeps a log of the requests, which `requests()` reads */
  readonly log?: boolean | undefined;
  /** the fault `error` that will be injected, for servers that fix it when they start; EIO to every request where it is not said */
  readonly failing?: Failing | undefined;
  /** starts a program where the tail stands */
  readonly spawn: (argv: readonly string[]) => LocalJob;
  /** the server's binary, where it is not the one in PATH */
  readonly program?: string | undefined;
  /** told, with its last words, when a server ends that nobody killed: what its clients then see is nobody's doing but ours */
  readonly died?: ((error: Error) => void) | undefined;
}

/** What a tail can be made to do wrong, each undone by `heal`. */
export type TailFault =
  /** answers nothing until healed; requests wait */
  | { readonly kind: 'pause' }
  /** requests are let through only so often: one that comes after a thinking pause waits about so long, a burst goes through together */
  | { readonly kind: 'delay'; readonly delay_ms: number }
  | ({ readonly kind: 'error' } & Failing)
  /** each direction carries no more than this */
  | { readonly kind: 'rate'; readonly rate_bps: number }
  /** the server dies at once and its connections break; healed, it is started again on the same disk */
  | { readonly kind: 'kill' };

export type TailFaultKind = TailFault['kind'];

export interface TailKind {
  readonly name: string;
  readonly summary: string;
  /** what must be installed for it */
  readonly programs: readonly string[];
  /** the faults that this server can do; a suite that needs another is skipped with that reason */
  readonly faults: ReadonlySet<TailFaultKind>;
  /** whether it can keep a log of its requests */
  readonly logs: boolean;
  /** Why it cannot serve that, in a sentence for a `skip`, before anything is started; undefined where it can. */
  refuses?(options: Pick<TailOptions, 'backing' | 'exportName' | 'tls' | 'log' | 'failing'>): string | undefined;
  /** Starts it on its disk and waits until it listens. Throws InfraError, with the server's words where it does not start. */
  start(options: TailOptions): Promise<Tail>;
}

/** A running tail. Faults may be combined, and healed in any order. */
export interface Tail extends AsyncDisposable {
  readonly kind: string;
  readonly faults: ReadonlySet<TailFaultKind>;
  /** where it listens, as an NBD URI (`nbd://[2001:2:0:…]:10809`) */
  readonly uri: string;
  /** the file or device that holds the disk's bytes; undefined where that is the server's memory */
  readonly backing: string | undefined;
  /** Why it cannot do just that, in a sentence for a `skip`; undefined where it can. */
  refuses(fault: TailFault): string | undefined;
  /** Throws InfraError for what it refuses, and where the server has died. */
  inject(fault: TailFault): Promise<void>;
  /** Undoes one kind of fault. May be called twice, also when it was never injected. */
  heal(kind: TailFaultKind): Promise<void>;
  /** What the tail itself knows of its requests until now, in order; undefined where it keeps no log. */
  requests(): Promise<TailRequest[] | undefined>;
}
