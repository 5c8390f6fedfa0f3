/** The figures of a machine's probes, as a table that is the legend of their curves too. */
import { el, fill, say } from './dom.ts';
import { latency } from './format.ts';
import type { Series } from './run-model.ts';

const SILENT_s = 1;
const HEADS = ['Probe', 'Last', 'Worst', 'Lost'] as const;

export interface ProbeFigures {
  readonly element: HTMLElement;
  /** what the probes say at `t`; where that is null, now, which is on the run's clock, and null where they are not at work */
  tell(all: readonly Series[], t: number | null, now: number | null): void;
}

export function probeFigures(machine: string, seat: string): ProbeFigures {
  const rows = el('tbody');
  const heads = HEADS.map((head) => el('th', { scope: 'col' }, head));
  const caption = el('caption', null, machine, ' ', el('span', { class: 'soft' }, seat));
  const element = el('table', { class: 'figures' }, caption, el('thead', null, el('tr', null, ...heads)), rows);
  const cells = new Map<string, readonly [figure: HTMLElement, worst: HTMLElement, lost: HTMLElement]>();

  function build(all: readonly Series[]): void {
    cells.clear();
    for (const { probe } of all) cells.set(probe, [el('td', { class: 'figure' }), el('td'), el('td')]);
    fill(rows, ...[...cells].map(([probe, three]) => el('tr', null, el('th', { scope: 'row', class: `probe ${probe}` }, probe), ...three)));
  }

  return {
    element,
    tell(all, t, now) {
      if (all.map(({ probe }) => probe).join() !== [...cells.keys()].join()) build(all);
      for (const series of all) {
        const [figure, worst, lost] = cells.get(series.probe) ?? [];
        if (figure === undefined || worst === undefined || lost === undefined) continue;
        const [text, bad] = t === null ? present(series, now) : past(series, t);
        say(figure, text);
        figure.classList.toggle('bad', bad);
        figure.classList.toggle('past', t !== null);
        say(worst, series.worst_ms === null ? '' : latency(series.worst_ms));
        say(lost, String(series.lost));
        lost.classList.toggle('bad', series.lost > 0);
      }
    },
  };
}

/** The last answer, or for how long there has been none. */
function present({ ms, answered }: Series, now: number | null): [text: string, bad: boolean] {
  if (now === null) return [ms === null ? 'no answer' : latency(ms), ms === null];
  const silent = now - answered;
  return ms === null || silent > SILENT_s ? [`silent ${silent.toFixed(1)} s`, true] : [latency(ms), false];
}

function past({ points, width_s }: Series, t: number): [text: string, bad: boolean] {
  const found = points.findLast(([at]) => at <= t);
  if (found === undefined || t - found[0] > Math.max(1, width_s)) return ['none', true];
  return found[1] === null ? ['lost', true] : [latency(found[1]), false];
}
