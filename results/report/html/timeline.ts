/** The timeline of a trial: what the page draws on one clock (`client/`), and the tables that say the same. */
import type { EventClass, Severity } from '../../model.ts';
import { downsample, type Focus } from './downsample.ts';
import { encode } from './encode.ts';
import { html, jsonBlock, type Markup, plain } from './markup.ts';
import type { Span } from './silences.ts';
import { type Act, actsOf, phasesOf } from './spans.ts';
import { all, PROBE_ORDER, type Story } from './story.ts';
import { folded, part } from './table.ts';
import { actsTable, eventsTable, silencesTable } from './timeline-tables.ts';
import { clock, lasted } from './words.ts';
import { weightOfAct, weightOfEvent, weightOfSpan, worstOf } from './worst.ts';

/** As `client/timeline.js` reads it. Times are seconds on the run's clock; all texts are as they were read, and never markup. */
export interface TimelineData {
  /** where the view begins and ends */
  readonly from: number;
  readonly to: number;
  /** milliseconds since 1970 of the clock's zero, for the time of day in UTC */
  readonly zero_ms: number;
  readonly lanes: readonly Lane[];
  readonly charts: readonly { readonly probe: string; readonly series: readonly Series[] }[];
  /** stretches that are tinted behind everything */
  readonly shades: readonly (Span & { readonly kind: 'storm' | 'fault' })[];
}

export interface Series {
  readonly machine: string;
  /** its place among the machines, which says how its line looks in every chart */
  readonly look: number;
  readonly points: string;
  /** when it had no answer for a second or more */
  readonly silences: readonly Span[];
}

export interface Lane {
  readonly name: string;
  readonly kind: 'phase' | 'storm' | 'load' | 'fault' | 'event' | 'silence';
  readonly bars: readonly (Span & { readonly text: string; readonly bad?: true })[];
  readonly marks: readonly { readonly t: number; readonly class: EventClass; readonly severity: Severity; readonly text: string }[];
}

/** Of a lane with more, the worst so many are shown. All are in the record. */
const MOST_BARS = 600;
const MOST_MARKS = 1500;
/** Every sample is kept from so long before something that matters to so long after it. */
const BEFORE_S = 5;
const AFTER_S = 30;

/** The part of a trial: a place for the page's script to draw in, its data, and the tables. `most` is how many points each probe may have. */
export function timelinePart(story: Story, started: string, id: string, most: ReadonlyMap<object, number>): Markup | undefined {
  if (story.records.length === 0) return undefined;
  const { charts, width_s } = chartsOf(story, most);
  const lanes = lanesOf(story);
  const left = lanes.flatMap(({ lane: { name }, left: count }) => (count === 0 ? [] : [`${count} of ${name}`]));
  const data: TimelineData = {
    from: story.from,
    to: Math.max(story.to, story.from + 1),
    zero_ms: Date.parse(started),
    lanes: lanes.map(({ lane }) => lane),
    charts,
    shades: shadesOf(story),
  };
  const about = `Timeline of ${story.name || 'the trial'} from ${clock(story.from)} to ${clock(story.to)}: ${data.lanes.map(({ name }) => name).join(', ')}, and the answers of ${charts.map(({ probe }) => probe).join(', ') || 'no probe'}`;
  return part(3, 'What happened when', [
    html`<div class="timeline" data-timeline="${id}-data" role="group" aria-label="${about}"></div>
<script type="application/json" id="${id}-data">${jsonBlock(data)}</script>
<noscript><p class="soft">Without scripts there are no curves; the tables below hold the same.</p></noscript>`,
    html`<p class="soft">Times are on the run's clock, which begins at ${started} (UTC). Drag over a stretch to look closer, double click for all of it; with the keyboard: arrows move the line, + and − change the scale, Home shows all.${
      width_s > 0
        ? ` Where there are more samples than the page holds, each ${lasted(width_s)} leaves its fastest and its slowest answer and all that were missing; around events and faults every sample is there, as far as they fit in.`
        : ''
    }${left.length > 0 ? ` Not drawn, and none of them worse or longer than what is: ${left.join(', ')}.` : ''}</p>`,
    folded('the timeline as tables', [actsTable(story), eventsTable(story), silencesTable(story)]),
  ]);
}

