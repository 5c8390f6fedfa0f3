/** What a search on a real host works with. */
import type { History } from '../../results/history.ts';
import type { EventClass, ProbeName } from '../../results/model.ts';
import type { Action } from '../../suites/suite.ts';
import type { Machine, Site } from '../../targets/target.ts';
import type { Monitor } from '../monitor.ts';

export type Flood = Extract<Action, { kind: 'flood' }>;

/** What every search has of its trial, whatever it is for. */
export interface SearchContext {
  readonly site: Site;
  readonly history: History;
  readonly trial: string;
  readonly monitor: Monitor;
  readonly signal: AbortSignal;
  readonly note: (text: string) => void;
  /** a host that is not steady after so long, the hold time among it, is booted again */
  readonly giveUpAfter_s: number;
}

export interface LoadSearchContext extends SearchContext {
  readonly machine: Machine;
  readonly probes: readonly ProbeName[];
  /** events of these are a failure to survive */
  readonly classes: readonly EventClass[];
  /** whether every probe is steady again, counted from an instant of the history's clock */
  readonly steady: (from: number) => boolean;
  /** Boots the machine again and sets it up as it was; false where it did not come back. */
  readonly revive: () => Promise<boolean>;
  /** the objective; a host that is back later has failed it, and lives */
  readonly recoverWithin_s: number;
  readonly hold_s: number;
  /** as the kernel has it; no probe may be without an answer for longer either */
  readonly hungTaskTimeout_s: number;
  /** how long QEMU's word of a death, and the panic's own last words, may be on their way; 2.5 s where it is not said */
  readonly deathNotice_s?: number;
}

/** How often a host is looked at. */
export const POLL_MS = 100;
