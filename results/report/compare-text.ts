/** A comparison in words: what is worse first, the verdict last, where the eye is. */
import { styleText } from 'node:util';
import type { Comparison, CountDifference, Found, MeasureDifference } from '../compare/model.ts';
import { kindName, measureName } from '../compare/names.ts';
import { printable, wrap } from './cells.ts';
import { figureWords, percent } from './curve-words.ts';

export interface CompareTextOptions {
  /** columns; no line is longer */
  readonly width: number;
  readonly colour: boolean;
  /** every comparison, also those that found nothing */
  readonly all: boolean;
}

type Difference = MeasureDifference | CountDifference;

/** Width of `TOO FEW `, under which everything else is indented. */
const INDENT = 8;
const MIN_WIDTH = 24;
/** Of what has no counterpart, how much is shown; all is in the JSON. */
const MOST = 12;
/** And from how many more trials on nobody asks for them. */
const MOST_TRIALS = 100;
const LABELS = { worse: 'WORSE', better: 'BETTER', different: 'CHANGED', 'too few': 'TOO FEW', none: 'SAME' } as const satisfies Record<
  Found,
  string
>;
const COLOURS = {
  WORSE: 'red',
  BETTER: 'green',
  CHANGED: 'cyan',
  MAYBE: 'yellow',
  'TOO FEW': 'yellow',
  PASS: 'green',
  FAIL: 'red',
  UNKNOWN: 'yellow',
} as const;

/** Lines ended by `\n`. */
export function renderComparison(comparison: Comparison, { width, colour, all }: CompareTextOptions): string {
  const room = Math.max(MIN_WIDTH, width) - INDENT;
  const hinted = comparisonTexts(comparison, all).map(({ label, texts }) =>
    label === LABELS.none && !all ? { label, texts: texts.map((text) => `${text} (--all lists them)`) } : { label, texts },
  );
  const lines = hinted.flatMap(({ label, texts }) => {
    const style = COLOURS[label as keyof typeof COLOURS];
    const shown =
      colour && style !== undefined ? styleText(['bold', style], label.padEnd(INDENT), { validateStream: false }) : label.padEnd(INDENT);
    return texts.flatMap((text) => wrap(printable(text), room)).map((line, index) => (index === 0 ? shown : ' '.repeat(INDENT)) + line);
  });
  return `${lines.join('\n')}\n`;
}

/** What is said under one label, one sentence after the other. */
export interface Labelled {
  readonly label: string;
  readonly texts: readonly string[];
}

/** All that a comparison has to say; `all` as in CompareTextOptions. */
export function comparisonTexts(comparison: Comparison, all: boolean): Labelled[] {
  const block = (label: string, texts: readonly string[]): Labelled[] => (texts.length === 0 ? [] : [{ label, texts }]);
  const differences: readonly Difference[] = [...comparison.measures, ...comparison.counts];
  const of = (found: Found) => differences.filter((each) => each.found === found);
  const unsuspected = (found: Found) => of(found).filter((each) => !isSuspect(each));
  const each = (found: Found) => unsuspected(found).flatMap((difference) => block(LABELS[found], textsOf(difference)));
  const { noCounterpart, notes } = comparison;
  const suspects = comparison.counts.filter(isSuspect);
  const alone = noCounterpart
    // what forbids a pass first
    .toSorted((x, y) => Number(y.cannotPass ?? false) - Number(x.cannotPass ?? false))
    .map((gap) => [gap.side === 'neither' ? 'NEITHER' : `ONLY ${gap.side}`, aloneText(gap)] as const);
  return [
    ...(['a', 'b'] as const).flatMap((side) => block(side.toUpperCase(), sideTexts(comparison[side]))),
    ...(['worse', 'better', 'different'] as const).flatMap(each),
    ...suspects.flatMap((count) => block('MAYBE', countTexts(count))),
    ...(all ? each('too few') : block('TOO FEW', tooFewTexts(of('too few')))),
    ...(all ? each('none') : block('SAME', sameTexts(unsuspected('none').length))),
    ...alone.slice(0, MOST).flatMap(([label, text]) => block(label, [text])),
    ...(alone.length > MOST ? block('', [`and ${alone.length - MOST} more without a counterpart, see --json`]) : []),
    ...notes.flatMap((note) => block('NOTE', [note])),
    ...block(comparison.verdict.toUpperCase(), [verdictText(comparison, of)]),
  ];
}

function sideTexts({ label, runs, kernels, trials, leftOut }: Comparison['a']): string[] {
  return [
    [label, kernels.join(', '), runs.length === 1 ? '1 run' : `${runs.length} runs`, trialsText(trials)]
      .filter((part, index, all) => all.indexOf(part) === index)
      .join(', '),
    ...leftOut.map(
      (out) =>
        `left out, since ${out.verdict === 'skip' ? 'skipped' : 'unknown'}: ${trialsText(out.trials)}${out.why === '' ? '' : `: ${out.why}`}`,
    ),
  ];
}

const aloneText = ({ side, what, trials, leftOut }: Comparison['noCounterpart'][number]): string => {
  if (side === 'neither') return `${what} (${trialsText(leftOut)}, which prove nothing)`;
  return `${what} (${trialsText(trials)}${leftOut === 0 ? '' : `; of ${side === 'A' ? 'B' : 'A'} ${trialsText(leftOut)}, which prove nothing`})`;
};

/** A person must look at it: it is not said to be worse, and forbids to say that nothing is. */
const isSuspect = (difference: Difference): boolean => 'suspect' in difference && difference.suspect === true;

const textsOf = (difference: Difference): string[] => ('title' in difference ? countTexts(difference) : measureTexts(difference));

