/** The kernel that a run was told to compare with, beside those that its verdict is of: whoever reads a report must not take one for the other. */
import { type CandidateRecord, candidateOf, type Run, type TrialResult, Verdict } from '../model.ts';

/** The kernel of a trial, and whether it is only compared with. */
export const kernelText = ({ candidate, reference }: Pick<TrialResult, 'candidate' | 'reference'>): string =>
  [candidate, ...(reference === true ? ['(reference)'] : [])].filter(Boolean).join(' ');

/** The kernels that the verdict is of, and those that they are only compared with. */
export function kernelsOf(run: Run): { readonly own: readonly CandidateRecord[]; readonly compared: readonly CandidateRecord[] } {
  const compared = new Set(run.trials.filter(({ reference }) => reference === true).map((trial) => candidateOf(run, trial)));
  return { own: run.candidates.filter((each) => !compared.has(each)), compared: run.candidates.filter((each) => compared.has(each)) };
}

/** `6 trials (5 pass, 1 fail), 6 of the reference (6 pass)`, verdicts in `order`. */
export function trialsText(
  trials: readonly Pick<TrialResult, 'verdict' | 'reference'>[],
  order: readonly Verdict[] = Verdict.options,
): string {
  const verdicts = (those: typeof trials): string => {
    const counts = order.map((each) => [those.filter(({ verdict }) => verdict === each).length, each] as const);
    const told = counts.filter(([count]) => count > 0).map((pair) => pair.join(' '));
    return told.length === 0 ? '' : ` (${told.join(', ')})`;
  };
  const compared = trials.filter(({ reference }) => reference === true);
  const own = trials.filter(({ reference }) => reference !== true);
  const count = own.length === 1 ? '1 trial' : `${own.length} trials`;
  return `${count}${verdicts(own)}${compared.length === 0 ? '' : `, ${compared.length} of the reference${verdicts(compared)}`}`;
}
