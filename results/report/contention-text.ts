/** Whether a trial had the lab host to itself. */
import type { TrialResult } from '../model.ts';
import { percent } from './curve-words.ts';

export const contentionTexts = ({ contention }: Pick<TrialResult, 'contention'>): string[] =>
  contention === undefined
    ? []
    : [`in ${contention.seconds} s others took ${percent(contention.others)} of the lab host's processors, and left none idle`];
