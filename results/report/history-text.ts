/** The runs of the store for a terminal: a table of them, and how a measure went from run to run. */
import { styleText } from 'node:util';
import { medianOf } from '../confidence.ts';
import type { StoredRun, Trend } from '../store/queries.ts';
import { cells, clip, printable } from './cells.ts';
import { figureWords } from './curve-words.ts';

export interface HistoryOptions {
  /** columns; no line is longer, but for a run's id and verdict, which are never cut */
  readonly width: number;
  readonly colour: boolean;
}

const COLOURS: Readonly<Record<string, 'green' | 'red' | 'yellow' | 'cyan'>> = {
  pass: 'green',
  fail: 'red',
  unknown: 'yellow',
  skip: 'cyan',
};
const VERDICTS = ['pass', 'fail', 'unknown', 'skip'];
const GAP = '  ';

type Column<T> = readonly [head: string, of: (row: T) => string];

/** The first two are always there; in a narrow window the last go first. */
const RUN_COLUMNS: readonly Column<StoredRun>[] = [
  ['', ({ verdict }) => verdict.toUpperCase()],
  ['run', ({ id }) => printable(id)],
  ['name', ({ name }) => printable(name)], // by which runs are chosen
  ['trials', ({ trials }) => countsOf(trials)],
  ['kernel', ({ trials }) => several(trials.map(({ kernel }) => kernel))],
  ['class', ({ trials }) => several(trials.map((trial) => trial.class))],
  ['profile', ({ profile }) => printable(profile)],
];
const ALWAYS = 2;
/** What was not passed is worth more than the last columns: so much room is kept for it, where there is any. */
const REMARK = 24;
const LEAST_REMARK = 8;

/** Runs as a table, in the order given, and behind each what in it was not passed; `total` is how many there are besides. Lines ended by `\n`. */
export function renderHistory(runs: readonly StoredRun[], total: number, { width, colour }: HistoryOptions): string {
  if (runs.length === 0) return 'no such run is in the store\n';
  const widths = RUN_COLUMNS.map(([head, of]) => Math.max(cells(head), ...runs.map((run) => cells(of(run)))));
  const remark = Math.min(REMARK, Math.max(...runs.map((run) => cells(remarkOf(run)))));
  const room = width - (remark === 0 ? 0 : GAP.length + remark);
  const fits = RUN_COLUMNS.filter((_, index) => index < ALWAYS || sum(widths.slice(0, index + 1)) + index * GAP.length <= room);
  const row = (texts: readonly string[]): string =>
    texts.map((text, index) => text + ' '.repeat((widths[index] ?? 0) - cells(text))).join(GAP);
  const line = (run: StoredRun): string => {
    const [verdict = '', ...rest] = fits.map(([, of]) => of(run));
    const plain = row([verdict, ...rest]);
    const left = width - cells(plain) - GAP.length;
    const whole = (left < LEAST_REMARK ? plain : plain + GAP + clip(remarkOf(run), left)).trimEnd();
    const paint = COLOURS[run.verdict];
    return colour && paint !== undefined ? whole.replace(verdict, styleText(['bold', paint], verdict, { validateStream: false })) : whole;
  };
  const heads = row(fits.map(([head]) => head)).trimEnd();
  const more = runs.length < total ? `the newest ${runs.length} of ${total} runs` : total === 1 ? '1 run' : `${total} runs`;
  return `${[heads, ...runs.map(line), clip(more, width)].join('\n')}\n`;
}

/** `4 pass, 1 fail` */
function countsOf(trials: StoredRun['trials']): string {
  const counts = VERDICTS.map((verdict) => [trials.filter((trial) => trial.verdict === verdict).length, verdict] as const);
  return (
    counts
      .filter(([count]) => count > 0)
      .map(([count, verdict]) => `${count} ${verdict}`)
      .join(', ') || 'none'
  );
}

/** What is different, and how many more there are. */
function several(names: readonly string[]): string {
  const [first = '', ...others] = [...new Set(names)].map(printable);
  return others.length === 0 ? first : `${first} +${others.length}`;
}

function remarkOf({ trials, sabotage, finished, interrupted }: StoredRun): string {
  const missed = trials.filter(({ verdict }) => verdict === 'fail' || verdict === 'unknown');
  return [
    ...(sabotage === null ? [] : [`sabotaged: ${printable(sabotage)}`]),
    ...(finished === null || interrupted === 1 ? ['interrupted'] : []),
    ...missed.map(({ name }) => printable(name)),
  ].join(', ');
}

