/** The curves of one machine's probes over a trial, with what went on behind them. */
import uPlot from 'uplot';
import type { EventGroup, Mark } from '../protocol.ts';
import { el, fill, say } from './dom.ts';
import { clock, latency } from './format.ts';
import { type Series, silences, withGaps } from './run-model.ts';

const HEIGHT = 148;
export const AXIS_WIDTH = 52;
const [LEAST_ms, USUAL_MOST_ms] = [0.05, 10_000];
const TICKS_ms = [0.1, 1, 10, 100, 1000, 10_000, 100_000, 1_000_000];
const STEPS_s = [1, 2, 5, 10, 15, 30, 60, 120, 300, 600, 900, 1800, 3600, 7200, 14_400, 28_800, 86_400];
const SILENT_s = 1;
/** A silence is drawn from here on, in steps that are alike by their logarithm. */
const SHORTEST_WAIT_s = 0.02;
const WAIT_STEP = 1.25;
/** uPlot's NULL_EXPAND: a gap in one curve reaches over the points of the others. */
const GAPS = 2;

export interface Range {
  readonly min: number;
  readonly max: number;
}

export interface MachineChart {
  readonly element: HTMLElement;
  /** `now`: on the run's clock, null where the run is over */
  update(series: readonly Series[], marks: readonly Mark[], events: readonly EventGroup[], range: Range, now: number | null): void;
  /** the figures alone, between two updates */
  tick(now: number): void;
  repaint(): void;
  destroy(): void;
}

const property = (name: string): string => getComputedStyle(document.documentElement).getPropertyValue(`--${name}`).trim();
/** One that the styles do not know, as of a probe that is new, is drawn in grey. */
const colour = (name: string): string => property(name) || property('soft');

