import { expect, it } from 'vitest';
import type { TrialResult } from '../model.ts';
import { poolTexts } from './pool-text.ts';

const work = (writes_per_s: number, p99_ms: number | null) => ({
  ...{ writes_per_s, bytes_per_s: writes_per_s * 4096, p50_ms: 4.31, p99_ms, p999_ms: 20, p9999_ms: 31.5, longest_ms: 42.4 },
});

it('tells what each had, what it had alone, and how evenly they suffered', () => {
  const tenants = [
    { machine: 'victim', alone: work(80.4, 9), together: work(20.2, 95.4), share: 0.02, held: 0.25 },
    { machine: 'stormer', alone: null, together: null, share: null, held: null },
  ];
  expect(poolTexts({ pool: { tenants, jain: 0.784 } } as unknown as TrialResult)).toEqual([
    'victim: 20 writes/s, p50 4.3 ms, p99 95 ms, p99.99 32 ms, longest 42 ms; alone 80 writes/s, p50 4.3 ms, p99 9.0 ms, p99.99 32 ms, longest 42 ms; held 25 % of its own; 2 % of the pool',
    'stormer: unknown',
    "Jain's index 0.78: 1 is everybody slowed alike, 0.50 one that has all",
  ]);
  expect(poolTexts({} as TrialResult)).toEqual([]);
});
