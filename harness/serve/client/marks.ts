/** Small pieces that several views show: a verdict, a state, a curve of the last minute. */
import type { Point, RunSummary, TrialState, Verdict } from '../protocol.ts';
import { el, svg } from './dom.ts';

const SIGNS = { pass: '✓', fail: '✗', unknown: '?', skip: '–' } as const satisfies Record<Verdict, string>;

/** A verdict: its word and a sign, beside its colour. */
export const verdictMark = (verdict: Verdict): HTMLElement =>
  el('span', { class: `mark ${verdict}` }, el('span', { 'aria-hidden': 'true' }, SIGNS[verdict]), ` ${verdict}`);

export function runMark({ state, verdict }: Pick<RunSummary, 'state' | 'verdict'>): HTMLElement {
  if (state === 'under way')
    return el('span', { class: 'mark going' }, el('span', { class: 'pulse', 'aria-hidden': 'true' }), ' under way');
  if (verdict !== null) return verdictMark(verdict);
  return el('span', { class: 'mark skip' }, state);
}

export function trialMark({ verdict, ended, phase }: TrialState, going: boolean): HTMLElement {
  if (verdict !== null) return verdictMark(verdict);
  if (ended === null && going) return el('span', { class: 'mark going' }, phase ?? 'begins');
  return el('span', { class: 'mark skip' }, ended === null ? `ended in ${phase ?? 'its beginning'}` : 'ended');
}

const [LEAST_ms, MOST_ms] = [0.05, 10_000];

/** Where a latency stands between the least and the most that is drawn, 0 to 1, by its logarithm. */
const height = (ms: number): number => Math.log(Math.min(MOST_ms, Math.max(LEAST_ms, ms)) / LEAST_ms) / Math.log(MOST_ms / LEAST_ms);

const [WIDTH, HEIGHT] = [150, 26];
/** A red foot stands where nothing came for so long. */
const SILENT_s = 2;

/** The last `span_s` seconds of a probe up to `t`. It says nothing that does not stand beside it. */
export function sparkline(points: readonly Point[], t: number, span_s: number, probe: string): SVGElement {
  const x = (at: number): number => ((at - t + span_s) / span_s) * WIDTH;
  let path = '';
  let before = Number.NEGATIVE_INFINITY;
  for (const [at, worst] of points) {
    if (worst === null) continue;
    path += `${at - before > SILENT_s ? 'M' : 'L'}${x(at).toFixed(1)} ${(HEIGHT - 2 - height(worst) * (HEIGHT - 4)).toFixed(1)}`;
    before = at;
  }
  const lost = points.filter(([, , count]) => count > 0);
  const answered = points.flatMap(([at, worst]) => (worst === null ? [] : [at]));
  const silent = [...answered.slice(1), t].flatMap((to, at) => {
    const from = answered[at] ?? to;
    return to - from > SILENT_s ? [{ from, to }] : [];
  });
  return svg(
    'svg',
    { class: 'spark', viewBox: `0 0 ${WIDTH} ${HEIGHT}`, 'aria-hidden': 'true', preserveAspectRatio: 'none' },
    svg('path', { class: `line ${probe}`, d: path, 'vector-effect': 'non-scaling-stroke' }),
    ...silent.map(({ from, to }) =>
      svg('rect', { class: 'lost', x: x(from).toFixed(1), y: HEIGHT - 2, width: (x(to) - x(from)).toFixed(1), height: 2 }),
    ),
    ...lost.map(([at]) => svg('rect', { class: 'lost', x: x(at).toFixed(1), y: HEIGHT - 3, width: 2, height: 3 })),
  );
}
