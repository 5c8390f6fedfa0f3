/** The comparison within one run, where it was told to compare: `--against`. */
import type { Run } from '../model.ts';
import { compareSides } from './compare.ts';
import type { Comparison } from './model.ts';
import { againstOf, sidesWithin } from './sides.ts';

/** The candidate against the kernel that the run was told to try beside it, pair by pair. Undefined where it was told of none. */
export function comparisonWithin(run: Run): Comparison | undefined {
  const kernels = againstOf([run]);
  return kernels === undefined ? undefined : compareSides(...sidesWithin([run], ...kernels));
}
