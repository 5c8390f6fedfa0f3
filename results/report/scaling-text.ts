/** What was timed over the sizes of host, for a terminal: a table for each candidate, with what grows faster than linear marked. */
import type { Verdict } from '../model.ts';
import { bySize, type ScaledMeasure, type Scaling } from '../scaling.ts';
import { cells, clip, printable, wrap } from './cells.ts';
import { candidatesOf, exponentText, secondsText } from './scaling-words.ts';

type Paint = (verdict: Verdict, text: string) => string;
type Growth = ScaledMeasure['growth'];

interface Column {
  readonly head: string;
  readonly of: (measure: ScaledMeasure) => string;
}

const GAP = '  ';
/** The names, of which some are long, have this share of the width, and at least so many cells. */
const NAMES_SHARE = 0.4;
const LEAST_NAMES = 12;
/** From so many columns on there is room for whole words. */
const WIDE = 100;
const MARKS: Readonly<Record<Growth, { readonly wide: string; readonly narrow: string; readonly paint: Verdict }>> = {
  'faster than linear': { wide: 'faster than linear', narrow: '> linear', paint: 'fail' },
  'linear or slower': { wide: '', narrow: '', paint: 'pass' },
  unknown: { wide: 'unknown', narrow: 'unknown', paint: 'unknown' },
};

/** Lines without an end, none longer than `width`; empty where one size was tried. Where there is no room for all sizes, those in between go first. */
export function renderScaling(scaling: Scaling | undefined, width: number, paint: Paint): string[] {
  const measures = scaling?.measures ?? [];
  const candidates = candidatesOf(measures);
  return candidates.flatMap((candidate) => {
    const own = measures.filter((each) => each.candidate === candidate);
    const title = candidates.length > 1 ? `time over memory on ${printable(candidate)}` : 'time over memory';
    return [clip(title, width), ...table(own, width, paint), ...whys(own).flatMap((why) => wrap(why, width))];
  });
}

function table(measures: readonly ScaledMeasure[], width: number, paint: Paint): string[] {
  const names = measures.map(({ name }) => printable(name));
  const namesWidth = Math.min(Math.max(...names.map(cells)), Math.max(LEAST_NAMES, Math.floor(width * NAMES_SHARE)));
  const marks = measures.map(({ growth }) => MARKS[growth][width < WIDE ? 'narrow' : 'wide']);
  const marksWidth = Math.max(...marks.map(cells));
  const columns = columnsOf(measures);
  const widths = columns.map(({ head, of }) => Math.max(cells(head), ...measures.map((each) => cells(of(each)))));
  const shown = fitting(widths, width - namesWidth - (marksWidth === 0 ? 0 : GAP.length + marksWidth));
  const row = (name: string, figures: (column: Column) => string) =>
    [
      clip(name, namesWidth) + ' '.repeat(Math.max(0, namesWidth - cells(name))),
      ...shown.map((index) => {
        const figure = figures(columns[index] as Column);
        return ' '.repeat(Math.max(0, (widths[index] as number) - cells(figure))) + figure;
      }),
    ].join(GAP);
  const rows = measures.map((measure, index) => {
    const mark = marks[index] as string;
    const left = row(names[index] as string, ({ of }) => of(measure));
    return mark === '' ? left.trimEnd() : `${left}${GAP}${paint(MARKS[measure.growth].paint, mark)}`;
  });
  return [row('', ({ head }) => head).trimEnd(), ...rows];
}

/** A column for each size, named after its class, and one for the exponent. */
function columnsOf(measures: readonly ScaledMeasure[]): Column[] {
  const sizes = bySize(measures.flatMap(({ points }) => points));
  return [
    ...sizes.map(({ points: all }) => ({
      head: printable([...new Set(all.map((point) => point.class))].join('/')),
      of: ({ points }: ScaledMeasure) => {
        const [own] = bySize(points.filter((point) => all.includes(point)));
        return own === undefined ? '-' : secondsText(own.seconds);
      },
    })),
    { head: 'exponent', of: exponentText },
  ];
}

/** Which columns there is room for, in order: the largest size, the smallest, the exponent, and the sizes in between from the larger ones down. */
function fitting(widths: readonly number[], room: number): number[] {
  const exponent = widths.length - 1;
  const between = Array.from({ length: Math.max(0, exponent - 2) }, (_, index) => exponent - 2 - index);
  const order = [...new Set([exponent - 1, 0, exponent, ...between])];
  const shown: number[] = [];
  let left = room;
  for (const index of order) {
    const taken = GAP.length + (widths[index] as number);
    if (taken > left) continue;
    left -= taken;
    shown.push(index);
  }
  return shown.toSorted((a, b) => a - b);
}

/** Why growth is unknown, once for all measures of which it is for the same reason. */
function whys(measures: readonly ScaledMeasure[]): string[] {
  const unknown = Map.groupBy(
    measures.filter(({ why }) => why !== undefined),
    ({ why }) => why as string,
  );
  return [...unknown].map(([why, own]) =>
    printable(`unknown${own.length === measures.length ? '' : `, ${own.map(({ name }) => name).join(', ')}`}: ${why}`),
  );
}
