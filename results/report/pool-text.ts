/** What each tenant got of a pool, for a terminal; where policies were compared, a table of them instead. */
import type { Interval } from '../confidence.ts';
import type { TrialResult } from '../model.ts';
import type { PolicyResult, Pool, TenantShare, TenantWork } from '../pool.ts';
import { cells, clip, wrap } from './cells.ts';
import { percent } from './curve-words.ts';

/** A line for each tenant, and one for how evenly they suffered; empty where nobody shared a pool, or policies were compared. */
export function poolTexts({ pool }: TrialResult): string[] {
  const only = pool?.policies[0];
  if (pool === undefined || only === undefined || isCompared(pool)) return [];
  return [
    ...only.tenants.map((tenant) => tenantText(tenant, pool.alone.find((each) => each.tenant === tenant.tenant)?.work)),
    ...evennessTexts(only),
  ];
}

const isCompared = ({ policies, notTried }: Pool): boolean => policies.length > 1 || notTried.length > 0;

function evennessTexts({ jain, conserved, tenants }: PolicyResult): string[] {
  const told = [
    ...(jain === null
      ? []
      : [`Jain's index ${jain.median.toFixed(2)}: 1 is everybody slowed alike, ${(1 / tenants.length).toFixed(2)} one that has all`]),
    ...(conserved === null ? [] : [`together ${percent(conserved.median)} of the most that one wrote alone`]),
  ];
  return told.length === 0 ? [] : [told.join('; ')];
}

function tenantText(tenant: TenantShare, alone: TenantWork | undefined): string {
  const { p50_ms, p99_ms, p9999_ms, longest_ms, writes_per_s, held, share, isolation, starved_s } = tenant;
  const now = { counts: tenant.counts, writes_per_s: writes_per_s.median, p50_ms: p50_ms?.median ?? null, p99_ms: p99_ms?.median ?? null };
  return [
    `${tenant.tenant}: ${workWords({ ...now, p9999_ms: p9999_ms?.median ?? null, longest_ms })}`,
    ...(alone === undefined ? [] : [`alone ${workWords(alone)}`]),
    ...(held === null ? [] : [`held ${percent(held.median)} of its own`]),
    ...(isolation === null || tenant.storms ? [] : [`at least ${percent(isolation)} of it in 99 % of seconds`]),
    ...(starved_s === null || starved_s === 0 ? [] : [`starved for ${starved_s} s`]),
    ...(share === null ? [] : [`${percent(share.median)} of the pool`]),
  ].join('; ');
}

function workWords({ counts, writes_per_s, p50_ms, p99_ms, p9999_ms, longest_ms }: Omit<TenantWork, 'bytes_per_s' | 'p999_ms'>): string {
  const at = ([name, ms]: readonly [string, number | null]) => (ms === null ? [] : [`${name} ${milliseconds(ms)}`]);
  const latencies = (
    [
      ['p50', p50_ms],
      ['p99', p99_ms],
      ['p99.99', p9999_ms],
    ] as const
  ).flatMap(at);
  const longest = counts === 'touches' ? [] : [`longest ${milliseconds(longest_ms)}`];
  return [`${Math.round(writes_per_s)} ${WORK[counts]}/s`, ...latencies, ...longest].join(', ');
}

const WORK: Readonly<Record<TenantWork['counts'], string>> = { writes: 'writes', touches: 'touches of its memory' };

const milliseconds = (ms: number): string => `${ms < 10 ? ms.toFixed(1) : Math.round(ms)} ms`;

type Column = readonly [head: string, of: (result: PolicyResult) => string];

/** The first is always shown; in a narrow window the last ones go, and all is in the record. */
const COLUMNS: readonly Column[] = [
  ['policy', ({ policy }) => policy ?? 'as it is'],
  [
    "victims' p99",
    ({ victims_p99_ms }) => intervalWords(victims_p99_ms, (ms) => (ms < 10 ? ms.toFixed(1) : String(Math.round(ms))), ' ms'),
  ],
  ["Jain's index", ({ jain }) => intervalWords(jain, (index) => index.toFixed(2), '')],
  [
    'p99 against the first',
    ({ victims_p99_ratio: ratio }) => (ratio === null ? '' : intervalWords(ratio, (times) => times.toFixed(2), 'x')),
  ],
  ['they held', ({ tenants }) => heldWords(tenants)],
  ['isolation', ({ tenants }) => isolationWords(tenants)],
  ['starved', ({ tenants }) => starvedWords(tenants)],
  ['pool used', ({ conserved }) => (conserved === null ? '' : percent(conserved.median))],
  ['by weight', ({ jainByWeight }) => (jainByWeight === null ? '' : jainByWeight.median.toFixed(2))],
];
const GAP = '  ';

/** Lines without an end, none longer than `width`; empty where nothing was compared. */
export function renderPolicies({ pool }: TrialResult, width: number): string[] {
  if (pool === undefined || !isCompared(pool)) return [];
  const widthOf = ([head, of]: Column) => Math.max(cells(head), ...pool.policies.map((result) => cells(of(result))));
  const used = COLUMNS.filter(
    (_, index) =>
      COLUMNS.slice(0, index + 1).reduce((sum, column) => sum + GAP.length + widthOf(column), -GAP.length) <= width || index === 0,
  );
  const row = (texts: readonly string[]) =>
    texts
      .map((text, index) => (index === 0 ? text.padEnd(widthOf(used[0] as Column)) : text.padStart(widthOf(used[index] as Column))))
      .join(GAP)
      .trimEnd();
  const most = Math.max(0, ...pool.policies.map(({ rounds }) => rounds));
  const table = [row(used.map(([head]) => head)), ...pool.policies.map((result) => row(used.map(([, of]) => of(result))))];
  const notes = [
    ...(pool.policies.some(({ victims_p99_ms }) => victims_p99_ms?.low != null)
      ? [`medians of ${most} rounds, in brackets their 95 % confidence interval`]
      : []),
    ...pool.notTried.map(({ policy, why }) => `${policy} was not tried: ${why}`),
  ];
  return [...table.map((line) => clip(line, width)), ...notes.flatMap((note) => wrap(note, width))];
}

function intervalWords(interval: Interval | null, figure: (value: number) => string, unit: string): string {
  if (interval === null) return '?';
  const { median, low, high } = interval;
  return `${figure(median)}${unit}${low === null || high === null ? '' : ` (${figure(low)} to ${figure(high)})`}`;
}

const victimsOf = (tenants: readonly TenantShare[]): TenantShare[] => tenants.filter(({ storms }) => !storms);

/** The one that held least. */
function heldWords(tenants: readonly TenantShare[]): string {
  const held = victimsOf(tenants).flatMap((tenant) => tenant.held?.median ?? []);
  return held.length === 0 ? '?' : percent(Math.min(...held));
}

function isolationWords(tenants: readonly TenantShare[]): string {
  const all = victimsOf(tenants).flatMap(({ isolation }) => isolation ?? []);
  return all.length === 0 ? '?' : percent(Math.min(...all));
}

function starvedWords(tenants: readonly TenantShare[]): string {
  const all = victimsOf(tenants).flatMap(({ starved_s }) => starved_s ?? []);
  return all.length === 0 ? '?' : `${Math.max(...all)} s`;
}
