/** Sets of tweaks against each other, for a terminal: which of them a host survives with, and what they change, against the untweaked one. */
import type { TrialResult, Verdict } from '../model.ts';
import { cells, clip } from './cells.ts';
import { goalFigure, percent } from './curve-words.ts';

/** The columns behind a variant's name and verdict; one that has nothing to say in any row is left out. */
const COLUMNS: Readonly<Record<string, (trial: TrialResult) => string>> = {
  // what steering to another processor drops there has been counted as received before
  received: ({ flow }) =>
    flow === undefined ? '' : percent(Math.max(0, flow.received_packets - (flow.lost.softnet ?? 0)) / Math.max(1, flow.offered_packets)),
  softirq: ({ flow }) => (flow === undefined || flow.softirqShares.length === 0 ? '' : percent(Math.max(...flow.softirqShares))),
  survival: ({ curve }) => goalIn(curve, null),
  throughput: ({ curve }) => goalIn(curve, 'loss'),
  back: ({ recovery }) => (recovery.length === 0 ? '' : backIn(recovery)),
};
const GAP = '  ';
const VERDICT_WIDTH = 7;

type Column = readonly [head: string, of: (trial: TrialResult) => string];

/** A table for each suite that was tried with several sets of tweaks; empty where there was none. Lines without an end. */
export function renderVariants(trials: readonly TrialResult[], width: number, paint: (verdict: Verdict, text: string) => string): string[] {
  const groups = Map.groupBy(
    trials.filter(({ variant }) => variant !== undefined),
    ({ suite, case: name, candidate, seed }) => [[suite, name].filter(Boolean).join('/'), candidate, seed].join('\0'),
  );
  return [...groups]
    .filter(([, group]) => group.length > 1)
    .flatMap(([key, group]) => table(key.split('\0').slice(0, 2).join(' '), group, width, paint));
}

function table(title: string, trials: readonly TrialResult[], width: number, paint: (verdict: Verdict, text: string) => string): string[] {
  const names = Math.max(...trials.map(({ variant = '' }) => cells(variant)));
  const widthOf = ([head, of]: Column) => Math.max(cells(head), ...trials.map((trial) => cells(of(trial))));
  // in a narrow window the last columns go first; all is in the record
  const used = Object.entries(COLUMNS)
    .filter(([, of]) => trials.some((trial) => of(trial) !== ''))
    .filter((_, index, all) => {
      const taken = all.slice(0, index + 1).reduce((sum, column) => sum + GAP.length + widthOf(column), names + GAP.length + VERDICT_WIDTH);
      return taken <= width;
    });
  const widths = used.map(widthOf);
  const row = (variant: string, verdict: string, figures: readonly string[], tweaks: string, coloured: (text: string) => string) => {
    const left = [
      variant.padEnd(names),
      verdict.padEnd(VERDICT_WIDTH),
      ...figures.map((figure, index) => figure.padStart(widths[index] ?? 0)),
    ].join(GAP);
    const rest = width - cells(left) - GAP.length;
    const shown = rest > 10 ? GAP + clip(tweaks, rest) : '';
    return clip(left, width).replace(verdict, coloured(verdict)) + shown;
  };
  return [
    clip(`tweaks on ${title}`, width),
    row(
      '',
      '',
      used.map(([head]) => head),
      '',
      (text) => text,
    ).trimEnd(),
    ...trials.map((trial) =>
      row(
        trial.variant ?? '',
        trial.verdict,
        used.map(([, of]) => of(trial)),
        (trial.tweaks ?? []).join(', '),
        (text) => paint(trial.verdict, text),
      ).trimEnd(),
    ),
  ];
}

function goalIn(curve: TrialResult['curve'], kind: 'loss' | null): string {
  const goal = curve?.goals.find(({ lossBound }) => (lossBound === null) === (kind === null));
  return goal === undefined ? '' : goalFigure(goal);
}

/** The slowest probe, or the worst that was needed. */
function backIn(recovery: TrialResult['recovery']): string {
  for (const how of ['not recovered', 'after reset'] as const) if (recovery.some((each) => each.how === how)) return how;
  return `${Math.max(...recovery.map(({ seconds }) => seconds ?? 0))} s`;
}
