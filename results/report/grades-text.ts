/** What was held of each grade's promises, for a terminal: a table of grades, each with what was promised, and with what was held, idle and under storms. */
import { type Grade, type GradeResult, HELD_FROM, type Held, type HeldRate } from '../grades.ts';
import type { TrialResult } from '../model.ts';
import { cells, clip, wrap } from './cells.ts';
import { percent } from './curve-words.ts';

interface Row {
  readonly grade: string;
  readonly when: string;
  readonly promised: Grade;
  /** undefined in the row of what was promised */
  readonly held?: Held;
}

interface Column {
  readonly head: string;
  readonly of: (row: Row) => string;
  /** of figures: which promise it is about, without which it is left out */
  readonly promise?: keyof Grade;
}

const rateColumn = (head: string, promise: 'iops' | 'bytes_per_s', figure: (rate: number) => string): Column => ({
  ...{ head, promise },
  of: ({ promised, held }) => {
    const wanted = promised[promise];
    if (wanted === undefined) return '';
    return held === undefined ? figure(wanted) : rateWords(held[promise], figure);
  },
});

/** The first two are always shown; in a narrow window the last ones go, and all is in the record. */
const COLUMNS: readonly Column[] = [
  { head: 'grade', of: ({ grade, held }) => (held === undefined ? grade : '') },
  { head: '', of: ({ when }) => when },
  rateColumn('IOPS', 'iops', (rate) => String(Math.round(rate))),
  rateColumn('throughput', 'bytes_per_s', bytesWords),
  { head: 'p99', promise: 'p99_ms', of: ({ promised, held }) => latencyWords(promised.p99_ms, held) },
];
const ALWAYS = 2;
const GAP = '  ';

/** Lines without an end, none longer than `width`; empty where nothing was promised. */
export function renderGrades({ grades }: TrialResult, width: number): string[] {
  if (grades === undefined || grades.grades.length === 0) return [];
  const rows = grades.grades.flatMap(rowsOf);
  const told = COLUMNS.filter(({ promise }) => promise === undefined || rows.some(({ promised }) => promised[promise] !== undefined));
  const widths = told.map(({ head, of }) => Math.max(cells(head), ...rows.map((row) => cells(of(row)))));
  const taken = (count: number): number => widths.slice(0, count).reduce((sum, each) => sum + GAP.length + each, -GAP.length);
  const shown = told.filter((_, index) => index < ALWAYS || taken(index + 1) <= width);
  const line = (texts: readonly string[]) =>
    texts
      .map((text, index) => (index < ALWAYS ? text.padEnd(widths[index] as number) : text.padStart(widths[index] as number)))
      .join(GAP)
      .trimEnd();
  const rates = shown.some(({ promise }) => promise === 'iops' || promise === 'bytes_per_s');
  return [
    ...[line(shown.map(({ head }) => head)), ...rows.map((row) => line(shown.map(({ of }) => of(row))))].map((each) => clip(each, width)),
    ...(rates ? wrap(`in brackets: the share of seconds in which at least ${percent(HELD_FROM)} of the promise was held`, width) : []),
    ...grades.notTried.flatMap(({ policy, why }) => wrap(`${policy} was not tried: ${why}`, width)),
  ];
}

function rowsOf({ promised, idle, storms }: GradeResult): Row[] {
  const common = { grade: promised.name, promised };
  return [
    { ...common, when: 'promised' },
    { ...common, when: 'idle', held: idle },
    ...storms.map(({ policy, held }) => ({ ...common, when: policy === null ? 'storm' : `storm, ${policy}`, held })),
  ];
}

const rateWords = (held: HeldRate | null, figure: (rate: number) => string): string =>
  held === null ? '?' : `${figure(held.median)} (${percent(held.share)})`;

function latencyWords(promised_ms: number | undefined, held: Held | undefined): string {
  if (promised_ms === undefined) return '';
  if (held === undefined) return milliseconds(promised_ms);
  if (held.p99_ms === null) return '?';
  return `${milliseconds(held.p99_ms)} (${held.p99_ms <= promised_ms ? 'kept' : 'broken'})`;
}

const milliseconds = (ms: number): string => `${ms < 10 ? Math.round(ms * 10) / 10 : Math.round(ms)} ms`;

function bytesWords(rate: number): string {
  const [size, unit] = rate >= 999_500 ? [1e6, 'MB/s'] : [1e3, 'kB/s'];
  const figure = rate / size;
  return `${figure < 9.95 ? Number(figure.toFixed(1)) : Math.round(figure)} ${unit}`;
}
