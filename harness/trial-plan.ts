/** What a trial will do and how long that takes, before it begins. Pure. */
import type { SearchPlan } from '../results/curve.ts';
import { UsageError } from '../results/errors.ts';
import type { Objective } from '../results/model.ts';
import type { OutageSearchPlan } from '../results/outage.ts';
import type { Profile } from '../suites/profiles.ts';
import type { SuitePlan } from '../suites/suite.ts';
import { GOALS } from './search/goal.ts';
import type { TrialRequest } from './trial.ts';

export const ARM_LIMIT_S = 120;
export const CHECK_LIMIT_S = 900;
export const COLLECT_LIMIT_S = 120;

/** How long a trial is expected to take at most, in seconds: what it starts ends by itself after that. */
export function trialLimit_s(plan: SuitePlan, profile: Profile): number {
  const { recovery, baseline, bootLimit_s } = profile;
  const { limit_s, hold_s } = recovery;
  const quiet_s = CHECK_LIMIT_S + COLLECT_LIMIT_S + hangWatch_s(profile) + dumpLimit_s(profile);
  return bootLimit_s * 4 + ARM_LIMIT_S + baseline.limit_s + stormLength_s(plan) + limit_s * 3 + hold_s + quiet_s;
}

/** How long is waited for what is taken of a kernel that panicked: its log and, where that is asked for, a core. */
export const dumpLimit_s = ({ dump }: Profile): number => dump.limit_s * (dump.vmcore ? 2 : 1);

/** How long after a storm a task that it left hanging may still be reported: between one and two timeouts (kernel/hung_task.c), and a little. */
export const hangWatch_s = ({ hungTaskTimeout_s }: Profile): number => 2 * hungTaskTimeout_s + 1;

/** What it takes longer where memory is initialised for each GiB. */
const PER_GiB_S = 0.03;

/** What a trial without trouble takes, in seconds: for the estimate that a person sees. Boot, arming and reading back are from experience under TCG. */
export function expectedLength_s({
  suite,
  size,
  profile,
  seed,
  case: name,
  search,
}: Pick<TrialRequest, 'suite' | 'size' | 'profile' | 'seed' | 'case' | 'search'>): number {
  const { recovery, baseline } = profile;
  const { mostTrials, most_s, final_s } = profile.search;
  const plan = suite.plan(size, profile, seed, name);
  // a search needs half of its trials or less, each with its recovery
  const searched_s =
    plan.outageObjectives === undefined
      ? Math.min(most_s, (mostTrials / 2) * (final_s + 2 * recovery.hold_s))
      : profile.outageSearch.budget_s / 2;
  const storm_s = search ? searched_s : stormLength_s(plan);
  const ready_s = 25 + PER_GiB_S * (size.memory_MiB / 1024);
  return ready_s + baseline.least_s + storm_s + Math.max(recovery.hold_s, hangWatch_s(profile));
}

/** What a storm is searched for: the load at which a host gives way, or the longest outage that it bears. */
export type Search = { readonly budget_s: number } & (
  | { readonly over: 'load'; readonly plan: SearchPlan }
  | { readonly over: 'outage'; readonly plan: OutageSearchPlan; readonly objectives: readonly Objective[] }
);

/** Of a suite that knows how much its link carries: up to that; of one with an outage: its length. Throws UsageError for another. */
export function searchOf({ line_pps, outageObjectives: objectives }: SuitePlan, { search, outageSearch }: Profile): Search {
  if (objectives !== undefined) return { over: 'outage', budget_s: outageSearch.budget_s, plan: outageSearch, objectives };
  if (line_pps === undefined) throw new UsageError('--search: only floods and outages can be searched for where a host gives way');
  const { repeats, ...plan } = search;
  const goals = GOALS.map((goal) => ({ ...goal, repeats }));
  return { over: 'load', budget_s: plan.most_s, plan: { ...plan, most_pps: Math.max(plan.least_pps, line_pps), goals } };
}

export const stormLength_s = (plan: SuitePlan): number => Math.max(0, ...plan.schedule.map(({ at_s, for_s }) => at_s + for_s));