const TREND_COLUMNS = ['', 'trials', 'median', 'least', 'most', 'last'] as const;
/** Kernel, trials and median are always there. */
const TREND_ALWAYS = 3;
const INDENT = '  ';
/** A bar each; what is between two heights is drawn at the lower. */
const BARS = '▁▂▃▄▅▆▇█';
/** In the place of a bar, and of a figure. */
const NEVER = { bar: '×', figure: 'never' } as const;
const MOST_BARS = 40;
const LEAST_BARS = 5;

interface TrendRow {
  readonly texts: readonly string[];
  /** Infinity for what never came */
  readonly values: readonly number[];
}

/**
 * A measure over the runs, a row for each kernel, below what it was measured in. The bars of the kernels below one such line have one scale, from
 * the least to the highest figure of them all, oldest first; where there are more figures than bars each is the median of as many. What never came is later than all that did, also in a median.
 */
export function renderTrends(measure: string, trends: readonly Trend[], { width }: Pick<HistoryOptions, 'width'>): string {
  if (trends.length === 0) return `no such run with ${measure} is in the store\n`;
  const groups = Map.groupBy(trends, ({ suite, case: name, class: size, profile, target, accelerator, tweaks, machine }) => {
    const kind = [[suite, name].filter(Boolean).join('/'), size, profile, target, accelerator, tweaks].filter(Boolean).join(', ');
    return [kind, machine].filter(Boolean).join(': ');
  });
  const tables = [...groups].map(([title, group]) => ({ title: printable(title), rows: group.map(trendRow) }));
  const all = tables.flatMap(({ rows }) => rows);
  const widths = TREND_COLUMNS.map((head, index) => Math.max(cells(head), ...all.map(({ texts }) => cells(texts[index] ?? ''))));
  const fits = TREND_COLUMNS.filter((_, index) => index < TREND_ALWAYS || sum(widths.slice(0, index + 1)) + index * GAP.length <= width);
  const bars = Math.min(MOST_BARS, width - sum(widths.slice(0, fits.length)) - fits.length * GAP.length);
  const line = (texts: readonly string[], trend: string): string => {
    const figures = fits.map((_, index) => padded(texts[index] ?? '', widths[index] ?? 0, index === 0));
    return clip([...figures, bars < LEAST_BARS ? '' : trend].join(GAP).trimEnd(), width);
  };
  const lines = tables.flatMap(({ title, rows }) => {
    const values = rows.flatMap((row) => row.values).filter(Number.isFinite);
    const scale = { least: Math.min(...values), most: Math.max(...values) };
    return [clip(title, width), ...rows.map((row) => line(row.texts, barsOf(row.values, Math.max(1, bars), scale)))];
  });
  return `${[clip(printable(measure), width), line(TREND_COLUMNS, 'trend'), ...lines].join('\n')}\n`;
}

function trendRow({ kernel, unit, points, never }: Trend): TrendRow {
  const values = points.map(({ value }) => value ?? Number.POSITIVE_INFINITY);
  const figures = [medianOf(values)?.median ?? 0, Math.min(...values), Math.max(...values), values.at(-1) ?? 0];
  const shown = figures.map((value) => (Number.isFinite(value) ? figureWords(value, unit) : NEVER.figure));
  const of = never === 0 ? String(values.length) : `${values.length - never} of ${values.length}, ${never} ${NEVER.figure}`;
  return { values, texts: [INDENT + printable(kernel), of, ...shown] };
}

const padded = (text: string, width: number, left: boolean): string => {
  const space = ' '.repeat(Math.max(0, width - cells(text)));
  return left ? text + space : space + text;
};

function barsOf(values: readonly number[], most: number, { least, most: highest }: { least: number; most: number }): string {
  const count = Math.min(values.length, most);
  return Array.from({ length: count }, (_, index) => {
    const part = values.slice(Math.floor((index * values.length) / count), Math.floor(((index + 1) * values.length) / count));
    const median = medianOf(part)?.median ?? least;
    if (!Number.isFinite(median)) return NEVER.bar;
    const height = highest === least ? 0 : (median - least) / (highest - least);
    return BARS[Math.min(BARS.length - 1, Math.floor(height * BARS.length))];
  }).join('');
}

const sum = (figures: readonly number[]): number => figures.reduce((total, each) => total + each, 0);
