/**
 * The contract of a policy: one way in which a pool is shared out among its tenants, with an undo. Several are compared in one trial, round by round.
 * Both may be called twice, and the undo also where nothing was done.
 */
import type { Site } from '../../targets/target.ts';
import type { Standing } from '../storm/tenants.ts';

/** Whose pool it is. */
export interface PoolParams {
  readonly stormers: readonly string[];
  readonly victims: readonly string[];
  /** what the pool carries, in each direction */
  readonly rate_bps: number;
}

export interface Policy {
  readonly summary: string;
  /** what is varied: those of one axis are compared with each other */
  readonly axis: 'scheduler' | 'control' | 'throttle';
  /** whom it can tell apart */
  readonly of: Standing;
  /** What each kind of tenant is to have of the pool, as parts of the same number; alike where it is not said. */
  readonly weights?: { readonly stormer: number; readonly victim: number };
  /** Why this machine's kernel, or this site, cannot do it; undefined where it can. */
  refuses(site: Site, on: string, pool: PoolParams): Promise<string | undefined>;
  /** Throws InfraError where it is not in force afterwards. */
  apply(site: Site, on: string, pool: PoolParams): Promise<void>;
  undo(site: Site, on: string, pool: PoolParams): Promise<void>;
}
