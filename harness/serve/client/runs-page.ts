/** What is under way, and all runs. */
import type { RunPage, RunSummary } from '../protocol.ts';
import { ask, choice, el, fill, say } from './dom.ts';
import { countsText, duration, moment, runPath, some, tookOf } from './format.ts';
import { liveSection } from './live.ts';
import { runMark } from './marks.ts';
import type { View } from './view.ts';

const PAGE_RUNS = 50;
const TYPING_MS = 250;
const VERDICTS = ['pass', 'fail', 'unknown', 'skip', 'under way', 'broken off'] as const;

export const runsPage: View = (root, { query, go, note }) => {
  document.title = 'Runs · stormproof';
  const chosen: string[] = [];
  const filters = el('form', { class: 'filters', role: 'search', onsubmit: (event) => event.preventDefault() });
  const body = el('tbody');
  const count = el('p', { class: 'soft', role: 'status' });
  const problem = el('p', { class: 'notice', hidden: true });
  const pager = el('div', { class: 'pager' });
  const picks = el('div', { class: 'picks', hidden: true });
  const live = liveSection(() => void load());
  const heads = ['', 'Started', 'Run', 'Kernel', 'Trials', 'Took', 'Host', 'Verdict'];
  const table = el(
    'table',
    { class: 'runs' },
    el(
      'thead',
      null,
      el('tr', null, ...heads.map((head) => el('th', { scope: 'col' }, head === '' ? el('span', { class: 'unseen' }, 'Compare') : head))),
    ),
    body,
  );
  fill(
    root,
    live.element,
    el('section', null, el('h1', null, 'All runs'), filters, problem, table, el('div', { class: 'foot' }, count, pager)),
    picks,
  );

  const set = (name: string, value: string): void => {
    if (value === '') query.delete(name);
    else query.set(name, value);
    if (name !== 'offset') query.delete('offset');
    note(query);
    void load();
  };

  let asked = new AbortController();
  async function load(): Promise<void> {
    asked.abort();
    asked = new AbortController();
    const { signal } = asked;
    const wanted = new URLSearchParams(query);
    wanted.set('limit', String(PAGE_RUNS));
    try {
      const page = await ask<RunPage>(`/api/runs?${wanted}`, signal);
      draw(page);
    } catch (error) {
      if (!signal.aborted) tell(`The list cannot be had: ${(error as Error).message}`);
    }
  }

  function tell(words: string | null): void {
    problem.hidden = words === null;
    say(problem, words ?? '');
  }

  let drawnFilters = '';
  function draw({ runs, total, kernels, suites, problem: trouble }: RunPage): void {
    tell(trouble);
    const names = JSON.stringify([kernels, suites]);
    if (names !== drawnFilters) drawFilters(kernels, suites);
    drawnFilters = names;
    const focused = body.contains(document.activeElement) ? document.activeElement?.getAttribute('data-key') : null;
    fill(body, ...runs.map(row));
    if (focused) body.querySelector<HTMLElement>(`[data-key="${CSS.escape(focused)}"]`)?.focus();
    const offset = Number(query.get('offset') ?? 0);
    say(count, total === 0 ? 'No run is like that.' : `${offset + 1} to ${offset + runs.length} of ${total.toLocaleString('en')}`);
    const step = (text: string, to: number, may: boolean) =>
      el('button', { type: 'button', disabled: !may, onclick: () => set('offset', to <= 0 ? '' : String(to)) }, text);
    fill(pager, step('Newer', offset - PAGE_RUNS, offset > 0), step('Older', offset + PAGE_RUNS, offset + runs.length < total));
  }

  function drawFilters(kernels: readonly string[], suites: readonly string[]): void {
    let typing: number | undefined;
    const words = el('input', {
      ...{ type: 'search', value: query.get('q') ?? '', placeholder: 'name, command, host …' },
      oninput: () => {
        clearTimeout(typing);
        typing = setTimeout(() => set('q', words.value.trim()), TYPING_MS);
      },
    });
    const one = (label: string, name: string, all: string, names: readonly string[]) =>
      choice(label, all, names, query.get(name) ?? '', (value) => set(name, value));
    fill(
      filters,
      el('label', { class: 'field wide' }, el('span', null, 'Search'), words),
      one('Verdict', 'verdict', 'any', VERDICTS),
      one('Kernel', 'kernel', 'any', kernels),
      one('Suite', 'suite', 'any', suites),
    );
  }

  function row(run: RunSummary): HTMLElement {
    const took = tookOf(run);
    const name = run.name || run.id;
    const pick = el('input', {
      ...{ type: 'checkbox', checked: chosen.includes(run.id), 'data-key': `pick ${run.id}` },
      'aria-label': `Compare ${name} of ${moment(run.started)}`,
      onchange: () => choose(run.id, pick.checked),
    });
    return el(
      'tr',
      { 'data-run': run.id },
      el('td', { class: 'pick' }, pick),
      el('td', { class: 'when' }, el('time', { datetime: run.started }, moment(run.started))),
      el(
        'td',
        { class: 'what' },
        el('a', { href: runPath(run.id), 'data-key': `run ${run.id}` }, name),
        run.problem === null ? null : el('span', { class: 'tag', title: run.problem }, 'no record'),
        run.sabotage === null ? null : el('span', { class: 'tag' }, `sabotage ${run.sabotage}`),
        el('span', { class: 'command', title: run.command }, run.command),
      ),
      el('td', { class: 'kernel' }, some(run.kernels)),
      el('td', { class: 'trials' }, countsText(run.trials)),
      el('td', { class: 'took' }, took === undefined ? '' : duration(took)),
      el('td', { class: 'host' }, run.host),
      el('td', { class: 'verdict' }, runMark(run)),
    );
  }

  function choose(id: string, picked: boolean): void {
    const at = chosen.indexOf(id);
    if (at >= 0) chosen.splice(at, 1);
    if (picked) chosen.push(id);
    if (chosen.length > 2) chosen.shift();
    for (const box of body.querySelectorAll('input')) box.checked = chosen.includes(box.closest('tr')?.dataset.run ?? '');
    drawPicks();
  }

  /** The older of the two is A, whatever was clicked first: a comparison goes forward in time. */
  function drawPicks(): void {
    picks.hidden = chosen.length === 0;
    const [first, second] = chosen;
    const both = first !== undefined && second !== undefined;
    const clear = () => {
      chosen.splice(0);
      choose('', false);
    };
    fill(
      picks,
      el('span', { role: 'status' }, both ? 'Two runs are chosen.' : 'Choose another run to compare it with.'),
      el(
        'button',
        {
          ...{ type: 'button', class: 'primary', disabled: !both },
          onclick: () =>
            both &&
            go(`/compare?${new URLSearchParams({ a: [first, second].sort()[0] as string, b: [first, second].sort()[1] as string })}`),
        },
        'Compare',
      ),
      el('button', { type: 'button', onclick: clear }, 'Clear'),
    );
  }

  void load();
  return () => {
    asked.abort();
    live.close();
  };
};
