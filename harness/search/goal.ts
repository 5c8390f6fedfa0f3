/** What the search is asked for: the range, the goals, the durations and the budget. */
import type { Goal, SearchPlan } from '../../results/curve.ts';
import { UsageError } from '../../results/errors.ts';

/** What the goals ask when nobody says otherwise. */
export const GOALS: readonly Goal[] = [
  { kind: 'loss', name: 'throughput', atMost: 0.002, repeats: 3, exceedRatio: 0.5 },
  { kind: 'loss', name: 'loss of 0.5 %', atMost: 0.005, repeats: 3, exceedRatio: 0.5 },
  { kind: 'survival', name: 'survival', repeats: 3 },
];

/** The plan itself. @throws UsageError naming the first thing in it that cannot be */
export function checked(plan: SearchPlan): SearchPlan {
  const { least_pps, most_pps, resolution, short_s, final_s, mostTrials, most_s, goals } = plan;
  const names = goals.map(({ name }) => name);
  const needs: readonly (readonly [boolean, string])[] = [
    [Number.isInteger(least_pps) && least_pps >= 1, `the least load must be a whole number of at least 1 packet/s, not ${least_pps}`],
    [
      Number.isInteger(most_pps) && most_pps >= least_pps,
      `the highest load must be a whole number of at least ${least_pps}, not ${most_pps}`,
    ],
    [resolution > 0 && resolution <= 1, `the resolution must be above 0 and at most 1, not ${resolution}`],
    [short_s > 0 && final_s >= short_s, `trials of ${short_s} s cannot come before final ones of ${final_s} s`],
    [mostTrials >= 1 && most_s >= short_s, `a budget of ${mostTrials} trials and ${most_s} s allows no trial`],
    [goals.length > 0 && new Set(names).size === names.length, 'the goals must have names, each its own, and be one at least'],
    ...goals.map((goal): [boolean, string] => [
      Number.isInteger(goal.repeats) &&
        goal.repeats >= 1 &&
        (goal.kind === 'survival' || (goal.atMost >= 0 && goal.atMost < 1 && goal.exceedRatio >= 0 && goal.exceedRatio < 1)),
      `goal ${goal.name}: at least one repeat, ratios of at least 0 and below 1`,
    ]),
  ];
  const broken = needs.find(([holds]) => !holds);
  if (broken !== undefined) throw new UsageError(`search: ${broken[1]}`);
  return plan;
}
