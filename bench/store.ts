/**
 * How long the store takes to answer when it holds 10,000 runs, ten years of nights with three each, of 43 trials as a nightly has them, in SQLite and, where a server can be started, in
 * PostgreSQL; and how long it takes to put one more in. As a reference stands what takes no store: the program's start.
 */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { execa } from 'execa';
import type { Place } from '../results/store/place.ts';
import { startPostgres, whyNoPostgres } from '../results/store/postgres.testing.ts';
import { sampleRun } from '../results/store/run.sample.ts';
import { Store } from '../results/store/store.ts';
import { show, spread } from './statistics.ts';

const RUNS = 10_000;
const TRIALS = 43;
const ROUNDS = 15;
const BOUND_ms = 200;
const MAIN = join(import.meta.dirname, '..', 'harness', 'main.ts');
const SINCE = new Date(sampleRun(RUNS - 90).started);

/** What `history` asks, in the store's own words. */
const QUESTIONS: Readonly<Record<string, (store: Store) => Promise<unknown>>> = {
  'the newest 20': (store) => store.list({ limit: 20 }),
  'failed with a kernel': (store) =>
    store.list({ limit: 20, kernels: ['6.12.9-amd64'], suites: ['storage-cutoff'], verdict: 'fail', classes: ['384G'] }),
  'none that is so': (store) => store.list({ limit: 20, kernels: ['6.12.9-amd64'], verdict: 'skip' }),
  'the last 30 days': (store) => store.list({ limit: RUNS, since: SINCE }),
  'trend over 100': (store) => store.trends('recovery of storage', { limit: 100 }),
  'trend over 30 days': (store) => store.trends('recovery of storage', { limit: RUNS, since: SINCE }),
  'kernels to choose from': (store) => store.names('kernel'),
  'is there that measure': (store) => store.has('recovery of storage'),
};

/** Told without a bound, since nobody reads so much, or asks only after a mistyped name. */
const EXHAUSTIVE: typeof QUESTIONS = {
  [`all ${RUNS}`]: (store) => store.list({ limit: RUNS }),
  'measures there are': (store) => store.names('measure'),
  [`a trend over ${RUNS}`]: (store) => store.trends('recovery of storage', { limit: RUNS }),
};

/** `npm run bench -- store`. Exit 1 when a median is above its bound. */
export async function store(): Promise<number> {
  const dir = mkdtempSync(join(tmpdir(), 'bench-store-'));
  try {
    const path = join(dir, 'runs.sqlite');
    const kept = [await measured('SQLite', { kind: 'sqlite', path })];
    await wholeProgram(path);
    if (whyNoPostgres === undefined) {
      await using server = await startPostgres();
      kept.push(await measured('PostgreSQL', { kind: 'postgres', url: await server.database('bench') }));
    } else console.log(`PostgreSQL left out: ${whyNoPostgres}`);
    return kept.every(Boolean) ? 0 : 1;
  } finally {
    rmSync(dir, { recursive: true, force: true });
  }
}

/** Fills a store and asks it; whether all medians are within the bound. */
async function measured(engine: string, place: Exclude<Place, { kind: 'none' }>): Promise<boolean> {
  await using store = await Store.open(place);
  const adding: number[] = [];
  for (let night = 0; night < RUNS; night += 1) adding.push(await time_ms(() => store.add(sampleRun(night, {}, TRIALS))));
  console.log(`${`${engine}, add one run`.padEnd(40)}${show(spread(adding.slice(-1000)), ' ms')} of the last 1000 of ${RUNS}`);
  const within: boolean[] = [];
  for (const [what, ask] of Object.entries({ ...QUESTIONS, ...EXHAUSTIVE })) {
    const times: number[] = [];
    for (let round = 0; round < ROUNDS; round += 1) times.push(await time_ms(() => ask(store)));
    const figures = spread(times);
    const bound = what in QUESTIONS;
    within.push(!bound || figures.median <= BOUND_ms);
    console.log(`${`${engine}, ${what}`.padEnd(40)}${show(figures, ' ms')}${bound ? `, bound ${BOUND_ms}` : ''}`);
  }
  return within.every(Boolean);
}

/** The command from its start to its end, round by round against one that asks nothing. */
async function wholeProgram(path: string): Promise<void> {
  const run = (...args: string[]) => time_ms(() => execa(process.execPath, [MAIN, ...args]));
  const [asked, idle]: [number[], number[]] = [[], []];
  for (let round = 0; round < ROUNDS; round += 1) {
    asked.push(await run('history', '--store', path));
    idle.push(await run('--version'));
  }
  console.log(
    `${'stormproof history, whole program'.padEnd(40)}${show(spread(asked), ' ms')}; stormproof --version ${show(spread(idle), ' ms')}`,
  );
}

async function time_ms(work: () => Promise<unknown>): Promise<number> {
  const begin = performance.now();
  await work();
  return performance.now() - begin;
}
