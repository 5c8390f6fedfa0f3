/** The few lines that are rewritten in place: state of the run in, lines of at most `width` cells out. */
import type { HistoryRecord, Phase, ProbeName } from '../../results/model.ts';
import { cells, clip, printable } from '../../results/report/cells.ts';
import { clock } from './lines.ts';

interface Seen {
  readonly ms: number | null;
  /** when the last answer came, or the trial's first sample when none ever did */
  readonly answered: number;
}

/** What the view knows of the trial that is under way. */
export interface View {
  readonly index: number;
  readonly name: string;
  readonly begun: number;
  readonly phase: Phase | undefined;
  readonly phaseBegun: number;
  readonly machines: readonly { readonly name: string; readonly probes: readonly ProbeName[] }[];
  readonly seen: ReadonlyMap<string, Seen>;
  /** what is going on now: `fault link-cut on store` */
  readonly actions: readonly string[];
}

export const BLANK: View = { index: 0, name: '', begun: 0, phase: undefined, phaseBegun: 0, machines: [], seen: new Map(), actions: [] };

/** The view after a record. Only the map of samples is changed in place: they come by the hundred. */
export function advance(view: View, record: HistoryRecord): View {
  switch (record.k) {
    case 'trial':
      return { ...BLANK, index: view.index + 1, name: record.trial, begun: record.t, machines: record.machines, seen: new Map() };
    case 'phase':
      return record.state === 'begin' ? { ...view, phase: record.phase, phaseBegun: record.t } : view;
    case 'action': {
      const what = `${record.what} ${record.name} on ${record.on}`;
      if (record.state === 'begin') return { ...view, actions: [...view.actions, what] };
      const at = view.actions.indexOf(what);
      return at < 0 ? view : { ...view, actions: view.actions.toSpliced(at, 1) };
    }
    case 'sample': {
      const key = `${record.machine}/${record.probe}`;
      const answered = record.ms === null ? (view.seen.get(key)?.answered ?? record.t) : record.t;
      (view.seen as Map<string, Seen>).set(key, { ms: record.ms, answered });
      return view;
    }
    default:
      return view;
  }
}

/** No answer for so long is told as absence rather than as the last latency. */
const SILENT_S = 1;
const SHORT = { network: 'net', tenant: 'ten', storage: 'sto', management: 'mgmt' } as const satisfies Record<ProbeName, string>;
const SHORT_BELOW = 70;
/** A run with many tenants must not push everything else out of the window. */
const MOST_MACHINES = 8;

/** The lines at `now` (seconds on the run's clock). `expected_s` is how long the trial was said to take. */
export function draw(
  view: View,
  options: { readonly width: number; readonly total: number; readonly now: number; readonly expected_s: number | undefined },
): string[] {
  const { width, total, now, expected_s } = options;
  if (view.name === '') return [];
  const elapsed = now - view.begun;
  const left =
    expected_s === undefined ? '' : expected_s > elapsed ? `, about ${clock(expected_s - elapsed)} left` : ', longer than expected';
  const title = `trial ${view.index}/${total}  ${printable(view.name)}`;
  const time = `${clock(elapsed)}${left}`;
  const heading = cells(title) + 2 + cells(time) <= width ? [`${title}  ${time}`] : [title, `  ${time}`];
  const doing = [...new Set(view.actions)].map((what) => printable(what)).join(', ');
  const phase = view.phase === undefined ? [] : [`${view.phase} ${clock(now - view.phaseBegun)}${doing === '' ? '' : `  ${doing}`}`];
  const short = width < SHORT_BELOW;
  const shown = view.machines.slice(0, MOST_MACHINES);
  const longest = Math.max(0, ...shown.map(({ name }) => cells(name)));
  const machines = shown.map(({ name, probes }) => {
    const figures = probes.map((probe) => {
      const seen = view.seen.get(`${name}/${probe}`);
      return short ? `${SHORT[probe]} ${figure(seen, now).replace('silent ', '!').replace(' ', '')}` : `${probe} ${figure(seen, now)}`;
    });
    return `  ${name}${' '.repeat(longest - cells(name))}  ${figures.join(short ? ' ' : '  ')}`;
  });
  const more = view.machines.length > shown.length ? [`  and ${view.machines.length - shown.length} more machines`] : [];
  return [...heading, ...phase, ...machines, ...more].map((text) => clip(text, width));
}

function figure(seen: Seen | undefined, now: number): string {
  if (seen === undefined) return '-';
  const silent = now - seen.answered;
  if (seen.ms === null || silent > SILENT_S) return `silent ${silent.toFixed(1)} s`;
  return seen.ms < 10 ? `${seen.ms.toFixed(1)} ms` : `${Math.round(seen.ms)} ms`;
}
