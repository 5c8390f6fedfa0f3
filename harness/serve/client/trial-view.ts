/** One trial of a run: what it did when, the curves of its machines, their events and consoles. */
import type { Frame, TrialState } from '../protocol.ts';
import { consolePane } from './console-pane.ts';
import { el, fill, say } from './dom.ts';
import { drawEvents } from './event-list.ts';
import { isProbed, keptText } from './format.ts';
import { type MachineChart, machineChart, type Range } from './machine-chart.ts';
import { emptyModel, take } from './run-model.ts';
import { drawTimeline } from './timeline.ts';

/** A trial that has just begun is not drawn over a second. */
const LEAST_SPAN_s = 20;
const LAST_s = 60;

export interface TrialView {
  readonly element: HTMLElement;
  take(frame: Frame, state: TrialState | undefined, now: number | null): void;
  tick(now: number): void;
  destroy(): void;
}

export function trialView(run: string): TrialView {
  const model = emptyModel();
  const charts = new Map<string, MachineChart>();
  const [ranges, timeline, machines, events] = [
    el('div', { class: 'ranges', role: 'group', 'aria-label': 'Time shown' }),
    el('div', { class: 'timeline' }),
    el('div', { class: 'machines' }),
    el('div', { class: 'events' }),
  ];
  const kept = el('p', { class: 'soft', hidden: true });
  const heard = el('section', null, el('h2', null, 'Events'), events);
  const panel = consolePane(run);
  const element = el(
    'div',
    { class: 'trial', hidden: true },
    el('section', null, el('div', { class: 'title' }, el('h2', null, 'Probes'), ranges), kept, timeline, machines),
    el('div', { class: 'below' }, heard, panel.element),
  );
  let state: TrialState | undefined;
  let zoom: Range | 'storm' | 'last' | null = null;
  let clock: number | null = null;
  let shownTrial: string | null = null;
  let waiting = 0;

  function range(): Range {
    const begun = state?.begun ?? 0;
    const last = Math.max(clock ?? model.frame?.t ?? 0, begun);
    const end = state?.ended ?? last;
    const whole = { min: begun, max: Math.max(end, begun + LEAST_SPAN_s) };
    if (zoom === null) return whole;
    if (zoom === 'last') return { min: Math.max(begun, end - LAST_s), max: Math.max(end, begun + LEAST_SPAN_s) };
    if (zoom !== 'storm') return zoom;
    const storm = [...model.marks.values()].find(({ what, name }) => what === 'phase' && name === 'storm');
    const over = storm?.to ?? last;
    return storm === undefined ? whole : { min: Math.max(begun, storm.from - 5), max: Math.min(Math.max(end, over), over + 15) };
  }

  function look(chosen: typeof zoom): void {
    zoom = chosen;
    drawRanges();
    draw();
  }

  function drawRanges(): void {
    const one = (text: string, value: 'storm' | 'last' | null) =>
      el('button', { type: 'button', class: 'small', 'aria-pressed': String(zoom === value), onclick: () => look(value) }, text);
    fill(ranges, one('Whole trial', null), one('Storm', 'storm'), one('Last minute', 'last'));
  }

  function draw(): void {
    waiting = 0;
    const shown = range();
    const marks = [...model.marks.values()];
    drawTimeline(timeline, marks, shown, clock);
    for (const { name, probes } of state?.machines ?? []) {
      const series = probes.flatMap((probe) => model.series.get(`${name}/${probe}`) ?? []);
      const own = [...model.events.values()].filter(({ machine }) => machine === name);
      charts.get(name)?.update({ series, marks, events: own, range: shown, now: state !== undefined && isProbed(state) ? clock : null });
    }
  }

  /** At most once for each picture that the screen shows. */
  function drawSoon(): void {
    if (waiting === 0) waiting = requestAnimationFrame(draw);
  }

  function reset(name: string | null): void {
    for (const chart of charts.values()) chart.destroy();
    charts.clear();
    // told anew after the page was hidden, it is looked at as before
    if (name !== shownTrial) zoom = null;
    shownTrial = name;
    for (const { name, seat } of state?.machines ?? []) charts.set(name, machineChart(name, seat, look));
    fill(machines, ...[...charts.values()].map((chart) => chart.element));
    drawRanges();
  }

  const theme = matchMedia('(prefers-color-scheme: dark)');
  const repaint = (): void => {
    for (const chart of charts.values()) chart.repaint();
  };
  theme.addEventListener('change', repaint);

  return {
    element,
    take(frame, trial, now) {
      const news = take(model, frame);
      state = trial;
      clock = now;
      element.hidden = trial === undefined;
      if (frame.reset) reset(frame.trial);
      const words = keptText(frame.leftOut, trial?.dropped === true);
      kept.hidden = words === '';
      say(kept, words);
      if (frame.reset || frame.events.length > 0) drawEvents(events, [...model.events.values()], (event) => panel.goTo(event));
      panel.update(model, news, frame.reset);
      drawSoon();
    },
    tick(now) {
      clock = now;
      if (state !== undefined && isProbed(state)) for (const chart of charts.values()) chart.tick(now);
    },
    destroy() {
      theme.removeEventListener('change', repaint);
      cancelAnimationFrame(waiting);
      for (const chart of charts.values()) chart.destroy();
    },
  };
}
