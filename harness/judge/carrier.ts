/** Which device of a machine carried a tenant's work. */
import { tenantOfGroup } from './account.ts';
import type { Of } from './evidence.ts';
import { disksOf, isShared, type Work, workOf } from './shares-of-work.ts';

/** Of what the busiest did, what another must have done to be thought of at all. */
const BUSY_SHARE = 0.1;

type Account = Of<'io'>;

/**
 * The busiest disk in the given seconds; on a machine of several tenants, of the busy ones that whose bytes went up and down with what the tenant
 * asked for (Pearson's correlation, over all accounts). Null where nothing was busy.
 */
export function carrierOf(
  tenant: string,
  accounts: readonly Account[],
  seconds: ReadonlySet<number>,
  costOf: (work: Work) => number,
): string | null {
  const cost = new Map<string, number>();
  for (const { t, for_s, devices } of accounts) {
    if (!seconds.has(Math.floor(t - for_s / 2))) continue;
    for (const [name, io] of disksOf(devices)) cost.set(name, (cost.get(name) ?? 0) + costOf(workOf(io)));
  }
  const ranked = [...cost].toSorted(([, a], [, b]) => b - a);
  const busy = ranked.filter(([, each]) => each > 0 && each >= BUSY_SHARE * (ranked[0]?.[1] ?? 0)).map(([name]) => name);
  if (busy.length < 2 || !isShared(accounts)) return busy[0] ?? null;
  const asked = accounts.map(({ machine, processes }) =>
    processes
      .filter((process) => tenantOfGroup(process.group, machine) === tenant)
      .reduce((sum, { read_bytes = 0, written_bytes = 0 }) => sum + read_bytes + written_bytes, 0),
  );
  const alike = busy.map((name) => ({
    name,
    r: correlation(
      asked,
      accounts.map(({ devices }) => workOf(devices[name] ?? {}).bytes),
    ),
  }));
  return alike.reduce((best, each) => (each.r > best.r ? each : best)).name;
}

/** Of two series of equal length; 0 where one does not change. */
function correlation(a: readonly number[], b: readonly number[]): number {
  const mean = (values: readonly number[]) => values.reduce((sum, each) => sum + each, 0) / values.length;
  const [meanA, meanB] = [mean(a), mean(b)];
  const sums = { ab: 0, aa: 0, bb: 0 };
  for (const [index, value] of a.entries()) {
    const [x, y] = [value - meanA, (b[index] ?? 0) - meanB];
    sums.ab += x * y;
    sums.aa += x * x;
    sums.bb += y * y;
  }
  return sums.aa === 0 || sums.bb === 0 ? 0 : sums.ab / Math.sqrt(sums.aa * sums.bb);
}
