/** The accounts of machines, second by second, as what each tenant did. */
import { GROUPS } from '../../suites/storm/tenants.ts';
import { all, type Evidence } from './evidence.ts';

/** What a tenant's engines did in one interval. */
export interface Second {
  readonly tenant: string;
  /** on the history's clock; `to` is when it was told */
  readonly from: number;
  readonly to: number;
  /** by system calls */
  readonly writes_per_s: number;
}

/** The process of the engine whose work is followed; see suites/engines/fio.ts. */
const ENGINE = 'fio';

/** The tenant of a process: the control group below `tenants` in which it is, else its machine. */
export function tenantOfGroup(group: string, machine: string): string {
  const [above, name] = group.split('/');
  return above === GROUPS && name !== undefined ? name : machine;
}

/** All intervals of a trial; a tenant that did nothing in one is in it with zero, if it did anything ever. */
export function seconds(evidence: Evidence): Second[] {
  const accounts = all(evidence.records, 'io');
  const seen = new Map<string, Set<string>>();
  const work = accounts.map(({ machine, processes }) => {
    const by = new Map<string, number>();
    for (const { name, group, write_calls = 0 } of processes) {
      if (name !== ENGINE) continue;
      const tenant = tenantOfGroup(group, machine);
      by.set(tenant, (by.get(tenant) ?? 0) + write_calls);
      seen.set(machine, (seen.get(machine) ?? new Set()).add(tenant));
    }
    return by;
  });
  return accounts.flatMap(({ machine, t, for_s }, index) =>
    [...(seen.get(machine) ?? [])].map((tenant) => ({
      ...{ tenant, from: t - for_s, to: t },
      writes_per_s: (work[index]?.get(tenant) ?? 0) / for_s,
    })),
  );
}

/** An engine that has done its work prints its report, and is gone a moment later. */
const REPORTED_S = 1.2;

/** What a tenant did in each second that lies wholly in a round of its own, in writes/s. */
export function secondsOf(
  all: readonly Second[],
  tenant: string,
  { begin, end }: { readonly begin: number; readonly end: number },
): number[] {
  return all
    .filter((each) => each.tenant === tenant && each.from >= begin && each.to <= end - REPORTED_S)
    .map(({ writes_per_s }) => writes_per_s);
}
