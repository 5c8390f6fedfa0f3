/** The summary at the end of a run: the trials, why each is what it is, and the verdict last, where the eye is. */
import { styleText } from 'node:util';
import { againstOf } from '../compare/sides.ts';
import { isUntweaked, type Run, type TrialResult, type Verdict } from '../model.ts';
import { ownReasons } from './cases.ts';
import { printable, wrap } from './cells.ts';
import { contentionTexts } from './contention-text.ts';
import { culpritTexts } from './culprit-text.ts';
import { renderCurveText } from './curve-text.ts';
import { percent } from './curve-words.ts';
import { expectedTexts } from './event-text.ts';
import { renderGrades } from './grades-text.ts';
import { memoryTexts } from './memory-text.ts';
import { cutOffTexts, outageTexts, renderTries } from './outage-text.ts';
import { poolTexts, renderPolicies } from './pool-text.ts';
import { rateTexts } from './rates-text.ts';
import { recoveryTexts } from './recovery-text.ts';
import { kernelText, trialsText } from './reference-text.ts';
import { reserveTexts } from './reserve-text.ts';
import { renderScaling } from './scaling-text.ts';
import { renderVariants } from './variants-text.ts';
import { waivedTexts, waiverNotes, withWaivers } from './waiver-text.ts';
import { reasonTexts } from './why-text.ts';

export interface TerminalOptions {
  /** columns; no line is longer */
  readonly width: number;
  readonly colour: boolean;
}

const COLOURS = { pass: 'green', fail: 'red', unknown: 'yellow', skip: 'cyan' } as const satisfies Record<Verdict, string>;
/** Width of `UNKNOWN `, under which everything else is indented. */
const INDENT = 8;
const MIN_WIDTH = 24;
/** Of a trial's reasons and events, how many are shown; all are in the record. */
const MOST = 12;

type Paint = (verdict: Verdict | 'dim', text: string) => string;

const painter =
  (colour: boolean): Paint =>
  (how, text) =>
    colour ? styleText(how === 'dim' ? 'dim' : ['bold', COLOURS[how]], text, { validateStream: false }) : text;

/** A verdict, what it is of, and what there is to say of it, each under its label; lines ended by `\n`. */
export function renderVerdict(
  verdict: Verdict,
  about: string,
  labels: readonly (readonly [label: string, text: string])[],
  { width, colour }: TerminalOptions,
): string {
  const paint = painter(colour);
  const room = Math.max(MIN_WIDTH, width);
  const lines = [...headed(verdict, about, room, paint), ...labels.flatMap(([label, text]) => labelled(label, text, room, paint))];
  return `${lines.join('\n')}\n`;
}

/** The whole summary, lines ended by `\n`. */
export function renderTerminal(run: Run, { width, colour }: TerminalOptions): string {
  const paint = painter(colour);
  const room = Math.max(MIN_WIDTH, width);
  const lines = [
    ...run.trials.flatMap((trial) => trialLines(trial, run.waivers, room, paint, colour)),
    ...renderVariants(run.trials, room, paint),
    ...renderScaling(run.scaling, room, paint),
    ...rateTexts(run).flatMap((text) => labelled('rate', text, room, paint)),
    ...verdictLines(run, room, paint),
  ];
  return `${lines.join('\n')}\n`;
}

function trialLines(trial: TrialResult, waivers: Run['waivers'], width: number, paint: Paint, colour: boolean): string[] {
  const about = [trial.name || 'trial', kernelText(trial), `${Math.round(trial.seconds)} s`].filter((part) => part !== '').join('  ');
  const named = trial.objectives.filter(
    (each) => each.verdict === 'unknown' && !trial.reasons.some((reason) => reason.startsWith(`${each.name}: `)),
  );
  return [
    ...headed(trial.verdict, `${about}${withWaivers([trial])}`, width, paint),
    ...proofTexts(trial).flatMap((text) => labelled('storm', text, width, paint)),
    ...flowTexts(trial).flatMap((text) => labelled('flood', text, width, paint)),
    ...curveLines(trial, width, colour),
    ...renderTries(trial, width - INDENT).map((line) => ' '.repeat(INDENT) + line),
    ...cutOffTexts(trial).flatMap((text) => labelled('cut-off', text, width, paint)),
    ...renderPolicies(trial, width - INDENT).map((line) => ' '.repeat(INDENT) + line),
    ...renderGrades(trial, width - INDENT).map((line) => ' '.repeat(INDENT) + line),
    ...poolTexts(trial).flatMap((text) => labelled('pool', text, width, paint)),
    ...memoryTexts(trial).flatMap((text) => labelled('memory', text, width, paint)),
    ...reserveTexts(trial).flatMap((text) => labelled('reserve', text, width, paint)),
    ...contentionTexts(trial).flatMap((text) => labelled('busy', text, width, paint)),
    ...culpritTexts(trial).flatMap((text) => labelled('culprit', text, width, paint)),
    ...outageTexts(trial).flatMap((text) => labelled('outage', text, width, paint)),
    ...recoveryTexts(trial).flatMap((text) => labelled('recovery', text, width, paint)),
    ...atMost(eventTexts(trial)).flatMap((text) => labelled('event', text, width, paint)),
    ...waivedTexts(trial, waivers).flatMap((text) => labelled('waived', text, width, paint)),
    ...atMost(reasonTexts(trial)).flatMap((text) => labelled('why', text, width, paint)),
    ...(named.length > 0 && trial.verdict !== 'pass' ? labelled('unproven', named.map((each) => each.name).join(', '), width, paint) : []),
  ];
}

