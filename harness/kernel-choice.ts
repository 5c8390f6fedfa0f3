/** Which trials of the runs that a person named stand on which side of a comparison. */
import { againstOf, distinct, kernelName, kernelsOf, type Side, sideOf, sidesWithin, type Taken } from '../results/compare/sides.ts';
import { UsageError } from '../results/errors.ts';
import type { CandidateRecord } from '../results/model.ts';
import { suggestion } from './nearest.ts';
import type { RunSet } from './run-sets.ts';

/**
 * Sides A and B: two sets of runs, or two kernels within one: those that it was told to compare, the reference first, or those of `kernels`, which is
 * `A,B`, one kernel for each side, or one for both. Throws UsageError where it is not clear which kernel a side is of, and where both sides would be
 * the same.
 */
export function chooseSides(a: RunSet, b: RunSet | undefined, kernels: string | undefined): readonly [Side, Side] {
  const words = kernels?.split(',') ?? [];
  if (words.length > 2 || words.includes('')) throw new UsageError(`--kernels takes one kernel for each side, A,B, not "${kernels}"`);
  const [wordA, wordB = wordA] = words;
  if (b === undefined) {
    const against = kernels === undefined ? againstOf(a.runs) : undefined;
    if (against !== undefined) return sidesWithin(a.runs, ...against);
    if (wordA === undefined || wordB === undefined || words.length < 2)
      throw new UsageError(
        `say with what ${a.label} is to be compared: other runs, or --kernels A,B for two of its own${listed(kernelsOf(a.runs))}`,
      );
    const [ofA, ofB] = [kernelIn(a, wordA), kernelIn(a, wordB)];
    const within = sidesWithin(a.runs, ofA, ofB);
    if (runOnBoth(...within) !== undefined) throw new UsageError(`--kernels ${kernels}: both are ${ofA.release}`);
    return within;
  }
  const sides = [sideOf(a.label, a.runs, choose(a, wordA)), sideOf(b.label, b.runs, choose(b, wordB))] as const;
  const twice = runOnBoth(...sides);
  if (twice !== undefined) throw new UsageError(`the run ${twice} stands on both sides, of ${a.label} and of ${b.label}`);
  return sides;
}

/** The first run of which a trial stands on both sides. */
function runOnBoth(a: Side, b: Side): string | undefined {
  const key = ({ run, trial }: Taken): string => JSON.stringify([run.id, trial.name]);
  const ofA = new Set(a.trials.map(key));
  return b.trials.find((taken) => ofA.has(key(taken)))?.run.id;
}

/** Undefined is every kernel there is, which is one in each run. */
function choose(set: RunSet, word: string | undefined): CandidateRecord | undefined {
  if (word !== undefined) return kernelIn(set, word);
  const several = set.runs.find(({ candidates }) => candidates.length > 1);
  if (several === undefined) return undefined;
  throw new UsageError(
    `${set.label}: the run ${several.id} is of several kernels, so --kernels must say which${listed(several.candidates)}`,
  );
}

/** The kernel that a word means: its release or what was asked for, else the only one of which it is a part, with whole numbers: 6.1 is no part of 6.12. */
function kernelIn(set: RunSet, word: string): CandidateRecord {
  const kernels = set.runs.flatMap(({ candidates }) => candidates);
  const part = new RegExp(`${NOT_IN_A_NUMBER}${RegExp.escape(word)}${NOT_IN_A_NUMBER}`);
  const whole = kernels.filter(({ release, asked }) => release === word || asked === word);
  const meant = distinct(whole.length > 0 ? whole : kernels.filter(({ release, asked }) => part.test(release) || part.test(asked)));
  const [first] = meant;
  if (first === undefined) {
    const names = new Set(kernels.flatMap(({ release, asked }) => [release, asked]));
    throw new UsageError(`${set.label} holds no kernel "${word}"${suggestion(word, [...names])}`);
  }
  if (meant.length > 1) throw new UsageError(`"${word}" is several kernels of ${set.label}${listed(meant)}`);
  return first;
}

/** No place between two digits. */
const NOT_IN_A_NUMBER = '(?<!\\d(?=\\d))';

const listed = (kernels: readonly CandidateRecord[]): string =>
  kernels.length === 0 ? '' : `: ${kernels.map((each) => kernelName(each, kernels)).join(', ')}`;
