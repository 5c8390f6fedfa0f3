/** One trial: its verdict and why, then everything that was seen, the most telling first. */

import { BY_WEIGHT, type Run, type Verdict } from '../../model.ts';
import { kernelText } from '../reference-text.ts';
import { waivedTexts } from '../waiver-text.ts';
import { type ConsoleOf, eventsPart } from './events.ts';
import { evidencePart, memoryPart } from './evidence.ts';
import { flowPart } from './flow.ts';
import { latencyPart } from './latency.ts';
import { curvePart } from './load-curve.ts';
import { html, type Markup } from './markup.ts';
import { outagesPart } from './outages.ts';
import { culpritPart, gradesPart, poolPart } from './pool.ts';
import { recoveryPart } from './recovery.ts';
import type { Story } from './story.ts';
import { part, table } from './table.ts';
import { timelinePart } from './timeline.ts';
import { chip } from './verdict.ts';
import { lasted } from './words.ts';

export interface TrialPlace {
  /** what it is called within the page */
  readonly id: string;
  readonly open: boolean;
  /** the only one: the page's head says already why it is what it is */
  readonly alone: boolean;
  readonly run: Run;
  readonly consoleOf: ConsoleOf;
  /** how many points each of the story's probes may have */
  readonly most: ReadonlyMap<object, number>;
}

export const verdictOf = ({ result }: Story): Verdict => result?.verdict ?? 'unknown';

const reasonsOf = ({ result }: Story): readonly string[] => result?.reasons ?? ['this trial was never judged'];

export function trialMarkup(story: Story, { id, open, alone, run, consoleOf, most }: TrialPlace): Markup {
  const { result, name } = story;
  const about = [
    result && kernelText(result),
    result?.class && `class ${result.class}`,
    ...(result?.tweaks ?? []),
    result && lasted(result.seconds),
  ]
    .filter(Boolean)
    .join(', ');
  const notes = [
    ...(result === undefined ? [] : waivedTexts(result, run.waivers).map((text) => `waived: ${text}`)),
    ...(result?.superseded === true ? ['it failed on our own side and was tried again: another trial stands in its place'] : []),
    ...(result?.reference === true ? ['this is the kernel that the candidate is compared with: the verdict does not rest on it'] : []),
  ];
  return html`<details class="trial" id="${id}"${open ? html` open` : undefined}>
<summary><h2>${chip(verdictOf(story))} ${name || 'trial'}</h2> <span class="soft">${about}</span></summary>
${alone ? undefined : whyMarkup(story)}
${notes.map((note) => html`<p class="note">${note}</p>`)}
${timelinePart(story, run.started, id, most)}
${eventsPart(story, consoleOf, `${id}-event`)}
${objectivesPart(story)}
${recoveryPart(story)}
${outagesPart(story)}
${latencyPart(story)}
${curvePart(story)}
${flowPart(story)}
${poolPart(story)}
${culpritPart(story)}
${gradesPart(story)}
${memoryPart(story)}
${evidencePart(story)}
</details>
`;
}

function whyMarkup(story: Story): Markup | undefined {
  const reasons = reasonsOf(story);
  return reasons.length === 0
    ? undefined
    : html`<ul class="why ${verdictOf(story)}">${reasons.map((reason) => html`<li>${reason}</li>`)}</ul>`;
}

/** Those that were missed come first. */
function objectivesPart({ result }: Story): Markup | undefined {
  const sorted = (result?.objectives ?? []).toSorted((a, b) => BY_WEIGHT.indexOf(a.verdict) - BY_WEIGHT.indexOf(b.verdict));
  const reasons = sorted.some(({ reason }) => reason !== '');
  return part(3, 'What was asked of it', [
    table({
      caption: 'Objectives',
      head: ['objective', 'verdict', 'measured', 'asked', ...(reasons ? ['why'] : [])],
      rows: sorted.map(({ name, verdict, measured, threshold, reason }) => [
        name,
        chip(verdict),
        measured || '–',
        threshold,
        ...(reasons ? [reason] : []),
      ]),
    }),
  ]);
}
