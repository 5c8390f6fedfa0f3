/**
 * KTAP version 1, as the kernel's own tests print it (Documentation/dev-tools/ktap.rst): a test per trial, a subtest per objective. Why a test
 * failed stands in a diagnostic line before its result, as that page recommends.
 */
import type { Run, Verdict } from '../model.ts';
import { type Case, type Group, groupsOf, isRed } from './cases.ts';
import { clip, printable } from './cells.ts';
import { waiverNotes } from './waiver-text.ts';

/** KTAP's ERROR is what `unknown` is: a test that could not tell, which is no pass. */
const DIRECTIVES: Readonly<Record<Verdict, string>> = { pass: '', fail: '', unknown: 'ERROR', skip: 'SKIP' };
/** Of one line. A kernel prints some of 100 kB, and nobody reads these. */
const MOST_CELLS = 1000;

/** The report of a whole run. */
export function renderKtap(run: Run): string {
  const groups = groupsOf(run);
  const tests = groups.flatMap((group, index) => groupLines(group, index + 1));
  const notes = waiverNotes(run).map((note) => `# ${inLine(note)}`);
  return `${['KTAP version 1', `1..${groups.length}`, ...notes, ...tests].join('\n')}\n`;
}

function groupLines({ name, outcome, reason, cases, waived }: Group, number: number): string[] {
  const excused = waived.map((text, index) => result(cases.length + index + 1, `waived: ${text}`, 'skip', 'waived'));
  const points = cases.flatMap((each, index) => caseLines(each, index + 1));
  const subtests = ['KTAP version 1', `1..${cases.length + waived.length}`, ...points, ...excused];
  // a parent that passed over a failed child would hide it
  const red = cases.find((each) => isRed(each.outcome));
  const shown = red === undefined || isRed(outcome) ? outcome : red.outcome;
  return [...subtests.map((line) => `  ${line}`), result(number, name, shown, reason.split('\n')[0] ?? '')];
}

function caseLines({ name, outcome, reason, measured, threshold }: Case, number: number): string[] {
  const figures = threshold === '' ? '' : `measured ${measured || 'nothing'}, asked ${threshold}`;
  const told = [outcome === 'fail' ? reason : '', outcome === 'skip' ? '' : figures].filter((text) => text !== '');
  return [...told.map((text) => `# ${inLine(`${name}: ${text}`)}`), result(number, name, outcome, reason)];
}

/** `not ok 3 no_hang`, `not ok 4 stall # ERROR its detectors were never shown to work`. A `#` in a name would begin the directive. */
function result(number: number, name: string, outcome: Verdict, reason: string): string {
  const directive = DIRECTIVES[outcome];
  const said = directive === '' ? '' : ` # ${`${directive} ${inLine(reason)}`.trim()}`;
  return `${isRed(outcome) ? 'not ok' : 'ok'} ${number} ${inLine(name).replaceAll('#', '_') || 'unnamed'}${said}`;
}

const inLine = (text: string): string => clip(printable(text.replaceAll('\n', '; ')), MOST_CELLS);
