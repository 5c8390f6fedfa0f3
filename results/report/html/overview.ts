/** The first screen: the verdict, why, and every trial in a line with a strip of what happened in it. */
import { againstOf } from '../../compare/sides.ts';
import type { CandidateRecord, Run, Verdict } from '../../model.ts';
import { rateTexts } from '../rates-text.ts';
import { kernelsOf, trialsText } from '../reference-text.ts';
import { element } from '../svg.ts';
import { comparedTexts } from '../terminal.ts';
import { waiverNotes, withWaivers } from '../waiver-text.ts';
import { whyTexts } from '../why-text.ts';
import { isTold } from './events.ts';
import { html, type Markup, trusted } from './markup.ts';
import { actsOf, phasesOf } from './spans.ts';
import { all, PROBE_ORDER, type Story } from './story.ts';
import { sentences, table } from './table.ts';
import { verdictOf } from './trial.ts';
import { chip, MEANINGS } from './verdict.ts';
import { counted, lasted } from './words.ts';
import { weightOfAct, weightOfEvent, weightOfSpan, worstOf } from './worst.ts';

/** Of the run's reasons, those that stand on the first screen. */
const MOST_REASONS = 8;
/** All of any run. */
const MOST_TRIALS = 10_000;

export function headMarkup(run: Run, stories: readonly Story[]): Markup {
  const verdict = run.verdict ?? 'unknown';
  const trials = stories.map((story) => ({
    verdict: verdictOf(story),
    ...(story.result?.reference === true && { reference: true as const }),
  }));
  const { own, compared } = kernelsOf(run);
  const took = run.finished === undefined ? '' : `, took ${lasted((Date.parse(run.finished) - Date.parse(run.started)) / 1000)}`;
  const scope = run.scope === undefined ? run.target : `${run.scope.kind}, not metal`;
  const sabotaged = `sabotaged on purpose: ${run.sabotage}; such a run shows that a failure is seen, and says nothing of the kernel`;
  const notes = [...(run.sabotage === undefined ? [] : [sabotaged]), ...comparedTexts(run), ...waiverNotes(run)];
  return html`<header class="${verdict}">
<p class="soft">stormproof · ${run.name}</p>
<h1>${chip(verdict)} <span>${namesOf(own) || run.name}</span></h1>
${
  compared.length > 0
    ? html`<p>compared with ${namesOf(compared)}</p>
`
    : undefined
}<p>${trialsText(trials)}${withWaivers(run.trials)}${took}. <span class="soft">${capital(verdict)} means that ${MEANINGS[verdict]}.</span></p>
${whyMarkup(run, verdict)}
<p class="soft meta">${[run.started, run.profile && `profile ${run.profile}`, scope, `seed ${run.seed}`].filter(Boolean).join(' · ')}</p>
${notes.map((note) => html`<p class="note">${note}</p>\n`)}</header>
`;
}

const namesOf = (kernels: readonly CandidateRecord[]): string =>
  kernels.map(({ release, asked }) => (release === asked ? release : `${release} (${asked})`)).join(', ');

const capital = (word: string): string => word.charAt(0).toUpperCase() + word.slice(1);

function whyMarkup(run: Run, verdict: Verdict): Markup | undefined {
  const reasons = whyTexts(run);
  if (reasons.length === 0) return undefined;
  const more = reasons.length - MOST_REASONS;
  return html`<ul class="why ${verdict}">${reasons.slice(0, MOST_REASONS).map((reason) => html`<li>${reason}</li>`)}${more > 0 ? html`<li>and ${counted(more, 'more reason')}, below with their trials</li>` : undefined}</ul>`;
}

export function trialsMarkup(run: Run, stories: readonly Story[]): Markup {
  return html`<nav aria-labelledby="trials"><h2 id="trials">Trials</h2>${table({
    caption: 'Every trial: its storm shaded, its faults dark, probes without an answer below, events of its kernels as lines',
    head: ['trial', 'verdict', 'what happened when', 'what was seen', '#longest silence', '#slowest return', '#took'],
    rows: stories.map((story, at) => [
      html`<a href="#trial-${at + 1}">${story.name || 'trial'}</a>${story.result?.reference === true ? ' (reference)' : ''}`,
      chip(verdictOf(story)),
      strip(story),
      seenText(story),
      longestSilence(story),
      slowestReturn(story),
      story.result === undefined ? '–' : lasted(story.result.seconds),
    ]),
    most: MOST_TRIALS,
  })}${sentences(stories.length === 0 ? ['no trial was begun'] : rateTexts(run))}
<p class="jump">${PARTS.filter(([, there]) => there(run)).map(([id, , name]) => html`<a href="#${id}">${name}</a> `)}</p></nav>
`;
}

