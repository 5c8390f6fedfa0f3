/** When probes had no answer for a second or more, as docs/verdict.md has it of stalls: absence counts, and so does waiting. */
import type { Samples } from './downsample.ts';

/** Seconds on the run's clock. */
export interface Span {
  readonly from: number;
  readonly to: number;
}

/** Shorter than that, nobody is said to have been silent. */
const SILENT_S = 1;

/** The stretches before `until` in which a probe had no answer: between two answers, while one was waited for that took as long, or after the last. */
export function silencesOf({ t, ms }: Samples, until: number): Span[] {
  const silences: Span[] = [];
  const add = (from: number, to: number): void => {
    const last = silences.at(-1);
    if (last !== undefined && from <= last.to + 0.001)
      silences[silences.length - 1] = { from: Math.min(last.from, from), to: Math.max(last.to, to) };
    else silences.push({ from, to });
  };
  let answered = t[0] ?? 0;
  for (const [at, time] of t.entries()) {
    const value = ms[at] as number;
    if (Number.isNaN(value)) continue;
    const from = Math.min(answered, time - value / 1000);
    if (time - from >= SILENT_S) add(Math.max(t[0] ?? 0, time - answered >= SILENT_S ? answered : from), time);
    answered = time;
  }
  const end = t.length === 0 ? answered : Math.max(until, t.at(-1) as number);
  if (end - answered >= SILENT_S) add(answered, end);
  return silences;
}
