/** What each tenant got of a pool, alone and together, from what its engine told. Nothing is judged by it. */
import { jainsIndex, type Pool, type TenantWork } from '../../results/pool.ts';
import { all, type Evidence, type Of } from './evidence.ts';

type Round = NonNullable<Of<'action'>['round']>;

/** Undefined for a trial whose tenants did not work by rounds. */
export function poolOf(evidence: Evidence): Pool | undefined {
  const ended = all(evidence.records, 'action').filter(({ round, state }) => round !== undefined && state === 'end');
  if (ended.length === 0) return undefined;
  const workOf = (machine: string, round: Round): TenantWork | null => {
    const figures = ended.find((each) => each.on === machine && each.round === round)?.figures;
    return figures === undefined ? null : workIn(figures);
  };
  const machines = [...new Set(ended.map(({ on }) => on))];
  const rows = machines.map((machine) => ({ machine, alone: workOf(machine, 'alone'), together: workOf(machine, 'together') }));
  const bytes = rows.reduce((sum, { together }) => sum + (together?.bytes_per_s ?? 0), 0);
  const tenants = rows.map(({ machine, alone, together }) => ({
    ...{ machine, alone, together },
    share: together === null || bytes === 0 ? null : together.bytes_per_s / bytes,
    held: alone === null || together === null || alone.writes_per_s === 0 ? null : together.writes_per_s / alone.writes_per_s,
  }));
  const held = tenants.flatMap((tenant) => tenant.held ?? []);
  return { tenants, jain: held.length < tenants.length || tenants.length < 2 ? null : jainsIndex(held) };
}

/** Of fio; see suites/engines/fio.ts. */
function workIn(figures: Readonly<Record<string, number>>): TenantWork {
  const waits = figures.fsync_p50_ms === undefined ? 'write' : 'fsync';
  const latency = (name: string): number | null => figures[`${waits}_${name}_ms`] ?? null;
  return {
    writes_per_s: figures.write_iops ?? 0,
    bytes_per_s: figures.write_bytes_per_s ?? 0,
    ...{ p50_ms: latency('p50'), p99_ms: latency('p99'), p999_ms: latency('p999'), p9999_ms: latency('p9999') },
    longest_ms: Math.max(figures.longest_write_ms ?? 0, figures.longest_fsync_ms ?? 0),
  };
}