function measureTexts(difference: MeasureDifference): string[] {
  const { kind, name, machine, a, b, pairs, change, pCorrected, unit } = difference;
  const same = a.median === b.median;
  // medians that are alike hide what a few trials had
  const statistic = same && a.mean !== b.mean ? 'mean' : 'median';
  const figures = statistic === 'mean' ? ([a.mean, b.mean] as const) : ([a.median, b.median] as const);
  const never = a.never + b.never === 0 ? '' : `, never came ${a.never} -> ${b.never} times`;
  const of = pairs === undefined ? `${a.trials} and ${b.trials} trials` : pairs === 1 ? '1 pair' : `${pairs} pairs`;
  return [
    `${measureName({ name, machine })}, in ${kindName(kind)}`,
    `${statistic} ${figures.map((value) => (value === null ? 'never' : figureWords(value, unit))).join(' -> ')}${change === null || statistic === 'mean' ? '' : `, ${changeText(change)}`}${never}; ${of}, ${pText(pCorrected)}${moreText(difference)}`,
  ];
}

function countTexts(difference: CountDifference): string[] {
  const { what, title, class: family, waived, change, kinds, a, b, pCorrected } = difference;
  const name =
    what === 'event'
      ? `"${title}" (${family}${waived ? ', waived' : ''})`
      : what === 'objective missed'
        ? `objective missed: ${title}`
        : title;
  const where = kinds.map((each) => (kinds.length === 1 ? kindName(each.kind) : `${kindName(each.kind)}: ${sharesText(each)}`));
  return [
    `${change}: ${name}`,
    `${sharesText({ a, b })} trials, in ${where.slice(0, MOST).join('; ')}${where.length > MOST ? '; …' : ''}; ${pText(pCorrected)}${moreText(difference)}`,
  ];
}

const sharesText = ({ a, b }: Pick<CountDifference, 'a' | 'b'>): string => `${a.seen} in ${a.trials} -> ${b.seen} in ${b.trials}`;

/** How many more it would take; of what was found, and of what would take more than anybody does, nothing. */
function moreText({ moreToTell, moreToSee }: Difference): string {
  if (moreToTell !== undefined) return `; not enough runs: at least ${neededText(moreToTell)} needed`;
  if (moreToSee === undefined || Math.max(moreToSee.a, moreToSee.b) > MOST_TRIALS) return '';
  return `; a difference like that would be found with ${neededText(moreToSee)}`;
}

/** `4 more trials of each`. */
function neededText({ a, b }: { readonly a: number; readonly b: number }): string {
  const trials = (count: number) => `${count} more trial${count === 1 ? '' : 's'}`;
  if (a === b) return `${trials(a)} of each`;
  return [...(a > 0 ? [`${trials(a)} of A`] : []), ...(b > 0 ? [`${trials(b)} of B`] : [])].join(' and ');
}

/** Those that need alike numbers together. */
function tooFewTexts(differences: readonly Difference[]): string[] {
  const rising = differences.toSorted((x, y) => mostNeeded(x) - mostNeeded(y));
  const groups = Map.groupBy(rising, ({ moreToTell }) => neededText(moreToTell ?? { a: 0, b: 0 }));
  return [...groups].map(
    ([needed, own]) =>
      `not enough runs: at least ${needed} needed before ${own.length === 1 ? '1 comparison' : `${own.length} comparisons`} could tell anything`,
  );
}

const mostNeeded = ({ moreToTell: { a, b } = { a: 0, b: 0 } }: Difference): number => Math.max(a, b);

const sameTexts = (count: number): string[] =>
  count === 0 ? [] : [`${count === 1 ? '1 comparison' : `${count} comparisons`} found no difference`];

function verdictText(
  { verdict, alpha, counted, measures, counts, noCounterpart, moreToTell }: Comparison,
  of: (found: Found) => readonly Difference[],
): string {
  const total = measures.length + counts.length;
  if (total === 0) return 'compare: nothing of A has a counterpart in B';
  const suspects = counts.filter(isSuspect).length;
  const gaps = noCounterpart.filter(({ cannotPass }) => cannotPass).length;
  const words = [
    ...(of('worse').length > 0 ? [`${of('worse').length} worse`] : verdict === 'pass' ? ['nothing is worse'] : []),
    ...(of('better').length > 0 ? [`${of('better').length} better`] : []),
    ...(of('different').length > 0 ? [`${of('different').length} changed`] : []),
    ...(suspects > 0 ? [`${suspects} that may be worse, or chance`] : []),
    ...(gaps > 0 ? [`${gaps} that ${gaps === 1 ? 'has' : 'have'} no counterpart and should`] : []),
    ...(moreToTell === undefined ? [] : [`not enough runs: at least ${neededText(moreToTell)} needed`]),
  ];
  const certainty = `the chance of a false alarm in any of them is at most ${percent(alpha)}`;
  return `compare: ${words.join(', ')}; of ${total} comparisons ${counted} varied, and ${certainty}`;
}

const trialsText = (count: number): string => (count === 1 ? '1 trial' : `${count} trials`);

const pText = (p: number): string => (p < 0.0001 ? 'p < 0.0001, corrected' : `p ${Number(p.toPrecision(2))}, corrected`);

/** `+24 % (+18 to +29 %)`. */
function changeText({ estimate, low, high }: NonNullable<MeasureDifference['change']>): string {
  const signed = (share: number | null) => (share === null ? '?' : `${share < 0 ? '' : '+'}${Number((100 * share).toPrecision(2))}`);
  return `${signed(estimate)} %${low === null && high === null ? '' : ` (${signed(low)} to ${signed(high)} %)`}`;
}
