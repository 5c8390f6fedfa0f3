/**
 * When is it steady again. Pure, so that the running trial and a later judge come to the same figure.
 *
 * "The last slow sample" is a useless definition: stray outliers come seconds after everything is well. What holds is a window: the host is
 * recovered at the first instant from which the probe stays within tolerance of its own baseline for `hold_s`.
 */
import type { Tolerance } from '../results/model.ts';

/** One probe result of one machine; `t` in seconds when the answer (or its absence) was known, `ms` its latency or null for no answer. */
export interface ProbeSample {
  readonly t: number;
  readonly ms: number | null;
}

/** The steady state before the storm. */
export interface Baseline {
  readonly median_ms: number;
  readonly p99_ms: number;
  readonly rate_hz: number;
}

/** `pending`: not known yet; it cannot turn out to be earlier than `notBefore_s`. Seconds count from the end of the storm. */
export type Steadiness =
  | { readonly state: 'recovered'; readonly seconds: number }
  | { readonly state: 'pending'; readonly notBefore_s: number }
  | { readonly state: 'not recovered' };

/** Consecutive good samples without which no window begins: one lucky answer in the middle of an outage is not a recovery. */
const FIRST_GOOD = 5;
/** Of a hold window, what must be good: one stray outlier in two seconds at 10 Hz is allowed. */
const GOOD_SHARE = 0.95;
/** Of the baseline's rate, what must be there: a stalled probe sends nothing, and nothing is not steady. */
const RATE_SHARE = 0.8;
/** The longest time between two answers inside a hold window, in seconds. */
const ANSWER_GAP_S = 1;

/** The latency in ms up to which a sample is good. */
export function goodUpTo_ms(baseline: Baseline, tolerance: Pick<Tolerance, 'floor_ms'>): number {
  return Math.max(2 * baseline.p99_ms, tolerance.floor_ms);
}

/**
 * Tells whether, and after how many seconds from `from` (the end of the storm, same clock as the samples), the probe was steady again.
 *
 * The instant is when the first sample of the steady stretch was *issued*, since the machine had to be well to answer it; it is never before
 * `from`, and a machine that never suffered recovers at 0. `now` says up to when the samples are complete; by default the last one's time.
 */
export function steadiness(
  samples: readonly ProbeSample[],
  baseline: Baseline,
  tolerance: Tolerance,
  from: number,
  now: number = samples.at(-1)?.t ?? from,
): Steadiness {
  const sorted = inOrder(samples).filter((sample) => sample.t <= now);
  const good_ms = goodUpTo_ms(baseline, tolerance);
  const first = sorted.findIndex((sample) => sample.t >= from);
  // The last sample before `from` may begin the stretch: that is the machine which is steady already.
  const begin = first < 0 ? sorted.length - 1 : Math.max(0, first - 1);
  for (let at = Math.max(0, begin); at < sorted.length; at += 1) {
    const sample = sorted[at] as ProbeSample;
    if (!isGood(sample, good_ms)) continue;
    const start = Math.max(from, sample.t - (sample.ms as number) / 1000);
    if (start - from > tolerance.limit_s) return { state: 'not recovered' };
    const held = holds(sorted, at, start, { good_ms, hold_s: tolerance.hold_s, rate_hz: baseline.rate_hz, now });
    if (held === 'yes') return { state: 'recovered', seconds: upToTenth(start - from) };
    if (held === 'unknown') return { state: 'pending', notBefore_s: upToTenth(start - from) };
  }
  // Whatever begins a stretch from here on is known after `now` and, being good, was issued at most `good_ms` before.
  const earliest_s = Math.max(0, now - good_ms / 1000 - from);
  return earliest_s > tolerance.limit_s ? { state: 'not recovered' } : { state: 'pending', notBefore_s: upToTenth(earliest_s) };
}

/** Whether the stretch that begins with sample `at`, at the instant `start`, holds for the whole window. */
function holds(
  sorted: readonly ProbeSample[],
  at: number,
  start: number,
  bound: { good_ms: number; hold_s: number; rate_hz: number; now: number },
): 'yes' | 'no' | 'unknown' {
  const opening = sorted.slice(at, at + FIRST_GOOD);
  if (!opening.every((sample) => isGood(sample, bound.good_ms))) return 'no';
  const end = start + bound.hold_s;
  const known = Math.min(end, bound.now);
  let lastAnswer = sorted[at]?.t ?? start;
  let total = 0;
  let good = 0;
  for (let next = at; next < sorted.length; next += 1) {
    const sample = sorted[next] as ProbeSample;
    if (sample.t > end) break;
    if (sample.ms !== null) {
      if (sample.t - lastAnswer > ANSWER_GAP_S) return 'no';
      lastAnswer = sample.t;
    }
    if (sample.t < start) continue;
    total += 1;
    if (isGood(sample, bound.good_ms)) good += 1;
  }
  if (known - lastAnswer > ANSWER_GAP_S) return 'no';
  if (bound.now < end || opening.length < FIRST_GOOD) return 'unknown';
  return good >= GOOD_SHARE * total && total >= RATE_SHARE * bound.rate_hz * bound.hold_s ? 'yes' : 'no';
}

function isGood(sample: ProbeSample, good_ms: number): boolean {
  return sample.ms !== null && sample.ms <= good_ms;
}

/** Rounded up: a recovery is never made to look shorter. The epsilon keeps 0.3 from becoming 0.4 through binary fractions. */
function upToTenth(seconds: number): number {
  return Math.max(0, Math.ceil(seconds * 10 - 1e-6) / 10);
}

function inOrder(samples: readonly ProbeSample[]): readonly ProbeSample[] {
  const ordered = samples.every((sample, index) => index === 0 || (samples[index - 1] as ProbeSample).t <= sample.t);
  return ordered ? samples : samples.toSorted((a, b) => a.t - b.t);
}

/**
 * The longest time in seconds, within [from, to], in which the probe had no answer. Absence counts: from `from` to the first answer, between
 * answers, and from the last one to `to`. So does waiting: an answer that took 6 s is a stall of 6 s, whatever else was answered meanwhile.
 */
export function longestStall(samples: readonly ProbeSample[], from: number, to: number): number {
  const stall = stallWithin(samples, from, to);
  return stall.to - stall.from;
}

export interface Stall {
  readonly from: number;
  readonly to: number;
}

/** When that was. */
export function stallWithin(samples: readonly ProbeSample[], from: number, to: number): Stall {
  let longest = { from, to: from };
  let last = from;
  const consider = (since: number, until: number) => {
    if (until - since > longest.to - longest.from) longest = { from: since, to: until };
  };
  for (const { t, ms } of inOrder(samples)) {
    if (ms === null || t < from) continue;
    const known = Math.min(t, to);
    consider(last, known);
    consider(Math.max(from, t - ms / 1000), known);
    last = Math.max(last, known);
  }
  consider(last, to);
  return longest;
}
