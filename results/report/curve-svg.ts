/** The load curve: loss, softirq share and probe latencies over the offered load, with what the search found marked across them. */
import { byLoad, type Curve, cliffOf } from '../curve.ts';
import { axes, frameOf, marks } from './curve-frame.ts';
import { latencyPanel, lossPanel, softirqPanel } from './curve-panels.ts';
import { cliffText, goalName, goalText, loadText } from './curve-words.ts';
import { type Layout, type PictureText, renderPicture } from './picture.ts';
import { element } from './svg.ts';

export type CurveSvgOptions = Partial<Pick<PictureText, 'title' | 'subtitle'>>;

/** A picture of its own. Text in it is escaped. */
export function renderCurveSvg(curve: Curve, { title = 'How the host bore the load', subtitle = '' }: CurveSvgOptions = {}): string {
  const loads = byLoad(curve.points);
  const cliff = cliffOf(loads);
  const told = [
    ...curve.goals.map((goal) => `${goalName(goal)}: ${goalText(goal)}`),
    ...(cliff === undefined ? [] : [cliffText(cliff)]),
    ...loads.map(loadText),
  ];
  return renderPicture({ title, subtitle, told }, (layout) => drawn(curve, layout));
}

function drawn(curve: Curve, layout: Layout): string {
  const loads = byLoad(curve.points);
  if (loads.length === 0) return element('text', { x: layout.left_px, y: layout.height / 2 }, 'no load was measured');
  const frame = frameOf(layout, loads, curve.goals);
  return [axes(frame), marks(frame), lossPanel(frame), softirqPanel(frame), latencyPanel(frame)].join('');
}
