/** What the page knows of a run, from the frames it was sent. Pure but for the model that it changes. */
import type { ConsolePart, EventGroup, Frame, Mark, Point, SeriesPart } from '../protocol.ts';

export type ConsoleLine = ConsolePart['lines'][number];

export interface Series extends Omit<SeriesPart, 'from' | 'points'> {
  points: readonly Point[];
}

export interface Console {
  readonly file: string;
  lines: ConsoleLine[];
  /** bytes of the file that stand before the first line, or were passed over */
  passedOver: number;
}

export interface RunModel {
  frame: Frame | undefined;
  trials: Frame['trials'] & object;
  readonly series: Map<string, Series>;
  readonly marks: Map<number, Mark>;
  readonly events: Map<number, EventGroup>;
  readonly consoles: Map<string, Console>;
}

export const emptyModel = (): RunModel => ({
  ...{ frame: undefined, trials: [], series: new Map(), marks: new Map(), events: new Map(), consoles: new Map() },
});

/** A console of more lines has only its last ones here. */
export const MOST_LINES = 1500;

/** Takes a frame. Returns the lines that are new of each console. */
export function take(model: RunModel, frame: Frame): ReadonlyMap<string, readonly ConsoleLine[]> {
  model.frame = frame;
  if (frame.reset) for (const all of [model.series, model.marks, model.events, model.consoles]) all.clear();
  if (frame.trials !== undefined) model.trials = frame.trials;
  for (const { from, points, ...part } of frame.series) {
    const key = `${part.machine}/${part.probe}`;
    const before = model.series.get(key)?.points ?? [];
    model.series.set(key, { ...part, points: [...before.slice(0, from), ...points] });
  }
  for (const mark of frame.marks) model.marks.set(mark.id, mark);
  for (const event of frame.events) model.events.set(event.id, event);
  return new Map(frame.consoles.map((part) => [part.machine, takeConsole(model, part)]));
}

function takeConsole({ consoles }: RunModel, { machine, file, passedOver, lines }: ConsolePart): readonly ConsoleLine[] {
  const known = consoles.get(machine) ?? { file, lines: [], passedOver: 0 };
  consoles.set(machine, known);
  known.passedOver += passedOver;
  known.lines.push(...lines);
  known.lines.splice(0, known.lines.length - MOST_LINES);
  return lines;
}

type Curve = Pick<Series, 'points' | 'width_s'>;

/** Points further apart have a silence between them, and no line. */
const limitOf = (width_s: number): number => Math.max(1.5, 3 * width_s);

/** The points of a curve with a gap wherever nothing came for so long that a line would tell a lie. */
export function withGaps({ points, width_s }: Curve): [t: number, ms: number | null][] {
  const all: [number, number | null][] = [];
  let before = Number.POSITIVE_INFINITY;
  for (const [t, worst] of points) {
    if (t - before > limitOf(width_s)) all.push([before + width_s, null]);
    all.push([t, worst]);
    before = t;
  }
  return all;
}

/** When nothing was answered for long, up to `now` where the run goes on. */
export function silences({ points, width_s }: Curve, now: number | null): { from: number; to: number }[] {
  const answered = points.flatMap(([t, worst]) => (worst === null ? [] : [t]));
  const ends = now === null ? answered : [...answered, now];
  return ends.flatMap((to, at) => {
    const from = ends[at - 1];
    return from !== undefined && to - from > limitOf(width_s) ? [{ from, to }] : [];
  });
}
