/** How a measure went from run to run, by kernel. */
import uPlot from 'uplot';
import type { Trend, TrendPage } from '../protocol.ts';
import { ask, choice, el, fill, say } from './dom.ts';
import { measured, moment, runPath } from './format.ts';
import { dayOrTime, shownSpan } from './time-axis.ts';
import type { View } from './view.ts';

const HEIGHT = 200;
/** A click so close to a point means it. */
const NEAR_px = 24;
const PALETTE = ['network', 'storage', 'management', 'tenant', 'soft', 'fail'] as const;
/** In the table; the curves have all. */
const MOST_ROWS = 200;
const NEVER = 'never';

export const trendsPage: View = (root, { query, go, note }) => {
  document.title = 'Trends · stormproof';
  const filters = el('form', { class: 'filters', onsubmit: (event) => event.preventDefault() });
  const problem = el('p', { class: 'notice', role: 'status', hidden: true });
  const charts = el('div', { class: 'charts' });
  fill(root, el('section', null, el('h1', null, 'Trends'), filters, problem, charts));
  let plots: uPlot[] = [];
  let asked = new AbortController();
  let page: TrendPage | undefined;

  async function load(): Promise<void> {
    asked.abort();
    asked = new AbortController();
    const { signal } = asked;
    try {
      page = await ask<TrendPage>(`/api/trends?${query}`, signal);
      draw();
    } catch (error) {
      if (!signal.aborted) tell((error as Error).message);
    }
  }

  function tell(words: string | null): void {
    problem.hidden = words === null;
    say(problem, words ?? '');
  }

  function draw(): void {
    if (page === undefined) return;
    const { measures, suites, classes, kernels, measure, trends } = page;
    tell(page.problem ?? (trends.length === 0 ? 'No run in the store has a figure like that.' : null));
    const one = (label: string, name: string, all: string, names: readonly string[], chosen: string) =>
      choice(label, all, names, chosen, (value) => {
        if (value === '') query.delete(name);
        else query.set(name, value);
        note(query);
        void load();
      });
    fill(
      filters,
      one('Measure', 'measure', '', measures, measure ?? ''),
      one('Suite', 'suite', 'any', suites, query.get('suite') ?? ''),
      one('Class', 'class', 'any', classes, query.get('class') ?? ''),
      one('Kernel', 'kernel', 'any', kernels, query.get('kernel') ?? ''),
    );
    for (const plot of plots) plot.destroy();
    plots = [];
    const groups = Map.groupBy(trends, ({ suite, case: name, class: size, profile, target, accelerator, tweaks, machine }) =>
      [`${suite}${name === null ? '' : `.${name}`}`, size, profile, target, accelerator, tweaks, machine].filter(Boolean).join(' · '),
    );
    // one colour for a kernel on the whole page
    const colours = new Map(
      [...new Set(trends.map(({ kernel }) => kernel))].sort().map((kernel, at) => [kernel, PALETTE[at % PALETTE.length] as string]),
    );
    fill(charts, ...[...groups].map(([title, group]) => figure(title, group, colours)));
  }

  function figure(title: string, group: readonly Trend[], colours: ReadonlyMap<string, string>): HTMLElement {
    const place = el('div', { class: 'plot' });
    const legend = el(
      'ul',
      { class: 'legend' },
      ...group.map(({ kernel, points, never }) =>
        el(
          'li',
          { class: `probe ${colours.get(kernel)}` },
          `${kernel} (${points.length}${never === 0 ? '' : `, ${never} of them ${NEVER}, in the table alone`})`,
        ),
      ),
    );
    const element = el('figure', null, el('figcaption', null, title), legend, place, values(group));
    // once it has its width
    requestAnimationFrame(() => {
      if (place.isConnected) plots.push(plotOf(place, group, colours, (run) => go(runPath(run))));
    });
    return element;
  }

  const repaint = (): void => draw();
  const theme = matchMedia('(prefers-color-scheme: dark)');
  theme.addEventListener('change', repaint);
  const resize = new ResizeObserver(() => {
    for (const plot of plots) plot.setSize({ width: plot.root.parentElement?.clientWidth ?? 300, height: HEIGHT });
  });
  resize.observe(charts);
  void load();
  return () => {
    asked.abort();
    resize.disconnect();
    theme.removeEventListener('change', repaint);
    for (const plot of plots) plot.destroy();
  };
};