/** How much was offered and where it went; what was lost at less than a thousandth of it is left to the record. */
function flowTexts({ flow }: TrialResult): string[] {
  if (flow === undefined) return [];
  const { engine, offered_packets, offeredShareOfLine, received_packets, delivered_packets, forwarded_packets, lost, softirqShares } = flow;
  const share = offeredShareOfLine === undefined ? '' : ` (${percent(offeredShareOfLine)} of line rate)`;
  const onwards = forwarded_packets > delivered_packets ? `${forwarded_packets} forwarded` : `${delivered_packets} delivered`;
  const losses = Object.entries(lost).filter(([, packets]) => packets * 1000 > offered_packets);
  return [
    `${engine}: ${offered_packets} offered${share}, ${received_packets} received, ${onwards}`,
    ...(losses.length === 0 ? [] : [`lost: ${losses.map(([place, packets]) => `${packets} at the ${place}`).join(', ')}`]),
    ...(softirqShares.length === 0 ? [] : [`softirq: ${softirqShares.map((cpu, index) => `cpu${index} ${percent(cpu)}`).join(', ')}`]),
  ];
}

/** What a search found: its table stands under the trial, as far in as everything else. */
function curveLines({ curve }: TrialResult, width: number, colour: boolean): string[] {
  if (curve === undefined) return [];
  const text = renderCurveText(curve, { width: width - INDENT, colour }).trimEnd();
  return text.split('\n').map((line) => ' '.repeat(INDENT) + line);
}

/** What the other end counted, so that nobody need believe that the storm was one: the objectives that ask for at least so much. */
function proofTexts(trial: TrialResult): string[] {
  const proofs = trial.objectives.filter(({ verdict, threshold }) => verdict === 'pass' && threshold.startsWith('>='));
  return proofs.length === 0 ? [] : [proofs.map(({ name, measured, threshold }) => `${name} ${measured} (${threshold})`).join(', ')];
}

function eventTexts(trial: TrialResult): string[] {
  return trial.events.map(
    (event) =>
      `${event.machine}: ${event.count === 1 ? '' : `${event.count} x `}${event.title} (${[event.class, `at ${event.t.toFixed(1)} s`, ...expectedTexts(event)].join(', ')})`,
  );
}

function verdictLines(run: Run, width: number, paint: Paint): string[] {
  const verdict = run.verdict ?? 'unknown';
  return [
    ...headed(
      verdict,
      `${run.name}${run.scope === undefined ? '' : ` in the ${run.scope.kind}`}: ${trialsText(run.trials)}${withWaivers(run.trials)}`,
      width,
      paint,
    ),
    ...comparedTexts(run).flatMap((text) => labelled('note', text, width, paint)),
    ...(run.scope === undefined ? [] : labelled('scope', scopeText(run.scope), width, paint)),
    ...(run.sabotage === undefined ? [] : labelled('note', `sabotaged on purpose: ${run.sabotage}`, width, paint)),
    ...waiverNotes(run).flatMap((text) => labelled('note', text, width, paint)),
    ...atMost(ownReasons(run)).flatMap((text) => labelled('why', text, width, paint)),
  ];
}

/** Trials that the verdict does not rest on, and why. */
export function comparedTexts(run: Run): string[] {
  const { trials } = run;
  const compare = `stormproof compare DIR${againstOf([run]) === undefined ? ' --kernels A,B' : ''}`;
  const again = trials.filter(({ superseded }) => superseded === true).length;
  return [
    ...(trials.every(isUntweaked) ? [] : ['the verdict is that of the candidate as it is; sets of tweaks are compared with it']),
    ...(trials.some(({ reference }) => reference === true)
      ? [`the verdict is that of the candidate; the other kernel is compared with it: ${compare} tells in what they differ`]
      : []),
    ...(again === 0 ? [] : [`${again === 1 ? 'a trial' : `${again} trials`} failed on our own side, and another stands in its place`]),
  ];
}

/** What was tried is not what is in service, and a reader is to see that beside the verdict. */
const scopeText = ({ kind, emulated }: NonNullable<Run['scope']>): string => `${kind}, not metal: ${emulated.join('; ')}`;

function atMost(texts: readonly string[]): readonly string[] {
  return texts.length <= MOST ? texts : [...texts.slice(0, MOST), `and ${texts.length - MOST} more, see run.json`];
}

function headed(verdict: Verdict, text: string, width: number, paint: Paint): string[] {
  const [first = '', ...rest] = wrap(printable(text), width - INDENT);
  return [`${paint(verdict, verdict.toUpperCase().padEnd(INDENT))}${first}`, ...rest.map((line) => ' '.repeat(INDENT) + harmless(line))];
}

function labelled(label: string, text: string, width: number, paint: Paint): string[] {
  const lead = `${label} `.padEnd(10);
  // In a narrow window what follows goes under the label rather than into a column of its own.
  const hang = width >= 60 ? lead.length : 2;
  const [first = '', ...rest] = wrap(printable(text), width - INDENT - hang, width - INDENT - lead.length);
  return [`${' '.repeat(INDENT)}${paint('dim', lead)}${first}`, ...rest.map((line) => ' '.repeat(INDENT + hang) + harmless(line))];
}

/** In a log of GitHub Actions `::` at the begin of a line, spaces aside, is a command. */
const harmless = (line: string): string => line.replace(/^::/, '?:');
