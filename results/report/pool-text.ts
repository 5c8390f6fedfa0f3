/** What each tenant got of a pool, for a terminal. */
import type { TrialResult } from '../model.ts';
import type { Tenant, TenantWork } from '../pool.ts';
import { percent } from './curve-words.ts';

/** A line for each tenant, and one for how evenly they suffered; empty where nobody shared a pool. */
export function poolTexts({ pool }: TrialResult): string[] {
  if (pool === undefined) return [];
  const { tenants, jain } = pool;
  return [
    ...tenants.map(tenantText),
    ...(jain === null
      ? []
      : [`Jain's index ${jain.toFixed(2)}: 1 is everybody slowed alike, ${(1 / tenants.length).toFixed(2)} one that has all`]),
  ];
}

function tenantText({ machine, alone, together, share, held }: Tenant): string {
  return [
    `${machine}: ${together === null ? 'unknown' : workWords(together)}`,
    ...(alone === null ? [] : [`alone ${workWords(alone)}`]),
    ...(held === null ? [] : [`held ${percent(held)} of its own`]),
    ...(share === null ? [] : [`${percent(share)} of the pool`]),
  ].join('; ');
}

function workWords({ writes_per_s, p50_ms, p99_ms, p9999_ms, longest_ms }: TenantWork): string {
  const at = ([name, ms]: readonly [string, number | null]) => (ms === null ? [] : [`${name} ${milliseconds(ms)}`]);
  const latencies = (
    [
      ['p50', p50_ms],
      ['p99', p99_ms],
      ['p99.99', p9999_ms],
    ] as const
  ).flatMap(at);
  return [`${Math.round(writes_per_s)} writes/s`, ...latencies, `longest ${milliseconds(longest_ms)}`].join(', ');
}

const milliseconds = (ms: number): string => `${ms < 10 ? ms.toFixed(1) : Math.round(ms)} ms`;
