import { clockText, clockTicks, latencyText } from './clock.js';
import { decode } from './decode.js';
import { eventsOf, SILENCE_PX, shade, unansweredOf } from './overlays.js';
import { colour, faded, seriesLook } from './theme.js';

/**
 * @typedef {import('uplot')} Plot
 * @typedef {import('./lanes.js').TimelineData} TimelineData
 * @typedef {import('./lanes.js').View} View
 * @typedef {{ probe: string, machines: string[], plot: Plot }} Chart
 */

const uPlotOf = /** @type {{ uPlot: typeof import('uplot') }} */ (/** @type {unknown} */ (globalThis)).uPlot;

/** An answer of nothing at all cannot stand on a logarithmic axis. */
const LEAST_MS = 0.01;

/**
 * One chart of a probe: for each machine its slowest answers as a line, and down to the fastest a band; what was not answered as bars at the top.
 * @param {HTMLElement} parent
 * @param {TimelineData['charts'][number]} chart
 * @param {TimelineData} data
 * @param {{ width: number, height: number, left: number, right: number, view: () => View, look: (from: number, to: number) => void, point: (t: number | null) => void }} page
 * @returns {Chart}
 */
export function drawChart(parent, chart, data, page) {
  const looks = chart.series.map(({ look }) => look);
  const decoded = chart.series.map(({ points }) => withWaits(decode(points)));
  const clamp = (/** @type {(number | null)[]} */ values) => values.map((value) => (value === null ? null : Math.max(LEAST_MS, value)));
  const tables = decoded.map(({ t, high, low }) => /** @type {import('uplot').AlignedData} */ ([t, clamp(high), clamp(low)]));
  const joined = uPlotOf.join(tables);
  const missing = decoded.map(({ t, missing: counts }) => t.filter((_, at) => (counts[at] ?? 0) > 0));
  /** @type {Plot} */
  const plot = new uPlotOf(
    {
      width: page.width,
      height: page.height,
      padding: [8 + SILENCE_PX * looks.length, page.right, 0, 0],
      legend: { show: false },
      cursor: {
        y: false,
        points: { size: 7 },
        drag: { x: true, y: false, setScale: false },
        bind: {
          dblclick: () => () => {
            page.look(data.from, data.to);
            return null;
          },
        },
      },
      select: { show: true, left: 0, top: 0, width: 0, height: 0 },
      scales: {
        x: { time: false, range: () => [page.view().from, page.view().to] },
        y: { distr: 3, range: (_plot, low, high) => decades(low, high) },
      },
      axes: [
        {
          stroke: () => colour('--soft'),
          grid: { stroke: () => colour('--line'), width: 1 },
          ticks: { stroke: () => colour('--line'), width: 1, size: 4 },
          font: FONT,
          size: 24,
          gap: 3,
          splits: (self, _axis, from, to) => clockTicks(from, to, self.bbox.width / devicePixelRatio, 76).at,
          values: (self, splits) => {
            const { digits } = clockTicks(page.view().from, page.view().to, self.bbox.width / devicePixelRatio, 76);
            return splits.map((each) => clockText(each, digits));
          },
        },
        {
          stroke: () => colour('--soft'),
          grid: { stroke: () => colour('--line'), width: 1 },
          ticks: { show: false },
          font: FONT,
          size: page.left,
          gap: 6,
          splits: (_plot, _axis, low, high) => powers(low, high),
          filter: (_plot, splits) => splits,
          values: (_plot, splits) => splits.map((each, at) => (splits.length > 6 && at % 2 === 1 ? '' : latencyText(each))),
        },
      ],
      series: [{}, ...looks.flatMap(lines)],
      bands: looks.map((look, at) => ({
        series: /** @type {[number, number]} */ ([1 + 2 * at, 2 + 2 * at]),
        fill: () => faded(seriesLook(look).stroke, 0.18),
      })),
      hooks: {
        drawClear: [(self) => shade(self, data)],
        draw: [(self) => unansweredOf(self, chart, missing), (self) => eventsOf(self, data)],
        setSelect: [
          (self) => {
            const { left, width } = self.select;
            if (width < 3) return;
            const [from, to] = [self.posToVal(left, 'x'), self.posToVal(left + width, 'x')];
            self.setSelect({ left: 0, top: 0, width: 0, height: 0 }, false);
            page.look(from, to);
          },
        ],
        setCursor: [
          (self) => page.point(self.cursor.left === undefined || self.cursor.left < 0 ? null : self.posToVal(self.cursor.left, 'x')),
        ],
      },
    },
    joined,
    parent,
  );
  return { probe: chart.probe, machines: chart.series.map(({ machine }) => machine), plot };
}

const FONT = '12px system-ui, -apple-system, "Segoe UI", Roboto, "Noto Sans", sans-serif';

/** From here on a wait is a stretch of time, and not only the moment at which it ended. */
const LONG_MS = 500;
const UNASKED_S = 1;

/**
 * What was waited for long is drawn from when it was asked to when it was answered.
 * @param {ReturnType<typeof decode>} points
 * @returns {ReturnType<typeof decode>}
 */
function withWaits({ t, low, high, missing }) {
  /** @type {ReturnType<typeof decode>} */
  const drawn = { t: [], low: [], high: [], missing: [] };
  const add = (/** @type {number} */ time, /** @type {number | undefined} */ at, /** @type {number} */ count) => {
    drawn.t.push(time);
    drawn.low.push(at === undefined ? null : (low[at] ?? null));
    drawn.high.push(at === undefined ? null : (high[at] ?? null));
    drawn.missing.push(count);
  };
  for (const [at, time] of t.entries()) {
    const ms = high[at] ?? 0;
    const before = t[at - 1] ?? time;
    const asked = Math.max(time - ms / 1000, before + 0.002);
    if (ms >= LONG_MS && low[at] === ms && asked < time) {
      // nobody asked in between: there is nothing to draw a line to
      if (asked - before > UNASKED_S) add(before + 0.001, undefined, 0);
      add(asked, at, 0);
    }
    add(time, at, missing[at] ?? 0);
  }
  return drawn;
}

/**
 * @param {number} look
 * @returns {import('uplot').Series[]}
 */
function lines(look) {
  const dash = seriesLook(look).dash;
  const stroke = () => seriesLook(look).stroke;
  return [
    { stroke, dash, width: 1.4, points: { show: false } },
    { stroke: () => 'transparent', width: 0, points: { show: false } },
  ];
}

/**
 * Whole decades around what is in view.
 * @param {number | null} low
 * @param {number | null} high
 * @returns {[number, number]}
 */
function decades(low, high) {
  const least = 10 ** Math.floor(Math.log10(Math.max(LEAST_MS, low ?? 1)));
  return [least, Math.max(least * 10, 10 ** Math.ceil(Math.log10(Math.max(LEAST_MS, high ?? 10)) - 1e-9))];
}

/**
 * @param {number} low
 * @param {number} high
 */
function powers(low, high) {
  const first = Math.round(Math.log10(low));
  return Array.from({ length: Math.round(Math.log10(high)) - first + 1 }, (_, step) => 10 ** (first + step));
}
