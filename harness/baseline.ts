/** The steady state of a probe before the storm: what recovery is measured against. */
import type { Baseline, ProbeSample } from './recovery.ts';

/** The cadence of every probe. */
const NOMINAL_HZ = 10;
const MIN_SPAN_S = 3;
const MIN_RATE_HZ = 0.8 * NOMINAL_HZ;
/** Settling is waited out by leaving whole seconds of the beginning aside. */
const STEP_S = 1;

export type Baselined = { readonly steady: true; readonly baseline: Baseline } | { readonly steady: false; readonly why: string };

/**
 * The baseline of one probe on one machine, or why there is none yet. Looked at are the samples and their tails, shortened from the front
 * by whole seconds: a rough beginning is the machine settling, and would make the tolerance of the recovery too wide. Steady is what lasts
 * at least 3 s at 80 % of the nominal rate, has every answer, and whose two halves have medians within a factor of two of each other (or
 * both within `floor_ms`, where a factor means nothing). Of several steady tails the one with the lowest p99 counts, of equals the longest.
 */
export function baselineOf(samples: readonly ProbeSample[], floor_ms: number): Baselined {
  const first = samples[0]?.t ?? 0;
  const last = samples.at(-1)?.t ?? 0;
  const whole = steadyOver(samples, floor_ms);
  let best = whole;
  for (let from = first + STEP_S; last - from >= MIN_SPAN_S; from += STEP_S) {
    const tail = steadyOver(
      samples.filter((sample) => sample.t >= from),
      floor_ms,
    );
    if (tail.steady && (!best.steady || tail.baseline.p99_ms < best.baseline.p99_ms)) best = tail;
  }
  return best;
}

/**
 * The baseline of a phase that is over. Between the moment at which the state was known to be steady and the end of the phase counters are
 * read, which may cost a probe an answer: so the latest moment of the phase at which the baseline was steady counts.
 */
export function settledBaseline(samples: readonly ProbeSample[], floor_ms: number): Baselined {
  const whole = baselineOf(samples, floor_ms);
  const first = samples[0]?.t ?? 0;
  for (let to = (samples.at(-1)?.t ?? 0) - STEP_S; !whole.steady && to - first >= MIN_SPAN_S; to -= STEP_S) {
    const earlier = baselineOf(
      samples.filter((sample) => sample.t <= to),
      floor_ms,
    );
    if (earlier.steady) return earlier;
  }
  return whole;
}

function steadyOver(samples: readonly ProbeSample[], floor_ms: number): Baselined {
  const no = (why: string): Baselined => ({ steady: false, why });
  const span = (samples.at(-1)?.t ?? 0) - (samples[0]?.t ?? 0);
  if (samples.length < 2) return no(`${samples.length} sample(s) only`);
  if (span < MIN_SPAN_S) return no(`only ${span.toFixed(1)} s of samples, ${MIN_SPAN_S} s are needed`);
  const rate_hz = (samples.length - 1) / span;
  if (rate_hz < MIN_RATE_HZ) return no(`${rate_hz.toFixed(1)} samples/s, ${MIN_RATE_HZ} are needed`);
  const latencies = samples.flatMap((sample) => (sample.ms === null ? [] : [sample.ms]));
  if (latencies.length < samples.length) return no(`${samples.length - latencies.length} of ${samples.length} without an answer`);
  const half = Math.floor(latencies.length / 2);
  const [low, high] = [median(latencies.slice(0, half)), median(latencies.slice(half))].sort((a, b) => a - b) as [number, number];
  if (high > 2 * low && high > floor_ms)
    return no(`not settled: median ${low.toFixed(1)} ms in one half, ${high.toFixed(1)} ms in the other`);
  return { steady: true, baseline: { median_ms: median(latencies), p99_ms: percentile(latencies, 0.99), rate_hz } };
}

function median(values: readonly number[]): number {
  return percentile(values, 0.5);
}

/** The nearest-rank percentile: the smallest value that at least `share` of all values do not exceed. */
export function percentile(values: readonly number[], share: number): number {
  const sorted = values.toSorted((a, b) => a - b);
  return sorted[Math.max(0, Math.ceil(share * sorted.length) - 1)] ?? Number.NaN;
}
