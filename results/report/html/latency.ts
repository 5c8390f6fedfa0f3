/** What each probe's answers were like before, in and after the storm: a curve over the percentiles for each of the three, and the figures in a table. */
import { latency } from '../curve-words.ts';
import { element, text } from '../svg.ts';
import { html, type Markup, trusted } from './markup.ts';
import { type Distribution, distributionOf, quantile } from './quantiles.ts';
import { windowsOf } from './spans.ts';
import type { ProbeSamples, Story } from './story.ts';
import { folded, part, table } from './table.ts';
import { grouped } from './words.ts';

const WINDOWS = ['baseline', 'storm', 'after'] as const;
type Window = (typeof WINDOWS)[number];

interface Compared extends Pick<ProbeSamples, 'machine' | 'probe'> {
  readonly windows: readonly (readonly [Window, Distribution])[];
}

const WIDTH = 344;
const HEIGHT = 196;
const LEFT = 46;
const RIGHT = 334;
const TOP = 12;
const BOTTOM = 166;
/** Where those stand that were not answered: above every answer. */
const NONE = TOP + 2;
const SHARES = [0, 0.5, 0.9, 0.99, 0.999, 0.9999, 0.99999, 0.999999];
const STEPS = 48;

export function latencyPart(story: Story): Markup | undefined {
  const windows = windowsOf(story);
  const compared = story.probes.flatMap(({ machine, probe, samples }): Compared[] => {
    const found = WINDOWS.flatMap((name) => {
      const distribution = distributionOf(samples, windows[name]);
      return distribution === undefined ? [] : [[name, distribution] as const];
    });
    return found.length === 0 ? [] : [{ machine, probe, windows: found }];
  });
  if (compared.length === 0) return undefined;
  const several = new Set(compared.map(({ machine }) => machine)).size > 1;
  return part(3, 'How late the answers came', [
    html`<p class="key" aria-hidden="true">${WINDOWS.map((name) => html`<span>${keyLine(name)} ${NAMES[name]}</span> `)}</p>`,
    html`<div class="multiples">${compared.map(
      (each) => html`<figure><figcaption><b>${each.probe}</b>${several ? ` of ${each.machine}` : ''}</figcaption>${picture(each)}</figure>`,
    )}</div>`,
    folded('the figures', [tableOf(compared)]),
  ]);
}

const NAMES: Readonly<Record<Window, string>> = { baseline: 'baseline', storm: 'in the storm', after: 'after it' };

const keyLine = (name: Window): Markup =>
  trusted(
    element(
      'svg',
      { class: 'keyline', width: 26, height: 8, viewBox: '0 0 26 8' },
      element('path', { class: `curve w-${name}`, d: 'M0 4H26' }),
    ),
  );

function picture({ machine, probe, windows }: Compared): Markup {
  const values = windows.flatMap(([, { sorted }]) => (sorted.length === 0 ? [] : [sorted[0] as number, sorted.at(-1) as number]));
  const low = Math.floor(Math.log10(Math.max(0.01, Math.min(...values, 1000))));
  const high = Math.max(low + 1, Math.ceil(Math.log10(Math.max(0.1, ...values)) - 1e-9));
  const missed = windows.some(([, { missing }]) => missing > 0);
  const top = missed ? TOP + 16 : TOP;
  const y = (ms: number): number => BOTTOM - ((Math.log10(Math.max(10 ** low, ms)) - low) / (high - low)) * (BOTTOM - top);
  const most = Math.max(10, ...windows.map(([, { count }]) => count));
  const x = (share: number): number => LEFT + (-Math.log10(1 - share) / Math.log10(most)) * (RIGHT - LEFT);
  const decades = Array.from({ length: high - low + 1 }, (_, step) => low + step);
  const label = decades.length > 5 ? decades.filter((each) => (each - low) % 2 === 0) : decades;
  const shares = SHARES.filter((share) => share === 0 || 1 / (1 - share) <= most * 1.001);
  const labelled = shares.filter((share, at) => share !== 0.5 || at === 0 || x(share) - x(0) > 42);
  const told = windows.map(([name, each]) => `${NAMES[name]}: ${figuresOf(each).slice(2).join(', ')}`).join('; ');
  return trusted(
    element(
      'svg',
      { class: 'chart', viewBox: `0 0 ${WIDTH} ${HEIGHT}`, role: 'img', 'aria-label': `${probe} of ${machine}, percentiles: ${told}` },
      element('path', {
        class: 'grid',
        d:
          decades.map((each) => `M${LEFT} ${r(y(10 ** each))}H${RIGHT}`).join('') +
          shares.map((share) => `M${r(x(share))} ${top}V${BOTTOM}`).join(''),
      }),
      ...label.map((each) => element('text', { x: LEFT - 5, y: y(10 ** each) + 4, 'text-anchor': 'end' }, latency(10 ** each))),
      ...labelled.map((share, at) =>
        element(
          'text',
          { x: x(share), y: BOTTOM + 15, 'text-anchor': at === 0 ? 'start' : 'middle' },
          at === 0 ? 'min' : percentile(share),
        ),
      ),
      ...(missed ? [element('text', { x: LEFT - 5, y: NONE + 6, 'text-anchor': 'end' }, 'none')] : []),
      ...windows.map(([name, each]) =>
        element('path', { class: `curve w-${name}`, d: curve(each, x, y) }, element('title', {}, text(NAMES[name]))),
      ),
    ),
  );
}

const r = (value: number): number => Math.round(value * 10) / 10;

const percentile = (share: number): string => `${Number((share * 100).toPrecision(8))} %`;

/** Ranks evenly over the axis; where no answer came the curve goes up to the edge and ends there. */
function curve(distribution: Distribution, x: (share: number) => number, y: (ms: number) => number): string {
  const { count, sorted } = distribution;
  const ranks = new Set(
    Array.from({ length: STEPS + 1 }, (_, step) => Math.max(1, Math.round(count * (1 - count ** (-step / STEPS))))),
  ).add(count);
  let path = '';
  for (const rank of [...ranks, ...(sorted.length > 0 && sorted.length < count ? [sorted.length] : [])].toSorted((a, b) => a - b)) {
    const ms = sorted[rank - 1];
    path += `${path === '' ? 'M' : 'L'}${r(x((rank - 1) / count))} ${r(ms === undefined ? NONE : y(ms))}`;
  }
  return path;
}

const QUANTILES = [0.5, 0.9, 0.99, 0.999] as const;

/** Samples, unanswered, then the percentiles and the slowest. */
function figuresOf(distribution: Distribution): string[] {
  const { count, missing, sorted } = distribution;
  const slowest = sorted.at(-1);
  return [grouped(count), grouped(missing), ...QUANTILES.map((share) => latency(quantile(distribution, share))), latency(slowest ?? null)];
}

function tableOf(compared: readonly Compared[]): Markup | undefined {
  return table({
    caption: 'Latency of each probe; where so many were not answered that a percentile is among them, it says none',
    head: ['probe', 'machine', 'when', '#samples', '#unanswered', ...QUANTILES.map((share) => `#p${share * 100}`), '#slowest answer'],
    rows: compared.flatMap(({ probe, machine, windows }) =>
      windows.map(([name, each]) => [probe, machine, NAMES[name], ...figuresOf(each)]),
    ),
  });
}