export function machineChart(name: string, seat: string, onZoom: (range: Range | null) => void): MachineChart {
  const rows = el('tbody');
  const heads = ['Probe', 'Last', 'Worst', 'Lost'];
  const figures = el(
    'table',
    { class: 'figures' },
    el('caption', null, name, ' ', el('span', { class: 'soft' }, seat)),
    el('thead', null, el('tr', null, ...heads.map((head) => el('th', { scope: 'col' }, head)))),
    rows,
  );
  const place = el('div', { class: 'plot' });
  const element = el('div', { class: 'machine' }, figures, place);
  let plot: uPlot | undefined;
  let probes = '';
  let shown: { series: readonly Series[]; marks: readonly Mark[]; events: readonly EventGroup[]; range: Range; now: number | null } = {
    ...{ series: [], marks: [], events: [], range: { min: 0, max: 1 }, now: null },
  };
  const cells = new Map<string, readonly [now: HTMLElement, worst: HTMLElement, lost: HTMLElement]>();

  const resize = new ResizeObserver(() => plot?.setSize({ width: Math.max(200, place.clientWidth), height: HEIGHT }));
  resize.observe(place);

  function build(): void {
    plot?.destroy();
    const line = colour('line');
    const soft = colour('soft');
    const axis = { stroke: soft, grid: { stroke: line, width: 1 }, ticks: { show: false }, font: '11px system-ui, sans-serif' };
    plot = new uPlot(
      {
        width: Math.max(200, place.clientWidth),
        height: HEIGHT,
        padding: [8, 0, 0, 0],
        legend: { show: false },
        cursor: { sync: { key: 'trial' }, drag: { x: true, y: false, setScale: false }, points: { size: 5 } },
        scales: { x: { time: false }, y: { distr: 3, range: () => [LEAST_ms, mostOf(shown.series, shown.now)] } },
        axes: [
          { ...axis, size: 22, space: 60, incrs: STEPS_s, values: (_, ticks) => ticks.map(clock) },
          {
            ...axis,
            size: AXIS_WIDTH,
            splits: () => TICKS_ms.filter((ms) => ms <= mostOf(shown.series, shown.now)),
            filter: (_, splits) => splits,
            values: (_, ticks) => ticks.map((ms) => latency(ms)),
          },
        ],
        series: [
          {},
          ...shown.series.map(({ probe }) => ({ stroke: colour(probe), width: 1.4, points: { size: 3, show: false }, spanGaps: false })),
        ],
        hooks: {
          drawClear: [(each) => paintMarks(each, shown.marks, shown.now ?? shown.range.max)],
          draw: [
            (each) => paintSilence(each, shown.series, shown.now),
            (each) => paintLosses(each, shown.series),
            (each) => paintEvents(each, shown.events),
          ],
          setSelect: [
            (each) => {
              const { left, width } = each.select;
              if (width > 4) onZoom({ min: each.posToVal(left, 'x'), max: each.posToVal(left + width, 'x') });
              each.setSelect({ left: 0, top: 0, width: 0, height: 0 }, false);
            },
          ],
          setCursor: [
            (each) => readOut(each.cursor.left === undefined || each.cursor.left < 0 ? null : each.posToVal(each.cursor.left, 'x')),
          ],
          ready: [(each) => each.over.addEventListener('dblclick', () => onZoom(null))],
        },
      },
      [[], ...shown.series.map(() => [])] as uPlot.AlignedData,
      place,
    );
  }

  function buildRows(): void {
    cells.clear();
    fill(
      rows,
      ...shown.series.map(({ probe }) => {
        const three = [el('td', { class: 'figure' }), el('td'), el('td')] as const;
        cells.set(probe, three);
        return el('tr', null, el('th', { scope: 'row', class: `probe ${probe}` }, probe), ...three);
      }),
    );
  }

  /** What the probes say at `t`, or now. */
  function readOut(t: number | null): void {
    for (const series of shown.series) {
      const [figure, worst, lost] = cells.get(series.probe) ?? [];
      if (figure === undefined || worst === undefined || lost === undefined) continue;
      const [text, bad] = t === null ? present(series, shown.now) : past(series, t);
      say(figure, text);
      figure.classList.toggle('bad', bad);
      figure.classList.toggle('past', t !== null);
      say(worst, series.worst_ms === null ? '' : latency(series.worst_ms));
      say(lost, series.lost === 0 ? '0' : String(series.lost));
      lost.classList.toggle('bad', series.lost > 0);
    }
  }

  return {
    element,
    update(series, marks, events, range, now) {
      shown = { series, marks, events, range, now };
      const names = series.map(({ probe }) => probe).join();
      if (plot === undefined || names !== probes) {
        probes = names;
        build();
        buildRows();
      }
      const tables = series.map((each): uPlot.AlignedData => {
        const points = withGaps(each);
        return [points.map(([t]) => t), points.map(([, ms]) => ms)];
      });
      plot?.batch(() => {
        plot?.setData(
          tables.length === 0
            ? [[]]
            : uPlot.join(
                tables,
                tables.map((each) => each.map(() => GAPS)),
              ),
          false,
        );
        plot?.setScale('x', range);
      });
      if ((plot?.cursor.left ?? -1) < 0) readOut(null);
    },
    tick(now) {
      shown = { ...shown, now };
      if ((plot?.cursor.left ?? -1) < 0) readOut(null);
    },
    repaint() {
      plot?.destroy();
      plot = undefined;
      this.update(shown.series, shown.marks, shown.events, shown.range, shown.now);
    },
    destroy() {
      resize.disconnect();
      plot?.destroy();
    },
  };
}

/** Now: the last answer, or for how long there has been none. */
function present({ ms, answered }: Series, now: number | null): [text: string, bad: boolean] {
  if (now === null) return [ms === null ? 'no answer' : latency(ms), ms === null];
  const silent = now - answered;
  return ms === null || silent > SILENT_s ? [`silent ${silent.toFixed(1)} s`, true] : [latency(ms), false];
}

function past({ points, width_s }: Series, t: number): [text: string, bad: boolean] {
  const found = points.findLast(([at]) => at <= t);
  if (found === undefined || t - found[0] > Math.max(1, width_s)) return ['none', true];
  return found[1] === null ? ['lost', true] : [latency(found[1]), false];
}

/** The top of the picture: ten seconds, or the next power of ten above the longest wait. */
function mostOf(all: readonly Series[], now: number | null): number {
  const waits = all.map(({ worst_ms, answered }) => Math.max(worst_ms ?? 0, now === null ? 0 : (now - answered) * 1000));
  const longest = Math.max(USUAL_MOST_ms, ...waits);
  return longest === USUAL_MOST_ms ? longest : 10 ** Math.ceil(Math.log10(longest));
}

/** What went on, behind the curves: faults darkest, then what engines did. */
function paintMarks(plot: uPlot, marks: readonly Mark[], now: number): void {
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
function paintSilence(plot: uPlot, all: readonly Series[], now: number | null): void {
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
function paintLosses(plot: uPlot, all: readonly Series[]): void {
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

function paintEvents(plot: uPlot, events: readonly EventGroup[]): void {
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