function plotOf(place: HTMLElement, group: readonly Trend[], colours: ReadonlyMap<string, string>, open: (run: string) => void): uPlot {
  const colour = (name: string): string => getComputedStyle(document.documentElement).getPropertyValue(`--${name}`).trim();
  const axis = {
    stroke: colour('soft'),
    grid: { stroke: colour('line'), width: 1 },
    ticks: { show: false },
    font: '11px system-ui, sans-serif',
  };
  const unit = group[0]?.unit ?? '';
  // several readings of one moment, as of two trials of a run, stand above each other
  const tables = group.map(({ points }): uPlot.AlignedData => {
    const times = points.map(({ started }) => Date.parse(started) / 1000);
    return [times.map((t, at) => t + (times.indexOf(t) === at ? 0 : (at - times.indexOf(t)) / 1000)), points.map(({ value }) => value)];
  });
  const data = uPlot.join(tables);
  const [times] = data;
  const plot = new uPlot(
    {
      width: Math.max(200, place.clientWidth),
      height: HEIGHT,
      padding: [8, 8, 0, 0],
      legend: { show: false },
      cursor: { drag: { x: true, y: false }, focus: { prox: NEAR_px }, points: { size: 7 } },
      scales: {
        x: { range: (_, min, max) => shownSpan(min, max, { first: times[0] ?? min, last: times.at(-1) ?? max }) },
        y: { range: (_, min, max) => [Math.min(0, min), max > 0 ? max * 1.1 : 1] },
      },
      axes: [
        { ...axis, size: 24, values: (_, ticks) => ticks.map((t) => dayOrTime(t, (ticks.at(-1) ?? t) - (ticks[0] ?? t))) },
        { ...axis, size: 68, values: (_, ticks) => ticks.map((value) => measured(value, unit)) },
      ],
      series: [
        {},
        ...group.map(({ kernel }) => ({
          stroke: colour(colours.get(kernel) ?? 'soft'),
          width: 1.4,
          spanGaps: true,
          points: { size: 5, show: true, fill: colour('panel') },
        })),
      ],
    },
    data,
    place,
  );
  plot.over.addEventListener('click', () => {
    const at = plot.cursor.idxs?.findIndex((index, series) => series > 0 && index !== null && plot.data[series]?.[index] != null) ?? -1;
    const index = plot.cursor.idxs?.[at];
    const t = index == null ? undefined : plot.data[0][index];
    // elsewhere it may be the first half of a double click, which shows all the time again
    if (t === undefined || Math.abs(plot.valToPos(t, 'x') - (plot.cursor.left ?? 0)) > NEAR_px) return;
    const found = group[at - 1]?.points.find(({ started }) => Math.abs(Date.parse(started) / 1000 - t) < 0.5);
    if (found !== undefined) open(found.run);
  });
  return plot;
}

function values(group: readonly Trend[]): HTMLElement {
  const all = group.flatMap(({ kernel, unit, points }) => points.map((point) => ({ kernel, unit, ...point })));
  const rows = all
    .toSorted((a, b) => (a.started < b.started ? 1 : -1))
    .slice(0, MOST_ROWS)
    .map(({ kernel, unit, run, started, value }) =>
      el(
        'tr',
        null,
        el('td', null, el('a', { href: runPath(run) }, moment(started))),
        el('td', null, kernel),
        el('td', { class: 'figure' }, value === null ? NEVER : measured(value, unit)),
      ),
    );
  const heads = ['Run', 'Kernel', 'Value'].map((head) => el('th', { scope: 'col' }, head));
  return el(
    'details',
    null,
    el('summary', null, 'Values'),
    el('table', null, el('thead', null, el('tr', null, ...heads)), el('tbody', null, ...rows)),
  );
}