function chartsOf(
  { probes, records, from, to, ...story }: Story,
  most: ReadonlyMap<object, number>,
): { charts: TimelineData['charts']; width_s: number } {
  const focuses = focusesOf({ ...story, probes, records, from, to });
  let width_s = 0;
  const charts = PROBE_ORDER.flatMap((probe) => {
    const own = probes.filter((each) => each.probe === probe);
    const series = own.map((each) => {
      const reduced = downsample(each.samples, most.get(each) ?? 0, focuses);
      width_s = Math.max(width_s, reduced.width_s);
      return {
        machine: plain(each.machine),
        look: story.machines.indexOf(each.machine),
        points: encode(reduced.points),
        silences: worstOf(each.silences, MOST_BARS, weightOfSpan).kept,
      };
    });
    return series.length === 0 ? [] : [{ probe, series }];
  });
  return { charts, width_s };
}

/** Crashes and hangs first, then other events, then faults. */
function focusesOf(story: Story): Focus[] {
  const around = (from: number, to: number): Focus => ({ from: from - BEFORE_S, to: to + AFTER_S });
  const events = all(story.records, 'event').filter(({ event }) => event.severity !== 'info');
  const worst = events.filter(({ event }) => event.class === 'crash' || event.class === 'hang');
  const faults = actsOf(story).filter(({ what }) => what === 'fault' || what === 'sabotage' || what === 'reset');
  return [
    ...worst.map(({ t }) => around(t, t)),
    ...events.filter((each) => !worst.includes(each)).map(({ t }) => around(t, t)),
    ...faults.flatMap(({ from, to }) => [around(from, Math.min(to, from + AFTER_S)), around(to, to)]),
  ];
}

const STORMS: readonly Act['what'][] = ['engine'];
const LOADS: readonly Act['what'][] = ['load', 'policy'];
const FAULTS: readonly Act['what'][] = ['fault', 'sabotage', 'reset'];

/** A lane, and how much of it is not drawn. */
interface Drawn {
  readonly lane: Lane;
  readonly left: number;
}

function lanesOf(story: Story): Drawn[] {
  const acts = actsOf(story);
  const phases = phasesOf(story).map(({ phase, from, to, ended }) => ({ from, to, text: ended ? phase : `${phase}, not seen to end` }));
  const lanes: Drawn[] = [
    { lane: { name: 'phases', kind: 'phase', bars: phases, marks: [] }, left: 0 },
    actsLane(acts, STORMS, 'storm', 'storm'),
    actsLane(acts, LOADS, 'loads', 'load'),
    actsLane(acts, FAULTS, 'faults', 'fault'),
    ...story.machines.map((machine) => eventsLane(story, machine)),
    ...story.probes.map(({ machine, probe, silences }): Drawn => {
      const { kept, left } = worstOf(silences, MOST_BARS, weightOfSpan);
      const bars = kept.map(({ from, to }) => ({ from, to, text: `no answer for ${lasted(to - from)}` }));
      return { lane: { name: plain(`${machine} ${probe}`), kind: 'silence', bars, marks: [] }, left };
    }),
  ];
  return lanes.filter(({ lane: { kind, bars, marks } }) => bars.length > 0 || marks.length > 0 || kind === 'phase');
}

function actsLane(acts: readonly Act[], kinds: readonly Act['what'][], name: string, kind: Lane['kind']): Drawn {
  const own = acts.filter(({ what }) => kinds.includes(what));
  const { kept, left } = worstOf(own, MOST_BARS, weightOfAct);
  const bars = kept.map(({ from, to, state, ...act }) => ({
    from,
    to,
    text: plain(`${actText(act)}${state === 'ended' ? '' : `, ${state}`}`),
    ...(state === 'failed' && { bad: true as const }),
  }));
  return { lane: { name, kind, bars, marks: [] }, left };
}

function eventsLane(story: Story, machine: string): Drawn {
  const own = all(story.records, 'event').filter((each) => each.machine === machine);
  const { kept, left } = worstOf(own, MOST_MARKS, weightOfEvent);
  const marks = kept.map(({ t, event }) => ({ t, class: event.class, severity: event.severity, text: plain(event.title) }));
  return { lane: { name: plain(`${machine}'s kernel`), kind: 'event', bars: [], marks }, left };
}

const actText = ({ what, name, on, detail }: Pick<Act, 'what' | 'name' | 'on' | 'detail'>): string =>
  `${what === 'engine' || what === 'fault' || what === 'load' || what === name ? '' : `${what} `}${name} on ${on}${detail === '' ? '' : `: ${detail}`}`;

const shadesOf = (story: Story): TimelineData['shades'] => [
  ...phasesOf(story).flatMap(({ phase, from, to }) => (phase === 'storm' ? [{ kind: 'storm' as const, from, to }] : [])),
  ...worstOf(
    actsOf(story).filter(({ what }) => what === 'fault' || what === 'sabotage'),
    MOST_BARS,
    weightOfAct,
  ).kept.map(({ from, to }) => ({ kind: 'fault' as const, from, to })),
];
