/** What is drawn beside the curves of a machine: storms and faults behind them, silences, losses and events. */
import type uPlot from 'uplot';
import type { EventGroup, Mark } from '../protocol.ts';
import { type Series, silences } from './run-model.ts';

const USUAL_MOST_ms = 10_000;
/** Nothing is drawn that took longer than hours. */
const LAST_ms = 1e7;
/** A silence is drawn from here on, in steps that are alike by their logarithm. */
const SHORTEST_WAIT_s = 0.02;
const WAIT_STEP = 1.25;

const property = (name: string): string => getComputedStyle(document.documentElement).getPropertyValue(`--${name}`).trim();

/** A colour of the styles. One that they do not know, as of a probe that is new, is grey. */
export const colour = (name: string): string => property(name) || property('soft');

/** The top of the picture: ten seconds, or the next power of ten above the longest wait. */
export function mostOf(all: readonly Series[], now: number | null): number {
  const waits = all.map(({ worst_ms, answered }) => Math.max(worst_ms ?? 0, now === null ? 0 : (now - answered) * 1000));
  const longest = Math.max(USUAL_MOST_ms, ...waits);
  return longest === USUAL_MOST_ms ? longest : 10 ** Math.ceil(Math.log10(Math.min(longest, LAST_ms)));
}

/** What went on, behind the curves: faults darkest, then what engines did. */
export function paintMarks(plot: uPlot, marks: readonly Mark[], now: number): void {
  const { ctx, bbox } = plot;
  const at = (t: number): number => Math.min(bbox.left + bbox.width, Math.max(bbox.left, plot.valToPos(t, 'x', true)));
  ctx.save();
  for (const { what, name, from, to } of marks) {
    const fillStyle =
      what === 'phase' ? (name === 'storm' ? colour('storm') : '') : what === 'fault' || what === 'sabotage' ? colour('fault') : '';
    const [left, right] = [at(from), at(to ?? now)];
    if (fillStyle === '' || right <= left) continue;
    ctx.fillStyle = fillStyle;
    ctx.fillRect(left, bbox.top, right - left, bbox.height);
  }
  ctx.restore();
}

/** Where there was no answer: for how long there had been none, at each moment. What is silent now goes on so. */
export function paintSilence(plot: uPlot, all: readonly Series[], now: number | null): void {
  const { ctx, bbox } = plot;
  ctx.save();
  ctx.beginPath();
  ctx.rect(bbox.left, bbox.top, bbox.width, bbox.height);
  ctx.clip();
  ctx.lineWidth = 1.2 * devicePixelRatio;
  ctx.setLineDash([2 * devicePixelRatio, 3 * devicePixelRatio]);
  for (const series of all) {
    ctx.strokeStyle = colour(series.probe);
    for (const { from, to } of silences(series, now)) {
      ctx.beginPath();
      for (let waited_s = SHORTEST_WAIT_s; ; waited_s *= WAIT_STEP) {
        const t = Math.min(from + waited_s, to);
        ctx.lineTo(plot.valToPos(t, 'x', true), plot.valToPos((t - from) * 1000, 'y', true));
        if (t === to) break;
      }
      ctx.stroke();
    }
  }
  ctx.restore();
}

/** A red foot wherever an answer never came. */
export function paintLosses(plot: uPlot, all: readonly Series[]): void {
  const { ctx, bbox } = plot;
  ctx.save();
  ctx.beginPath();
  ctx.rect(bbox.left, bbox.top, bbox.width, bbox.height);
  ctx.clip();
  ctx.fillStyle = colour('fail');
  for (const { points, width_s } of all)
    for (const [t, , lost] of points) {
      if (lost === 0) continue;
      const left = plot.valToPos(t, 'x', true);
      ctx.fillRect(left, bbox.top + bbox.height - 5, Math.max(2, plot.valToPos(t + width_s, 'x', true) - left), 5);
    }
  ctx.restore();
}

export function paintEvents(plot: uPlot, events: readonly EventGroup[]): void {
  const { ctx, bbox } = plot;
  ctx.save();
  for (const { first, severity, follows } of events) {
    const x = plot.valToPos(first, 'x', true);
    if (severity === 'info' || follows || x < bbox.left || x > bbox.left + bbox.width) continue;
    ctx.strokeStyle = colour(severity === 'warning' ? 'unknown' : 'fail');
    ctx.fillStyle = ctx.strokeStyle;
    ctx.lineWidth = devicePixelRatio;
    ctx.setLineDash([3 * devicePixelRatio, 3 * devicePixelRatio]);
    ctx.beginPath();
    ctx.moveTo(x, bbox.top);
    ctx.lineTo(x, bbox.top + bbox.height);
    ctx.stroke();
    ctx.beginPath();
    ctx.moveTo(x - 4 * devicePixelRatio, bbox.top);
    ctx.lineTo(x + 4 * devicePixelRatio, bbox.top);
    ctx.lineTo(x, bbox.top + 6 * devicePixelRatio);
    ctx.fill();
  }
  ctx.restore();
}
