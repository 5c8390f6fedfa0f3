/** Whether a trial had the lab host to itself. */
import type { TrialResult } from '../model.ts';
import { percent } from './curve-words.ts';

export const contentionTexts = ({ contention }: Pick<TrialResult, 'contention'>): string[] =>
  contention === undefined
    ? []
    : [
        ...(contention.others === 0
          ? []
          : [`in ${contention.seconds} s others took ${percent(contention.others)} of the lab host's processors, and left none idle`]),
        ...(contention.stopped_s === undefined
          ? []
          : [`for ${contention.stopped_s} s the controller itself stood still, stopped or by a terminal that took no output`]),
      ];
