/**
 * What became of each host in each outage of its storage, and where a search for the longest that it bears ended. Zod schemas as in `model.ts`, which
 * is built upon these. Lengths are in seconds.
 */
import { z } from 'zod';
import { ProbeName } from './probe-name.ts';

/** Who of a host's storage may give up, from the wire upwards. */
export const Layer = z.enum(['connection', 'nbd timeout', 'disk', 'file system', 'kernel']);
export type Layer = z.infer<typeof Layer>;

/** A machine in one outage, from its begin to the next one's, or to the end of the recovery. */
export const OutageHost = z.object({
  machine: z.string(),
  /** the longest time without an answer of its storage */
  stall_s: z.number().min(0).nullable(),
  /** `self`: every probe was steady again by itself; null where that cannot be told */
  how: z.enum(['self', 'after reset', 'not recovered']).nullable(),
  /** from the outage's end until the probe was steady again, in steps of 0.1; null where it was not, before it was reset or at all */
  recovery_s: z.partialRecord(ProbeName, z.number().min(0).nullable()),
  /** from the outage's end until the first reply left its tail, as the tail itself tells it: the truth that `recovery_s.storage` is measured against */
  firstReply_s: z.number().min(0).optional(),
  hungTasks: z.int(),
  /** from the outage's begin until the first of them was told */
  hungAfter_s: z.number().optional(),
  /** failed requests, errors of file systems and of their journals */
  errors: z.int(),
  /** a file system stopped writing */
  readOnly: z.boolean(),
  /** times that the kernel lost a connection of its disk */
  disconnects: z.int(),
  /** who gave up first, by the title of the event that tells it, so many seconds after the outage's begin */
  gaveUp: z.object({ layer: Layer, title: z.string(), after_s: z.number() }).optional(),
});
export type OutageHost = z.infer<typeof OutageHost>;

export const Outage = z.object({
  /** `link-cut`, and of what it was on */
  fault: z.string(),
  detail: z.string().optional(),
  /** on the run's clock */
  begin: z.number(),
  /** as it was asked for, and as it came; null for one that was not seen to end */
  asked_s: z.number(),
  seconds: z.number().min(0).nullable(),
  hosts: z.array(OutageHost),
});
export type Outage = z.infer<typeof Outage>;

/** A search for the longest outage from which everything recovers by itself: its range, how close its bounds must come, and its budget. */
export const OutageSearchPlan = z.object({
  least_s: z.number().positive(),
  most_s: z.number().positive(),
  /** relative: 0.1 when the shortest outage that was not borne is to be at most 10 % longer than the longest that was */
  resolution: z.number().positive(),
  /** so often must the longest have been borne */
  repeats: z.int().min(1),
  /** outages that are tried at most, and how long it may take all together */
  mostTrials: z.int().min(1),
  budget_s: z.number().positive(),
});
export type OutageSearchPlan = z.infer<typeof OutageSearchPlan>;

export const CutOff = z.object({
  /** `at least`: the longest that was to be tried was borne; `below`: the shortest was not; `unknown`: the search ended too early */
  kind: z.enum(['found', 'at least', 'below', 'unknown']),
  /** the longest outage that was borne each time, and how often that was */
  borne_s: z.number().nullable(),
  times: z.int(),
  /** the shortest that was not */
  notBorne_s: z.number().nullable(),
  /** who gave up first in that one, by machine */
  gaveUp: z.array(z.object({ machine: z.string(), layer: Layer.nullable(), title: z.string() })),
  /** why it is unknown */
  why: z.string().optional(),
});
export type CutOff = z.infer<typeof CutOff>;

/**
 * The share of outages of that length that may fail nevertheless after `times` that did not, at 95 % confidence: 1 - 0.05^(1/times), the exact
 * (Clopper-Pearson) upper bound for no failure seen.
 */
export const mayFailStill = (times: number): number => 1 - 0.05 ** (1 / times);
