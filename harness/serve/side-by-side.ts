/** Two runs side by side: every figure and event title of both, the ratio, and what a test says of it where their trials are enough for one. */
import { compareSides } from '../../results/compare/compare.ts';
import type { Comparison as Tested } from '../../results/compare/model.ts';
import { kindName } from '../../results/compare/names.ts';
import { kindOf, sideOf } from '../../results/compare/sides.ts';
import { median } from '../../results/confidence.ts';
import { figuresOf } from '../../results/figures.ts';
import type { Run } from '../../results/model.ts';
import type { ComparedEvent, ComparedMeasure, Comparison, EventClass } from './protocol.ts';

/** How two runs are compared: B is held against A. */
export type Compare = (a: Run, b: Run) => Comparison;

/** No interval is shown, so none is drawn at random. */
const RESAMPLES = 0;

export const sideBySide: Compare = (a, b) => {
  const tested = compareSides(sideOf('A', [a]), sideOf('B', [b]), { resamples: RESAMPLES });
  return { measures: measuresIn(a, b, tested), events: eventsIn(a, b, tested), notes: notesOf(tested) };
};

const keyOf = (kind: object, name: string, machine: string | undefined): string => JSON.stringify([kind, name, machine]);

function measuresIn(a: Run, b: Run, tested: Tested): ComparedMeasure[] {
  const found = new Map(tested.measures.map((each) => [keyOf(each.kind, each.name, each.machine), each.found]));
  // where the two were made in different ways that stands behind the name
  const whole = a.profile !== b.profile || a.target !== b.target || a.host.accelerator !== b.host.accelerator;
  const rows = new Map<string, Pick<ComparedMeasure, 'trial' | 'measure' | 'machine' | 'unit'> & { a: number[]; b: number[] }>();
  for (const side of ['a', 'b'] as const)
    for (const taken of sideOf(side, [{ a, b }[side]]).trials)
      for (const { name, machine, unit, value } of figuresOf(taken.trial)) {
        const kind = kindOf(taken);
        const key = keyOf(kind, name, machine);
        const row = rows.get(key) ?? { trial: kindName(kind, whole), measure: name, machine: machine ?? '', unit, a: [], b: [] };
        row[side].push(value);
        rows.set(key, row);
      }
  return [...rows].map(([key, row]) => {
    const [first, second] = [middleOf(row.a), middleOf(row.b)];
    const ratio = typeof first === 'number' && typeof second === 'number' && first !== 0 ? second / first : null;
    const says = found.get(key);
    return { ...row, a: first, b: second, ratio, ...(says === 'worse' || says === 'better' || says === 'different' ? { says } : {}) };
  });
}

function middleOf(values: readonly number[]): ComparedMeasure['a'] {
  if (values.length === 0) return null;
  const middle = median(values);
  return middle === Number.POSITIVE_INFINITY ? 'never' : middle;
}

function eventsIn(a: Run, b: Run, tested: Tested): ComparedEvent[] {
  const found = new Map(tested.counts.filter(({ what }) => what === 'event').map(({ title, found: says }) => [title, says]));
  const rows = new Map<string, { title: string; class: EventClass; a: number; b: number }>();
  for (const side of ['a', 'b'] as const)
    for (const { trial } of sideOf(side, [{ a, b }[side]]).trials)
      for (const { title, class: family, count } of trial.events) {
        const row = rows.get(title) ?? { title, class: family, a: 0, b: 0 };
        rows.set(title, { ...row, [side]: row[side] + count });
      }
  return [...rows.values()]
    .sort((x, y) => Math.abs(y.b - y.a) - Math.abs(x.b - x.a))
    .map((row) => {
      const says = found.get(row.title);
      return { ...row, ...(says === 'worse' || says === 'better' || says === 'different' ? { says } : {}) };
    });
}

const ANSWERS = {
  pass: 'Nothing is worse in B, as far as so few trials tell.',
  fail: 'B is worse than A in what is marked so.',
  unknown: 'Whether anything is worse in B, nobody can tell.',
} as const satisfies Record<Tested['verdict'], string>;

/** The answer first, then how far the two can be held against each other. */
function notesOf({ notes, counts, noCounterpart, moreToTell, verdict }: Tested): string[] {
  const { a = 0, b = 0 } = moreToTell ?? {};
  const needed = Math.max(a, b);
  return [
    ANSWERS[verdict],
    ...(needed > 0
      ? [`A difference may be chance: it takes at least ${needed} more trials of each to tell. stormproof compare takes many runs.`]
      : []),
    ...counts.filter(({ suspect }) => suspect).map(({ change, title }) => `Perhaps worse, perhaps chance: ${change} in B: ${title}`),
    ...notes,
    ...noCounterpart.map(({ side, what, trials, leftOut }) =>
      side === 'neither'
        ? `Neither side proves anything of ${what} (${trialsText(leftOut)}).`
        : `Only ${side} has ${what} (${trialsText(trials)}).`,
    ),
  ];
}

const trialsText = (count: number): string => `${count} ${count === 1 ? 'trial' : 'trials'}`;
