/** Simulated systems under test: what a host might do with a load, with seeded noise. */
import type { GoalResult, SearchPlan } from '../../results/curve.ts';
import type { Measurement } from './measurement.ts';
import { type SearchTrial, startSearch } from './search.ts';

/** Uniform in [0, 1); the same seed gives the same numbers (mulberry32). */
export type Random = () => number;
export function seeded(seed: number): Random {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}

/** What a host does in one trial; `nth` counts trials from 0. */
export type Host = (
  offered_pps: number,
  trial: SearchTrial,
  nth: number,
) => { readonly lossRatio: number; readonly survived: boolean; readonly died?: boolean };

/** A queue in front of a CPU that serves `capacity_pps`: what is beyond is lost. */
export const lossBeyond = (offered: number, capacity_pps: number): number => Math.max(0, 1 - capacity_pps / offered);

/** `figure`, off by up to `share` either way. */
export const jittered = (figure: number, share: number, random: Random): number => figure * (1 + share * (2 * random() - 1));

export const PLAN: SearchPlan = {
  least_pps: 1_000,
  most_pps: 1_000_000,
  resolution: 0.05,
  short_s: 2,
  final_s: 10,
  mostTrials: 200,
  most_s: 10_000,
  goals: [
    { kind: 'loss', name: 'throughput', atMost: 0, repeats: 3, exceedRatio: 0.5 },
    { kind: 'loss', name: 'loss of 0.5 %', atMost: 0.005, repeats: 3, exceedRatio: 0.5 },
    { kind: 'survival', name: 'survival', repeats: 3 },
  ],
};

export interface Searched {
  readonly goals: readonly GoalResult[];
  readonly asked: readonly SearchTrial[];
  readonly measurements: readonly Measurement[];
}

/** The whole search against a host; `reach` is what the generator offers when asked. */
export function searched(host: Host, plan: SearchPlan = PLAN, reach: (asked_pps: number) => number = (asked) => asked): Searched {
  const search = startSearch(plan);
  const asked: SearchTrial[] = [];
  const measurements: Measurement[] = [];
  for (let trial = search.next(); trial !== undefined; trial = search.next()) {
    const offered = reach(trial.pps);
    const { lossRatio, survived, died } = host(offered, trial, asked.length);
    asked.push(trial);
    const offered_packets = Math.round(offered * trial.for_s);
    const measurement: Measurement = {
      pps: trial.pps,
      for_s: trial.for_s,
      offered_packets,
      received_packets: Math.round(offered_packets * (1 - lossRatio)),
      lossRatio,
      survived,
      ...(died === true && { died }),
    };
    measurements.push(measurement);
    search.tell(measurement);
  }
  return { goals: search.goals(), asked, measurements };
}
