/** The runs under way, each as a card that changes every second. */
import type { LiveList, LiveRun } from '../protocol.ts';
import { el, fill, say } from './dom.ts';
import { clock, isProbed, latency, runPath, some } from './format.ts';
import { runMark, sparkline } from './marks.ts';
import { openStream } from './stream.ts';

const RECENT_s = 60;
const SILENT_s = 1;
const MOST_MACHINES = 6;

/** `changed` is called when the list of all runs has become another. */
export function liveSection(changed: () => void): { readonly element: HTMLElement; readonly close: () => void } {
  const cards = new Map<string, ReturnType<typeof card>>();
  const list = el('div', { class: 'cards' });
  const trouble = el('p', { class: 'notice', role: 'status', hidden: true });
  const section = el('section', { class: 'live', hidden: true }, el('h1', null, 'Under way'), trouble, list);
  let version: number | undefined;

  function tell(words: string | null): void {
    trouble.hidden = words === null;
    say(trouble, words ?? '');
    list.classList.toggle('stale', words !== null);
  }

  function take({ version: now, runs }: LiveList): void {
    tell(null);
    if (version !== undefined && now !== version) changed();
    version = now;
    section.hidden = runs.length === 0;
    for (const [id, { element }] of cards)
      if (!runs.some(({ summary }) => summary.id === id)) {
        element.remove();
        cards.delete(id);
      }
    for (const run of runs) {
      const { id } = run.summary;
      const shown = cards.get(id) ?? card(run);
      if (!cards.has(id)) list.append(shown.element);
      cards.set(id, shown);
      shown.update(run);
    }
  }

  function lost(words: string): void {
    section.hidden = false; // also where nothing was under way: something may be now
    tell(words);
  }

  const close = openStream('/api/live', { on: { live: (data) => take(data as LiveList) }, lost });
  return { element: section, close };
}

function card({ summary }: LiveRun): { readonly element: HTMLElement; readonly update: (run: LiveRun) => void } {
  const [step, doing, machines, events] = [
    el('p', { class: 'step' }),
    el('p', { class: 'soft' }),
    el('table', { class: 'figures' }),
    el('ul', { class: 'brief' }),
  ];
  const element = el(
    'article',
    { class: 'card' },
    el('div', { class: 'title' }, el('h2', null, el('a', { href: runPath(summary.id) }, summary.name || summary.id)), runMark(summary)),
    el('p', { class: 'soft' }, `${some(summary.kernels)}${summary.host === '' ? '' : ` on ${summary.host}`}`),
    ...[step, doing, machines, events],
  );
  return {
    element,
    update(run) {
      const { trial, t, number, planned } = run;
      const of = planned > 0 ? `${number}/${planned}` : String(number);
      say(
        step,
        trial === null ? 'is being set up' : `trial ${of}  ${trial.name}: ${trial.phase ?? 'begins'} ${clock(t - trial.phaseBegun)}`,
      );
      say(doing, run.doing.join(', '));
      fill(
        machines,
        el(
          'tbody',
          null,
          ...run.machines.slice(0, MOST_MACHINES).flatMap((machine) => machineRows(machine, t, trial !== null && isProbed(trial))),
        ),
      );
      fill(
        events,
        ...run.events.map(({ severity, machine, title, count, first }) =>
          el('li', { class: severity }, `${clock(first)}  ${machine}: ${count > 1 ? `${count} x ` : ''}${title}`),
        ),
      );
    },
  };
}

const machineRows = ({ name, probes }: LiveRun['machines'][number], t: number, probed: boolean): HTMLElement[] =>
  probes.map(({ probe, ms, answered, recent }, at) => {
    const silent = t - answered;
    const quiet = probed && (ms === null || silent > SILENT_s);
    return el(
      'tr',
      null,
      el('th', { scope: 'row' }, at === 0 ? name : ''),
      el('td', { class: `probe ${probe}` }, probe),
      el('td', { class: quiet ? 'figure bad' : 'figure' }, quiet ? `silent ${silent.toFixed(1)} s` : ms === null ? '' : latency(ms)),
      el('td', { class: 'curve' }, sparkline(recent, t, RECENT_s, probe)),
    );
  });
