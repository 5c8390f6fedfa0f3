/** The registry of tails: add a server by one file and one line here. */
import { startNbdkit } from './nbdkit.ts';

export const TAILS = { nbdkit: startNbdkit } as const;
