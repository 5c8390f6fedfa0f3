/** Small bars inside tables. They repeat what the figure beside them says, so that nobody misses anything who does not see them. */
import { element } from '../svg.ts';
import { type Markup, trusted } from './markup.ts';

export interface Stretch {
  /** of the whole width, 0 to 1 */
  readonly from: number;
  readonly to: number;
  /** names a colour of page.css: `fill-…` */
  readonly colour: string;
}

const WIDTH = 160;
const HEIGHT = 10;

/** Stretches on a track, and a mark across it. */
export function bar(stretches: readonly Stretch[], mark?: number): Markup {
  const within = (share: number): number => Math.min(1, Math.max(0, share)) * WIDTH;
  return trusted(
    element(
      'svg',
      { class: 'bar', viewBox: `0 0 ${WIDTH} ${HEIGHT}`, width: WIDTH, height: HEIGHT, 'aria-hidden': 'true', focusable: 'false' },
      element('rect', { class: 'track', x: 0, y: 0, width: WIDTH, height: HEIGHT, rx: 2 }),
      ...stretches.map(({ from, to, colour }) =>
        element('rect', {
          class: `fill-${colour}`,
          x: within(from),
          y: 0,
          width: Math.max(1, within(to) - within(from)),
          height: HEIGHT,
          rx: 1,
        }),
      ),
      ...(mark === undefined ? [] : [element('path', { class: 'mark', d: `M${Math.min(WIDTH - 1, within(mark))} 0v${HEIGHT}` })]),
    ),
  );
}

/** A share of a whole, 0 to 1. */
export const shareBar = (share: number, colour: string): Markup => bar([{ from: 0, to: share, colour }]);
