/** A run as tests, the way every format for CI tells it: a group per trial, a case per objective, and one for what is no objective's. */
import { decides, type Run, type TrialResult, type Verdict } from '../model.ts';
import { waivedTexts } from './waiver-text.ts';

export interface Case {
  readonly name: string;
  /** what the objective said */
  readonly verdict: Verdict;
  /**
   * what CI is to make of it. What the verdict does not rest on, sets of tweaks and other kernels that are only compared, and what another trial
   * stands for, is told as a `skip`, and makes no build red
   */
  readonly outcome: Verdict;
  readonly reason: string;
  readonly measured: string;
  readonly threshold: string;
}

export interface Group {
  readonly name: string;
  /** undefined for what the run as a whole lacks */
  readonly trial: TrialResult | undefined;
  readonly verdict: Verdict;
  readonly outcome: Verdict;
  readonly reason: string;
  readonly cases: readonly Case[];
  /** what was waived, a line each: neither red nor green, and never left out */
  readonly waived: readonly string[];
}

/** The groups of a run in its order. A run of which a part is missing or damaged has one more, so that it cannot look green. */
export function groupsOf(run: Run): Group[] {
  const groups = run.trials.map((trial) => groupOf(trial, run.waivers));
  const own = ownReasons(run);
  const told = run.verdict !== 'unknown' || run.trials.some((trial) => decides(trial) && trial.verdict === 'unknown');
  if (groups.length > 0 && told && own.length === 0) return groups;
  const verdict = groups.length > 0 ? 'unknown' : (run.verdict ?? 'unknown');
  const reason = own.join('\n') || (groups.length > 0 ? 'the run gave no verdict' : 'the run has no trial');
  const only: Case = { name: 'verdict', verdict, outcome: verdict, reason, measured: '', threshold: '' };
  return [...groups, { name: 'run', trial: undefined, verdict, outcome: verdict, reason, cases: [only], waived: [] }];
}

/** What a run says beyond its trials: what of it is missing, damaged or left behind. */
export function ownReasons({ trials, reasons }: Run): string[] {
  const told = new Set(trials.flatMap((trial) => trial.reasons.map((reason) => `${trial.name || 'run'}: ${reason}`)));
  return reasons.filter((reason) => !told.has(reason));
}

/** Whether CI is to go red for it. */
export const isRed = (outcome: Verdict): boolean => outcome === 'fail' || outcome === 'unknown';

function groupOf(trial: TrialResult, waivers: Run['waivers']): Group {
  const { verdict } = trial;
  const reason = trial.reasons.join('\n');
  const cases = trial.objectives.map(
    (objective): Case => ({ ...objective, ...told(trial, objective.verdict, objective.reason || objective.measured) }),
  );
  // What failed the trial may be no objective at all: the boot, the release. It must not look green for that.
  if (verdict !== 'pass' && !trial.objectives.some((objective) => objective.verdict === verdict))
    cases.push({ name: 'trial', measured: '', threshold: '', verdict, ...told(trial, verdict, reason || verdict) });
  return { name: trial.name, trial, verdict, ...told(trial, verdict, reason), cases, waived: waivedTexts(trial, waivers) };
}

function told(trial: TrialResult, verdict: Verdict, reason: string): { outcome: Verdict; reason: string } {
  if (verdict === 'pass' || decides(trial)) return { outcome: verdict, reason };
  return { outcome: 'skip', reason: `${trial.superseded === true ? 'tried again' : 'compared only'}, ${verdict}: ${reason}` };
}
