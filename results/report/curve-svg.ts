/**
 * The load curve as one standalone SVG: loss, softirq share and probe latencies over the offered load, with what the search found marked across
 * them. No library: three panels need two scales, and the picture carries its own colours for light and dark, and a second layout for a phone,
 * which the chart libraries that render without a browser do not.
 */
import { byLoad, type Curve, cliffOf } from '../curve.ts';
import { axes, COMPACT, fitted, frameOf, type Layout, marks, WIDE } from './curve-frame.ts';
import { latencyPanel, lossPanel, softirqPanel } from './curve-panels.ts';
import { STYLE } from './curve-style.ts';
import { cliffText, goalName, goalText, loadText } from './curve-words.ts';
import { element, text } from './svg.ts';

export interface CurveSvgOptions {
  readonly title?: string;
  /** what was tested, on what: a line below the title */
  readonly subtitle?: string;
}

/** An SVG document of 800 x 720 that scales with the room it is given, and shows its phone layout below 520 px. Text in it is escaped. */
export function renderCurveSvg(curve: Curve, { title = 'How the host bore the load', subtitle = '' }: CurveSvgOptions = {}): string {
  const loads = byLoad(curve.points);
  const cliff = cliffOf(loads);
  const told = [
    ...curve.goals.map((goal) => `${goalName(goal)}: ${goalText(goal)}`),
    ...(cliff === undefined ? [] : [cliffText(cliff)]),
    ...loads.map(loadText),
  ];
  const { width, height } = WIDE;
  return element(
    'svg',
    { xmlns: 'http://www.w3.org/2000/svg', viewBox: `0 0 ${width} ${height}`, width, height, class: 'load-curve', role: 'img' },
    element('title', {}, text(title)),
    element('desc', {}, text(told.join('. '))),
    element('style', {}, STYLE),
    element('rect', { class: 'paper', width, height }),
    drawn(curve, WIDE, title, subtitle),
    drawn(curve, COMPACT, title, subtitle),
  );
}

function drawn(curve: Curve, layout: Layout, title: string, subtitle: string): string {
  const loads = byLoad(curve.points);
  const room_px = layout.right_px - layout.left_px;
  const titleRoom_px = (room_px * layout.font_px) / layout.titleFont_px;
  const heads = [
    element('text', { class: 'title', x: layout.left_px, y: layout.title_px }, text(fitted(title, titleRoom_px, layout, 'bold'))),
    subtitle === ''
      ? ''
      : element(
          'text',
          { class: 'soft', x: layout.left_px, y: layout.title_px + layout.line_px },
          text(fitted(subtitle, room_px, layout, 'normal')),
        ),
  ];
  const scale = WIDE.width / layout.width;
  const group = { class: layout.name, ...(scale !== 1 && { transform: `scale(${scale})` }) };
  if (loads.length === 0) {
    const empty = element('text', { x: layout.left_px, y: layout.height / 2 }, 'no load was measured');
    return element('g', group, ...heads, empty);
  }
  const frame = frameOf(layout, loads, curve.goals);
  return element('g', group, axes(frame), ...heads, marks(frame), lossPanel(frame), softirqPanel(frame), latencyPanel(frame));
}
