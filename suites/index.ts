/** The registry of suites: add one by a file and a line here. */
import { ioStorm } from './io-storm.ts';
import { ipv6Flood } from './ipv6-flood.ts';
import { storageCutoff } from './storage-cutoff.ts';
import type { Suite } from './suite.ts';

export const SUITES = {
  'ipv6-flood': ipv6Flood,
  'io-storm': ioStorm,
  'storage-cutoff': storageCutoff,
} as const satisfies Record<string, Suite>;

export type SuiteName = keyof typeof SUITES;
