/** What a trial did when: its phases in one bar, and a bar for each engine, load and fault. */
import type { Mark } from '../protocol.ts';
import { el, fill } from './dom.ts';
import { clock, duration } from './format.ts';
import type { Range } from './machine-chart.ts';

const MOST_BARS = 14;
/** Per cent of the width: a shorter phase has no room for its name. */
const LEAST_NAMED = 4;

/** Draws the marks of a trial over `range`. `now`: on the run's clock, null where nothing goes on any more. */
export function drawTimeline(root: HTMLElement, marks: readonly Mark[], range: Range, now: number | null): void {
  const bars = marks.filter(({ what }) => what !== 'phase');
  const rows = [...Map.groupBy(bars, ({ what, name, on }) => `${what} ${name} on ${on}`)];
  fill(
    root,
    lane(
      'phases',
      marks.filter(({ what }) => what === 'phase'),
      range,
      now,
      true,
    ),
    ...rows.slice(0, MOST_BARS).map(([name, own]) => lane(name, own, range, now, false)),
    rows.length > MOST_BARS && el('p', { class: 'soft' }, `and ${rows.length - MOST_BARS} more`),
  );
}

function lane(name: string, marks: readonly Mark[], { min, max }: Range, now: number | null, named: boolean): HTMLElement {
  const strip = el('div', { class: 'strip' });
  const share = (t: number): number => (100 * Math.min(max, Math.max(min, t)) - 100 * min) / (max - min);
  for (const mark of marks) {
    const end = mark.to ?? now ?? max;
    if (end < min || mark.from > max) continue;
    const [left, right] = [share(mark.from), share(end)];
    const took = duration(end - mark.from);
    const label = `${mark.name}${mark.on === '' ? '' : ` on ${mark.on}`}, ${clock(mark.from)}, ${took}${mark.failed ? ', failed' : ''}`;
    const bar = el(
      'div',
      {
        class: `bar ${mark.what} ${mark.what === 'phase' ? mark.name : ''} ${mark.failed ? 'failed' : ''} ${mark.to === null ? 'open' : ''}`,
      },
      named && right - left > LEAST_NAMED ? el('span', { 'aria-hidden': 'true' }, mark.name) : null,
      el('span', { class: 'unseen' }, `${label}; `),
    );
    bar.title = mark.detail === '' ? label : `${label}: ${mark.detail}`;
    bar.style.left = `${left}%`;
    bar.style.width = `${Math.max(0.15, right - left)}%`;
    strip.append(bar);
  }
  return el('div', { class: 'lane' }, el('span', { class: 'name', title: name }, name), strip);
}
