import { clockText, latencyText } from './clock.js';
import { element } from './tools.js';

/**
 * @typedef {import('./charts.js').Chart} Chart
 * @typedef {import('./lanes.js').TimelineData} TimelineData
 * @typedef {import('./lanes.js').View} View
 */

/**
 * What there is to say of one moment: its time, the answers nearest to it, what was under way, and events.
 * @param {TimelineData} data
 * @param {Chart[]} charts
 * @param {View} view
 * @param {number} t
 * @returns {(Node | string)[]}
 */
export function readout(data, charts, view, t) {
  const several = data.charts.some(({ series }) => series.length > 1);
  const day = new Date(data.zero_ms + t * 1000).toISOString().slice(11, 21);
  const near = (view.to - view.from) / 150;
  const answers = charts.flatMap(({ probe, machines, plot }) =>
    machines.map(
      (machine, at) =>
        `${several ? `${machine} ` : ''}${probe} ${silentAt(data, probe, machine, t) ?? answerAt(plot, at, t, Math.max(2, near))}`,
    ),
  );
  const acts = data.lanes.flatMap((lane) =>
    lane.kind === 'silence' ? [] : lane.bars.filter(({ from, to }) => from <= t && t <= to).map(({ text }) => text.split(':')[0] ?? ''),
  );
  const events = data.lanes.flatMap(({ marks }) => marks.filter((mark) => Math.abs(mark.t - t) <= near).map(({ text }) => text));
  return [
    element('b', {}, clockText(t, 1)),
    ` (${day} UTC) · ${answers.join(' · ')}${acts.length > 0 ? ` · ${[...new Set(acts)].slice(0, 6).join(', ')}` : ''}`,
    ...(events.length > 0 ? [' · ', element('strong', {}, [...new Set(events)].slice(0, 4).join(', '))] : []),
  ];
}

/**
 * @param {TimelineData} data
 * @param {string} probe
 * @param {string} machine
 * @param {number} t
 */
function silentAt(data, probe, machine, t) {
  const own = data.charts.find((each) => each.probe === probe)?.series.find((each) => each.machine === machine);
  const silence = own?.silences.find(({ from, to }) => from <= t && t < to);
  return silence && `silent for ${(silence.to - silence.from).toFixed(1)} s`;
}

/** So far from the moment it is looked for an answer, in points of all machines together. */
const MOST_OFF = 400;

/**
 * The answer of a machine that is nearest to a moment, if any is as near as `near` seconds.
 * @param {Chart['plot']} plot
 * @param {number} at
 * @param {number} t
 * @param {number} near
 */
function answerAt(plot, at, t, near) {
  const times = /** @type {number[]} */ (plot.data[0]);
  const highs = plot.data[1 + 2 * at] ?? [];
  const lows = plot.data[2 + 2 * at] ?? [];
  const middle = plot.valToIdx(t);
  for (let off = 0; off < MOST_OFF; off += 1)
    for (const index of off === 0 ? [middle] : [middle - off, middle + off]) {
      const high = highs[index];
      if (high === undefined) continue;
      if (Math.abs((times[index] ?? 0) - t) > near) continue;
      if (high === null) return 'no answer';
      const low = lows[index] ?? high;
      return low < high * 0.98 ? `${latencyText(low)} to ${latencyText(high)}` : latencyText(high);
    }
  return 'none near';
}
