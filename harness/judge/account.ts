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
  /** that went to a device or will */
  readonly bytes_per_s: number;
}

/** The process of the engine whose work is followed; see suites/engines/fio.ts. */
const ENGINE = 'fio';
const NOTHING = { writes: 0, bytes: 0 };

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
    const by = new Map<string, { readonly writes: number; readonly bytes: number }>();
    for (const { name, group, write_calls = 0, written_bytes = 0 } of processes) {
      if (name !== ENGINE) continue;
      const tenant = tenantOfGroup(group, machine);
      const { writes, bytes } = by.get(tenant) ?? NOTHING;
      by.set(tenant, { writes: writes + write_calls, bytes: bytes + written_bytes });
      seen.set(machine, (seen.get(machine) ?? new Set()).add(tenant));
    }
    return by;
  });
  return accounts.flatMap(({ machine, t, for_s }, index) =>
    [...(seen.get(machine) ?? [])].map((tenant) => {
      const { writes, bytes } = work[index]?.get(tenant) ?? NOTHING;
      return { tenant, from: t - for_s, to: t, writes_per_s: writes / for_s, bytes_per_s: bytes / for_s };
    }),
  );
}

/** An engine that has done its work prints its report, and is gone a moment later. */
const REPORTED_S = 1.2;

/** What a tenant did in each second that lies wholly in a round of its own. */
export function secondsOf(
  all: readonly Second[],
  tenant: string,
  { begin, end }: { readonly begin: number; readonly end: number },
): Second[] {
  return all.filter((each) => each.tenant === tenant && each.from >= begin && each.to <= end - REPORTED_S);
}
