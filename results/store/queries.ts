/** What the store is asked, the same in both engines. */
import type { Kysely, SelectQueryBuilder } from 'kysely';
import { UNTWEAKED, type Verdict } from '../model.ts';
import type { Tables } from './schema.ts';

/** Which runs. Of kernels, suites and classes a trial of the run must have one of each list that is given, and the verdict is then that trial's. */
export interface Filter {
  readonly kernels?: readonly string[];
  readonly suites?: readonly string[];
  readonly classes?: readonly string[];
  readonly verdict?: Verdict;
  /** started then or later */
  readonly since?: Date;
  /** called so */
  readonly names?: readonly string[];
  /** carried out all that was planned, and nothing in them was broken on purpose */
  readonly sound?: true;
  /** the newest so many */
  readonly limit: number;
}

/** What there are several of to choose from; `name` is what runs are called. */
export type Named = 'kernel' | 'suite' | 'class' | 'measure' | 'name';

export interface StoredTrial {
  readonly name: string;
  readonly suite: string;
  readonly case: string | null;
  readonly variant: string | null;
  readonly class: string;
  readonly kernel: string;
  readonly verdict: string;
  readonly seconds: number;
}

/** A row of the table, but for the JSON in it. */
export type StoredRun = Omit<Tables['runs'], 'versions' | 'host_facts'> & { readonly trials: readonly StoredTrial[] };

/** One measure of one kernel, in one kind of trial: what `compare` keeps apart is kept apart here too. */
export interface Trend {
  readonly kernel: string;
  readonly suite: string;
  readonly case: string | null;
  readonly class: string;
  readonly profile: string;
  readonly target: string;
  readonly accelerator: string | null;
  /** what every trial of it had changed on the candidate, with a space between */
  readonly tweaks: string | null;
  readonly machine: string;
  readonly unit: string;
  /** oldest first, with the run of each and when that started; null for what never came */
  readonly points: readonly { readonly run: string; readonly started: string; readonly value: number | null }[];
  /** of the points so many never came */
  readonly never: number;
}

export async function listRuns(db: Kysely<Tables>, filter: Filter): Promise<{ runs: StoredRun[]; total: number }> {
  const { total } = await matching(db.selectFrom('runs'), filter)
    .select(({ fn }) => fn.countAll<number>().as('total'))
    .executeTakeFirstOrThrow();
  const runs = await newest(db, filter)
    .select([
      'id',
      'name',
      'started',
      'finished',
      'interrupted',
      'command',
      'profile',
      'seed',
      'sabotage',
      'target',
      'verdict',
      'host',
      'accelerator',
    ])
    .select('directory')
    .execute();
  const trials = await db
    .selectFrom('trials')
    .select(['run', 'name', 'suite', 'case_name as case', 'variant', 'class', 'kernel', 'verdict', 'seconds'])
    .where('run', 'in', newest(db, filter).select('id'))
    .orderBy('run')
    .orderBy('trial')
    .execute();
  const byRun = new Map(runs.map(({ id }) => [id, [] as StoredTrial[]]));
  for (const { run, name, suite, case: form, variant, class: size, kernel, verdict, seconds } of trials)
    byRun.get(run)?.push({ name, suite, case: form, variant, class: size, kernel, verdict, seconds });
  return { runs: runs.map((run) => ({ ...run, trials: byRun.get(run.id) ?? [] })), total };
}

/**
 * The candidate as it is, and what a trial that came to an end has measured: a set of tweaks is another thing, a sabotaged run is bad on purpose,
 * and a figure of a trial that is unknown may be anything.
 */
