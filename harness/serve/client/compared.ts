/** What of two runs is worth a look. Pure. */
import type { ComparedMeasure } from '../protocol.ts';

/** What differs by less is the same to the eye. */
const SAME = 0.05;

/** Whether a measure is not the same on both sides, or a test says anything of it. Where there is no ratio, as of 0 and 0, only what is equal is the same. */
export const differs = ({ a, b, ratio, says }: Pick<ComparedMeasure, 'a' | 'b' | 'ratio' | 'says'>): boolean =>
  says !== undefined || (ratio === null ? a !== b : Math.abs(ratio - 1) >= SAME);
