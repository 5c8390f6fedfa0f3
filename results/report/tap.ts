/**
 * TAP version 14 (https://testanything.org/tap-version-14-specification.html): a test point per trial behind a subtest of its objectives, each
 * with its figures as a YAML diagnostic. TAP has no word for `unknown`: it is `not ok`, and the diagnostic tells it from a failure.
 */
import type { Run } from '../model.ts';
import { type Case, type Group, groupsOf, isRed } from './cases.ts';
import { clip, printable } from './cells.ts';
import { waiverNotes } from './waiver-text.ts';

/** Of one line. A kernel prints some of 100 kB, and nobody reads these. */
const MOST_CELLS = 1000;

/** The report of a whole run. */
export function renderTap(run: Run): string {
  const groups = groupsOf(run);
  const tests = groups.flatMap((group, index) => groupLines(group, index + 1));
  return `${['TAP version 14', `1..${groups.length}`, ...waiverNotes(run).map((note) => `# ${escaped(note)}`), ...tests].join('\n')}\n`;
}

function groupLines(group: Group, number: number): string[] {
  const { cases, trial, waived } = group;
  const planned = cases.length + waived.length;
  const subtests = [
    `1..${planned}${planned === 0 ? ' # SKIP it had no objective' : ''}`,
    ...cases.flatMap((each, index) => pointLines(each, index + 1)),
    ...waived.map((text, index) => `ok ${cases.length + index + 1} - ${escaped(`waived: ${text}`)} # SKIP waived`),
  ];
  // a parent that passed over a failed child would hide it
  const red = cases.find((each) => isRed(each.outcome));
  const shown = red === undefined || isRed(group.outcome) ? group : { ...group, outcome: red.outcome };
  const facts = trial === undefined ? {} : { candidate: trial.candidate, class: trial.class, seed: trial.seed, seconds: trial.seconds };
  return [`# Subtest: ${escaped(group.name)}`, ...subtests.map((line) => `    ${line}`), ...pointLines(shown, number, facts)];
}

function pointLines(
  { name, verdict, outcome, reason, ...figures }: Pick<Case, 'name' | 'verdict' | 'outcome' | 'reason'> & Partial<Case>,
  number: number,
  facts: Readonly<Record<string, string | number>> = { measured: figures.measured ?? '', threshold: figures.threshold ?? '' },
): string[] {
  const skip = outcome === 'skip' ? ` # SKIP ${escaped(reason)}`.trimEnd() : '';
  const said = Object.entries({ verdict, ...facts, ...(isRed(outcome) ? { reason } : {}) }).filter(([, value]) => value !== '');
  return [
    `${isRed(outcome) ? 'not ok' : 'ok'} ${number} - ${escaped(name)}${skip}`,
    '  ---',
    ...said.map(([key, value]) => `  ${key}: ${yaml(value)}`),
    '  ...',
  ];
}

/** A `#` would begin a directive, and a backslash escapes one; for node-tap's parser a brace at the end opens a subtest. */
const escaped = (text: string): string =>
  clip(printable(text.replaceAll('\n', '; ')), MOST_CELLS)
    .replace(/\{$/, '(')
    .replaceAll(/[\\#]/g, '\\$&');

/** A JSON string of printable characters is a YAML one (YAML 1.2, section 1.3). */
const yaml = (value: string | number): string =>
  JSON.stringify(typeof value === 'number' ? value : clip(printable(value.replaceAll('\n', '; ')), MOST_CELLS));