export async function listTrends(db: Kysely<Tables>, measure: string, filter: Filter): Promise<Trend[]> {
  const { kernels, suites, classes } = filter;
  const sound = { ...filter, measure };
  const rows = await db
    .selectFrom('measures')
    .innerJoin('trials', (join) => join.onRef('trials.run', '=', 'measures.run').onRef('trials.trial', '=', 'measures.trial'))
    .innerJoin('runs', 'runs.id', 'measures.run')
    .select(['kernel', 'suite', 'case_name as case', 'class', 'profile', 'target', 'accelerator', 'tweaks', 'machine', 'unit'])
    .select(['measures.run as run', 'started', 'value'])
    .where('measures.name', '=', measure)
    .where('measures.run', 'in', newest(db, sound).select('id'))
    .where('trials.verdict', 'in', filter.verdict === undefined ? ['pass', 'fail'] : [filter.verdict])
    .where((where) => where.or([where('variant', 'is', null), where('variant', '=', UNTWEAKED)]))
    .$if(kernels !== undefined, (query) => query.where('kernel', 'in', kernels ?? []))
    .$if(suites !== undefined, (query) => query.where('suite', 'in', suites ?? []))
    .$if(classes !== undefined, (query) => query.where('class', 'in', classes ?? []))
    .orderBy('started')
    .orderBy('measures.run')
    .orderBy('measures.trial')
    .execute();
  const key = ({ kernel, suite, case: name, class: size, profile, target, accelerator, tweaks, machine }: (typeof rows)[number]): string =>
    [suite, name ?? '', size, profile, target, accelerator ?? '', tweaks ?? '', machine, kernel].join('\0');
  const groups = [...Map.groupBy(rows, key)].toSorted(([a], [b]) => (a < b ? -1 : 1));
  return groups.map(([, group]) => {
    const { run: _run, started: _started, value: _value, ...what } = group[0] as (typeof rows)[number];
    const points = group.map(({ run, started, value }) => ({ run, started, value }));
    return { ...what, points, never: points.filter(({ value }) => value === null).length };
  });
}

export async function hasMeasure(db: Kysely<Tables>, name: string): Promise<boolean> {
  return (await db.selectFrom('measures').select('name').where('name', '=', name).limit(1).executeTakeFirst()) !== undefined;
}

export async function namesIn(db: Kysely<Tables>, of: Named): Promise<string[]> {
  const rows =
    of === 'measure' || of === 'name'
      ? await db
          .selectFrom(of === 'measure' ? 'measures' : 'runs')
          .select('name')
          .distinct()
          .execute()
      : await db.selectFrom('trials').select(`${of} as name`).distinct().execute();
  // here, since each database has an order of its own
  return rows
    .map(({ name }) => name)
    .filter((name) => name !== '')
    .sort();
}

type Runs = SelectQueryBuilder<Tables, 'runs', object>;
type Sought = Filter & { readonly measure?: string };

const newest = (db: Kysely<Tables>, filter: Sought): Runs =>
  matching(db.selectFrom('runs'), filter).orderBy('runs.started', 'desc').orderBy('runs.id', 'desc').limit(filter.limit);

function matching(runs: Runs, { kernels, suites, classes, verdict, since, names, sound, measure }: Sought): Runs {
  const ofTrial = kernels !== undefined || suites !== undefined || classes !== undefined;
  return runs
    .$if(since !== undefined, (query) => query.where('runs.started', '>=', (since as Date).toISOString()))
    .$if(names !== undefined, (query) => query.where('runs.name', 'in', names ?? []))
    .$if(sound === true, (query) =>
      query.where('runs.finished', 'is not', null).where('runs.interrupted', '=', 0).where('runs.sabotage', 'is', null),
    )
    .$if(verdict !== undefined && !ofTrial, (query) => query.where('runs.verdict', '=', verdict as string))
    .$if(measure !== undefined, (query) =>
      query.where('runs.sabotage', 'is', null).where(({ exists, selectFrom }) =>
        exists(
          selectFrom('measures')
            .select('measures.run')
            .whereRef('measures.run', '=', 'runs.id')
            .where('measures.name', '=', measure as string),
        ),
      ),
    )
    .$if(ofTrial, (query) =>
      query.where(({ exists, selectFrom }) =>
        exists(
          selectFrom('trials')
            .select('trials.run')
            .whereRef('trials.run', '=', 'runs.id')
            .$if(kernels !== undefined, (trials) => trials.where('trials.kernel', 'in', kernels ?? []))
            .$if(suites !== undefined, (trials) => trials.where('trials.suite', 'in', suites ?? []))
            .$if(classes !== undefined, (trials) => trials.where('trials.class', 'in', classes ?? []))
            .$if(verdict !== undefined, (trials) => trials.where('trials.verdict', '=', verdict as string)),
        ),
      ),
    );
}
