/** How long the same thing takes on hosts of several sizes, and what of it grows faster than the memory does. */
import { z } from 'zod';
import { median } from './confidence.ts';
import { deviationAt, nonNegativeLine, type Weighted } from './least-squares.ts';

/** One thing that was timed on a machine. */
export const Measure = z.object({
  machine: z.string(),
  /** `boot`, `compaction` … */
  name: z.string(),
  seconds: z.number().min(0),
});
export type Measure = z.infer<typeof Measure>;

export const ScalingPoint = z.object({
  trial: z.string(),
  class: z.string(),
  /** of the trial's largest machine, as its kernel tells it */
  memory_GiB: z.number().positive(),
  seconds: z.number().min(0),
});
export type ScalingPoint = z.infer<typeof ScalingPoint>;

export const ScalingFit = z.object({
  /** the best straight line: seconds = constant_s + perGiB_s · GiB */
  constant_s: z.number().min(0),
  perGiB_s: z.number().min(0),
  /** the best power: seconds = a_s + b_s · GiB ^ exponent; 0 where the memory makes no difference, 1 where a straight line is as good as any */
  exponent: z.number().min(0),
  a_s: z.number().min(0),
  b_s: z.number().min(0),
});
export type ScalingFit = z.infer<typeof ScalingFit>;

export const ScaledMeasure = z.object({
  candidate: z.string(),
  name: z.string(),
  /** by rising memory */
  points: z.array(ScalingPoint),
  /** from three sizes on */
  fit: ScalingFit.optional(),
  growth: z.enum(['faster than linear', 'linear or slower', 'unknown']),
  /** why it is unknown */
  why: z.string().optional(),
});
export type ScaledMeasure = z.infer<typeof ScaledMeasure>;

export const Scaling = z.object({ measures: z.array(ScaledMeasure) });
export type Scaling = z.infer<typeof Scaling>;

/** All points of one size as one. */
export interface Size {
  readonly memory_GiB: number;
  readonly seconds: number;
  /** half of what lies between the shortest and the longest */
  readonly spread_s: number;
  readonly points: readonly ScalingPoint[];
}

/** What a kernel has of one and the same memory differs a little with what it keeps for itself; classes differ by more. */
const SAME_SIZE = 1.05;

/** The points by size, in rising order: memory and seconds as medians. */
export function bySize(points: readonly ScalingPoint[]): Size[] {
  const groups: ScalingPoint[][] = [];
  for (const point of byMemory(points)) {
    const group = groups.at(-1);
    if (group !== undefined && point.memory_GiB <= (group[0] as ScalingPoint).memory_GiB * SAME_SIZE) group.push(point);
    else groups.push([point]);
  }
  return groups.map((group) => {
    const seconds = group.map((point) => point.seconds);
    return {
      memory_GiB: median(group.map(({ memory_GiB }) => memory_GiB)),
      seconds: median(seconds),
      spread_s: (Math.max(...seconds) - Math.min(...seconds)) / 2,
      points: group,
    };
  });
}

const byMemory = (points: readonly ScalingPoint[]): ScalingPoint[] => points.toSorted((a, b) => a.memory_GiB - b.memory_GiB);

/** A line always goes through two. */
const LEAST_SIZES = 3;
/** How far a value may be off by chance, relative. It is assumed, since what was timed once does not tell. */
const NOISE = 0.05;
/** Of the longest: what is next to nothing beside it need not be known to a twentieth. */
const LEAST_NOISE = 0.01;
/** The same in seconds, for what is timed by a console or by probes ten times a second. */
const NOISE_s = 0.1;
/** By how many standard deviations a value must be off, so that chance brings it about once in 700 times. */
const BEYOND_NOISE = 3;
/** Below these, faster growth would be of no interest to whoever runs the host. */
const LEAST_EXCESS = 0.25;
const LEAST_EXCESS_s = 0.2;
const LEAST_EXPONENT = 1.15;

