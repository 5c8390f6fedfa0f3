/** What is new of a run for one reader. Pure: a digest and what the reader has already, in; what it lacks, and what it has then, out. */
import type { Digest } from './digest.ts';
import type { Frame, Point, SeriesPart } from './protocol.ts';
import type { Kept, Series, TrialLog } from './trial-log.ts';

/** What a reader has. */
export interface Cursor {
  /** the digest that it was told of: another one is told from the beginning */
  readonly digest: Digest | undefined;
  readonly log: TrialLog | undefined;
  readonly revision: number;
  /** by machine and probe: how many points it has, and how wide they were */
  readonly points: ReadonlyMap<string, { readonly width_s: number; readonly count: number }>;
}

export const NOTHING: Cursor = { digest: undefined, log: undefined, revision: -1, points: new Map() };

const NONE = { marks: 0, events: 0, samples: 0 } as const;

type News = Pick<Frame, 'reset' | 'trial' | 'series' | 'marks' | 'events' | 'trials' | 't' | 'damaged' | 'planned' | 'leftOut'>;

/** The news of `digest` for a reader that has `cursor` and looks at trial `asked`, or at the one under way where it asks for none. */
export function newsOf(digest: Digest, cursor: Cursor, asked: string | undefined): { news: News; cursor: Cursor } {
  const log = asked === undefined ? digest.current : digest.trials.get(asked);
  const trial = log?.state.value.name ?? null;
  const reset = cursor.digest !== digest || cursor.log !== log;
  const known = reset ? NOTHING : cursor;
  const points = new Map(known.points);
  const series: SeriesPart[] = [];
  for (const [key, kept] of log?.series ?? []) {
    if (kept.revision <= known.revision) continue;
    series.push(partOf(kept.value, points.get(key)));
    points.set(key, { width_s: kept.value.curve.width_s, count: kept.value.curve.length });
  }
  const all = [...digest.trials.values()];
  const trialsChanged = reset || all.some(({ state }) => state.revision > known.revision);
  return {
    news: {
      ...{ reset, trial, series, t: digest.t, damaged: digest.damaged, planned: digest.planned },
      leftOut: { ...(log?.leftOut ?? NONE), trials: digest.trialsLeftOut },
      marks: changed(log?.marks ?? [], known.revision),
      events: changed([...(log?.events.values() ?? [])], known.revision),
      ...(trialsChanged ? { trials: all.map(({ state }: TrialLog) => state.value) } : {}),
    },
    cursor: { digest, log, revision: digest.revision, points },
  };
}

const changed = <T>(kept: readonly Kept<T>[], since: number): T[] =>
  kept.flatMap(({ revision, value }) => (revision > since ? [value] : []));

/** The last point that a reader has may have grown since; and all are others once they are wider. */
function partOf({ curve, ...figure }: Series, known: { width_s: number; count: number } | undefined): SeriesPart {
  const from = known?.width_s === curve.width_s ? Math.max(0, known.count - 1) : 0;
  return { ...figure, width_s: curve.width_s, from, points: curve.points(from) };
}

/** The points of the last `span_s` seconds, for a small picture. */
export const recentPoints = ({ curve }: Series, t: number, span_s: number): Point[] =>
  curve.points(Math.max(0, curve.length - Math.ceil(span_s / curve.width_s))).filter(([at]) => at >= t - span_s);
