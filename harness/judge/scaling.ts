/** What was timed in the trials of a run, over the memory of the hosts that it was timed on. */
import { decides, type Recovery, type TrialResult } from '../../results/model.ts';
import { bySize, type ScaledMeasure, type Scaling, type ScalingPoint, scaleOf } from '../../results/scaling.ts';

/**
 * Each measure of each candidate over the sizes at which it was timed, and the recoveries of each suite form that several sizes went through.
 * Undefined where no candidate was tried in two classes of two sizes. What a set of tweaks changes, and what a trial left out that was skipped, is not in it.
 */
export function scalingOf(trials: readonly TrialResult[]): Scaling | undefined {
  const sized = trials.filter((trial) => decides(trial) && trial.verdict !== 'skip').flatMap(sizedTrial);
  const measures = [...Map.groupBy(sized, ({ trial }) => trial.candidate)].flatMap(([candidate, own]) =>
    several(own.map((each) => pointOf(each, 0)))
      ? [...timed(own).map(named(candidate)), ...recoveries(own).map(named(candidate, RECOVERY_NOISE_s))]
      : [],
  );
  return measures.length === 0 ? undefined : { measures };
}

interface SizedTrial {
  readonly trial: TrialResult;
  readonly memory_GiB: number;
  /** those of its machines that have so much */
  readonly machines: readonly string[];
}

/** None where no machine told its memory. */
function sizedTrial(trial: TrialResult): SizedTrial[] {
  const sizes = Object.entries(trial.memory ?? {}).map(([machine, { total_kB }]) => ({ machine, memory_GiB: inGiB(total_kB) }));
  const memory_GiB = Math.max(0, ...sizes.map((each) => each.memory_GiB));
  if (memory_GiB === 0) return [];
  return [{ trial, memory_GiB, machines: sizes.filter((each) => each.memory_GiB === memory_GiB).map(({ machine }) => machine) }];
}

const inGiB = (kB: number): number => Math.round(kB / 1024 / 102.4) / 10;

const pointOf = ({ trial, memory_GiB }: SizedTrial, seconds: number): ScalingPoint => ({
  trial: trial.name,
  class: trial.class,
  memory_GiB,
  seconds,
});

/** Tenants are smaller than the host that they stand for in another suite: two sizes of one class are no row. */
const several = (points: readonly ScalingPoint[]): boolean =>
  bySize(points).length > 1 && new Set(points.map((point) => point.class)).size > 1;

/** Whether a packet that was lost is sent again a little earlier or later makes so much: RFC 6298's least retransmission timeout is a second. */
const RECOVERY_NOISE_s = 0.5;

const named =
  (candidate: string, noise_s?: number) =>
  ([name, points]: Named): ScaledMeasure => ({ candidate, name, ...scaleOf(points, noise_s) });

type Named = readonly [name: string, points: ScalingPoint[]];

/** What was timed on the largest machines: the others are of one size whatever the class. */
function timed(trials: readonly SizedTrial[]): Named[] {
  const all = trials.flatMap((each) =>
    (each.trial.measures ?? [])
      .filter(({ machine }) => each.machines.includes(machine))
      .map(({ name, seconds }) => ({ name, point: pointOf(each, seconds) })),
  );
  return [...Map.groupBy(all, ({ name }) => name)].map(([name, own]) => [name, own.map(({ point }) => point)]);
}

/** How long the slowest probe took, of those that recovered by themselves in every one of the form's trials, so that like is held against like. */
function recoveries(trials: readonly SizedTrial[]): Named[] {
  const forms = Map.groupBy(trials, ({ trial }) => [trial.suite, ...(trial.case === undefined ? [] : [trial.case])].join('.'));
  return [...forms].flatMap(([form, own]): Named[] => {
    const [first = new Map(), ...others] = own.map(({ trial }) => byThemselves(trial));
    const common = [...first.keys()].filter((probe) => others.every((each) => each.has(probe)));
    if (common.length === 0) return [];
    const points = own.map((each) => {
      const seconds = byThemselves(each.trial);
      return pointOf(each, Math.max(...common.map((probe) => seconds.get(probe) as number)));
    });
    return several(points) ? [[`recovery of ${form}`, points]] : [];
  });
}

/** Machine and probe -> seconds. */
function byThemselves({ recovery }: TrialResult): Map<string, number> {
  const own = recovery.filter((each): each is Recovery & { seconds: number } => each.how === 'self' && each.seconds !== null);
  return new Map(own.map(({ machine, probe, seconds }) => [`${machine} ${probe}`, seconds]));
}
