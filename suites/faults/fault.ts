/** The contract of a fault: a bounded breakage with an undo. Both may be called twice. */

import type { TailFault } from '../../targets/tails/tail.ts';
import type { Site } from '../../targets/target.ts';

export interface Fault {
  readonly summary: string;
  /** `on` names a network or a machine, `tail` says what its tail shall do */
  inject(site: Site, on: string, tail: TailFault | undefined): Promise<void>;
  heal(site: Site, on: string, tail: TailFault | undefined): Promise<void>;
}
