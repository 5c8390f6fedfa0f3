import { describe, expect, it } from 'vitest';
import type { TrialResult } from '../model.ts';
import type { PolicyResult, Pool, TenantShare } from '../pool.ts';
import { cells } from './cells.ts';
import { poolTexts, renderPolicies } from './pool-text.ts';

const one = (median: number) => ({ median, low: null, high: null, of: 1 });
const six = (median: number, low: number, high: number) => ({ median, low, high, of: 6 });
const work = (writes_per_s: number, p99_ms: number | null) => ({
  ...{
    counts: 'writes' as const,
    writes_per_s,
    bytes_per_s: writes_per_s * 4096,
    p50_ms: 4.31,
    p99_ms,
    p999_ms: 20,
    p9999_ms: 31.5,
    longest_ms: 42.4,
  },
});
const share = (tenant: string, more: Partial<TenantShare> = {}): TenantShare => ({
  ...{
    tenant,
    storms: false,
    counts: 'writes',
    writes_per_s: one(20.2),
    bytes_per_s: one(80_000),
    p50_ms: one(4.31),
    p99_ms: one(95.4),
    p9999_ms: one(31.5),
  },
  ...{ longest_ms: 42.4, share: one(0.02), held: one(0.25), isolation: 0.2, starved_s: 0 },
  ...more,
});
const result = (policy: string | null, more: Partial<PolicyResult> = {}): PolicyResult => ({
  ...{
    policy,
    rounds: 1,
    tenants: [share('stormer', { storms: true, held: null, isolation: null, starved_s: null, share: null }), share('victim')],
  },
  ...{ jain: one(0.784), jainByWeight: one(0.5), victims_p99_ms: one(95.4), victims_p99_ratio: null, conserved: one(0.82) },
  ...more,
});
const trial = (pool: Pool) => ({ pool }) as unknown as TrialResult;

describe('what tenants got of a pool', () => {
  const alone = [{ tenant: 'victim', storms: false, work: work(80.4, 9) }];

  it('is told with what each had alone, and how evenly they suffered', () => {
    expect(
      poolTexts(
        trial({
          alone,
          policies: [result(null, { tenants: [share('victim', { starved_s: 3 }), share('stormer', { p99_ms: null })] })],
          notTried: [],
        }),
      ),
    ).toEqual([
      'victim: 20 writes/s, p50 4.3 ms, p99 95 ms, p99.99 32 ms, longest 42 ms; alone 80 writes/s, p50 4.3 ms, p99 9.0 ms, p99.99 32 ms, longest 42 ms; held 25 % of its own; at least 20 % of it in 99 % of seconds; starved for 3 s; 2 % of the pool',
      'stormer: 20 writes/s, p50 4.3 ms, p99.99 32 ms, longest 42 ms; held 25 % of its own; at least 20 % of it in 99 % of seconds; 2 % of the pool',
      "Jain's index 0.78: 1 is everybody slowed alike, 0.50 one that has all; together 82 % of the most that one wrote alone",
    ]);
    expect(poolTexts({} as TrialResult)).toEqual([]);
    expect(renderPolicies(trial({ alone, policies: [result(null)], notTried: [] }), 200)).toEqual([]);
  });
});

describe('policies', () => {
  const pool: Pool = {
    alone: [],
    policies: [
      result('none', { rounds: 6, victims_p99_ms: six(102.5, 90, 120), jain: six(0.55, 0.54, 0.56) }),
      result('bfq', { rounds: 6, victims_p99_ms: six(15.5, 9.04, 22), jain: six(0.9, 0.8, 0.95), victims_p99_ratio: six(0.15, 0.1, 0.2) }),
    ],
    notTried: [{ policy: 'io.latency', why: 'this kernel has no io.latency' }],
  };

  it('stand side by side, with confidence intervals', () => {
    expect(renderPolicies(trial(pool), 200)).toEqual([
      "policy        victims' p99         Jain's index  p99 against the first  they held  isolation  starved  pool used  by weight",
      'none    103 ms (90 to 120)  0.55 (0.54 to 0.56)                              25 %       20 %      0 s       82 %       0.50',
      'bfq      16 ms (9.0 to 22)  0.90 (0.80 to 0.95)   0.15x (0.10 to 0.20)       25 %       20 %      0 s       82 %       0.50',
      'medians of 6 rounds, in brackets their 95 % confidence interval',
      'io.latency was not tried: this kernel has no io.latency',
    ]);
    expect(poolTexts(trial(pool))).toEqual([]);
  });

  it.each([20, 40, 60, 80, 120])('fit into %i columns, the last figures going first', (width) => {
    const lines = renderPolicies(trial(pool), width);
    for (const line of lines) expect(cells(line)).toBeLessThanOrEqual(width);
    expect(lines[1]).toMatch(/^none/);
  });
});
