/** What the history tells of a trial before it begins: all that judging it needs to know of its plan. */
import type { HistoryRecord, Objective, Tolerance } from '../results/model.ts';
import type { SuitePlan } from '../suites/suite.ts';
import { fileSystemOf } from '../targets/target.ts';
import type { TrialRequest } from './trial.ts';
import type { Search } from './trial-plan.ts';

/** As it will be carried out: what a sabotage, a setting of storage or a tweak changes is changed. */
export interface Undertaking {
  readonly plan: SuitePlan;
  readonly objectives: readonly Objective[];
  readonly tolerance: Tolerance;
  readonly search: Search | undefined;
}

export function trialRecord(
  { suite, case: name, size, seed, candidate, profile, sabotage, tweaks, variant, repetition }: TrialRequest,
  { plan, objectives, tolerance, search }: Undertaking,
): Omit<Extract<HistoryRecord, { k: 'trial' }>, 't' | 'trial'> {
  return {
    k: 'trial',
    suite: suite.name,
    ...(name === undefined ? {} : { case: name }),
    class: size.name,
    seed,
    candidate: candidate.release,
    machines: plan.topology.machines.map((machine) => ({
      name: machine.name,
      seat: machine.seat,
      probes: [...(plan.probes[machine.name] ?? [])],
      ...(machine.disk === undefined ? {} : { fileSystem: fileSystemOf(machine) }),
    })),
    objectives: [...objectives],
    tolerance,
    hungTaskTimeout_s: profile.hungTaskTimeout_s,
    ...(sabotage === undefined ? {} : { sabotage: sabotage.name, expects: [...sabotage.how.expects] }),
    ...(search?.over === 'load' ? { search: search.plan } : {}),
    ...(search?.over === 'outage' ? { outageSearch: search.plan } : {}),
    ...(tweaks.length === 0 ? {} : { tweaks: tweaks.map(({ text }) => text) }),
    ...(variant === undefined ? {} : { variant }),
    ...repetition,
    ...(plan.line_pps === undefined ? {} : { line_pps: plan.line_pps }),
    ...(plan.grades === undefined ? {} : { grades: [...plan.grades] }),
  };
}
