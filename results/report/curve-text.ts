/** The load curve for a terminal: a line for each load, the cliff between them, and what the search found. */
import { styleText } from 'node:util';
import { byLoad, type Curve, type CurveLoad, cliffOf, type ProbeFigure } from '../curve.ts';
import { cells, clip, printable, wrap } from './cells.ts';
import { cliffText, goalName, goalText, latency, OUTCOME_WORDS, PROBE_NAMES, percent, rate, recoveryText } from './curve-words.ts';
import type { TerminalOptions } from './terminal.ts';

interface Column {
  readonly head: string;
  readonly of: (load: CurveLoad) => string;
}

const probe = (figure: ProbeFigure): Column => ({ head: PROBE_NAMES[figure], of: ({ probes }) => latency(probes[figure]) });

const COLUMNS = {
  offered: { head: 'offered', of: ({ offered_pps }) => rate(offered_pps) },
  line: { head: 'of line', of: ({ offeredShareOfLine }) => (offeredShareOfLine === undefined ? '-' : percent(offeredShareOfLine)) },
  received: { head: 'received', of: ({ received_pps }) => rate(received_pps) },
  loss: { head: 'loss', of: ({ lossRatio }) => percent(lossRatio) },
  softirq: { head: 'softirq', of: ({ softirqShare }) => (softirqShare === null ? '-' : percent(softirqShare)) },
  network: probe('network_p99_ms'),
  storage: probe('storage_p99_ms'),
  management: probe('management_p99_ms'),
  tenant: probe('tenant_p99_ms'),
} as const satisfies Record<string, Column>;
type ColumnName = keyof typeof COLUMNS;

/** What goes first where there is no room. */
const DISPENSABLE: readonly ColumnName[] = ['received', 'line', 'management', 'tenant', 'softirq', 'storage', 'network'];
const MIN_WIDTH = 24;
const WIDE_GAP = 2;
const NARROW_GAP = 1;
/** Room for an outcome without its reason, which is told in full at the cliff. */
const OUTCOME_WIDTH = 7;
const FINDING_INDENT = 2;

/** The whole table, lines ended by `\n`; no line is wider than `width`. Latencies are 99th percentiles. */
export function renderCurveText(curve: Curve, { width, colour }: TerminalOptions): string {
  const room = Math.max(MIN_WIDTH, width);
  const paint = (how: 'red' | 'dim', text: string) =>
    colour ? styleText(how === 'red' ? ['bold', 'red'] : how, text, { validateStream: false }) : text;
  const loads = byLoad(curve.points);
  const lines = loads.length === 0 ? ['no load was measured'] : table(loads, room, paint);
  return `${[...lines, ...findings(curve, room)].join('\n')}\n`;
}

function table(loads: readonly CurveLoad[], room: number, paint: (how: 'red' | 'dim', text: string) => string): string[] {
  const measured = (Object.keys(COLUMNS) as ColumnName[]).filter((name) => loads.some((load) => COLUMNS[name].of(load) !== '-'));
  const widthOf = (name: ColumnName) => Math.max(cells(COLUMNS[name].head), ...loads.map((load) => cells(COLUMNS[name].of(load))));
  const widthWith = (names: readonly ColumnName[], gap: number) => names.reduce((sum, name) => sum + widthOf(name) + gap, OUTCOME_WIDTH);
  const gap = widthWith(measured, WIDE_GAP) <= room ? WIDE_GAP : NARROW_GAP;
  let shown: readonly ColumnName[] = measured;
  for (const name of DISPENSABLE) if (widthWith(shown, gap) > room) shown = shown.filter((each) => each !== name);
  const rest = room - (widthWith(shown, gap) - OUTCOME_WIDTH);
  const row = (of: (name: ColumnName) => string, outcome: string) =>
    `${shown.map((name) => of(name).padStart(widthOf(name)) + ' '.repeat(gap)).join('')}${clip(outcome, rest)}`.trimEnd();
  const cliff = cliffOf(loads);
  const left = measured.filter((name) => !shown.includes(name));
  return [
    paint(
      'dim',
      row((name) => COLUMNS[name].head, 'outcome'),
    ),
    ...loads.flatMap((load) => [
      ...(load.offered_pps === cliff?.offered_pps ? ruled(cliffText(cliff), room).map((line) => paint('red', line)) : []),
      row((name) => COLUMNS[name].of(load), outcomeOf(load)),
    ]),
    ...(left.length === 0
      ? []
      : wrap(`left out for want of room: ${left.map((name) => COLUMNS[name].head).join(', ')}`, room).map((line) => paint('dim', line))),
  ];
}

function outcomeOf({ outcome, why }: CurveLoad): string {
  return printable(why === undefined ? OUTCOME_WORDS[outcome] : `${OUTCOME_WORDS[outcome]}: ${why}`);
}

/** A text as a rule across the table. */
function ruled(text: string, room: number): string[] {
  const [first = '', ...rest] = wrap(printable(text), room - 3);
  return [
    `── ${first}${rest.length === 0 ? ` ${'─'.repeat(room)}`.slice(0, Math.max(0, room - 3 - cells(first))) : ''}`,
    ...rest.map((line) => `   ${line}`),
  ];
}

function findings({ goals, systemRecovery }: Curve, room: number): string[] {
  const told: readonly (readonly [name: string, text: string])[] = [
    ...goals.map((result) => [printable(goalName(result)), goalText(result)] as const),
    ...(systemRecovery === undefined ? [] : [['system recovery', recoveryText(systemRecovery)] as const]),
  ];
  const hang = Math.min(Math.max(0, ...told.map(([name]) => cells(name))) + WIDE_GAP, Math.floor(room / 2));
  return told.flatMap(([whole, text]) => {
    const name = clip(whole, hang - WIDE_GAP);
    const [first = '', ...rest] = wrap(printable(text), room - hang - FINDING_INDENT, room - hang);
    return [`${name}${' '.repeat(hang - cells(name))}${first}`, ...rest.map((line) => ' '.repeat(hang + FINDING_INDENT) + line)];
  });
}
