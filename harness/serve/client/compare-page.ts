/** Two runs side by side. */
import type { ComparedMeasure, ComparePage, RunDetail, Says } from '../protocol.ts';
import { differs } from './compared.ts';
import { ask, el, fill } from './dom.ts';
import { kernelsText, measured, moment, ratioText, runPath } from './format.ts';
import { runMark } from './marks.ts';
import type { View } from './view.ts';

/** A bar is full at this ratio. */
const FULL = 4;

export const comparePage: View = (root, { query, go, note }) => {
  document.title = 'Compare · stormproof';
  const leaving = new AbortController();
  const [a, b] = [query.get('a') ?? '', query.get('b') ?? ''];
  let page: ComparePage | undefined;
  let all = query.has('all');

  function draw(): void {
    if (page === undefined) return;
    const { a: first, b: second, comparison } = page;
    const shown = comparison.measures.filter((each) => all || differs(each));
    const left = comparison.measures.length - shown.length;
    const more = () => {
      all = !all;
      if (all) query.set('all', '');
      else query.delete('all');
      note(query);
      draw();
    };
    fill(
      root,
      el(
        'div',
        { class: 'title' },
        el('h1', null, 'Compare'),
        el('button', { type: 'button', onclick: () => go(`/compare?${new URLSearchParams({ a: b, b: a })}`) }, 'Swap'),
      ),
      el('div', { class: 'sides' }, side('A', first), side('B', second)),
      el('ul', { class: 'notes' }, ...comparison.notes.map((each) => el('li', null, each))),
      el(
        'section',
        null,
        el('h2', null, 'Measures'),
        shown.length === 0 ? el('p', { class: 'empty' }, 'None differs by 5 % or more.') : measures(shown),
        (left > 0 || all) &&
          el('button', { type: 'button', onclick: more }, all ? 'Only what differs' : `Show ${left} more that differ by less than 5 %`),
      ),
      el('section', null, el('h2', null, 'Events'), events(comparison.events)),
    );
  }

  ask<ComparePage>(`/api/compare?${new URLSearchParams({ a, b })}`, leaving.signal).then(
    (answer) => {
      page = answer;
      draw();
    },
    (error: unknown) => {
      if (!leaving.signal.aborted) fill(root, el('h1', null, 'Compare'), el('p', { class: 'notice' }, (error as Error).message));
    },
  );
  return () => leaving.abort();
};

const side = (name: string, { summary, record }: RunDetail): HTMLElement =>
  el(
    'div',
    { class: 'card' },
    el(
      'div',
      { class: 'title' },
      el('h2', null, `${name}  `, el('a', { href: runPath(summary.id) }, summary.name || summary.id)),
      runMark(summary),
    ),
    el('p', { class: 'soft' }, [moment(summary.started), kernelsText(record), summary.host].filter((each) => each !== '').join(' · ')),
  );

function measures(all: readonly ComparedMeasure[]): HTMLElement {
  const heads = ['Measure', 'Machine', 'A', 'B', 'B of A', ''].map((head) => el('th', { scope: 'col' }, head));
  const groups = [...Map.groupBy(all, ({ trial }) => trial)].flatMap(([trial, own]) => [
    el('tr', { class: 'group' }, el('th', { colspan: 6, scope: 'colgroup' }, trial)),
    ...own.map(({ measure, machine, unit, a, b, ratio, says }) =>
      el(
        'tr',
        null,
        el('th', { scope: 'row' }, measure),
        el('td', null, machine),
        el('td', { class: 'figure' }, valueText(a, unit)),
        el('td', { class: 'figure' }, valueText(b, unit)),
        el('td', { class: 'figure' }, ratioText(ratio)),
        el('td', { class: 'ratio' }, ratio !== null && bar(ratio), says && verdictOf(says)),
      ),
    ),
  ]);
  return el(
    'div',
    { class: 'scroll', tabindex: 0 },
    el('table', { class: 'compare' }, el('thead', null, el('tr', null, ...heads)), el('tbody', null, ...groups)),
  );
}

const valueText = (value: ComparedMeasure['a'], unit: string): string =>
  value === null ? '–' : value === 'never' ? 'never' : measured(value, unit);

const verdictOf = (says: Says): HTMLElement =>
  el('span', { class: `mark ${{ worse: 'fail', better: 'pass', different: 'unknown' }[says]}` }, says);

/** To the right where B is more, to the left where it is less; whether that is good depends on the measure, and is not said. */
function bar(ratio: number): HTMLElement {
  const share = Math.max(-1, Math.min(1, Math.log(Math.max(ratio, 1e-9)) / Math.log(FULL)));
  const inner = el('span', { class: 'inner' });
  inner.style.left = `${share < 0 ? 50 + 50 * share : 50}%`;
  inner.style.width = `${Math.abs(share) * 50}%`;
  return el('span', { class: 'ratio-bar', 'aria-hidden': 'true' }, inner);
}

function events(all: ComparePage['comparison']['events']): HTMLElement {
  if (all.length === 0) return el('p', { class: 'empty' }, 'Neither run has any.');
  const rows = all.map(({ title, class: family, a, b, says }) =>
    el(
      'tr',
      null,
      el('td', null, family),
      el('td', null, title),
      el('td', { class: 'figure' }, String(a)),
      el('td', { class: 'figure' }, String(b)),
      el(
        'td',
        null,
        says && verdictOf(says),
        a === 0 ? el('span', { class: 'tag' }, 'only in B') : b === 0 ? el('span', { class: 'tag' }, 'only in A') : '',
      ),
    ),
  );
  const heads = ['Class', 'Title', 'A', 'B', ''].map((head) => el('th', { scope: 'col' }, head));
  return el(
    'div',
    { class: 'scroll', tabindex: 0 },
    el('table', null, el('thead', null, el('tr', null, ...heads)), el('tbody', null, ...rows)),
  );
}
