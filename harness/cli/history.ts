/** `history`: the runs in the store, and how a measure went over them. */
import { existsSync } from 'node:fs';
import { resolve } from 'node:path';
import { explain, InfraError, UsageError } from '../../results/errors.ts';
import { type Run, Verdict } from '../../results/model.ts';
import { type Place, placeOf, STORE_SPELLING } from '../../results/store/place.ts';
import type { Filter } from '../../results/store/queries.ts';
import type { Store } from '../../results/store/store.ts';
import { storeInConfig } from '../config-file.ts';
import { suggestion } from '../nearest.ts';
import { type Args, type Command, flag, type Io, lookOf, type Outcome, text, texts, wholeNumber } from './command.ts';

const USUAL_RUNS = 20;
const USUAL_TREND_RUNS = 100;
const CHOICES = ['name', 'kernel', 'suite', 'class', 'verdict', 'since', 'limit', 'measure'] as const;

export const history: Command = {
  name: 'history',
  operands: '[run..]',
  summary: 'the runs in the store, one of them, or how a measure went from run to run',
  options: {
    name: { value: 'NAME', many: true, describe: 'called so, by --name or the command that ran it; * stands for anything' },
    kernel: { value: 'K', many: true, describe: 'with a trial of this kernel, by its release; * stands for anything' },
    suite: { value: 'S', many: true, describe: 'with a trial of this suite' },
    class: { value: 'C', many: true, describe: 'with a trial of this class' },
    verdict: {
      value: 'V',
      choices: Verdict.options,
      describe: 'with this verdict; beside --kernel, --suite or --class that of such a trial',
    },
    since: { value: 'TIME', describe: 'started then or later: 7d, 36h, 2026-01-31 or 2026-01-31T02:00Z' },
    limit: { value: 'N', describe: `the newest so many (default ${USUAL_RUNS}, with --measure ${USUAL_TREND_RUNS})` },
    measure: { value: 'NAME', describe: 'how this measure went, by kernel: recovery of storage, boot …' },
    add: { describe: 'put the runs of these directories into the store; one that is there already is replaced' },
    store: { value: 'PLACE', describe: `another store than the usual: ${STORE_SPELLING}` },
    config: { value: 'FILE', describe: 'another config than ./stormproof.yaml' },
    json: { describe: 'as JSON' },
  },
  examples: [
    ['history', 'the newest runs'],
    ['history --name nightly', 'those that compare --last N --name nightly compares'],
    ["history --kernel '6.12*' --suite storage-cutoff --verdict fail", 'when did which kernel fail?'],
    ["history --measure 'recovery of storage' --since 30d", 'how long did it take to come back?'],
    ['history 20260131-020000z-1a2b', 'the summary of one run'],
    ['history --add results/runs/*', 'what was run before there was a store, or while it was away'],
    ['history --store postgres://ci@db.example/runs', "a team's store; passwords from ~/.pgpass or PGPASSWORD"],
  ],
  exits: '0 told or added, whatever the verdicts; 2 wrong usage or a run that cannot be read; 125 the store fails',
  async run(args, io) {
    const place = placeOf(text(args, 'store'), await storeInConfig(text(args, 'config')));
    if (place.kind === 'none') throw new UsageError(`history: there is no store: it was said to be "none"; --store names one`);
    const operands = texts(args, 'run');
    const given = CHOICES.filter((name) => args[name] !== undefined);
    if ((flag(args, 'add') || operands.length > 0) && given.length > 0)
      throw new UsageError(
        `history: --${given[0]} chooses among the runs of the store, and does not go with ${flag(args, 'add') ? '--add' : 'the name of one'}`,
      );
    if (flag(args, 'add')) return addRuns(operands, place, io);
    if (place.kind === 'sqlite' && !existsSync(place.path)) {
      const none = `no run is in the store yet: there is no ${place.path}; stormproof history --add results/runs/* puts in what was run before`;
      if (operands.length > 0) throw new UsageError(`history: there is no run "${operands[0]}": ${none}`);
      io.stdout.write(flag(args, 'json') ? '[]\n' : `${none}\n`);
      return 'done';
    }
    const { Store } = await import('../../results/store/store.ts');
    await using store = await Store.open(place);
    if (operands.length > 0) await showRuns(operands, store, flag(args, 'json'), io);
    else await showHistory(store, args, io);
    return 'done';
  },
};

