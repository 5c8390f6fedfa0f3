/** What the kernels said: each event with the console around it. Equal ones stand together, and what merely follows from another stands last. */
import { expectedTexts } from '../event-text.ts';
import { excerptOf } from './excerpt.ts';
import { html, type Markup } from './markup.ts';
import { all, type Of, type Story } from './story.ts';
import { part } from './table.ts';
import { eventChip } from './verdict.ts';
import { clock, counted } from './words.ts';
import { weightOfEvent, worstOf } from './worst.ts';

/** Of equal events so many are quoted, and so many different ones of a trial. */
const MOST_ALIKE = 3;
const MOST_DIFFERENT = 40;

/** More than that a kernel booted, or was shut down as it was asked to. */
export const isTold = ({ event }: Of<'event'>): boolean => event.severity !== 'info';

export type ConsoleOf = (trial: string, machine: string) => Uint8Array | undefined;

/** The part of a trial; `id` is what its events are called within the page. */
export function eventsPart(story: Story, consoleOf: ConsoleOf, id: string): Markup | undefined {
  const told = all(story.records, 'event').filter(isTold);
  const groups = [
    ...Map.groupBy(told, ({ machine, event }) => [machine, event.title, event.consequenceOf === undefined].join('\0')).values(),
  ];
  const ordered = [...groups.filter(([first]) => !follows(first)), ...groups.filter(([first]) => follows(first))];
  // by severity, and of one severity what merely follows from another is left out first
  const { kept, left } = worstOf(ordered, MOST_DIFFERENT, ([first]) =>
    first === undefined ? 0 : 2 * weightOfEvent(first) - (follows(first) ? 1 : 0),
  );
  const consoles = new Map<string, Uint8Array | undefined>();
  const read = (machine: string): Uint8Array | undefined => {
    if (!consoles.has(machine)) consoles.set(machine, consoleOf(story.name, machine));
    return consoles.get(machine);
  };
  return part(3, 'What the kernels said', [
    ...kept.map((group, at) => groupMarkup(group, { read, id: `${id}-${at + 1}`, remarks: remarksOn(group, story) })),
    left > 0 ? html`<p class="soft">and ${counted(left, 'other event')} in history.jsonl, none of them worse</p>` : undefined,
  ]);
}

const follows = (first: Of<'event'> | undefined): boolean => first?.event.consequenceOf !== undefined;

/** What the judge says of them. */
const remarksOn = ([first]: readonly Of<'event'>[], { result }: Story): string[] =>
  (result?.events ?? []).filter(({ machine, title }) => machine === first?.machine && title === first.event.title).flatMap(expectedTexts);

interface Quoting {
  readonly read: (machine: string) => Uint8Array | undefined;
  readonly id: string;
  readonly remarks: readonly string[];
}

function groupMarkup(group: readonly Of<'event'>[], { read, id, remarks }: Quoting): Markup {
  const [first] = group as [Of<'event'>];
  const { event, machine, t } = first;
  const times =
    group.length === 1 ? `at ${clock(t, 1)}` : `${group.length} times, from ${clock(t, 1)} to ${clock((group.at(-1) as Of<'event'>).t, 1)}`;
  const rest = group.slice(MOST_ALIKE);
  return html`<details class="event" id="${id}"${follows(first) ? undefined : html` open`}>
<summary><h4>${event.title}</h4> ${eventChip(event.class, event.severity)}
<span class="soft">${[machine, times, ...(follows(first) ? ['follows from the event before it'] : []), ...remarks].join(', ')}</span></summary>
${[first].map((each) => quoted(each, read(machine)))}
${group.length > 1 ? html`<details class="behind"><summary>${counted(Math.min(group.length, MOST_ALIKE) - 1, 'more time')}</summary>${group.slice(1, MOST_ALIKE).map((each) => quoted(each, read(machine)))}</details>` : undefined}
${
  rest.length > 0
    ? html`<p class="soft">and ${counted(rest.length, 'time')} without its console here, at ${rest
        .slice(0, 40)
        .map((each) => clock(each.t, 1))
        .join(', ')}${rest.length > 40 ? ' …' : ''}</p>`
    : undefined
}
</details>`;
}

function quoted(record: Of<'event'>, console: Uint8Array | undefined): Markup {
  const { event, machine, t, trial } = record;
  const { lines, left, fromRecord } = excerptOf(event, console);
  const where = [
    `lines ${event.line} to ${event.endLine} of console/${trial}.${machine}.log`,
    ...(event.time === undefined ? [] : [`${event.time.toFixed(3)} s after its boot`]),
    ...(event.task === undefined ? [] : [`task ${event.task}${event.pid === undefined ? '' : ` (pid ${event.pid})`}`]),
    ...(event.taints === undefined || event.taints === '' ? [] : [`tainted ${event.taints}`]),
    ...(event.corrupted ? ['cut short or mixed with another report'] : []),
  ].join(', ');
  // the gutter tells marked lines apart without colour, also on paper
  return html`<figure class="console"><figcaption><b>${clock(t, 1)}</b> ${where}${fromRecord ? ' (the console is not there; the lines are those of the record)' : ''}</figcaption>
<div class="scroll" role="region" aria-label="console of ${machine} at ${clock(t, 1)}" tabindex="0"><ol>${lines.map(
    ({ number, text, marked }) =>
      marked
        ? html`<li class="m"><i>${number}</i><b aria-hidden="true">▌</b><mark>${text}</mark></li>`
        : html`<li><i>${number}</i><b aria-hidden="true"> </b>${text}</li>`,
  )}</ol></div>${left > 0 ? html`<p class="soft">${counted(left, 'more line')} of this report are in the console</p>` : undefined}</figure>`;
}
