/** Figures of both sides -> what a test says of each. */

import { median } from '../confidence.ts';
import { type ComparableFigure, comparableFigures } from '../figures.ts';
import { changeOf } from './bootstrap.ts';
import { canTell, canTellByPairs, pairsToSee, valuesToSee } from './enough.ts';
import type { Kind, MeasureDifference } from './model.ts';
import { rankSum, signedRank, type Tested } from './ranks.ts';
import type { Alike, Taken } from './sides.ts';

interface Value {
  readonly value: number;
  readonly pair: string | undefined;
}

/** One figure of one kind of trial: a value for each trial that has it. */
export interface Measure extends Omit<ComparableFigure, 'value'> {
  readonly kind: Kind;
  readonly a: readonly Value[];
  readonly b: readonly Value[];
}

export type TestedMeasure = Omit<MeasureDifference, 'found' | 'pCorrected' | 'moreToTell' | 'moreToSee'> &
  Tested & { readonly toSee?: number };

/** All figures of a kind, those of one side alone too: its other is empty then. */
export function measuresOf({ kind, a, b }: Alike): Measure[] {
  const found = new Map<string, ComparableFigure & { a: Value[]; b: Value[] }>();
  const gather = (side: 'a' | 'b', { trial, pair }: Taken) => {
    for (const figure of comparableFigures(trial)) {
      const key = JSON.stringify([figure.name, figure.machine, figure.unit]);
      const own = found.get(key) ?? { ...figure, a: [], b: [] };
      own[side].push({ value: figure.value, pair });
      found.set(key, own);
    }
  };
  for (const each of a) gather('a', each);
  for (const each of b) gather('b', each);
  return [...found.values()].map(({ value: _first, ...rest }) => ({ ...rest, kind }));
}

/** Whether it has more than one value: what is the same everywhere cannot be told apart, and counts for nothing. */
export const varies = ({ a, b }: Measure): boolean => new Set([...a, ...b].map(({ value }) => value)).size > 1;

/**
 * Paired values are compared as pairs, where each of both sides has its own. Of few pairs the signed ranks have few possible sums: where their
 * smallest p could not be believed among so many `comparisons`, the values are compared as if they were no pairs, which has more; it errs
 * towards no difference then, since pairs are more alike than it takes them for. Which of the two it is depends on the numbers alone, never on the values.
 */
export function testMeasure(measure: Measure, comparisons: number, resamples?: number): TestedMeasure {
  const { kind, name, machine, unit, better } = measure;
  const pairs = pairsIn(measure);
  const a = pairs?.map(([value]) => value) ?? measure.a.map(({ value }) => value);
  const b = pairs?.map(([, value]) => value) ?? measure.b.map(({ value }) => value);
  const byPairs = pairs !== undefined && (canTellByPairs(pairs.length, comparisons) || !canTell({ a: a.length, b: b.length }, comparisons));
  const { p, least, higher } = byPairs ? signedRank(pairs.map(([ofA, ofB]) => difference(ofA, ofB))) : rankSum(a, b);
  const toSee = byPairs ? pairsToSee(higher, comparisons) : valuesToSee(higher, comparisons);
  return {
    ...{ kind, name, unit, better },
    ...(machine !== undefined && { machine }),
    ...{ a: summary(a), b: summary(b), change: changeOf({ a, b, paired: pairs !== undefined }, resamples), higher },
    test: byPairs ? 'Wilcoxon signed rank' : 'Mann-Whitney',
    ...(pairs !== undefined && { pairs: pairs.length }),
    ...{ p, least },
    ...(toSee !== undefined && { toSee }),
  };
}

/** The pairs of which both sides have a value; undefined where some value is of no pair. */
function pairsIn({ a, b }: Measure): (readonly [number, number])[] | undefined {
  if ([...a, ...b].some(({ pair }) => pair === undefined)) return undefined;
  const others = new Map(b.map(({ pair, value }) => [pair, value]));
  const pairs = a.flatMap(({ pair, value }) => (others.has(pair) ? [[value, others.get(pair) as number] as const] : []));
  return pairs.length === 0 ? undefined : pairs;
}

/** More digits than anything is measured with, so that equal differences of decimal fractions are ties. */
const difference = (a: number, b: number): number => (a === b ? 0 : Number((b - a).toPrecision(9)));

function summary(values: readonly number[]): MeasureDifference['a'] {
  const finite = values.filter(Number.isFinite);
  const middle = values.length === 0 ? Number.NaN : median(values);
  return {
    trials: values.length,
    median: Number.isFinite(middle) ? middle : null,
    mean: finite.length === 0 ? null : finite.reduce((total, each) => total + each, 0) / finite.length,
    never: values.length - finite.length,
  };
}