async function addRuns(dirs: readonly string[], place: Exclude<Place, { kind: 'none' }>, { stdout }: Io): Promise<Outcome> {
  if (dirs.length === 0) throw new UsageError('history --add needs the directories of the runs');
  const [{ Store }, { readSound }] = await Promise.all([import('../../results/store/store.ts'), import('./run-dir.ts')]);
  await using store = await Store.open(place);
  const wrong: string[] = [];
  const runOf = (dir: string): Run | Error => {
    try {
      return readSound(dir);
    } catch (error) {
      if (error instanceof UsageError || error instanceof InfraError) return error;
      throw error;
    }
  };
  for (const dir of dirs) {
    const read = runOf(dir);
    if (read instanceof Error)
      wrong.push(explain(read)); // told at the end: the others are to be added all the same
    else stdout.write(`${dir}: ${read.id} ${OUTCOMES[await store.add(read, resolve(dir))]}\n`);
  }
  if (wrong.length > 0) throw new UsageError(`not added to the store: ${wrong.join('; ')}`);
  return 'done';
}

const OUTCOMES = {
  added: 'added',
  replaced: 'replaced what was there of it',
  'the same': 'was there already',
  kept: 'was there already, and finished',
} as const;

async function showRuns(ids: readonly string[], store: Store, json: boolean, io: Io): Promise<void> {
  const { printRun } = await import('./summary.ts');
  for (const id of ids) {
    const run = await store.run(id);
    if (run === undefined) throw new UsageError(`history: there is no run "${id}" in the store ${store.place}`);
    await printRun(run, json, io);
  }
}

async function showHistory(store: Store, args: Args, { stdout }: Io): Promise<void> {
  const measure = text(args, 'measure');
  const filter = await filterOf(store, args, measure === undefined ? USUAL_RUNS : USUAL_TREND_RUNS);
  const { renderHistory, renderTrends } = await import('../../results/report/history-text.ts');
  const look = lookOf(stdout);
  if (measure === undefined) {
    const { runs, total } = await store.list(filter);
    stdout.write(flag(args, 'json') ? `${JSON.stringify(runs, null, 2)}\n` : renderHistory(runs, total, look));
    return;
  }
  if (!(await store.has(measure))) {
    const known = await store.names('measure');
    throw new UsageError(`--measure "${measure}": the store ${store.place} has ${known.length === 0 ? 'none' : known.join(', ')}`);
  }
  const trends = await store.trends(measure, filter);
  stdout.write(flag(args, 'json') ? `${JSON.stringify(trends, null, 2)}\n` : renderTrends(measure, trends, look));
}

async function filterOf(store: Store, args: Args, usual: number): Promise<Filter> {
  const limit = wholeNumber(args, 'limit') ?? usual;
  if (limit === 0) throw new UsageError('--limit 0: at least 1');
  const since = text(args, 'since');
  const verdict = text(args, 'verdict') as Verdict | undefined;
  const [names, kernels, suites, classes] = [
    await chosen(store, args, 'name'),
    await chosen(store, args, 'kernel'),
    await chosen(store, args, 'suite'),
    await chosen(store, args, 'class'),
  ];
  return {
    limit,
    ...(since === undefined ? {} : { since: momentOf(since, Date.now()) }),
    ...(verdict === undefined ? {} : { verdict }),
    ...(names === undefined ? {} : { names }),
    ...(kernels === undefined ? {} : { kernels }),
    ...(suites === undefined ? {} : { suites }),
    ...(classes === undefined ? {} : { classes }),
  };
}

/** The names in the store that an option's patterns stand for. Throws UsageError for one that stands for none: it is more likely mistyped than sought in vain. */
async function chosen(store: Store, args: Args, option: 'name' | 'kernel' | 'suite' | 'class'): Promise<string[] | undefined> {
  const patterns = texts(args, option);
  if (patterns.length === 0) return undefined;
  const known = await store.names(option);
  return patterns.flatMap((pattern) => {
    const shape = new RegExp(`^${pattern.split('*').map(RegExp.escape).join('.*')}$`, 's');
    const names = known.filter((name) => shape.test(name));
    if (names.length === 0) throw new UsageError(`--${option} "${pattern}": the store has none of it${suggestion(pattern, known)}`);
    return names;
  });
}

const SPANS_ms = { h: 3_600_000, d: 86_400_000, w: 7 * 86_400_000 } as const;

/** `7d` before `now`, or a date or time of ISO 8601. Throws UsageError. */
function momentOf(said: string, now: number): Date {
  const [, count, unit] = /^(\d{1,6})([hdw])$/.exec(said) ?? [];
  if (count !== undefined) return new Date(now - Number(count) * SPANS_ms[unit as keyof typeof SPANS_ms]);
  const moment = new Date(said);
  if (!/^\d{4}-\d{2}-\d{2}(?:T[\d:.]+(?:Z|[+-][\d:]+)?)?$/.test(said) || Number.isNaN(moment.getTime()))
    throw new UsageError(`--since ${said}: say 7d, 36h or 2w, or a time like 2026-01-31 or 2026-01-31T02:00Z`);
  return moment;
}
