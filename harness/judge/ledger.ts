/** The work of all machines of a pool, second by second, and in one measure. */
import { all, type Evidence, type Of } from './evidence.ts';
import { isShared, type Part, partsOf, type Work } from './shares-of-work.ts';
import { secondsIn } from './suffering.ts';

/** Of a second, what a machine's accounts must cover. */
const TOLD_SHARE = 0.5;

export type Entry = Omit<Part, 'from' | 'to'>;

export interface Ledger {
  /** of each machine, in order */
  readonly accounts: ReadonlyMap<string, readonly Of<'io'>[]>;
  /** of which nothing is said where a machine of the pool told nothing: it may have done anything */
  readonly told: ReadonlySet<number>;
  /** machines of the pool that did not tell of a second */
  readonly silent: (second: number) => string[];
  readonly entries: (second: number) => readonly Entry[];
  /** every tenant, and those beside them that only keep tenants; a tenant's share is fair among the former */
  readonly tenants: readonly string[];
  readonly hosts: readonly string[];
  /** what a second's work takes of the pool, which did at most 1 of either kind of work in a second: 0 to 2 */
  readonly costOf: (work: Work) => number;
}

/**
 * What work costs is a linear model, that of the kernel's I/O controller (block/blk-iocost.c, "IO Cost Model": a price for each request, and one for
 * each page): a request takes of the pool what it is of the most requests in a second that the pool was seen to do, a byte what it is of the most bytes.
 * So small writes with an fsync each and large ones in sequence both weigh as much as they take from others.
 */
export function ledgerOf(evidence: Evidence): Ledger {
  const accounts = Map.groupBy(all(evidence.records, 'io'), ({ machine }) => machine);
  const withDisk = evidence.about.machines.filter(({ fileSystem, probes }) => fileSystem !== undefined || probes.includes('storage'));
  const pool = [...new Set([...withDisk.map(({ name }) => name), ...accounts.keys()])];
  const parts = [...accounts].flatMap(([machine, own]) => partsOf(machine, own));
  const covered = new Map(pool.map((machine) => [machine, coverOf(accounts.get(machine) ?? [])]));
  const silent = (second: number) => pool.filter((machine) => (covered.get(machine)?.get(second) ?? 0) < TOLD_SHARE);
  const told = new Set([...covered.values()].flatMap((each) => [...each.keys()]).filter((second) => silent(second).length === 0));
  const bySecond = entriesOf(parts);
  const entries = (second: number) => bySecond.get(second) ?? [];
  const most = (what: keyof Work) =>
    [...told].reduce(
      (top, second) =>
        Math.max(
          top,
          entries(second).reduce((sum, each) => sum + each[what], 0),
        ),
      0,
    );
  const [mostRequests, mostBytes] = [most('requests'), most('bytes')];
  const hosts = pool.filter((machine) => isShared(accounts.get(machine) ?? []));
  const seen = [...pool, ...parts.flatMap(({ tenant }) => tenant ?? [])];
  return {
    ...{ accounts, told, silent, entries, hosts },
    tenants: [...new Set(seen)].filter((tenant) => !hosts.includes(tenant)),
    costOf: ({ requests, bytes }) => part(requests, mostRequests) + part(bytes, mostBytes),
  };
}

const part = (value: number, most: number): number => (most === 0 ? 0 : value / most);

const coverOf = (accounts: readonly Of<'io'>[]): Map<number, number> =>
  secondsIn(accounts.map(({ t, for_s }) => ({ from: t - for_s, to: t })));

/** Parts of an account that is longer than a second, or lies across two, are of each as much as it covers. */
function entriesOf(parts: readonly Part[]): Map<number, Entry[]> {
  const entries = new Map<number, Entry[]>();
  for (const { from, to, ...part } of parts)
    for (const [second, overlap_s] of secondsIn([{ from, to }])) {
      const share = overlap_s / (to - from);
      const own = entries.get(second) ?? [];
      own.push({ ...part, requests: part.requests * share, bytes: part.bytes * share });
      entries.set(second, own);
    }
  return entries;
}
