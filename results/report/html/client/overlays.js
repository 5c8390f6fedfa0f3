import { colour, seriesLook } from './theme.js';

/** What is drawn on a chart beside its curves. */

/**
 * @typedef {import('uplot')} Plot
 * @typedef {import('./lanes.js').TimelineData} TimelineData
 */

/** Of a machine's silences above the curves. */
export const SILENCE_PX = 5;

/**
 * @param {Plot} plot
 * @param {TimelineData} data
 */
export function shade(plot, data) {
  const { ctx, bbox } = plot;
  ctx.save();
  for (const { kind, from, to } of data.shades) {
    const [begin, end] = [
      Math.max(bbox.left, plot.valToPos(from, 'x', true)),
      Math.min(bbox.left + bbox.width, plot.valToPos(to, 'x', true)),
    ];
    if (end < begin) continue;
    ctx.fillStyle = colour(`--shade-${kind}`);
    ctx.fillRect(begin, bbox.top, Math.max(1, end - begin), bbox.height);
  }
  ctx.restore();
}

/**
 * What was not answered, above the curves: a bar for each silence and a tick for each answer that did not come, a row for each machine in its colour.
 * @param {Plot} plot
 * @param {TimelineData['charts'][number]} chart
 * @param {number[][]} missing
 */
export function unansweredOf(plot, { series }, missing) {
  const { ctx, bbox } = plot;
  const row = SILENCE_PX * devicePixelRatio;
  const top = bbox.top - row * series.length;
  const right = bbox.left + bbox.width;
  ctx.save();
  for (const [at, { look, silences }] of series.entries()) {
    if (plot.series[1 + 2 * at]?.show === false) continue;
    ctx.fillStyle = seriesLook(look).stroke;
    const fill = (/** @type {number} */ from, /** @type {number} */ to) => {
      const [begin, end] = [Math.max(bbox.left, plot.valToPos(from, 'x', true)), Math.min(right, plot.valToPos(to, 'x', true))];
      if (end >= begin) ctx.fillRect(begin, top + at * row, Math.max(1.5 * devicePixelRatio, end - begin), row - devicePixelRatio);
    };
    for (const { from, to } of silences) fill(from, to);
    for (const t of missing[at] ?? []) fill(t, t);
  }
  ctx.restore();
}

/**
 * @param {Plot} plot
 * @param {TimelineData} data
 */
export function eventsOf(plot, data) {
  const { ctx, bbox } = plot;
  ctx.save();
  ctx.lineWidth = devicePixelRatio;
  ctx.setLineDash([3 * devicePixelRatio, 3 * devicePixelRatio]);
  for (const { marks } of data.lanes)
    for (const { t, severity } of marks) {
      const x = Math.round(plot.valToPos(t, 'x', true));
      if (severity === 'info' || x < bbox.left || x > bbox.left + bbox.width) continue;
      ctx.strokeStyle = colour(`--event-${severity}`);
      ctx.beginPath();
      ctx.moveTo(x, bbox.top);
      ctx.lineTo(x, bbox.top + bbox.height);
      ctx.stroke();
    }
  ctx.restore();
}
