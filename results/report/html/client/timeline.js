import { drawChart } from './charts.js';
import { clockText } from './clock.js';
import { drawLanes } from './lanes.js';
import { SILENCE_PX } from './overlays.js';
import { readout } from './readout.js';
import { element, toolsOf } from './tools.js';

/**
 * @typedef {import('./charts.js').Chart} Chart
 * @typedef {import('./lanes.js').TimelineData} TimelineData
 */

/** Below that width names stand above their lanes. */
const NARROW_PX = 620;
const NAMES_PX = 150;
const AXIS_PX = 58;
const RIGHT_PX = 26;
const CHART_PX = 150;
/** Nearer cannot be looked. */
const LEAST_S = 0.2;

/**
 * The timeline of one trial, drawn into `root`. `draw` draws it anew, for another width or other colours.
 * @param {HTMLElement} root
 */
export function startTimeline(root) {
  const block = document.getElementById(root.dataset.timeline ?? '');
  const data = /** @type {TimelineData} */ (JSON.parse(block?.textContent ?? '{}'));
  let view = { from: data.from, to: data.to };
  /** @type {number | null} */
  let pointed = null;
  /** @type {Chart[]} */
  let charts = [];
  /** @type {Set<string>} */
  const hidden = new Set();

  const lanes = element('div', { class: 'lanes-frame' });
  const plots = element('div', { class: 'plots' });
  const said = element('p', { class: 'said', 'aria-live': 'polite' });
  const stage = element(
    'div',
    {
      class: 'stage',
      tabindex: '0',
      role: 'group',
      'aria-label': 'timeline: arrows move the line, plus and minus change the scale, Home shows all',
    },
    lanes,
    plots,
  );
  root.replaceChildren(toolsOf(data, { look, scale, shift, show: showMachine }), stage, said);
  stage.addEventListener('keydown', pressed);
  say();

  /**
   * @param {string} machine
   * @param {boolean} show
   */
  function showMachine(machine, show) {
    if (show) hidden.delete(machine);
    else hidden.add(machine);
    applyHidden();
  }

  function applyHidden() {
    for (const { plot, machines } of charts)
      for (const [at, machine] of machines.entries()) {
        const show = !hidden.has(machine);
        if (plot.series[1 + 2 * at]?.show === show) continue;
        plot.setSeries(1 + 2 * at, { show });
        plot.setSeries(2 + 2 * at, { show });
      }
  }

  /**
   * @param {number} from
   * @param {number} to
   */
  function look(from, to) {
    const length = Math.min(data.to - data.from, Math.max(LEAST_S, to - from));
    const begin = Math.min(Math.max(data.from, from), data.to - length);
    view = { from: begin, to: begin + length };
    for (const { plot } of charts) plot.setScale('x', { min: view.from, max: view.to });
    lay();
    point(pointed !== null && pointed >= view.from && pointed <= view.to ? pointed : null);
  }

  /** @param {number} factor */
  function scale(factor) {
    const middle = pointed ?? (view.from + view.to) / 2;
    look(middle - (middle - view.from) * factor, middle + (view.to - middle) * factor);
  }

  /** @param {number} share */
  function shift(share) {
    const by = (view.to - view.from) * share;
    look(view.from + by, view.to + by);
  }

  /** @param {KeyboardEvent} event */
  function pressed(event) {
    if (event.ctrlKey || event.metaKey || event.altKey) return;
    const step = (view.to - view.from) / 100;
    /** @type {Record<string, () => void>} */
    const keys = {
      ArrowLeft: () => (event.shiftKey ? shift(-0.25) : walk(-step)),
      ArrowRight: () => (event.shiftKey ? shift(0.25) : walk(step)),
      '+': () => scale(0.5),
      '=': () => scale(0.5),
      '-': () => scale(2),
      Home: () => look(data.from, data.to),
      0: () => look(data.from, data.to),
      Escape: () => point(null),
    };
    const act = keys[event.key];
    if (act === undefined) return;
    event.preventDefault();
    act();
  }

  /** @param {number} by */
  function walk(by) {
    const next = (pointed ?? (by > 0 ? view.from : view.to)) + by;
    if (next < view.from || next > view.to) shift(by > 0 ? 0.25 : -0.25);
    point(Math.min(data.to, Math.max(data.from, next)));
  }

  /**
   * Puts the line at a moment in all charts and lanes, and says what is there.
   * @param {number | null} t
   * @param {Chart['plot']} [origin] the chart under the pointer, which has its line already
   */
  function point(t, origin) {
    pointed = t;
    const { left, right, width } = roomOf();
    const at = t === null ? -9 : left + ((t - view.from) / (view.to - view.from)) * (width - right - left);
    const line = lanes.querySelector('.cursor');
    line?.setAttribute('x1', String(at));
    line?.setAttribute('x2', String(at));
    for (const { plot } of charts) {
      if (plot === origin) continue;
      plot.setCursor({ left: t === null ? -10 : plot.valToPos(t, 'x'), top: t === null ? -10 : 5 }, false);
    }
    say();
  }

  function say() {
    said.replaceChildren(
      ...(pointed === null ? [`${clockText(view.from)} to ${clockText(view.to)}`] : readout(data, charts, view, pointed)),
    );
  }

  /** Lanes and charts have one left edge, so that one moment stands above itself. */
  function roomOf() {
    // paper has no scroll bar, and its width is not told before it is drawn
    const width = Math.max(280, Math.floor(stage.clientWidth || root.clientWidth || 680));
    const narrow = width < NARROW_PX;
    return { width, left: narrow ? AXIS_PX : NAMES_PX, right: RIGHT_PX, narrow };
  }

  function lay() {
    lanes.replaceChildren(drawLanes(data, view, roomOf()));
  }

  function draw() {
    for (const { plot } of charts) plot.destroy();
    charts = [];
    const { width, left, right } = roomOf();
    lay();
    plots.replaceChildren();
    for (const chart of data.charts) {
      const frame = element(
        'div',
        { class: 'plot' },
        element('h4', {}, chart.probe, element('span', { class: 'soft' }, ': time until the answer')),
      );
      plots.append(frame);
      /** @type {Chart | undefined} */
      let made;
      made = drawChart(frame, chart, data, {
        width,
        height: CHART_PX + SILENCE_PX * chart.series.length,
        left,
        right,
        view: () => view,
        look,
        point: (t) => point(t, made?.plot),
      });
      charts.push(made);
    }
    applyHidden();
  }

  draw();
  return { draw, width: () => roomOf().width };
}
