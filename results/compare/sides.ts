/** The two sides of a comparison, and which of their trials are alike enough to be compared. */
import { type CandidateRecord, candidateOf, isUntweaked, type Run, type TrialResult } from '../model.ts';
import { Kind } from './model.ts';

/** A trial with the run that it is of. Trials of the two sides with the same `pair` were made for each other, one after the other. */
export interface Taken {
  readonly run: Run;
  readonly trial: TrialResult;
  readonly pair?: string;
}

export interface Side {
  readonly label: string;
  readonly trials: readonly Taken[];
}

/** The trials of one kind that count, on either side; how many do not, and of how many of these it is unknown what became of them. */
export interface Alike {
  readonly kind: Kind;
  readonly a: readonly Taken[];
  readonly b: readonly Taken[];
  readonly leftOut: { readonly a: number; readonly b: number };
  readonly unknown: { readonly a: number; readonly b: number };
}

/** Every trial of the runs, or of one kernel in them; but for those that our own side broke and that were tried again. */
export function sideOf(label: string, runs: readonly Run[], kernel?: CandidateRecord): Side {
  return {
    label,
    trials: runs.flatMap((run) =>
      run.trials.filter((trial) => trial.superseded !== true && isOf(kernel, run, trial)).map((trial) => ({ run, trial })),
    ),
  };
}

/**
 * Two kernels of the same runs: trials of a kind with the same seed and number of repetition, in one run, are a pair, whatever the order in which they
 * were carried out. What a night has of its own is then the same for both.
 */
export function sidesWithin(runs: readonly Run[], a: CandidateRecord, b: CandidateRecord): readonly [Side, Side] {
  const paired = (kernel: CandidateRecord): Side => {
    const { label, trials } = sideOf(kernelName(kernel, [a, b]), runs, kernel);
    return {
      label,
      trials: trials.map((taken) => ({ ...taken, pair: JSON.stringify([taken.run.id, taken.trial.seed, taken.trial.repeat ?? 1]) })),
    };
  };
  return [paired(a), paired(b)];
}

/** The kernel that the runs were told to compare with, and the one that they compare with it: `--against`. Undefined where that is not clear. */
export function againstOf(runs: readonly Run[]): readonly [CandidateRecord, CandidateRecord] | undefined {
  const kernels = (reference: boolean) =>
    distinct(
      runs.flatMap((run) =>
        run.trials.filter((trial) => (trial.reference === true) === reference).flatMap((trial) => candidateOf(run, trial) ?? []),
      ),
    );
  const [[a, ...moreOfA], [b, ...moreOfB]] = [kernels(true), kernels(false)];
  return a === undefined || b === undefined || moreOfA.length + moreOfB.length > 0 ? undefined : [a, b];
}

/** The candidates of the runs, each kernel once. */
export function kernelsOf(runs: readonly Run[]): CandidateRecord[] {
  return distinct(runs.flatMap(({ candidates }) => candidates));
}

export const distinct = (kernels: readonly CandidateRecord[]): CandidateRecord[] =>
  kernels.filter((each, index) => kernels.findIndex((other) => isSame(other, each)) === index);

/** A release that was asked for in one way, or whose image is the same: a meta package is asked for by another name than the kernel that it stands for. */
const isSame = (one: CandidateRecord, other: CandidateRecord): boolean =>
  one.release === other.release && (one.asked === other.asked || (imageOf(one) !== undefined && imageOf(one) === imageOf(other)));

const imageOf = ({ files }: CandidateRecord): string | undefined => files.find(({ role }) => role === 'image')?.sha256;

/** Its release, which is enough unless another of `all` has the same. */
export function kernelName(kernel: CandidateRecord, all: readonly CandidateRecord[]): string {
  const alike = all.some((other) => other.release === kernel.release && other.asked !== kernel.asked);
  return alike ? `${kernel.release} (${kernel.asked})` : kernel.release;
}

/** In a run that has the very candidate, its trials are of that alone: the same image may be held against itself, or have other modules there. */
function isOf(kernel: CandidateRecord | undefined, run: Run, trial: TrialResult): boolean {
  if (kernel === undefined) return true;
  const own = candidateOf(run, trial);
  const isVery = ({ asked, release }: CandidateRecord): boolean => asked === kernel.asked && release === kernel.release;
  return own !== undefined && (run.candidates.some(isVery) ? isVery(own) : isSame(own, kernel));
}

/** What must be the same for a comparison to be one of kernels. Trials that were sabotaged are of a kind of their own. */
export function kindOf({ run, trial }: Taken): Kind {
  const { suite, case: name, class: size, tweaks = [] } = trial;
  const changed = [isUntweaked(trial) ? tweaks.join(' ') : trial.variant, run.sabotage && `sabotaged: ${run.sabotage}`];
  const variant = changed.filter((each) => each !== undefined && each !== '').join(', ');
  const accelerator = run.host.accelerator;
  return Kind.parse({
    suite,
    ...(name !== undefined && { case: name }),
    class: size,
    ...(variant !== '' && { variant }),
    profile: run.profile,
    target: run.target,
    ...(accelerator !== undefined && { accelerator: String(accelerator) }),
  });
}

/** A trial's figures count where it gave a verdict on the kernel: what is unknown or was skipped proves nothing. */
export const counts = ({ trial: { verdict } }: Taken): boolean => verdict === 'pass' || verdict === 'fail';

/** All kinds of trial, in the order in which they are first met; also those of which none counts. */
export function alike(a: Side, b: Side): Alike[] {
  type Counts = { a: number; b: number };
  const kinds = new Map<string, { kind: Kind; a: Taken[]; b: Taken[]; leftOut: Counts; unknown: Counts }>();
  for (const side of ['a', 'b'] as const)
    for (const taken of { a, b }[side].trials) {
      const kind = kindOf(taken);
      const key = JSON.stringify(kind);
      const own = kinds.get(key) ?? { kind, a: [], b: [], leftOut: { a: 0, b: 0 }, unknown: { a: 0, b: 0 } };
      if (counts(taken)) own[side].push(taken);
      else own.leftOut[side] += 1;
      if (taken.trial.verdict === 'unknown') own.unknown[side] += 1;
      kinds.set(key, own);
    }
  return [...kinds.values()];
}
