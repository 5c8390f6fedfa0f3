/** The consoles of a trial's machines, one at a time, as they go on. */
import type { EventGroup } from '../protocol.ts';
import { el, fill, say } from './dom.ts';
import { filePath } from './format.ts';
import { type ConsoleLine, MOST_LINES, type RunModel } from './run-model.ts';

const AT_END_px = 24;

export interface ConsolePane {
  readonly element: HTMLElement;
  /** takes what is new; `fresh`: everything is */
  update(model: RunModel, news: ReadonlyMap<string, readonly ConsoleLine[]>, fresh: boolean): void;
  /** shows the line where an event begins */
  goTo(event: EventGroup): void;
}

export function consolePane(run: string): ConsolePane {
  const tabs = el('div', { class: 'tabs', role: 'tablist', 'aria-label': 'Machines', onkeydown: (event) => onKey(event as KeyboardEvent) });
  const text = el('div', { class: 'console', tabindex: 0, role: 'tabpanel', 'aria-label': 'Console' });
  const told = el('p', { class: 'soft' });
  const element = el('section', { hidden: true }, el('h2', null, 'Consoles'), tabs, text, told);
  let chosen = '';
  let model: RunModel | undefined;

  const machines = (): string[] => [...(model?.consoles.keys() ?? [])];

  function choose(machine: string, focus = false): void {
    chosen = machine;
    drawTabs();
    fill(text);
    append(model?.consoles.get(machine)?.lines ?? []);
    mark();
    text.scrollTop = text.scrollHeight;
    if (focus) tabs.querySelector<HTMLElement>('[aria-selected=true]')?.focus();
  }

  function onKey({ key }: KeyboardEvent): void {
    const step = key === 'ArrowRight' ? 1 : key === 'ArrowLeft' ? -1 : 0;
    const all = machines();
    if (step !== 0) choose(all.at((all.indexOf(chosen) + step) % all.length) ?? chosen, true);
  }

  function drawTabs(): void {
    fill(
      tabs,
      ...machines().map((machine) => {
        const selected = machine === chosen;
        const attributes = { type: 'button', role: 'tab', 'aria-selected': String(selected), tabindex: selected ? 0 : -1 };
        return el('button', { ...attributes, onclick: () => choose(machine, true) }, machine);
      }),
    );
  }

  function append(lines: readonly ConsoleLine[]): void {
    const atEnd = text.scrollHeight - text.scrollTop - text.clientHeight < AT_END_px;
    const fragment = document.createDocumentFragment();
    for (const [offset, line] of lines.slice(-MOST_LINES)) {
      const each = el('div', null, line === '' ? ' ' : line);
      each.dataset.offset = String(offset);
      fragment.append(each);
    }
    text.append(fragment);
    while (text.childElementCount > MOST_LINES) text.firstElementChild?.remove();
    if (atEnd) text.scrollTop = text.scrollHeight;
    const shown = model?.consoles.get(chosen);
    if (shown === undefined) return;
    const passed = shown.passedOver > 0 ? `${shown.passedOver.toLocaleString('en')} bytes of it are not shown here. ` : '';
    const link = told.querySelector('a') ?? el('a', { target: '_blank', rel: 'noreferrer' }, 'The whole console, as it came');
    link.href = filePath(run, `console/${shown.file}`);
    fill(told, passed, link);
  }

  const lineAt = (offset: number): HTMLElement | null => text.querySelector<HTMLElement>(`[data-offset="${offset}"]`);

  /** The lines where events begin. An event is told a moment after its lines have come. */
  function mark(): void {
    for (const { machine, severity, offset, title } of model?.events.values() ?? []) {
      if (machine !== chosen || severity === 'info') continue;
      const line = lineAt(offset);
      if (line === null || line.className !== '') continue;
      line.className = severity === 'warning' ? 'unknown' : 'fail';
      line.title = title;
    }
  }

  return {
    element,
    update(now, news, fresh) {
      model = now;
      element.hidden = model.consoles.size === 0;
      const all = machines();
      if (!all.includes(chosen) || fresh) {
        if (all.length > 0) choose(all.includes(chosen) ? chosen : (all[0] as string));
        return;
      }
      if (tabs.childElementCount !== all.length) drawTabs();
      append(news.get(chosen) ?? []);
      mark();
    },
    goTo({ machine, offset }) {
      if (!machines().includes(machine)) return;
      if (machine !== chosen) choose(machine);
      const line = lineAt(offset);
      if (line === null) say(told, 'That line is no longer shown here; the whole console has it.');
      (line ?? element).scrollIntoView({ block: 'center' });
      line?.classList.add('sought');
      text.focus({ preventScroll: true });
    },
  };
}
