/** The registry of faults: add one by a file and a line here. */
import type { Fault } from './fault.ts';
import { linkCut } from './link-cut.ts';
import { tail } from './tail.ts';

export const FAULTS = { 'link-cut': linkCut, tail } as const satisfies Record<string, Fault>;

export type FaultName = keyof typeof FAULTS;
