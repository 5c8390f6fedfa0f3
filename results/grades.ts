/** What is promised of each grade of storage, and what was held of it. Zod schemas as in `model.ts`. */
import { z } from 'zod';

/** What a tenant of a grade may count on: any of the three may be missing, not all. */
export const Grade = z.object({
  name: z.string(),
  /** commits of 4 KiB in a second */
  iops: z.number().optional(),
  /** of large writes */
  bytes_per_s: z.number().optional(),
  /** of one commit */
  p99_ms: z.number().optional(),
});
export type Grade = z.infer<typeof Grade>;

/** How a promise is tried: by small commits, one after the other reaching the disk, or by large writes. */
export const Trying = z.enum(['commits', 'throughput']);
export type Trying = z.infer<typeof Trying>;

/** Of a second in which so much of the promised rate was done it is said that it was held: what is counted by the second is off by a write or two. */
export const HELD_FROM = 0.95;

/** A rate, second by second. */
export const HeldRate = z.object({
  median: z.number(),
  /** of the seconds, in which at least 0.95 of the promise was held; 0 to 1 */
  share: z.number(),
  seconds: z.int(),
});
export type HeldRate = z.infer<typeof HeldRate>;

/** What was held of each promise; null where it was not promised, or not measured. */
export const Held = z.object({
  iops: HeldRate.nullable(),
  bytes_per_s: HeldRate.nullable(),
  /** of all commits of a round */
  p99_ms: z.number().nullable(),
});
export type Held = z.infer<typeof Held>;

export const GradeResult = z.object({
  promised: Grade,
  /** with nobody else at work */
  idle: Held,
  /** under a neighbour's storm: as the machine is (null), or under each policy that was tried */
  storms: z.array(z.object({ policy: z.string().nullable(), held: Held })),
});
export type GradeResult = z.infer<typeof GradeResult>;

export const Grades = z.object({
  grades: z.array(GradeResult),
  /** policies that could not be had here, and why */
  notTried: z.array(z.object({ policy: z.string(), why: z.string() })),
});
export type Grades = z.infer<typeof Grades>;
