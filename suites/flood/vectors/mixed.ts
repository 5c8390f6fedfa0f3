/** Several vectors at once. */
import { drawer } from '../draw.ts';
import { type Effect, PATHS, type Path, type Vector } from '../vector.ts';

/** The largest member is offered at most so many times as often as the smallest. */
const MOST_UNEVEN = 3;
/** What a member must do in company, of what it must do alone; still more than a host does by itself. */
const PART = 1 / 8;

/** All of them, in proportions that the seed decides. On a path, what counts is what its members do there. */
export function mixed(members: Readonly<Record<string, Vector>>): Vector {
  const all = Object.values(members);
  const on = (path: Path): readonly Vector[] => all.filter(({ paths }) => paths.includes(path));
  /** the least part of all packets that a member can have */
  const least = 1 / (1 + MOST_UNEVEN * (all.length - 1));
  return {
    summary: `${all.length} vectors at once, in proportions drawn from the seed`,
    paths: PATHS.filter((path) => on(path).length > 0),
    streams: (aim, seed) => {
      const draw = drawer(seed);
      return all.flatMap((vector) => {
        const streams = vector.streams(aim, seed);
        const whole = streams.reduce((sum, { share }) => sum + share, 0);
        const weight = 1 + (MOST_UNEVEN - 1) * draw();
        return streams.map(({ frames, share }) => ({
          frames,
          share: (weight * share) / whole,
        }));
      });
    },
    prepare: (path) => unique(on(path).flatMap((vector) => vector.prepare(path))),
    effects: (path) =>
      [
        ...Map.groupBy(
          on(path).flatMap((vector) => vector.effects(path)),
          ({ name }) => name,
        ).values(),
      ].map((same) => together(same, least)),
  };
}

/** The first of each name: what several members want is wanted once. */
function unique<Named extends { readonly name: string }>(each: readonly Named[]): readonly Named[] {
  return [...new Map(each.toReversed().map((one) => [one.name, one])).values()].toReversed();
}

/**
 * One effect that several members have: of their packets the share of each, as one of all packets, added up; of what is counted a part of the most,
 * since the dearest member takes the time of the others.
 */
function together(same: readonly Effect[], least: number): Effect {
  const shares = same.flatMap(({ atLeast }) => (typeof atLeast === 'number' ? [] : [atLeast.share * least]));
  const counts = same.flatMap(({ atLeast }) => (typeof atLeast === 'number' ? [atLeast] : []));
  const atLeast =
    counts.length > 0 ? Math.max(1, Math.round(Math.max(...counts) * PART)) : { share: shares.reduce((sum, share) => sum + share, 0) };
  return { ...(same[0] as Effect), atLeast };
}
