/**
 * A summary in Markdown, for a merge request, an issue or `$GITHUB_STEP_SUMMARY`: the verdict, a row per trial, details folded away. Only what both
 * GitHub and GitLab know is used. Whatever came from a machine or a person stands in a code span, where nothing is markup: no link, no mention, no
 * reference, no HTML.
 */
import { comparisonWithin } from '../compare/against.ts';
import { BY_WEIGHT, type Run, type TrialResult, type Verdict } from '../model.ts';
import { groupsOf, isRed, ownReasons } from './cases.ts';
import { clip, printable } from './cells.ts';
import { comparisonTexts } from './compare-text.ts';
import { expectedTexts } from './event-text.ts';
import { rateTexts } from './rates-text.ts';
import { recoveryTexts } from './recovery-text.ts';
import { kernelText, trialsText } from './reference-text.ts';
import { waiverNotes, withWaivers } from './waiver-text.ts';

const MOST_CELLS = 300;
const MOST_ROWS = 100;
const MOST_EVENTS = 20;
/** GitHub takes 65,536 characters for a comment; behind this many no further trial is unfolded. */
const MOST_CHARACTERS = 50_000;

/** The summary of a run. */
export function renderMarkdown(run: Run): string {
  const verdict = run.verdict ?? 'unknown';
  const trials = run.trials.toSorted((a, b) => BY_WEIGHT.indexOf(a.verdict) - BY_WEIGHT.indexOf(b.verdict));
  const own = ownReasons(run);
  const head = [
    `## stormproof: ${verdict.toUpperCase()}`,
    '',
    `${code(run.name) || 'unnamed'}, ${run.trials.length === 0 ? 'no trial' : trialsText(run.trials, BY_WEIGHT)}${withWaivers(run.trials)}, seed ${run.seed}, profile ${code(run.profile) || 'unknown'}`,
    '',
    ...listed([...own.slice(0, MOST_EVENTS).map(code), ...(own.length > MOST_EVENTS ? [`and ${own.length - MOST_EVENTS} more`] : [])]),
    ...(trials.length > 0 ? table(['verdict', 'trial', 'kernel', 'class', 'took', 'why'], trials.slice(0, MOST_ROWS).map(trialRow)) : []),
    ...listed([
      ...groupsOf(run).flatMap(({ name, waived }) => waived.map((text) => `waived in ${code(name)}: ${code(text)}`)),
      ...waiverNotes(run).map((note) => `note: ${code(note)}`),
      ...rateTexts(run).map((rate) => `rate: ${code(rate)}`),
    ]),
    ...(trials.length > MOST_ROWS ? [`and ${trials.length - MOST_ROWS} more trials`, ''] : []),
  ];
  return `${[...head, ...compared(run), ...folded(run, trials), ...foot(run)].join('\n').trimEnd()}\n`;
}

/** What a run that was told to compare two kernels found. */
function compared(run: Run): string[] {
  const comparison = comparisonWithin(run);
  if (comparison === undefined) return [];
  const rows = comparisonTexts(comparison, false).flatMap(({ label, texts }) =>
    texts.map((text, at) => [at === 0 ? label : '', code(text)]),
  );
  // the verdict stands last, and is never left out
  const shown = rows.length > MOST_ROWS ? [...rows.slice(0, MOST_ROWS - 1), ...rows.slice(-1)] : rows;
  return [
    'The candidate (B) against the other kernel (A), which no verdict rests on:',
    '',
    ...table(['', 'what'], shown),
    ...(rows.length > shown.length ? [`and ${rows.length - shown.length} more, which \`stormproof compare\` tells`, ''] : []),
  ];
}

function trialRow(trial: TrialResult): string[] {
  const { verdict, name, class: size, seconds, reasons } = trial;
  const more = reasons.length > 1 ? ` and ${reasons.length - 1} more` : '';
  return [
    `${marked(verdict)}${withWaivers([trial])}`,
    code(name),
    code(kernelText(trial)),
    code(size),
    `${Math.round(seconds)} s`,
    `${code(reasons[0] ?? '')}${more}`,
  ];
}

/** Of every trial that is no pass its objectives, recoveries and events, while there is room. */
function folded(run: Run, trials: readonly TrialResult[]): string[] {
  const lines: string[] = [];
  let characters = 0;
  let left = 0;
  for (const trial of trials.filter(({ verdict }) => verdict !== 'pass')) {
    const block = details(run, trial);
    characters += block.join('\n').length;
    if (characters > MOST_CHARACTERS) left += 1;
    else lines.push(...block);
  }
  return left === 0 ? lines : [...lines, `The details of ${left} more trials stand in \`run.json\`.`, ''];
}

function details(run: Run, trial: TrialResult): string[] {
  const cases = groupsOf({ ...run, trials: [trial] })[0]?.cases ?? [];
  const shown = cases
    .filter((each) => each.outcome !== 'pass')
    .map((each) => [marked(each.verdict), code(each.name), code(each.measured), code(each.threshold), code(each.reason)]);
  const events = trial.events
    .slice(0, MOST_EVENTS)
    .map((event) => [
      code(event.machine),
      String(event.count),
      code(event.class),
      `${event.t.toFixed(1)} s`,
      [code(event.title), ...expectedTexts(event)].join(', '),
    ]);
  const more = trial.events.length - events.length;
  return [
    `<details${isRed(trial.verdict) ? ' open' : ''}>`,
    `<summary>${trial.verdict.toUpperCase()} <code>${html(trial.name)}</code></summary>`,
    '',
    ...table(['', 'objective', 'measured', 'asked', 'why'], shown),
    ...(events.length > 0 ? table(['machine', 'times', 'class', 'at', 'event'], events) : []),
    ...(more > 0 ? [`and ${more} more events`, ''] : []),
    ...listed(recoveryTexts(trial).map((text) => `recovery ${code(text)}`)),
    '</details>',
    '',
  ];
}

function foot({ scope, sabotage, id, versions, candidates }: Run): string[] {
  const files = candidates.flatMap(({ release, files: each }) =>
    each.filter(({ role }) => role === 'image').map(({ sha256 }) => `${code(release)} image sha256 ${code(sha256)}`),
  );
  return [
    ...(sabotage === undefined ? [] : [`Sabotaged on purpose: ${code(sabotage)}`, '']),
    ...(scope === undefined ? [] : [`Scope: ${code(`${scope.kind}, not metal: ${scope.emulated.join('; ')}`)}`, '']),
    `Run ${code(id)}, stormproof ${code(versions.stormproof ?? 'unknown')}${files.map((each) => `, ${each}`).join('')}`,
  ];
}

const listed = (items: readonly string[]): string[] => (items.length === 0 ? [] : [...items.map((item) => `- ${item}`), '']);

const marked = (verdict: Verdict): string => (verdict === 'pass' ? 'pass' : `**${verdict}**`);

const table = (heads: readonly string[], rows: readonly (readonly string[])[]): string[] => [
  `| ${heads.join(' | ')} |`,
  `|${heads.map(() => ' --- |').join('')}`,
  ...rows.map((row) => `| ${row.join(' | ')} |`),
  '',
];

/** A code span ends at a backtick, and a cell of a table at a bar, also inside of one: both become their likes. */
function code(text: string): string {
  const inside = clip(printable(text.replaceAll('\n', '; ')), MOST_CELLS)
    .replaceAll('`', '´')
    .replaceAll('|', '¦');
  return inside === '' ? '' : `\`${inside}\``;
}

const html = (text: string): string =>
  clip(printable(text), MOST_CELLS).replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;');
