/** The rounds of tenants that share a pool, as their engines told them; and which of the ways of sharing it out could not be tried. */
import type { Trying } from '../../results/grades.ts';
import type { TenantWork } from '../../results/pool.ts';
import { all, type Evidence, type Of } from './evidence.ts';

type Action = Of<'action'>;

/** The fact that tells why a policy was left out. */
export const notTried = (policy: string): string => `policy ${policy} was not tried`;
const NOT_TRIED = /^policy (.+) was not tried$/;
export const notTriedIn = ({ records }: Evidence): { policy: string; why: string }[] =>
  all(records, 'fact').flatMap(({ name, value }) => {
    const policy = NOT_TRIED.exec(name)?.[1];
    return policy === undefined ? [] : [{ policy, why: value }];
  });

/** All of a tenant's engines in one round. */
export interface TenantRound {
  readonly tenant: string;
  readonly begin: number;
  readonly end: number;
  readonly work: TenantWork;
}

/** Those who worked at the same time. */
export interface Round {
  readonly policy: string | null;
  /** of a grade's tenant, which promise is tried */
  readonly trying?: Trying | undefined;
  readonly tenants: readonly TenantRound[];
}

export const tenantOf = ({ tenant, on }: Action): string => tenant ?? on;

/**
 * In the order in which they began. What begins before any of a round has ended is of the same round; one that is late may end when the next has begun.
 */
export function roundsIn(evidence: Evidence, kind: 'alone' | 'together'): Round[] {
  const rounds: { policy: string | null; trying: Trying | undefined; engines: { begin: Action; end?: Action }[] }[] = [];
  for (const action of all(evidence.records, 'action').filter(({ round }) => round === kind)) {
    const { policy = null, trying } = action;
    const alike = rounds.filter((round) => round.policy === policy && round.trying === trying);
    if (action.state === 'begin') {
      const current = alike.at(-1);
      const same = current !== undefined && current === rounds.at(-1) && current.engines.every(({ end }) => end === undefined);
      if (same) current.engines.push({ begin: action });
      else rounds.push({ policy, trying, engines: [{ begin: action }] });
    } else {
      const open = alike.flatMap(({ engines }) => engines).filter(({ end }) => end === undefined);
      const match = open.find(({ begin }) => tenantOf(begin) === tenantOf(action) && begin.name === action.name);
      if (match !== undefined) match.end = action;
    }
  }
  // an engine that failed told nothing: its round is none
  return rounds
    .filter(({ engines }) => engines.every(({ end }) => end?.state === 'end'))
    .map(({ policy, trying, engines }) => ({ policy, trying, tenants: tenantsIn(engines as { begin: Action; end: Action }[]) }));
}

function tenantsIn(engines: readonly { readonly begin: Action; readonly end: Action }[]): TenantRound[] {
  return [...Map.groupBy(engines, ({ end }) => tenantOf(end))].map(([tenant, own]) => ({
    tenant,
    begin: Math.max(...own.map(beganIn)),
    end: Math.min(...own.map(({ end }) => end.t)),
    work: own.map(({ end }) => workIn(end.figures ?? {})).reduce(joined),
  }));
}

/** An engine may need seconds to start: it was at work for as long as it says, and ended when it was told. */
const beganIn = ({ begin, end }: { readonly begin: Action; readonly end: Action }): number =>
  Math.max(begin.t, end.t - (end.figures?.ran_s ?? Number.POSITIVE_INFINITY));

/** Of fio; see suites/engines/fio.ts. */
function workIn(figures: Readonly<Record<string, number>>): TenantWork {
  const waits = figures.fsync_p50_ms === undefined ? 'write' : 'fsync';
  const latency = (name: string): number | null => figures[`${waits}_${name}_ms`] ?? null;
  return {
    counts: figures.touches_per_s === undefined ? 'writes' : 'touches',
    writes_per_s: figures.write_iops ?? figures.touches_per_s ?? 0,
    bytes_per_s: figures.write_bytes_per_s ?? 0,
    ...{ p50_ms: latency('p50'), p99_ms: latency('p99'), p999_ms: latency('p999'), p9999_ms: latency('p9999') },
    longest_ms: Math.max(figures.longest_write_ms ?? 0, figures.longest_fsync_ms ?? 0),
  };
}

/** Two engines of one tenant: their rates add up, of their latencies the worse counts. */
function joined(a: TenantWork, b: TenantWork): TenantWork {
  const worse = (x: number | null, y: number | null): number | null => (x === null ? y : y === null ? x : Math.max(x, y));
  return {
    counts: a.counts,
    writes_per_s: a.writes_per_s + b.writes_per_s,
    bytes_per_s: a.bytes_per_s + b.bytes_per_s,
    p50_ms: worse(a.p50_ms, b.p50_ms),
    p99_ms: worse(a.p99_ms, b.p99_ms),
    p999_ms: worse(a.p999_ms, b.p999_ms),
    p9999_ms: worse(a.p9999_ms, b.p9999_ms),
    longest_ms: Math.max(a.longest_ms, b.longest_ms),
  };
}
