import { svg } from './lanes.js';
import { seriesLook } from './theme.js';

/**
 * @typedef {import('./lanes.js').TimelineData} TimelineData
 * @typedef {{ look: (from: number, to: number) => void, scale: (factor: number) => void, shift: (share: number) => void,
 *   show: (machine: string, show: boolean) => void }} Acts
 */

/**
 * @param {string} name
 * @param {Record<string, string>} attributes
 * @param {(Node | string)[]} children
 */
export function element(name, attributes, ...children) {
  const made = document.createElement(name);
  for (const [key, value] of Object.entries(attributes)) made.setAttribute(key, value);
  made.append(...children);
  return made;
}

/**
 * The buttons above a timeline.
 * @param {TimelineData} data
 * @param {Acts} acts
 */
export function toolsOf(data, { look, scale, shift, show }) {
  const storm = data.shades.find(({ kind }) => kind === 'storm');
  const margin = storm === undefined ? 0 : Math.max(1, (storm.to - storm.from) * 0.15);
  return element(
    'div',
    { class: 'tools', role: 'group', 'aria-label': 'what of the timeline is shown' },
    button('+', 'look closer', () => scale(0.5)),
    button('−', 'look from further away', () => scale(2)),
    button('←', 'earlier', () => shift(-0.5)),
    button('→', 'later', () => shift(0.5)),
    button('all', 'show all of the trial', () => look(data.from, data.to)),
    ...(storm === undefined ? [] : [button('storm', 'show the storm', () => look(storm.from - margin, storm.to + margin))]),
    legendOf(data, show),
  );
}

/**
 * @param {string} text
 * @param {string} title
 * @param {() => void} act
 */
function button(text, title, act) {
  const made = element('button', { type: 'button', title, 'aria-label': title }, text);
  made.addEventListener('click', act);
  return made;
}

/**
 * A switch for each machine, where there are several; its line is drawn as in the charts.
 * @param {TimelineData} data
 * @param {Acts['show']} show
 */
function legendOf(data, show) {
  const series = data.charts.flatMap((chart) => chart.series);
  const looks = new Map(series.map(({ machine, look }) => [machine, look]));
  const made = element('span', { class: 'legend' });
  if (looks.size < 2) return made;
  for (const [machine, look] of looks) {
    const line = svg('svg', { width: 26, height: 8, class: `series-${(look % 6) + 1}`, 'aria-hidden': 'true' });
    line.append(svg('path', { d: 'M0 4H26', 'stroke-dasharray': seriesLook(look).dash.join(' ') }));
    const toggle = element('button', { type: 'button', 'aria-pressed': 'true', title: `show ${machine}, or not` }, line, ` ${machine}`);
    toggle.addEventListener('click', () => {
      const shown = toggle.getAttribute('aria-pressed') !== 'true';
      toggle.setAttribute('aria-pressed', String(shown));
      show(machine, shown);
    });
    made.append(toggle);
  }
  return made;
}
