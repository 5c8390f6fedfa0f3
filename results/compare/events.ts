/** What happened or did not in each trial, in both sides -> what an exact test says of each. */
import type { EventClass, TrialResult } from '../model.ts';
import { exactCounts, type Stratum } from './counts.ts';
import { trialsToSee } from './enough.ts';
import type { CountDifference, Kind } from './model.ts';
import type { Tested } from './ranks.ts';
import type { Alike, Taken } from './sides.ts';

/** What an event of the other classes says of a kernel is not for us to say: they fail no objective either. */
export const BAD: readonly string[] = ['crash', 'hang', 'memory', 'storage'];

type Occurrence = Pick<CountDifference, 'what' | 'title' | 'class' | 'waived'>;
export type TestedCount = Omit<CountDifference, 'found' | 'pCorrected' | 'moreToTell' | 'moreToSee' | 'suspect'> &
  Tested & { readonly toSee?: number };

/**
 * Everything that was seen in any trial of `kinds`, each title once over all of them, and once more as far as it was waived: in how many trials of each
 * side. How often it was seen within one trial does not count, since one bug may print a thousand lines.
 */
export function countsOf(kinds: readonly Alike[]): TestedCount[] {
  const found = new Map<string, { of: Occurrence; strata: (Stratum & { kind: Kind })[] }>();
  for (const { kind, a, b } of kinds) {
    const sides = { a: a.map(occurrences), b: b.map(occurrences) };
    const all = new Map([...sides.a, ...sides.b].flatMap((each) => [...each]));
    for (const [key, of] of all) {
      const seen = (side: readonly Map<string, Occurrence>[]) => ({ seen: side.filter((each) => each.has(key)).length, of: side.length });
      const own = found.get(key) ?? { of, strata: [] };
      own.strata.push({ kind, a: seen(sides.a), b: seen(sides.b) });
      found.set(key, own);
    }
  }
  return [...found.values()].map(({ of, strata }) => testCount(of, strata));
}

/** The chance to find it is told as if all kinds were one, which is near enough for a number of runs. */
export function countToSee({ a, b }: Pick<CountDifference, 'a' | 'b'>, comparisons: number): number | undefined {
  return trialsToSee(a.seen / a.trials, b.seen / b.trials, comparisons);
}

function testCount(of: Occurrence, strata: readonly (Stratum & { kind: Kind })[]): TestedCount {
  const sum = (side: 'a' | 'b') => ({
    seen: strata.reduce((total, each) => total + each[side].seen, 0),
    trials: strata.reduce((total, each) => total + each[side].of, 0),
  });
  const [a, b] = [sum('a'), sum('b')];
  return {
    ...of,
    change: changeOf(strata, a.seen, b.seen),
    a,
    b,
    kinds: strata.map(({ kind, a: ofA, b: ofB }) => ({
      kind,
      a: { seen: ofA.seen, trials: ofA.of },
      b: { seen: ofB.seen, trials: ofB.of },
    })),
    ...exactCounts(strata),
  };
}

/** Against what B would have had if its trials were as those of A: kinds that one side did more of weigh no more. */
function changeOf(strata: readonly Stratum[], seenInA: number, seenInB: number): CountDifference['change'] {
  if (seenInA === 0) return 'new';
  if (seenInB === 0) return 'gone';
  const excess = strata.reduce((total, { a, b }) => total + b.seen - ((a.seen + b.seen) * b.of) / (a.of + b.of), 0);
  return Math.abs(excess) < 1e-9 ? 'as often' : excess > 0 ? 'more often' : 'less often';
}

/**
 * The events of a trial, those that a waiver excused apart from those of the same title that it did not: on another machine, or more of them than it was
 * asked to excuse, as reports are that are cut short.
 */
export function seenEvents({ events, waived = [] }: TrialResult): { title: string; class: EventClass; waived: boolean }[] {
  const excused = (machine: string, title: string) =>
    waived.filter((each) => each.machine === machine && each.title === title).reduce((total, { count }) => total + count, 0);
  return events.flatMap(({ machine, title, class: family, count }) => {
    const known = excused(machine, title);
    const seen = { title, class: family };
    return [...(known > 0 ? [{ ...seen, waived: true }] : []), ...(known < count ? [{ ...seen, waived: false }] : [])];
  });
}

/**
 * Events by title; every objective that was missed, also one that says that an event was seen or a figure was above its bound: the same event may be
 * excused in one trial and fail another, and a few figures above their bound are lost among many below; and a kernel that failed without any objective to
 * say so: it did not boot, or died under a load of a search.
 */
function occurrences({ trial }: Taken): Map<string, Occurrence> {
  const { objectives, verdict } = trial;
  const missed = objectives.filter((objective) => objective.verdict === 'fail');
  const seen: Occurrence[] = [
    ...seenEvents(trial).map(
      ({ title, class: family, waived }): Occurrence => ({ what: 'event', title, class: family, ...(waived && { waived: true as const }) }),
    ),
    ...missed.map(({ name }): Occurrence => ({ what: 'objective missed', title: name })),
    ...(verdict === 'fail' && missed.length === 0 ? [{ what: 'candidate failed', title: 'the kernel failed' } as const] : []),
  ];
  return new Map(seen.map((each) => [JSON.stringify([each.what, each.class, each.title, each.waived]), each]));
}
