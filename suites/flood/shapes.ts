/** The shapes that an offered load can have over time. */
import { UsageError } from '../../results/errors.ts';
import { drawer } from './draw.ts';
import type { Load, LoadStep } from './load.ts';

/** What every shape is made of; it ends after `for_s`, and is never above its peak. */
export interface ShapeParams {
  readonly peak_pps: number;
  readonly for_s: number;
  /** decides what is random */
  readonly seed: number;
}

/** How many stairs a step load has. */
const STAIRS = 10;
/** Of bursts: each so long (RFC 2544, section 26.4), and after each but the last a pause, on average of at least half of that. */
const BURST_S = 2;
const PAUSE_S = 1;
/** No pause is shorter than this part of the mean one, however it is drawn. */
const LEAST_PAUSE = 0.5;

/** The peak all the time. */
export const sustained = ({ peak_pps, for_s }: ShapeParams): Load => [{ at_s: 0, for_s, from_pps: peak_pps, to_pps: peak_pps }];

/** Stairs of equal height and length, from one stair's height up to the peak. */
export const step = ({ peak_pps, for_s }: ShapeParams): Load =>
  Array.from({ length: STAIRS }, (_, index): LoadStep => {
    const rate_pps = (peak_pps * (index + 1)) / STAIRS;
    return { at_s: (for_s * index) / STAIRS, for_s: for_s / STAIRS, from_pps: rate_pps, to_pps: rate_pps };
  });

/** Evenly from nothing to the peak. */
export const ramp = ({ peak_pps, for_s }: ShapeParams): Load => [{ at_s: 0, for_s, from_pps: 0, to_pps: peak_pps }];

/**
 * Bursts at the peak, one after the other, with pauses of random length between them (after the back-to-back frames of RFC 2544, section
 * 26.4). It begins and ends with a burst; where there is no time for two, there is one.
 */
export function burst({ peak_pps, for_s, seed }: ShapeParams): Load {
  const bursts = Math.max(1, Math.floor((for_s + PAUSE_S) / (BURST_S + PAUSE_S)));
  const burst_s = bursts === 1 ? for_s : BURST_S;
  const draw = drawer(seed);
  const weights = Array.from({ length: bursts - 1 }, () => LEAST_PAUSE + 2 * (1 - LEAST_PAUSE) * draw());
  const all = weights.reduce((sum, weight) => sum + weight, 0);
  const pauses = weights.map((weight) => ((for_s - bursts * burst_s) * weight) / all);
  let at_s = 0;
  return Array.from({ length: bursts }, (_, index) => {
    const one: LoadStep = { at_s, for_s: burst_s, from_pps: peak_pps, to_pps: peak_pps };
    at_s += burst_s + (pauses[index] ?? 0);
    return one;
  });
}

export const SHAPES = { sustained, step, ramp, burst } as const satisfies Record<string, (params: ShapeParams) => Load>;
export type ShapeName = keyof typeof SHAPES;

/** The shape of that name, as a command line spells it. Throws UsageError with those there are. */
export function parseShape(name: string): ShapeName {
  if (Object.hasOwn(SHAPES, name)) return name as ShapeName;
  throw new UsageError(`no load shape is called ${name}; there are ${Object.keys(SHAPES).join(', ')}`);
}
