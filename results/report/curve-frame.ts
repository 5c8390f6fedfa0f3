/** The frame of the load curve: where its panels stand, the axis of the load, and the marks across all panels. */
import { type Cliff, type CurveLoad, cliffOf, type GoalResult } from '../curve.ts';
import { goalFigure, goalName, OUTCOME_WORDS, rate } from './curve-words.ts';
import { fitted, type Layout } from './picture.ts';
import { kindFor, type Scale, scaleOf } from './picture-scale.ts';
import { element, px, text } from './svg.ts';

export type PanelName = 'loss' | 'softirq' | 'latency';

/** Parts of the panels' height. */
const PARTS: Readonly<Record<PanelName, number>> = { loss: 0.36, softirq: 0.2, latency: 0.44 };
const LOAD_TICKS: Readonly<Record<Layout['name'], number>> = { wide: 11, compact: 5 };

export interface Panel {
  readonly top_px: number;
  readonly bottom_px: number;
}

export interface Frame {
  readonly layout: Layout;
  readonly loads: readonly CurveLoad[];
  readonly x: Scale;
  readonly panels: Readonly<Record<PanelName, Panel>>;
  readonly marks: readonly Mark[];
  readonly cliff: Cliff | undefined;
}

interface Mark {
  readonly pps: number | null;
  readonly label: string;
  readonly kind: 'loss' | 'survival' | 'failed';
}

export function frameOf(layout: Layout, loads: readonly CurveLoad[], goals: readonly GoalResult[]): Frame {
  const cliff = cliffOf(loads);
  const all = [...(cliff === undefined ? [] : [cliffMark(cliff)]), ...marksOf(goals)];
  const values = [...loads.map(({ offered_pps }) => offered_pps), ...all.flatMap(({ pps }) => (pps === null ? [] : [pps]))].filter(
    (value) => value > 0,
  );
  const [low, high] = [Math.min(...values, 1e12), Math.max(...values, 1)];
  const kind = kindFor(low, high);
  const [from, to] =
    kind === 'log' ? [low / 1.12, high * 1.12] : [Math.max(0, low - 0.05 * (high - low || low)), high + 0.05 * (high - low || high)];
  const top = layout.title_px + layout.line_px * (1.7 + all.length) + layout.gap_px;
  const bottom = layout.height - 2.6 * layout.line_px;
  const room = bottom - top - 2 * layout.gap_px;
  const panels = {} as Record<PanelName, Panel>;
  let at = top;
  for (const name of ['loss', 'softirq', 'latency'] as const) {
    panels[name] = { top_px: at, bottom_px: at + room * PARTS[name] };
    at += room * PARTS[name] + layout.gap_px;
  }
  return { layout, loads, x: scaleOf(kind, from, to, layout.left_px, layout.right_px, LOAD_TICKS[layout.name]), panels, marks: all, cliff };
}

/** Goals with one and the same result share a mark. */
function marksOf(goals: readonly GoalResult[]): Mark[] {
  const kindOf = (goal: GoalResult) => (goal.lossBound === null ? 'survival' : 'loss');
  return [...Map.groupBy(goals, (goal) => `${kindOf(goal)} ${goalFigure(goal)}`).values()].map((same) => {
    const first = same[0] as GoalResult;
    return { pps: first.pps, label: `${goalFigure(first)} ${same.map(goalName).join(', ')}`, kind: kindOf(first) };
  });
}

function cliffMark({ offered_pps, outcome, why }: Cliff): Mark {
  const reason = why === undefined ? '' : `, ${why}`;
  return { pps: offered_pps, label: `${rate(offered_pps)} cliff: ${OUTCOME_WORDS[outcome]}${reason}`, kind: 'failed' };
}

/** Panels, the loads' ticks and their unit, and what lies beyond the cliff in a shade. */
export function axes({ layout, x, panels, loads, cliff }: Frame): string {
  const { left_px, right_px, line_px } = layout;
  const boxes = Object.values(panels);
  const bottom = panels.latency.bottom_px;
  const line = loads.find(({ offeredShareOfLine }) => (offeredShareOfLine ?? 0) > 0);
  const lineRate = line === undefined ? '' : `; the line carries ${rate(line.offered_pps / (line.offeredShareOfLine as number))}`;
  return [
    ...boxes.map(({ top_px, bottom_px }) =>
      element('rect', { class: 'panel', x: left_px, y: top_px, width: right_px - left_px, height: bottom_px - top_px }),
    ),
    ...x.ticks.map((tick) =>
      element('path', { class: 'grid', d: boxes.map(({ top_px, bottom_px }) => `M${x.at(tick)} ${top_px}V${bottom_px}`).join('') }),
    ),
    ...(cliff === undefined ? [] : boxes.map(({ top_px, bottom_px }) => shade(x.at(cliff.offered_pps), right_px, top_px, bottom_px))),
    ...x.ticks.map((tick) =>
      element('text', { class: 'soft', x: x.at(tick), y: bottom + line_px, 'text-anchor': 'middle' }, text(rate(tick))),
    ),
    element(
      'text',
      { x: (left_px + right_px) / 2, y: bottom + 2.05 * line_px, 'text-anchor': 'middle' },
      text(`offered load, packets/s${lineRate}`),
    ),
  ].join('');
}

function shade(from: number, to: number, top: number, bottom: number): string {
  return element('rect', { class: 'beyond', x: from, y: top, width: Math.max(0, to - from), height: bottom - top });
}

const DASHES = { loss: '6 4', survival: 'none', failed: '2 3' } as const;

/**
 * A line through each panel for each result, its label above them on a line of its own, on the side where there is room. The labels are stacked so that
 * no line has to pass through the label of another on its side.
 */
export function marks({ layout, x, panels, marks: all }: Frame): string {
  const { left_px, right_px, line_px, title_px } = layout;
  const middle = (left_px + right_px) / 2;
  const placed = all.map((mark) => ({ ...mark, at: mark.pps === null ? undefined : x.at(mark.pps) }));
  const order = ({ at = 0 }: { at?: number | undefined }): number => (at > middle ? right_px + (right_px - at) : at);
  const rows = placed.toSorted((a, b) => order(a) - order(b)).map((mark, row) => ({ ...mark, y: title_px + (2.5 + row) * line_px }));
  const lines = rows.map(({ at, y, kind }) => {
    if (at === undefined) return '';
    const through = Object.values(panels).map(({ top_px, bottom_px }) => `M${px(at)} ${px(top_px)}V${px(bottom_px)}`);
    const d = `M${px(at)} ${px(y - line_px * 0.35)}V${px(panels.loss.top_px)}${through.join('')}`;
    return element('path', { class: `mark line-${kind}`, 'stroke-dasharray': DASHES[kind], d });
  });
  const labels = rows.map(({ at = left_px - 6, y, kind, label }) => {
    const onLeft = at > middle;
    const cut = fitted(label, (onLeft ? at - left_px : right_px - at) - 6, layout, 'bold');
    return element(
      'text',
      { class: `halo fill-${kind} head`, x: onLeft ? at - 6 : at + 6, y, 'text-anchor': onLeft ? 'end' : 'start' },
      text(cut),
    );
  });
  return [...lines, ...labels].join('');
}
