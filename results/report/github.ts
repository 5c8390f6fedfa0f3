/**
 * GitHub Actions' workflow commands, which make annotations of a log's lines: one for the run, one for each trial that is no pass,
 * one for all that was waived. Escaped as
 * the runner reads it back (actions/runner, src/Runner.Common/ActionCommand.cs): `%`, CR and LF in the message, `:` and `,` in properties too.
 */
import { decides, type Run, type Verdict } from '../model.ts';
import { groupsOf, ownReasons } from './cases.ts';
import { clip, printable } from './cells.ts';
import { trialsText } from './reference-text.ts';
import { waiverNotes, withWaivers } from './waiver-text.ts';
import { reasonTexts } from './why-text.ts';

/** `unknown` is never green. */
const LEVELS: Readonly<Record<Verdict, 'error' | 'warning' | 'notice'>> = {
  pass: 'notice',
  fail: 'error',
  unknown: 'error',
  skip: 'warning',
};
/** GitHub shows ten of a kind for a step: https://docs.github.com/en/actions/reference/limits */
const MOST_TRIALS = 9;
const MOST_REASONS = 12;
const MOST_CELLS = 500;

/** The annotations of a run, a line each, to be printed into the log of a step. */
export function renderGithub(run: Run): string {
  const verdict = run.verdict ?? 'unknown';
  const worth = run.trials.filter((trial) => decides(trial) && trial.verdict !== 'pass');
  const hidden = worth.slice(MOST_TRIALS);
  const scope = run.scope === undefined ? [] : [`${run.scope.kind}, not metal: ${run.scope.emulated.join('; ')}`];
  const waived = [
    ...groupsOf(run).flatMap(({ name, waived: each }) => each.map((text) => `waived in ${name}: ${text}`)),
    ...waiverNotes(run),
  ];
  return [
    command(verdict, `${run.name}${withWaivers(run.trials)}`, [
      run.trials.length === 0 ? 'no trial' : trialsText(run.trials),
      ...shortened(ownReasons(run)),
      ...(hidden.length === 0 ? [] : [`not shown: ${hidden.map(({ name }) => name).join(', ')}`]),
      ...scope,
    ]),
    ...worth
      .slice(0, MOST_TRIALS)
      .map((trial) => command(trial.verdict, `${trial.name} ${trial.candidate}`, shortened(reasonTexts(trial)))),
    ...(waived.length === 0 ? [] : [annotation('warning', 'stormproof: known issues', waived)]),
  ].join('');
}

const command = (verdict: Verdict, title: string, lines: readonly string[]): string =>
  annotation(LEVELS[verdict], `stormproof ${verdict.toUpperCase()}: ${title}`, lines.length === 0 ? [verdict] : lines);

function annotation(level: string, title: string, lines: readonly string[]): string {
  const message = lines.map((line) => data(clip(printable(line), MOST_CELLS))).join('%0A');
  return `::${level} title=${property(clip(printable(title), MOST_CELLS))}::${message}\n`;
}

const shortened = (lines: readonly string[]): readonly string[] =>
  lines.length > MOST_REASONS ? [...lines.slice(0, MOST_REASONS), `and ${lines.length - MOST_REASONS} more`] : lines;

const data = (text: string): string => text.replaceAll('%', '%25').replaceAll('\r', '%0D').replaceAll('\n', '%0A');
const property = (text: string): string => data(text).replaceAll(':', '%3A').replaceAll(',', '%2C');
