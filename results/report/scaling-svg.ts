/** What was timed over the sizes of host as a picture: both axes logarithmic, so that linear growth has one slope wherever it stands. */
import type { Run } from '../model.ts';
import { bySize, type ScaledMeasure, type Size } from '../scaling.ts';
import { type Layout, renderPicture } from './picture.ts';
import { grid, line, marker, type Point } from './picture-marks.ts';
import { labels, shownOf } from './scaling-labels.ts';
import { LEAST_s, type Plot, plotOf, type Series, seriesOf } from './scaling-plot.ts';
import { candidatesOf, measureText, memoryText } from './scaling-words.ts';
import { element, px, text } from './svg.ts';

/** An SVG document for a phone as well as for a wide window; undefined where hosts of one size were tried. */
export function renderScalingSvg({ name, scaling }: Pick<Run, 'name' | 'scaling'>): string | undefined {
  const measures = (scaling?.measures ?? []).filter(({ points }) => points.length > 0);
  if (measures.length === 0) return undefined;
  const words = { title: `${name}: time over memory`, subtitle: subtitleOf(candidatesOf(measures)), told: measures.map(measureText) };
  return renderPicture(words, (layout) => drawn(measures, layout));
}

/** Several candidates are numbered as in the names of their trials. */
const subtitleOf = (candidates: readonly string[]): string =>
  candidates.length > 1 ? candidates.map((candidate, index) => `k${index + 1} ${candidate}`).join(', ') : (candidates[0] ?? '');

/** Room for the labels at the lines' ends. */
const LABELS_px: Readonly<Record<Layout['name'], number>> = { wide: 216, compact: 132 };

function drawn(measures: readonly ScaledMeasure[], layout: Layout): string {
  const labels_px = LABELS_px[layout.name];
  const top_px = layout.title_px + layout.line_px * 1.7 + layout.gap_px;
  const bottom_px = layout.height - 2.6 * layout.line_px;
  const { shown, hidden } = shownOf(seriesOf(measures), layout, labels_px, bottom_px - top_px);
  const points = shown.flatMap(({ series }) => series.measure.points);
  const plot = plotOf(points, { layout, labels_px, top_px, bottom_px });
  const sizes = bySize(points).map(({ memory_GiB }) => memory_GiB);
  return [axes(plot, sizes), reference(plot), ...shown.map(({ series }) => curve(series, plot)), labels(shown, hidden, plot)].join('');
}

/** The memory's axis has its ticks at the sizes that were tried. */
function axes({ layout, left_px, right_px, top_px, bottom_px, x, y, none_px }: Plot, sizes: readonly number[]): string {
  const { line_px, font_px } = layout;
  const ticks: [number, string][] = y.ticks.map((tick) => [y.at(tick), `${tick} s`]);
  let last = Number.NEGATIVE_INFINITY;
  const told = sizes.filter((size) => {
    if (x.at(size) - last < font_px * 2.4) return false;
    last = x.at(size);
    return true;
  });
  return [
    element('rect', { class: 'panel', x: left_px, y: top_px, width: right_px - left_px, height: bottom_px - top_px }),
    grid({ left_px, right_px }, none_px === undefined ? ticks : [...ticks, [none_px, `<${LEAST_s} s`]]),
    element('path', { class: 'grid', d: sizes.map((size) => `M${px(x.at(size))} ${px(top_px)}V${px(bottom_px)}`).join('') }),
    ...told.map((size) =>
      element('text', { class: 'soft', x: x.at(size), y: bottom_px + line_px, 'text-anchor': 'middle' }, memoryText(size)),
    ),
    element('text', { x: (left_px + right_px) / 2, y: bottom_px + 2.05 * line_px, 'text-anchor': 'middle' }, 'memory, GiB'),
    element('text', { class: 'head', x: left_px, y: top_px - line_px * 0.35 }, 'time, its fit dashed'),
  ].join('');
}

/** How steep linear growth is, drawn in the corner where what grows has no lines. */
function reference({ layout, left_px, right_px, top_px, bottom_px, linear_px }: Plot): string {
  const across_px = Math.min((right_px - left_px) / 4, (bottom_px - top_px) / 4 / linear_px);
  const from = { x: left_px + layout.line_px * 0.6, y: top_px + layout.line_px * 0.6 + across_px * linear_px };
  const to = { x: from.x + across_px, y: from.y - across_px * linear_px };
  return [
    element('path', { class: 'axis', 'stroke-dasharray': '2 3', d: `M${px(from.x)} ${px(from.y)}L${px(to.x)} ${px(to.y)}` }),
    element('text', { class: 'soft', x: to.x + 4, y: to.y + layout.font_px * 0.35 }, 'linear'),
  ].join('');
}

const FIT_STEPS = 24;

function curve({ measure, sizes, colour, shape }: Series, { layout, at }: Plot): string {
  const points = sizes.map(({ memory_GiB, seconds }) => at(memory_GiB, seconds));
  const spreads = sizes
    .filter(({ spread_s }) => spread_s > 0)
    .map(({ memory_GiB, points: all }) => {
      const seconds = all.map((point) => point.seconds);
      return [at(memory_GiB, Math.min(...seconds)), at(memory_GiB, Math.max(...seconds))];
    });
  return element(
    'g',
    {},
    element('title', {}, text(measureText(measure))),
    line(colour, '5 4', [fitted(measure, sizes, at)], 'fit'),
    line(colour, '', [points], 'curve'),
    line(colour, '', spreads, 'fit'),
    ...points.map((point) => marker(shape, point, layout.marker_px, colour)),
  );
}

/** The fit from the smallest size to the largest; nothing where the growth is unknown. */
function fitted({ fit, growth }: ScaledMeasure, sizes: readonly Size[], at: Plot['at']): Point[] {
  const [first, last] = [sizes[0]?.memory_GiB, sizes.at(-1)?.memory_GiB];
  if (fit === undefined || growth === 'unknown' || first === undefined || last === undefined) return [];
  return Array.from({ length: FIT_STEPS + 1 }, (_, step) => {
    const memory_GiB = first * (last / first) ** (step / FIT_STEPS);
    return at(memory_GiB, fit.a_s + fit.b_s * memory_GiB ** fit.exponent);
  });
}
