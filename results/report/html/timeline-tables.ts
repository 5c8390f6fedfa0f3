/** The timeline of a trial as tables. */
import type { Markup } from './markup.ts';
import { actsOf, phasesOf } from './spans.ts';
import { all, type Story } from './story.ts';
import { table } from './table.ts';
import { clock, counted, lasted } from './words.ts';
import { weightOfAct, weightOfEvent, weightOfSpan } from './worst.ts';

export function actsTable(story: Story): Markup | undefined {
  const rows = [
    ...phasesOf(story).map(({ phase, from, to, ended }) => ({
      what: 'phase',
      text: phase,
      from,
      to,
      state: ended ? 'ended' : 'not seen to end',
      // there are a few, and all are shown
      weight: Number.POSITIVE_INFINITY,
    })),
    ...actsOf(story).map((act) => ({
      what: act.what as string,
      text: `${act.name} on ${act.on}${act.detail === '' ? '' : `: ${act.detail}`}`,
      from: act.from,
      to: act.to,
      state: act.state as string,
      weight: weightOfAct(act),
    })),
  ].toSorted((a, b) => a.from - b.from);
  return table({
    caption: 'Phases, engines, loads and faults',
    head: ['what', '#begin', '#end', '#lasted', 'name', 'how it ended'],
    rows: rows.map(({ what, text, from, to, state }) => [what, clock(from, 1), clock(to, 1), lasted(to - from), text, state]),
    weights: rows.map(({ weight }) => weight),
  });
}

export function eventsTable(story: Story): Markup | undefined {
  const events = all(story.records, 'event');
  return table({
    caption: 'Events of the kernels',
    head: ['machine', '#at', 'class', 'severity', 'title', '#console lines'],
    rows: events.map(({ machine, t, event }) => [
      machine,
      clock(t, 1),
      event.class,
      event.severity,
      event.title,
      `${event.line} to ${event.endLine}`,
    ]),
    weights: events.map(weightOfEvent),
  });
}

export function silencesTable({ probes }: Story): Markup | undefined {
  const rows = probes
    .flatMap(({ machine, probe, silences }) => silences.map((span) => ({ machine, probe, ...span })))
    .toSorted((a, b) => a.from - b.from);
  return table({
    caption: `Probes without an answer for a second or more (${counted(rows.length, 'time')})`,
    head: ['machine', 'probe', '#from', '#to', '#lasted'],
    rows: rows.map(({ machine, probe, from, to }) => [machine, probe, clock(from, 1), clock(to, 1), lasted(to - from)]),
    weights: rows.map(weightOfSpan),
  });
}
