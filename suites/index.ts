/** The registry of suites: add one by a file and a line here. */
import { grades } from './grades.ts';
import { incident } from './incident-2012-10-27.ts';
import { ioStorm } from './io-storm.ts';
import { ipv6Flood } from './ipv6-flood.ts';
import { largeMemory } from './large-memory.ts';
import { soak } from './soak.ts';
import { storageCutoff } from './storage-cutoff.ts';
import { ALL_CASES, type Suite } from './suite.ts';

export const SUITES = {
  'ipv6-flood': ipv6Flood,
  'incident-2012-10-27': incident,
  'io-storm': ioStorm,
  grades,
  'large-memory': largeMemory,
  'storage-cutoff': storageCutoff,
  soak,
} as const satisfies Record<string, Suite>;

export type SuiteName = keyof typeof SUITES;

/** Everything that can be asked for: suites, `SUITE/all`, and each `SUITE/CASE`. */
export const FORMS: readonly string[] = Object.values<Suite>(SUITES).flatMap(({ name, cases }) => [
  name,
  ...(cases === undefined ? [] : [ALL_CASES, ...Object.keys(cases.all)].map((each) => `${name}/${each}`)),
]);