/** Parts of the page behind the trials, and where there are any. */
const PARTS: readonly (readonly [id: string, there: (run: Run) => boolean, name: string])[] = [
  ['kernels', (run) => againstOf([run]) !== undefined, 'the two kernels compared'],
  ['tweaks', ({ trials }) => trials.some(({ variant }) => variant !== undefined), 'sets of tweaks'],
  ['growth', ({ scaling }) => scaling !== undefined && scaling.measures.length > 0, 'time over memory'],
  ['again', () => true, 'how to do it again'],
  ['scope', () => true, 'what was not tested'],
  ['host', () => true, 'host and versions'],
];

/** Objectives that were missed, and events. */
function seenText(story: Story): Markup {
  const told = all(story.records, 'event').filter((each) => isTold(each) && each.event.consequenceOf === undefined);
  const expectedOf = (kind: string): number =>
    (story.result?.events ?? []).reduce((sum, each) => sum + (each.class === kind ? (each.expected ?? 0) : 0), 0);
  const events = [...Map.groupBy(told, ({ event }) => event.class)].map(([kind, own]) => {
    const expected = expectedOf(kind);
    return `${counted(own.length, `${kind} event`)}${expected === 0 ? '' : ` (${expected === own.length ? '' : `${expected} `}expected)`}`;
  });
  const missed = (story.result?.objectives ?? []).filter(({ verdict }) => verdict === 'fail').map(({ name }) => name);
  const said = [...missed.slice(0, 3), ...(missed.length > 3 ? [`${missed.length - 3} more`] : [])].join(', ');
  return html`${said === '' ? undefined : html`<b>${said}</b>`}${said !== '' && events.length > 0 ? ', ' : ''}${events.join(', ') || (said === '' ? 'no events' : '')}`;
}

function longestSilence({ probes }: Story): string {
  const longest = probes.flatMap(({ machine, probe, silences }) =>
    silences.map(({ from, to }) => ({ machine, probe, seconds: to - from })),
  );
  if (longest.length === 0) return probes.length === 0 ? '–' : 'none';
  const worst = longest.reduce((a, b) => (b.seconds > a.seconds ? b : a));
  return `${lasted(worst.seconds)}, ${worst.machine} ${worst.probe}`;
}

function slowestReturn({ result }: Story): string {
  const recoveries = result?.recovery ?? [];
  if (recoveries.length === 0) return '–';
  for (const how of ['not recovered', 'after reset'] as const) if (recoveries.some((each) => each.how === how)) return how;
  const worst = recoveries.reduce((a, b) => ((b.seconds ?? 0) > (a.seconds ?? 0) ? b : a));
  return worst.seconds === 0 ? 'at once' : `${worst.seconds} s, ${worst.machine} ${worst.probe}`;
}

const WIDTH = 240;
const HEIGHT = 22;

/** The timeline in miniature; what it shows stands in the row's other cells in words. */
function strip(story: Story): Markup {
  const phases = phasesOf(story);
  const from = phases.find(({ phase }) => phase === 'baseline')?.from ?? story.from;
  const to = Math.max(
    phases.find(({ phase }) => phase === 'recovery')?.to ?? story.to,
    from + 1,
    all(story.records, 'event').findLast(isTold)?.t ?? 0,
  );
  const x = (t: number): number => Math.min(1, Math.max(0, (t - from) / (to - from))) * (WIDTH - 2) + 1;
  const rect = (kind: string, span: { from: number; to: number }, y: number, height: number): string =>
    element('rect', { class: `fill-${kind}`, x: x(span.from), y, width: Math.max(1, x(span.to) - x(span.from)), height });
  const silent = story.probes.map(({ probe, silences }) => ({ probe, ...worstOf(silences, 100, weightOfSpan) }));
  const silences = silent.flatMap(({ probe, kept }) => kept.map((span) => rect('silent', span, 11 + PROBE_ORDER.indexOf(probe) * 2.75, 2)));
  const events = worstOf(all(story.records, 'event').filter(isTold), 200, weightOfEvent);
  const faults = worstOf(
    actsOf(story).filter(({ what }) => what === 'fault' || what === 'sabotage'),
    100,
    weightOfAct,
  );
  const left = [...silent, events, faults].reduce((sum, each) => sum + each.left, 0);
  const drawn = trusted(
    element(
      'svg',
      { class: 'strip', viewBox: `0 0 ${WIDTH} ${HEIGHT}`, width: WIDTH, height: HEIGHT, 'aria-hidden': 'true', focusable: 'false' },
      element('rect', { class: 'track', x: 0, y: 0, width: WIDTH, height: HEIGHT, rx: 2 }),
      ...phases.filter(({ phase }) => phase === 'storm').map((span) => rect('shade', span, 0, HEIGHT)),
      ...faults.kept.map((span) => rect('fault', span, 3, 6)),
      ...silences,
      ...events.kept.map(({ t, event }) =>
        element('path', { class: `tick ${event.severity}`, d: `M${Math.round(x(t) * 10) / 10} 1v${HEIGHT - 2}` }),
      ),
    ),
  );
  return left === 0 ? drawn : html`${drawn}<br><span class="soft">the worst; ${left} not drawn</span>`;
}
