/** What stands in a picture's panels: grid lines, lines through points, and markers whose shapes tell apart what their colours do. */
import type { Layout } from './picture.ts';
import { element, px, text } from './svg.ts';

export interface Point {
  readonly x: number;
  readonly y: number;
}

/** A horizontal line for each tick from `left_px` to `right_px`, its label before it. */
export function grid(
  { left_px, right_px }: Pick<Layout, 'left_px' | 'right_px'>,
  ticks: readonly (readonly [y: number, label: string])[],
): string {
  return ticks
    .flatMap(([y, label]) => [
      element('path', { class: 'grid', d: `M${left_px} ${px(y)}H${right_px}` }),
      element('text', { class: 'soft', x: left_px - 6, y: y + 4, 'text-anchor': 'end' }, text(label)),
    ])
    .join('');
}

/** `colour` and `weight` are names in the style sheet; `dash` is as in `stroke-dasharray`, empty for none. */
export function line(colour: string, dash: string, runs: readonly (readonly Point[])[], weight: 'curve' | 'fit' = 'curve'): string {
  const d = runs.map((run) => run.map((point, at) => `${at === 0 ? 'M' : 'L'}${px(point.x)} ${px(point.y)}`).join('')).join('');
  return d === '' ? '' : element('path', { class: `${weight} line-${colour}`, d, ...(dash !== '' && { 'stroke-dasharray': dash }) });
}

export const SHAPES = ['circle', 'triangle', 'square', 'diamond', 'cross'] as const;
export type Shape = (typeof SHAPES)[number];

export function marker(shape: Shape, { x, y }: Point, size: number, colour: string): string {
  const fill = `fill-${colour}`;
  if (shape === 'circle') return element('circle', { class: fill, cx: x, cy: y, r: size });
  if (shape === 'cross')
    return element('path', {
      class: `cross line-${colour}`,
      d: `M${px(x - size)} ${px(y - size)}l${2 * size} ${2 * size}m0 ${-2 * size}l${-2 * size} ${2 * size}`,
    });
  if (shape === 'square') return element('rect', { class: fill, x: x - size, y: y - size, width: 2 * size, height: 2 * size });
  const s = size * 1.3;
  const corners =
    shape === 'triangle'
      ? [
          [0, -s],
          [s, s * 0.8],
          [-s, s * 0.8],
        ]
      : [
          [0, -s],
          [s, 0],
          [0, s],
          [-s, 0],
        ];
  return element('path', {
    class: fill,
    d: `${corners.map(([dx = 0, dy = 0], at) => `${at === 0 ? 'M' : 'L'}${px(x + dx)} ${px(y + dy)}`).join('')}Z`,
  });
}
