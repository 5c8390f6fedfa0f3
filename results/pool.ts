/** What each of the tenants of one pool got of it, alone and all together. Zod schemas as in `model.ts`. */
import { z } from 'zod';

/** A tenant's work in one round, as its engine tells it. Latencies are of what it waits for: fsync where each write has one, the write else. */
export const TenantWork = z.object({
  writes_per_s: z.number(),
  bytes_per_s: z.number(),
  p50_ms: z.number().nullable(),
  p99_ms: z.number().nullable(),
  p999_ms: z.number().nullable(),
  p9999_ms: z.number().nullable(),
  longest_ms: z.number(),
});
export type TenantWork = z.infer<typeof TenantWork>;

export const Tenant = z.object({
  machine: z.string(),
  alone: TenantWork.nullable(),
  together: TenantWork.nullable(),
  /** of the bytes that all wrote together, 0 to 1 */
  share: z.number().nullable(),
  /** of its own writes/s when it was alone: 1 is undisturbed */
  held: z.number().nullable(),
});
export type Tenant = z.infer<typeof Tenant>;

export const Pool = z.object({
  tenants: z.array(Tenant),
  /**
   * Jain's index (Jain, Chiu, Hawe: A Quantitative Measure of Fairness, 1984) of what each held of its own: 1 where all suffer alike, 1/n where one has
   * everything; null where it is not known of all
   */
  jain: z.number().nullable(),
});
export type Pool = z.infer<typeof Pool>;

/** (sum x)^2 / (n sum x^2), of figures that are not all zero. */
export function jainsIndex(figures: readonly number[]): number {
  const sum = figures.reduce((total, each) => total + each, 0);
  const squares = figures.reduce((total, each) => total + each * each, 0);
  return squares === 0 ? 1 : (sum * sum) / (figures.length * squares);
}
