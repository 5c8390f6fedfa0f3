/** The three panels of the load curve. */
import { type CurveLoad, type Outcome, PROBE_FIGURES, type ProbeFigure } from '../curve.ts';
import type { Frame, Panel } from './curve-frame.ts';
import { latency, loadText, OUTCOME_WORDS, PROBE_NAMES, percent } from './curve-words.ts';
import { widthOf } from './picture.ts';
import { grid, line, marker, type Point, type Shape } from './picture-marks.ts';
import { type Scale, scaleOf } from './picture-scale.ts';
import { element, text } from './svg.ts';

const OUTCOME_CLASS: Readonly<Record<Outcome, string>> = { ok: 'ok', loss: 'loss', objective: 'failed', event: 'failed', died: 'failed' };
/** One shape per outcome, so that colour is not needed to tell them apart. */
const OUTCOME_SHAPE: Readonly<Record<Outcome, Shape>> = {
  ok: 'circle',
  loss: 'triangle',
  objective: 'square',
  event: 'diamond',
  died: 'cross',
};
/** Below this, loss is drawn at the lowest decade of its axis: a thousandth of a percent. */
const LEAST_LOSS = 1e-5;

/** Loss on a logarithmic axis, with no loss at all on a line of its own below it; the shape of a point tells how the load ended. */
export function lossPanel(frame: Frame): string {
  const { layout, loads, panels } = frame;
  const panel = panels.loss;
  const zero = panel.bottom_px - layout.line_px * 0.6;
  const seen = loads.map(({ lossRatio }) => lossRatio).filter((loss) => loss > 0);
  const least = 10 ** Math.floor(Math.log10(Math.max(LEAST_LOSS, Math.min(0.01, ...seen))));
  const y = scaleOf('log', least, 1, zero - layout.line_px * 1.1, panel.top_px + layout.marker_px * 1.6, layout.name === 'wide' ? 6 : 3);
  const at = (load: CurveLoad): Point => ({ x: frame.x.at(load.offered_pps), y: load.lossRatio > 0 ? y.at(load.lossRatio) : zero });
  const ended = (['ok', 'loss', 'objective', 'event', 'died'] as const).filter((outcome) => loads.some((load) => load.outcome === outcome));
  return [
    grid(layout, [...y.ticks.map((tick): [number, string] => [y.at(tick), percent(tick)]), [zero, '0 %']]),
    heading(
      frame,
      panel,
      'packets lost',
      ended.map((outcome) => [
        (point) => marker(OUTCOME_SHAPE[outcome], point, layout.marker_px, OUTCOME_CLASS[outcome]),
        OUTCOME_WORDS[outcome],
        OUTCOME_CLASS[outcome],
      ]),
    ),
    line('ok', '', [loads.map(at)]),
    ...loads.map((load) =>
      element(
        'g',
        {},
        element('title', {}, text(loadText(load))),
        marker(OUTCOME_SHAPE[load.outcome], at(load), layout.marker_px, OUTCOME_CLASS[load.outcome]),
      ),
    ),
  ].join('');
}

/** How much of its time the busiest CPU spent on packets: near 100 %, nothing else runs there. */
export function softirqPanel(frame: Frame): string {
  const { layout, loads, panels } = frame;
  const panel = panels.softirq;
  const y = scaleOf('linear', 0, 1, panel.bottom_px, panel.top_px, 2);
  const at = ({ offered_pps, softirqShare }: CurveLoad): Point | undefined =>
    softirqShare === null ? undefined : { x: frame.x.at(offered_pps), y: y.at(softirqShare) };
  return [
    grid(
      layout,
      y.ticks.map((tick) => [y.at(tick), percent(tick)]),
    ),
    heading(frame, panel, 'softirq, share of the busiest CPU', []),
    line('ok', '', stretches(loads.map(at))),
    ...loads.flatMap((load) => {
      const point = at(load);
      return point === undefined ? [] : [element('circle', { class: 'fill-ok', cx: point.x, cy: point.y, r: layout.marker_px * 0.7 })];
    }),
  ].join('');
}

const SERIES_DASH = ['', '7 3', '2 3', '8 3 2 3'] as const;
/** In a logarithmic panel, a decade at least: a straight line is to look like one. */
const LEAST_SPAN = 10;