/**
 * What the points of one measure say of its growth. The idea is Extra-P's (A. Calotoiu and others, Using Automated Performance Modeling to Find
 * Scalability Bugs in Complex Codes, SC 2013): what a model of the small sizes says of the largest is held against what was measured there. The model is
 * a straight line with a constant, neither of them negative. Faster than linear is what takes longer than that by a quarter and by 0.2 s, and by three
 * standard deviations of the prediction and the value together, each value being off by 5 %, by `noise_s`, or by its spread, whichever is most; and of
 * which the best power over all sizes has an exponent above 1.15. What is longer by a quarter and 0.2 s, but not beyond such noise, is unknown.
 */
export function scaleOf(points: readonly ScalingPoint[], noise_s = NOISE_s): Omit<ScaledMeasure, 'candidate' | 'name'> {
  const sorted = byMemory(points);
  const sizes = bySize(points);
  if (sizes.length < LEAST_SIZES)
    return { points: sorted, growth: 'unknown', why: `not enough sizes: ${LEAST_SIZES - sizes.length} more needed` };
  const longest_s = Math.max(...sizes.map(({ seconds }) => seconds));
  const least_s = Math.max(LEAST_NOISE * longest_s, noise_s);
  const values = sizes.map(({ memory_GiB, seconds, spread_s }) => ({
    ...{ x: memory_GiB, y: seconds },
    deviation: Math.max(NOISE * seconds, spread_s, least_s),
  }));
  const fit = fitOf(values);
  return { points: sorted, fit, ...growthOf(values, fit.exponent) };
}

function growthOf(values: readonly Weighted[], exponent: number): Pick<ScaledMeasure, 'growth' | 'why'> {
  const largest = values.at(-1) as Weighted;
  const smaller = values.slice(0, -1);
  const { constant, slope } = nonNegativeLine(smaller);
  const predicted = constant + slope * largest.x;
  const excess = largest.y - predicted;
  if (excess <= LEAST_EXCESS * predicted || excess <= LEAST_EXCESS_s) return { growth: 'linear or slower' };
  const noise = Math.hypot(deviationAt(largest.x, smaller), largest.deviation);
  return excess > BEYOND_NOISE * noise && exponent > LEAST_EXPONENT
    ? { growth: 'faster than linear' }
    : { growth: 'unknown', why: 'it may be faster than linear, or noise: more sizes or repeats would tell' };
}

/** The highest exponent that is tried, and how finely. */
const MOST_EXPONENT = 4;
const STEPS = 20;
/** A constant, and then a straight line, is preferred to any other power that does not fit better beyond noise: an exponent that is told is none of noise. */
const BETTER = BEYOND_NOISE ** 2;

function fitOf(values: readonly Weighted[]): ScalingFit {
  const largest = (values.at(-1) as Weighted).x;
  // relative to the largest, so that high powers keep their digits
  const power = (exponent: number) => ({
    ...nonNegativeLine(values.map((value) => ({ ...value, x: (value.x / largest) ** exponent }))),
    exponent,
  });
  const constant = { ...nonNegativeLine(values.map((value) => ({ ...value, x: 0 }))), exponent: 0 };
  const line = power(1);
  const powers = Array.from({ length: MOST_EXPONENT * STEPS }, (_, step) => power((step + 1) / STEPS));
  const best = powers.reduce((a, b) => (b.misfit < a.misfit ? b : a));
  const chosen = [constant, line].find(({ misfit }) => misfit <= best.misfit + BETTER) ?? best;
  return {
    constant_s: seconds(line.constant),
    perGiB_s: rounded(line.slope / largest),
    exponent: chosen.exponent,
    a_s: seconds(chosen.constant),
    b_s: rounded(chosen.slope / largest ** chosen.exponent),
  };
}

/** More digits than anybody times. */
const rounded = (value: number): number => Number(value.toPrecision(6));
const seconds = (value: number): number => Number(value.toFixed(6));
