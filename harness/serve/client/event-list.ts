/** The events of a trial: what the kernels said, each title once, with its lines. */
import type { EventGroup } from '../protocol.ts';
import { el, fill } from './dom.ts';
import { clock } from './format.ts';

const WEIGHT = { fatal: 0, error: 1, warning: 2, info: 3 } as const;

/** Draws them, the gravest first. What a reader has opened stays open. */
export function drawEvents(root: HTMLElement, events: readonly EventGroup[], goTo: (event: EventGroup) => void): void {
  const open = new Set([...root.querySelectorAll('details[open]')].map((each) => (each as HTMLElement).dataset.event));
  const focused = root.contains(document.activeElement)
    ? document.activeElement?.closest<HTMLElement>('details')?.dataset.event
    : undefined;
  const sorted = events.toSorted((a, b) => WEIGHT[a.severity] - WEIGHT[b.severity] || a.first - b.first);
  const one = (event: EventGroup): HTMLElement => {
    const { id, severity, machine, title, count, first, last, follows, task, report } = event;
    const times = count === 1 ? clock(first) : `${clock(first)} to ${clock(last)}`;
    const details = el(
      'details',
      { class: `event ${severity}`, 'data-event': id, open: open.has(String(id)) },
      el(
        'summary',
        null,
        el('span', { class: 'when' }, clock(first)),
        el('span', { class: `mark ${severity}` }, event.class),
        el(
          'span',
          { class: 'title' },
          title,
          count > 1 && el('span', { class: 'tag' }, `${count} times`),
          follows && el('span', { class: 'tag' }, 'follows'),
        ),
        el('span', { class: 'soft' }, machine),
      ),
      el(
        'p',
        { class: 'soft' },
        [times, task ?? ''].filter((each) => each !== '').join(', '),
        ' ',
        button('In the console', () => goTo(event)),
      ),
      el('pre', null, report.join('\n')),
    );
    return details;
  };
  fill(root, ...(sorted.length === 0 ? [el('p', { class: 'empty' }, 'The kernels have said nothing of note.')] : sorted.map(one)));
  if (focused !== undefined) root.querySelector<HTMLElement>(`[data-event="${focused}"] summary`)?.focus();
}

const button = (text: string, onclick: () => void): HTMLElement => el('button', { type: 'button', class: 'small', onclick }, text);
