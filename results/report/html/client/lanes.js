import { clockText } from './clock.js';

/**
 * @typedef {{ from: number, to: number, text: string, bad?: true }} Bar
 * @typedef {{ t: number, class: string, severity: string, text: string }} Mark
 * @typedef {{ name: string, kind: string, bars: Bar[], marks: Mark[] }} Lane
 * @typedef {{ from: number, to: number, zero_ms: number, lanes: Lane[],
 *   charts: { probe: string, series: { machine: string, look: number, points: string, silences: { from: number, to: number }[] }[] }[],
 *   shades: { kind: string, from: number, to: number }[] }} TimelineData
 * @typedef {{ from: number, to: number }} View
 */

const SVG = 'http://www.w3.org/2000/svg';
const ROW_PX = 16;
const GAP_PX = 5;
/** Rows of bars that overlap; what does not fit into them shares the last. */
const MOST_ROWS = 5;

/**
 * @param {string} name
 * @param {Record<string, string | number>} attributes
 * @param {string} [text]
 */
export function svg(name, attributes, text) {
  const made = document.createElementNS(SVG, name);
  for (const [key, value] of Object.entries(attributes)) made.setAttribute(key, String(value));
  if (text !== undefined) made.textContent = text;
  return made;
}

/**
 * Bars that overlap go to rows of their own.
 * @param {Bar[]} bars
 */
export function rowsOf(bars) {
  /** @type {number[]} */
  const ends = [];
  const placed = bars
    .toSorted((a, b) => a.from - b.from)
    .map((bar) => {
      const free = ends.findIndex((end) => end <= bar.from);
      const row = Math.min(MOST_ROWS - 1, free < 0 ? ends.length : free);
      ends[row] = Math.max(ends[row] ?? 0, bar.to);
      return { bar, row };
    });
  return { placed, count: Math.max(1, ends.length) };
}

/**
 * Draws all lanes for a view, between `left` and `right` from the edges; returns the drawing. Where it is `narrow` names stand above their lanes.
 * @param {TimelineData} data
 * @param {View} view
 * @param {{ width: number, left: number, right: number, narrow: boolean }} room
 */
export function drawLanes(data, view, { width, left: from_px, right, narrow: stacked }) {
  const span_px = width - right - from_px;
  const x = (/** @type {number} */ t) => from_px + ((t - view.from) / (view.to - view.from)) * span_px;
  const parts = [];
  let y = 2;
  for (const lane of data.lanes) {
    const { placed, count } = rowsOf(lane.bars);
    const top = stacked ? y + 14 : y;
    const height = count * ROW_PX;
    parts.push(
      svg(
        'text',
        stacked ? { class: 'name', x: from_px, y: y + 10 } : { class: 'name', x: from_px - 8, y: y + 12, 'text-anchor': 'end' },
        shortened(lane.name, stacked ? 60 : 22),
      ),
    );
    parts.push(svg('rect', { class: 'lane', x: from_px, y: top, width: span_px, height, rx: 2 }));
    for (const { bar, row } of placed)
      parts.push(...barOf(bar, lane.kind, top + row * ROW_PX, { x, left: from_px, right: from_px + span_px }));
    for (const mark of lane.marks) if (mark.t >= view.from && mark.t <= view.to) parts.push(markOf(mark, x(mark.t), top));
    y = top + height + GAP_PX;
  }
  const drawing = svg('svg', { class: 'lanes', width, height: y, viewBox: `0 0 ${width} ${y}`, 'aria-hidden': 'true', focusable: 'false' });
  const shades = data.shades.flatMap((shade) => {
    const [begin, end] = [Math.max(from_px, x(shade.from)), Math.min(from_px + span_px, x(shade.to))];
    return end < begin ? [] : [svg('rect', { class: `shade ${shade.kind}`, x: begin, y: 0, width: Math.max(1, end - begin), height: y })];
  });
  drawing.append(
    ...parts.filter((each) => each.getAttribute('class') === 'lane'),
    ...shades,
    ...parts.filter((each) => each.getAttribute('class') !== 'lane'),
  );
  drawing.append(svg('line', { class: 'cursor', x1: -9, x2: -9, y1: 0, y2: y }));
  return drawing;
}

const LETTER_PX = 6.3;

/**
 * @param {Bar} bar
 * @param {string} kind
 * @param {number} y
 * @param {{ x: (t: number) => number, left: number, right: number }} place
 */
function barOf(bar, kind, y, { x, left, right }) {
  const [begin, end] = [Math.max(left, x(bar.from)), Math.min(right, x(bar.to))];
  if (end < left || begin > right) return [];
  const wide = Math.max(2, end - begin);
  const rect = svg('rect', {
    class: `bar ${kind}${bar.bad ? ' bad' : ''}`,
    x: Math.min(begin, right - 2),
    y: y + 1,
    width: wide,
    height: ROW_PX - 2,
    rx: 2,
  });
  rect.append(svg('title', {}, `${bar.text}\n${clockText(bar.from, 1)} to ${clockText(bar.to, 1)}`));
  const letters = Math.floor((wide - 8) / LETTER_PX);
  return letters < 3 ? [rect] : [rect, svg('text', { class: `label ${kind}`, x: begin + 4, y: y + 12 }, shortened(bar.text, letters))];
}

const SHAPES = {
  crash: 'M-5-5L5 5M5-5L-5 5',
  hang: 'M0-6L5 0L0 6L-5 0Z',
  memory: 'M-4.5-4.5H4.5V4.5H-4.5Z',
  storage: 'M0-5.5L5.5 4.5H-5.5Z',
  network: 'M-4.5 0A4.5 4.5 0 1 0 4.5 0A4.5 4.5 0 1 0-4.5 0Z',
  hardware: 'M0-6V6M-6 0H6',
  lifecycle: 'M-3.5 0A3.5 3.5 0 1 0 3.5 0A3.5 3.5 0 1 0-3.5 0Z',
};

/**
 * @param {Mark} mark
 * @param {number} x
 * @param {number} top
 */
function markOf(mark, x, top) {
  const path = SHAPES[/** @type {keyof typeof SHAPES} */ (mark.class)] ?? SHAPES.lifecycle;
  const shape = svg('path', {
    class: `sign ${mark.class} ${mark.severity}`,
    d: path,
    transform: `translate(${x.toFixed(1)} ${top + ROW_PX / 2})`,
  });
  shape.append(svg('title', {}, `${mark.text} (${mark.class})\n${clockText(mark.t, 1)}`));
  return shape;
}

/**
 * @param {string} text
 * @param {number} letters
 */
function shortened(text, letters) {
  const all = [...text];
  return all.length <= letters ? text : `${all.slice(0, Math.max(1, letters - 1)).join('')}…`;
}
