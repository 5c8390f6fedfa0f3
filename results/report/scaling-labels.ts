/** The labels at the ends of the lines of time over memory, and which lines there is room for. */
import type { Size } from '../scaling.ts';
import type { Layout } from './picture.ts';
import { broken, stacked } from './picture-labels.ts';
import type { Plot, Series } from './scaling-plot.ts';
import { element, px, text } from './svg.ts';

export interface Labelled {
  readonly series: Series;
  readonly name: readonly string[];
  /** what is to be said of its growth; nothing where it is linear or slower */
  readonly growth: readonly string[];
  readonly height_px: number;
}

/** In how many lines a name may stand; the fewer, the more measures have room. */
const LINES = [3, 2, 1] as const;
/** What is to be seen first. */
const BY_WEIGHT = ['faster than linear', 'unknown', 'linear or slower'] as const;

/** As many series as have room for their labels, those first that grow faster than linear; and how many are left out. */
export function shownOf(
  all: readonly Series[],
  layout: Layout,
  room_px: number,
  height_px: number,
): { readonly shown: readonly Labelled[]; readonly hidden: number } {
  for (const most of LINES) {
    const shown = all.map((series) => labelled(series, layout, room_px - gapOf(layout), most));
    if (heightOf(shown) <= height_px) return { shown, hidden: 0 };
  }
  const order = all
    .map((series) => labelled(series, layout, room_px - gapOf(layout), 1))
    .toSorted((a, b) => BY_WEIGHT.indexOf(a.series.measure.growth) - BY_WEIGHT.indexOf(b.series.measure.growth));
  // one line of letters is for saying that some are missing
  const shown = order.filter((_, index) => heightOf(order.slice(0, index + 1)) <= height_px - lettersOf(layout));
  return { shown, hidden: all.length - shown.length };
}

const heightOf = (labels: readonly Labelled[]): number => labels.reduce((sum, { height_px }) => sum + height_px, 0);
const lettersOf = ({ font_px }: Layout): number => font_px * 1.15;
/** Between a line's end and its label. */
const gapOf = ({ line_px }: Layout): number => line_px * 1.2;

function labelled(series: Series, layout: Layout, room_px: number, most: number): Labelled {
  const name = broken(series.label, room_px, layout, most);
  const growth = wordsOf(series.measure.growth, layout, most);
  return { series, name, growth, height_px: lettersOf(layout) * (name.length + growth.length + 0.35) };
}

/** That nothing is known is left out where room is scarce: such a line has no fit beside it. */
function wordsOf(growth: Series['measure']['growth'], { name }: Layout, most: number): string[] {
  if (growth === 'linear or slower') return [];
  if (growth === 'unknown') return most > 1 ? ['growth unknown'] : [];
  return [name === 'wide' ? growth : '> linear'];
}

/** Each label as near to its line's end as the others let it be, with a thin line from there. */
export function labels(shown: readonly Labelled[], hidden: number, plot: Plot): string {
  const { layout, top_px, bottom_px, right_px, at: place } = plot;
  const ends = shown
    .map((each) => {
      const { memory_GiB, seconds } = each.series.sizes.at(-1) as Size;
      return { ...each, end: place(memory_GiB, seconds) };
    })
    .toSorted((a, b) => a.end.y - b.end.y);
  const tops = stacked(
    ends.map(({ end, height_px }) => ({ middle: end.y, height: height_px })),
    top_px,
    bottom_px - (hidden === 0 ? 0 : lettersOf(layout)),
  );
  const left = right_px + gapOf(layout);
  const each = ends.map(({ series, end, name, growth, height_px }, index) => {
    const top = tops[index] as number;
    const row = (words: string, at: number, weight: string) =>
      element('text', { class: `fill-${series.colour}${weight}`, x: left, y: top + lettersOf(layout) * (at + 0.95) }, text(words));
    const leader = `M${px(end.x + layout.marker_px * 1.6)} ${px(end.y)}L${px(right_px)} ${px(end.y)}L${px(left - 4)} ${px(top + height_px / 2)}`;
    return [
      element('path', { class: `fit line-${series.colour}`, d: leader, 'stroke-opacity': '0.5' }),
      ...name.map((words, at) => row(words, at, ' head')),
      ...growth.map((words, at) => row(words, name.length + at, '')),
    ].join('');
  });
  const note = hidden === 0 ? [] : [element('text', { class: 'soft', x: left, y: bottom_px }, `${hidden} more: run.json`)];
  return [...each, ...note].join('');
}
