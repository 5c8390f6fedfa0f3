/** What each of the tenants of one pool got of it, alone and all together, under each policy that was compared. Zod schemas as in `model.ts`. */
import { z } from 'zod';
import { Interval } from './confidence.ts';

/** A tenant's work in one round, as its engines tell it. Latencies are of what it waits for: fsync where each write has one, the write else. */
export const TenantWork = z.object({
  /** of who swaps: how often it touched all of its memory, and its bytes are not known */
  counts: z.enum(['writes', 'touches']),
  writes_per_s: z.number(),
  bytes_per_s: z.number(),
  p50_ms: z.number().nullable(),
  p99_ms: z.number().nullable(),
  p999_ms: z.number().nullable(),
  p9999_ms: z.number().nullable(),
  longest_ms: z.number(),
});
export type TenantWork = z.infer<typeof TenantWork>;

/** What a tenant got in the rounds under one policy: medians over the rounds, but for the longest of all. */
export const TenantShare = z.object({
  tenant: z.string(),
  storms: z.boolean(),
  counts: TenantWork.shape.counts,
  writes_per_s: Interval,
  bytes_per_s: Interval,
  p50_ms: Interval.nullable(),
  p99_ms: Interval.nullable(),
  p9999_ms: Interval.nullable(),
  longest_ms: z.number(),
  /** of the bytes that all wrote together, 0 to 1 */
  share: Interval.nullable(),
  /** of its own writes/s when it was alone: 1 is undisturbed */
  held: Interval.nullable(),
  /**
   * the first percentile of what it did in each second, as part of what it did alone: the isolation of resctl-bench, which wants 0.9; null where no
   * second was accounted for
   */
  isolation: z.number().nullable(),
  /** seconds in which it did less than a hundredth of what it did alone */
  starved_s: z.number().nullable(),
});
export type TenantShare = z.infer<typeof TenantShare>;

export const PolicyResult = z.object({
  /** null where none was set: the machines are as they are */
  policy: z.string().nullable(),
  rounds: z.int(),
  tenants: z.array(TenantShare),
  /**
   * Jain's index (Jain, Chiu, Hawe: A Quantitative Measure of Fairness, 1984) of what each held of its own: 1 where all suffer alike, 1/n where one has
   * everything; null where it is not known of all
   */
  jain: Interval.nullable(),
  /** and of the bytes that each wrote, each by its weight */
  jainByWeight: Interval.nullable(),
  /** the worst p99 of those who do not storm */
  victims_p99_ms: Interval.nullable(),
  /** the same against the reference, each round against its neighbour; null for the reference itself */
  victims_p99_ratio: Interval.nullable(),
  /** bytes of all together, against the most that one of them wrote alone: what the policy leaves of the pool */
  conserved: Interval.nullable(),
});
export type PolicyResult = z.infer<typeof PolicyResult>;

export const Pool = z.object({
  alone: z.array(z.object({ tenant: z.string(), storms: z.boolean(), work: TenantWork })),
  /** the first is what the others are compared with */
  policies: z.array(PolicyResult),
  /** policies that could not be had here, and why */
  notTried: z.array(z.object({ policy: z.string(), why: z.string() })),
});
export type Pool = z.infer<typeof Pool>;

/** (sum x)^2 / (n sum x^2); 1 where all are zero, or there are none. */
export function jainsIndex(figures: readonly number[]): number {
  const sum = figures.reduce((total, each) => total + each, 0);
  const squares = figures.reduce((total, each) => total + each * each, 0);
  return squares === 0 ? 1 : (sum * sum) / (figures.length * squares);
}
