/** Comparisons of drawn nights, for the tests. */
import type { Run } from '../model.ts';
import { compareSides } from './compare.ts';
import type { Comparison } from './model.ts';
import { sideOf, sidesWithin } from './sides.ts';

export const OLD = { release: '6.1.0-56-cloud-amd64' };
export const NEW = { release: '6.12.117+deb12-cloud-amd64' };
/** Seeds apart, so that no two nights of a file are the same. */
export const EACH = 1000;

/** Nights against others. */
export const sides = (a: readonly Run[], b: readonly Run[], resamples = 0): Comparison =>
  compareSides(sideOf('A', a), sideOf('B', b), { resamples });

/** The two kernels of the same nights, pair by pair. */
export const within = (runs: readonly Run[]): Comparison => {
  const [first, second] = (runs[0] as Run).candidates;
  return compareSides(...sidesWithin(runs, first as Run['candidates'][number], second as Run['candidates'][number]), { resamples: 0 });
};

/** Whatever is said to differ, in a line each. */
export const said = ({ measures, counts }: Comparison): string[] =>
  [...measures, ...counts]
    .filter(({ found }) => found === 'worse' || found === 'better' || found === 'different')
    .map((each) => ('title' in each ? `${each.change} ${each.title}` : `${each.found} ${each.name} ${each.kind.case}`));
