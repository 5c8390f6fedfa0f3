/**
 * The contract of a kernel source: one file per kind (`deb.ts`, `bzimage.ts`, `tree.ts`, `running.ts`), one line each in `SOURCES`.
 */
import type { CandidateRecord } from '../../results/model.ts';

export interface ResolveOptions {
  /** for a bzImage: a directory that is, or holds, `lib/modules/<release>` */
  readonly modules?: string | undefined;
  /** progress for a person: `downloading linux-image-… (27 MB)` */
  readonly note: (text: string) => void;
  readonly signal: AbortSignal;
  /** a package that the lists of this machine do not know may be looked for in new ones (`apt-get update`, as root) */
  readonly refresh?: boolean | undefined;
}

export type RecordFile = CandidateRecord['files'][number];

/** A kernel that was found and looks right, not yet taken into the cache. */
export interface Source {
  /** hash of what it is made of: the same files give the same cache entry */
  readonly key: string;
  /** files that the record names besides those that the machine gets, for example the package */
  readonly origin: readonly RecordFile[];
  /** Puts `vmlinuz`, `config` (where known) and `lib/modules/<release>` (where it has modules) into `dir`, an empty directory. */
  fill(dir: string): Promise<void>;
}

/** Finds a kernel from what stands after the prefix. Throws UsageError that names the file, InfraError where our side failed. */
export type Find = (name: string, options: ResolveOptions) => Promise<Source>;
