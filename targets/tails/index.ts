/** The registry of tails: add a server by one file and one line here. */
import { startNbdkit } from './nbdkit.ts';
import type { StartTail } from './tail.ts';

export const TAILS = { nbdkit: startNbdkit } as const satisfies Record<string, StartTail>;
