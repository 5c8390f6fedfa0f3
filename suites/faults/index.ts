/** The registry of faults: add one by a file and a line here. */
import { competingTraffic } from './competing-traffic.ts';
import { connectionFlood } from './connection-flood.ts';
import type { Fault } from './fault.ts';
import { linkCut } from './link-cut.ts';
import { linkFlap } from './link-flap.ts';
import { linkImpair } from './link-impair.ts';
import { linkRate } from './link-rate.ts';
import { panic } from './panic.ts';
import { tail } from './tail.ts';
import { failover, powerCut } from './tail-host.ts';
import { watermarks } from './watermarks.ts';

export const FAULTS = {
  'competing-traffic': competingTraffic,
  'link-cut': linkCut,
  'link-flap': linkFlap,
  'link-rate': linkRate,
  'link-impair': linkImpair,
  panic,
  watermarks,
  tail,
  'power-cut': powerCut,
  failover,
  'connection-flood': connectionFlood,
} as const;

export type FaultName = keyof typeof FAULTS;

/** What each takes. */
export type FaultParams = { readonly [F in FaultName]: (typeof FAULTS)[F] extends Fault<infer Params> ? Params : never };