/** The probes' 99th percentiles on a logarithmic axis; what had no answer stands on a line above it. */
export function latencyPanel(frame: Frame): string {
  const { layout, loads, panels } = frame;
  const panel = panels.latency;
  const probed = PROBE_FIGURES.filter((figure) => loads.some(({ probes }) => probes[figure] !== undefined));
  const answers = loads.flatMap(({ probes }) => probed.flatMap((figure) => probes[figure] ?? [])).filter((ms) => ms > 0);
  const silent = loads.some(({ probes }) => probed.some((figure) => probes[figure] === null));
  const low = Math.min(...answers, 1e9);
  const [from, to] = answers.length === 0 ? [1, LEAST_SPAN] : [low * 0.8, Math.max(low * LEAST_SPAN, ...answers) * 1.25];
  const none = panel.top_px + layout.line_px * 0.6;
  const y = scaleOf('log', from, to, panel.bottom_px, silent ? none + layout.line_px * 0.9 : panel.top_px, layout.name === 'wide' ? 8 : 4);
  return [
    grid(layout, [
      ...y.ticks.map((tick): [number, string] => [y.at(tick), latency(tick)]),
      ...(silent ? [[none, layout.name === 'wide' ? 'no answer' : 'none'] as [number, string]] : []),
    ]),
    heading(
      frame,
      panel,
      layout.name === 'wide' ? 'probe latency, 99th percentile' : 'p99',
      probed.map((figure) => [
        (point) => marker(SERIES_SHAPE[PROBE_FIGURES.indexOf(figure)] as Shape, point, layout.marker_px * 0.85, seriesOf(figure)),
        PROBE_NAMES[figure],
        seriesOf(figure),
      ]),
    ),
    ...probed.map((figure) => series(frame, figure, y, none)),
  ].join('');
}

const seriesOf = (figure: ProbeFigure): string => `series${PROBE_FIGURES.indexOf(figure)}`;
const SERIES_SHAPE = ['circle', 'triangle', 'square', 'diamond'] as const satisfies readonly Shape[];

function series({ loads, x, layout }: Frame, figure: ProbeFigure, y: Scale, none_px: number): string {
  const at = PROBE_FIGURES.indexOf(figure);
  const points = loads.map(({ offered_pps, probes }): Point | undefined => {
    const ms = probes[figure];
    return ms === undefined ? undefined : { x: x.at(offered_pps), y: ms === null ? none_px : y.at(ms) };
  });
  const markers = points.flatMap((point) =>
    point === undefined ? [] : [marker(SERIES_SHAPE[at] as Shape, point, layout.marker_px * 0.75, seriesOf(figure))],
  );
  return [line(seriesOf(figure), SERIES_DASH[at] ?? '', stretches(points)), ...markers].join('');
}

/** Runs of points with nothing missing in between. */
function stretches(points: readonly (Point | undefined)[]): Point[][] {
  const runs: Point[][] = [[]];
  for (const point of points) {
    if (point === undefined) runs.push([]);
    else runs.at(-1)?.push(point);
  }
  return runs.filter((run) => run.length > 0);
}

type LegendEntry = readonly [symbol: (at: Point) => string, label: string, colour: string];

/** The panel's name above it, and its legend after that, on a ground that keeps the marks' lines away. */
function heading({ layout }: Frame, panel: Panel, name: string, legend: readonly LegendEntry[]): string {
  const y = panel.top_px - layout.line_px * 0.35;
  let x = layout.left_px + widthOf(name, layout, 'bold') + layout.font_px;
  const entries = legend.map(([symbol, label, colour]) => {
    const at = x + layout.marker_px;
    x = at + 2 * layout.marker_px + widthOf(label, layout, 'normal') + layout.font_px * 0.8;
    return (
      symbol({ x: at, y: y - layout.font_px * 0.35 }) +
      element('text', { class: `fill-${colour}`, x: at + 2 * layout.marker_px, y }, text(label))
    );
  });
  const ground = {
    class: 'paper',
    x: layout.left_px,
    y: y - layout.font_px,
    width: x - layout.left_px - layout.font_px * 0.4,
    height: layout.font_px * 1.2,
  };
  return [element('rect', ground), element('text', { class: 'head', x: layout.left_px, y }, text(name)), ...entries].join('');
}
