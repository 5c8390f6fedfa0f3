/** Where the lines of time over memory stand in their picture, and how each is drawn. */
import { bySize, type ScaledMeasure, type ScalingPoint, type Size } from '../scaling.ts';
import type { Layout } from './picture.ts';
import type { Point, Shape } from './picture-marks.ts';
import { type Scale, scaleOf } from './picture-scale.ts';
import { candidatesOf } from './scaling-words.ts';

/** Where everything stands, in the layout's pixels. */
export interface Plot {
  readonly layout: Layout;
  readonly left_px: number;
  readonly right_px: number;
  readonly top_px: number;
  readonly bottom_px: number;
  readonly x: Scale;
  readonly y: Scale;
  /** of what took no time, or next to none: it has no place on a logarithmic axis */
  readonly none_px: number | undefined;
  /** how many pixels linear growth rises for each to the right */
  readonly linear_px: number;
  readonly at: (memory_GiB: number, seconds: number) => Point;
}

/** A measure and how it is drawn. */
export interface Series {
  readonly measure: ScaledMeasure;
  readonly label: string;
  readonly sizes: readonly Size[];
  readonly colour: string;
  readonly shape: Shape;
}

const TIME_TICKS: Readonly<Record<Layout['name'], number>> = { wide: 9, compact: 5 };
/** Times below stand on a line of their own. */
export const LEAST_s = 0.01;
/** A decade at least: a constant is to look like one. */
const LEAST_SPAN = 10;

/** Amber is left out: it is too near to the colour of what failed. */
const COLOURS = ['series0', 'series2', 'series3'] as const;
/** One more than the colours, so that twelve pairs come before the first is used again. */
const SERIES_SHAPES = ['circle', 'triangle', 'square', 'diamond'] as const satisfies readonly Shape[];

export function seriesOf(measures: readonly ScaledMeasure[]): Series[] {
  const candidates = candidatesOf(measures);
  return measures.map((measure, index) => ({
    measure,
    label: candidates.length > 1 ? `k${candidates.indexOf(measure.candidate) + 1} ${measure.name}` : measure.name,
    sizes: bySize(measure.points),
    colour: measure.growth === 'faster than linear' ? 'failed' : (COLOURS[index % COLOURS.length] as string),
    shape: SERIES_SHAPES[index % SERIES_SHAPES.length] as Shape,
  }));
}

/** Of at least one point, with room for the labels on the right. */
export function plotOf(
  points: readonly ScalingPoint[],
  { layout, labels_px, top_px, bottom_px }: Pick<Plot, 'layout' | 'top_px' | 'bottom_px'> & { readonly labels_px: number },
): Plot {
  const { left_px, line_px, name } = layout;
  const right_px = layout.right_px - labels_px;
  const memory = points.map(({ memory_GiB }) => memory_GiB);
  const seconds = points.map((point) => point.seconds);
  const told = seconds.filter((each) => each >= LEAST_s);
  const least = Math.min(...told, told.length === 0 ? 1 : Number.POSITIVE_INFINITY);
  const none_px = told.length < seconds.length ? bottom_px - line_px * 0.6 : undefined;
  const from_px = none_px === undefined ? bottom_px : none_px - line_px * 1.1;
  const [smallest, largest] = [Math.min(...memory) / 1.15, Math.max(...memory) * 1.15];
  const [shortest, longest] = [least * 0.8, Math.max(least * LEAST_SPAN, ...told) * 1.25];
  const x = scaleOf('log', smallest, largest, left_px, right_px, 0);
  const y = scaleOf('log', shortest, longest, from_px, top_px, TIME_TICKS[name]);
  return {
    ...{ layout, left_px, right_px, top_px, bottom_px, none_px, x, y },
    at: (memory_GiB, each) => ({ x: x.at(memory_GiB), y: each < LEAST_s && none_px !== undefined ? none_px : y.at(each) }),
    linear_px: ((from_px - top_px) / Math.log(longest / shortest)) * (Math.log(largest / smallest) / (right_px - left_px)),
  };
}
