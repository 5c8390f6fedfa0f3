/** The newest runs of the store against those before: what changed since then? */
import { UsageError } from '../results/errors.ts';
import type { Run } from '../results/model.ts';
import type { Store } from '../results/store/store.ts';
import type { RunSet } from './run-sets.ts';

/**
 * The `last` newest runs that carried out all that was planned, and as many before them, of those that are called `name` where that is given: [before, last]. Throws
 * UsageError where there are none before, InfraError for a store or a record that cannot be read.
 */
export async function readNights(
  store: Store,
  { last, name }: { last: number; name: string | undefined },
): Promise<readonly [RunSet, RunSet]> {
  const filter = { limit: 2 * last, sound: true, ...(name === undefined ? {} : { names: [name] }) } as const;
  const ids = (await store.list(filter)).runs.map(({ id }) => id);
  const called = name === undefined ? '' : ` that are called "${name}"`;
  if (ids.length <= last)
    throw new UsageError(
      `--last ${last}: the store ${store.place} holds ${ids.length} whole runs${called} (interrupted and sabotaged ones do not count), so there is none before the last ${last}`,
    );
  // one by one: a record is megabytes, and the store reads no two at the same time
  const runs: Run[] = [];
  for (const id of ids) {
    const run = await store.run(id);
    if (run !== undefined) runs.push(run);
  }
  const newest = new Set(ids.slice(0, last));
  const [before, since] = [runs.filter(({ id }) => !newest.has(id)), runs.filter(({ id }) => newest.has(id))];
  return [
    { label: `the ${before.length} before`, runs: before, passedOver: [] },
    { label: `the last ${since.length}`, runs: since, passedOver: [] },
  ];
}
