/** The store of finished runs, as far as it is there: pages are shown without it as well. */
import { existsSync } from 'node:fs';
import { explain, InfraError } from '../../results/errors.ts';
import type { Run } from '../../results/model.ts';
import type { Place } from '../../results/store/place.ts';
import type { Trend } from '../../results/store/queries.ts';
import type { Store } from '../../results/store/store.ts';
import type { RunSummary, TrendPage } from './protocol.ts';
import { summaryOfStored } from './summary.ts';

/** More than that are not listed: the oldest are for `stormproof history`. */
const MOST_RUNS = 10_000;
const TREND_RUNS = 500;
const USUAL_MEASURE = 'recovery of storage';
/** So long a list is good: runs under way are not from here. */
const LIST_GOOD_ms = 10_000;

export interface TrendFilter {
  readonly suite?: string;
  readonly class?: string;
  readonly kernel?: string;
}

export class Stored implements AsyncDisposable {
  readonly #place: Place;
  #store: Promise<Store> | undefined;
  #list: { readonly at: number; readonly runs: Promise<RunSummary[]> } | undefined;

  constructor(place: Place) {
    this.#place = place;
  }

  /** The newest runs in the store. Throws InfraError. */
  async runs(): Promise<RunSummary[]> {
    if (this.#list === undefined || performance.now() - this.#list.at > LIST_GOOD_ms)
      this.#list = { at: performance.now(), runs: this.#readRuns() };
    return this.#list.runs;
  }

  async #readRuns(): Promise<RunSummary[]> {
    const store = await this.#open();
    if (store === undefined) return [];
    return (await store.list({ limit: MOST_RUNS })).runs.map(summaryOfStored);
  }

  /** The record of one. Throws InfraError. */
  async run(id: string): Promise<Run | undefined> {
    return (await this.#open())?.run(id);
  }

  /** How `measure` went (the first that there is, where that is undefined or not known), and what else can be chosen. */
  async trends(measure: string | undefined, filter: TrendFilter): Promise<TrendPage> {
    const empty = { measures: [], suites: [], classes: [], kernels: [], measure: null, trends: [] as Trend[] };
    try {
      const store = await this.#open();
      if (store === undefined) return { ...empty, problem: this.#absence() };
      const [measures, suites, classes, kernels] = [
        await store.names('measure'),
        await store.names('suite'),
        await store.names('class'),
        await store.names('kernel'),
      ];
      const chosen = measures.find((each) => each === measure) ?? measures.find((each) => each === USUAL_MEASURE) ?? measures[0];
      const trends =
        chosen === undefined
          ? []
          : await store.trends(chosen, {
              limit: TREND_RUNS,
              ...(filter.suite === undefined ? {} : { suites: [filter.suite] }),
              ...(filter.class === undefined ? {} : { classes: [filter.class] }),
              ...(filter.kernel === undefined ? {} : { kernels: [filter.kernel] }),
            });
      return { measures, suites, classes, kernels, measure: chosen ?? null, trends, problem: null };
    } catch (error) {
      return { ...empty, problem: problemOf(error) };
    }
  }

  /** Undefined where there is no store, which is not for us to make. Throws InfraError. */
  async #open(): Promise<Store | undefined> {
    const place = this.#place;
    if (place.kind === 'none' || (place.kind === 'sqlite' && !existsSync(place.path))) return undefined;
    this.#store ??= import('../../results/store/store.ts').then(({ Store }) => Store.open(place));
    try {
      return await this.#store;
    } catch (error) {
      this.#store = undefined; // it may be there the next time
      throw error;
    }
  }

  #absence(): string {
    return this.#place.kind === 'none' ? 'There is no store: it was said to be "none".' : 'No run is in the store yet.';
  }

  async [Symbol.asyncDispose](): Promise<void> {
    const store = await this.#store?.catch(() => undefined);
    await store?.[Symbol.asyncDispose]();
  }
}

/** What is wrong with the store, in one line; what is not its fault is thrown on. */
export function problemOf(error: unknown): string {
  if (error instanceof InfraError) return explain(error);
  throw error;
}
