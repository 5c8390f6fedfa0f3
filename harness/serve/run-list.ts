/** All runs, those of the directories and those of the store, as one list. */
import type { Verdict } from '../../results/model.ts';
import type { RunPage, RunSummary } from './protocol.ts';
import type { RunIndex } from './run-index.ts';
import { problemOf, type Stored } from './stored.ts';

export interface ListFilter {
  readonly offset: number;
  readonly limit: number;
  readonly verdict?: Verdict | 'under way' | 'broken off';
  readonly kernel?: string;
  readonly suite?: string;
  /** stands in its name, id, command or host, in whatever case */
  readonly words?: string;
}

/** The newest runs that the filter lets through. A run that is in both is told of as its directory has it. */
export async function listPage(index: RunIndex, stored: Stored, filter: ListFilter): Promise<RunPage> {
  const here = (await index.all()).map(({ summary }) => summary);
  let problem: string | null = null;
  const kept = await stored.runs().catch((error: unknown) => {
    problem = problemOf(error);
    return [];
  });
  return pageOf(merged(here, kept), filter, problem);
}

function merged(here: readonly RunSummary[], kept: readonly RunSummary[]): RunSummary[] {
  const ids = new Set(here.map(({ id }) => id));
  return [...here, ...kept.filter(({ id }) => !ids.has(id))].sort(newestFirst);
}

const newestFirst = (a: RunSummary, b: RunSummary): number =>
  a.started === b.started ? (a.id < b.id ? 1 : -1) : a.started < b.started ? 1 : -1;

function pageOf(all: readonly RunSummary[], { offset, limit, ...filter }: ListFilter, problem: string | null): RunPage {
  const chosen = all.filter((run) => fits(run, filter));
  return {
    runs: chosen.slice(offset, offset + limit),
    total: chosen.length,
    kernels: namesIn(all, 'kernels'),
    suites: namesIn(all, 'suites'),
    problem,
  };
}

const namesIn = (all: readonly RunSummary[], of: 'kernels' | 'suites'): string[] => [...new Set(all.flatMap((run) => run[of]))].sort();

function fits(run: RunSummary, { verdict, kernel, suite, words }: Omit<ListFilter, 'offset' | 'limit'>): boolean {
  if (verdict !== undefined && (run.state === 'finished' ? run.verdict : run.state) !== verdict) return false;
  if (kernel !== undefined && !run.kernels.includes(kernel)) return false;
  if (suite !== undefined && !run.suites.includes(suite)) return false;
  const text = `${run.id}\n${run.name}\n${run.command}\n${run.host}\n${run.kernels.join('\n')}`.toLowerCase();
  return words === undefined || text.includes(words.toLowerCase());
}
