/** The curves of one machine's probes over a trial, with what went on behind them. */
import uPlot from 'uplot';
import type { EventGroup, Mark } from '../protocol.ts';
import { colour, mostOf, paintEvents, paintLosses, paintMarks, paintSilence } from './chart-paint.ts';
import { el } from './dom.ts';
import { clock, latency } from './format.ts';
import { probeFigures } from './probe-figures.ts';
import { type Series, withGaps } from './run-model.ts';

const HEIGHT = 148;
const LEAST_WIDTH = 200;
/** The styles have it too: bars of the timeline begin where curves do. */
const AXIS_WIDTH = 52;
const LEAST_ms = 0.05;
const TICKS_ms = [0.1, 1, 10, 100, 1000, 10_000, 100_000, 1_000_000, 10_000_000];
const STEPS_s = [1, 2, 5, 10, 15, 30, 60, 120, 300, 600, 900, 1800, 3600, 7200, 14_400, 28_800, 86_400];
/** What is dragged over fewer pixels was a click. */
const LEAST_DRAG = 4;
/** uPlot's NULL_EXPAND: a gap in one curve reaches over the points of the others. */
const GAPS = 2;

export interface Range {
  readonly min: number;
  readonly max: number;
}

interface Shown {
  readonly series: readonly Series[];
  readonly marks: readonly Mark[];
  readonly events: readonly EventGroup[];
  readonly range: Range;
  /** on the run's clock; null where the probes are not at work */
  readonly now: number | null;
}

export interface MachineChart {
  readonly element: HTMLElement;
  update(shown: Shown): void;
  /** the figures alone, between two updates */
  tick(now: number): void;
  repaint(): void;
  destroy(): void;
}

/** `onZoom` is told what is dragged over, and null where all is to be seen again. */
export function machineChart(name: string, seat: string, onZoom: (range: Range | null) => void): MachineChart {
  const figures = probeFigures(name, seat);
  const place = el('div', { class: 'plot' });
  const element = el('div', { class: 'machine' }, figures.element, place);
  let plot: uPlot | undefined;
  let probes = '';
  let shown: Shown = { series: [], marks: [], events: [], range: { min: 0, max: 1 }, now: null };
  const width = (): number => Math.max(LEAST_WIDTH, place.clientWidth);
  const resize = new ResizeObserver(() => plot?.setSize({ width: width(), height: HEIGHT }));
  resize.observe(place);

  /** What the probes say where the pointer is, or now. */
  function readOut(): void {
    const left = plot?.cursor.left ?? -1;
    figures.tell(shown.series, plot === undefined || left < 0 ? null : plot.posToVal(left, 'x'), shown.now);
  }

  function build(): void {
    plot?.destroy();
    const options = optionsOf(() => shown, { onZoom, readOut });
    plot = new uPlot({ ...options, width: width(), height: HEIGHT }, [[], ...shown.series.map(() => [])] as uPlot.AlignedData, place);
  }

  function update(next: Shown): void {
    shown = next;
    const names = shown.series.map(({ probe }) => probe).join();
    if (plot === undefined || names !== probes) build();
    probes = names;
    plot?.batch(() => {
      plot?.setData(dataOf(shown.series), false);
      plot?.setScale('x', shown.range);
    });
    readOut();
  }

  return {
    ...{ element, update },
    tick(now) {
      shown = { ...shown, now };
      readOut();
    },
    repaint() {
      build();
      update(shown);
    },
    destroy() {
      resize.disconnect();
      plot?.destroy();
    },
  };
}

/** All curves over the times of any of them. */
function dataOf(all: readonly Series[]): uPlot.AlignedData {
  if (all.length === 0) return [[]];
  const tables = all.map((each): uPlot.AlignedData => {
    const points = withGaps(each);
    return [points.map(([t]) => t), points.map(([, ms]) => ms)];
  });
  const modes = tables.map((table) => table.map(() => GAPS));
  return uPlot.join(tables, modes);
}

type Listeners = { readonly onZoom: (range: Range | null) => void; readonly readOut: () => void };

function optionsOf(shown: () => Shown, { onZoom, readOut }: Listeners): Omit<uPlot.Options, 'width' | 'height'> {
  const grid = { stroke: colour('line'), width: 1 };
  const axis = { stroke: colour('soft'), grid, ticks: { show: false }, font: '11px system-ui, sans-serif' };
  const most = (): number => mostOf(shown().series, shown().now);
  const ticks_ms = (): number[] => TICKS_ms.filter((ms) => ms <= most());
  return {
    padding: [8, 0, 0, 0],
    legend: { show: false },
    cursor: { sync: { key: 'trial' }, drag: { x: true, y: false, setScale: false }, points: { size: 5 } },
    scales: { x: { time: false }, y: { distr: 3, range: () => [LEAST_ms, most()] } },
    axes: [
      { ...axis, size: 22, space: 60, incrs: STEPS_s, values: (_, ticks) => ticks.map(clock) },
      { ...axis, size: AXIS_WIDTH, splits: ticks_ms, filter: (_, splits) => splits, values: (_, ticks) => ticks.map(latency) },
    ],
    series: [{}, ...shown().series.map(({ probe }) => ({ stroke: colour(probe), width: 1.4, points: { show: false } }))],
    hooks: {
      drawClear: [(plot) => paintMarks(plot, shown().marks, shown().now ?? shown().range.max)],
      draw: [
        (plot) => paintSilence(plot, shown().series, shown().now),
        (plot) => paintLosses(plot, shown().series),
        (plot) => paintEvents(plot, shown().events),
      ],
      setSelect: [
        (plot) => {
          const { left, width } = plot.select;
          if (width > LEAST_DRAG) onZoom({ min: plot.posToVal(left, 'x'), max: plot.posToVal(left + width, 'x') });
          plot.setSelect({ left: 0, top: 0, width: 0, height: 0 }, false);
        },
      ],
      setCursor: [readOut],
      ready: [(plot) => plot.over.addEventListener('dblclick', () => onZoom(null))],
    },
  };
}
