/** The record of a run: its verdict and reasons, trials and objectives, and on what it was. */
import type { Run, RunDetail } from '../protocol.ts';
import { type Child, el } from './dom.ts';
import { clock, duration, filePath, measured, moment } from './format.ts';
import { verdictMark } from './marks.ts';

type Trial = Run['trials'][number];

/** Why the verdict is what it is. Nothing for a pass. */
export const reasons = ({ record, why }: RunDetail): HTMLElement | null =>
  why.length === 0 ? null : el('ul', { class: `reasons ${record?.verdict ?? ''}` }, ...why.map((reason) => el('li', null, reason)));

/** What stands beside the verdict in every report: what was waived, and how often repeated trials failed. */
export const told = ({ told: lines }: RunDetail): HTMLElement | null =>
  lines.length === 0 ? null : el('ul', { class: 'reasons skip' }, ...lines.map((line) => el('li', null, line)));

/** What was measured in a trial, against what was asked. */
export function objectives(trial: Trial): HTMLElement {
  const rows = trial.objectives.map(({ name, verdict, measured: figure, threshold, reason }) =>
    el(
      'tr',
      null,
      el('th', { scope: 'row' }, name),
      el('td', null, verdictMark(verdict)),
      el('td', null, figure),
      el('td', { class: 'soft' }, threshold),
      el('td', null, reason),
    ),
  );
  return el(
    'section',
    { class: 'objectives' },
    el('h2', null, 'Objectives'),
    wide(table(['Objective', 'Verdict', 'Measured', 'Asked for', 'Why'], rows)),
    recoveries(trial),
  );
}

function recoveries({ recovery }: Trial): HTMLElement | null {
  if (recovery.length === 0) return null;
  const machines = [...new Set(recovery.map(({ machine }) => machine))];
  const probes = [...new Set(recovery.map(({ probe }) => probe))];
  const rows = machines.map((machine) =>
    el(
      'tr',
      null,
      el('th', { scope: 'row' }, machine),
      ...probes.map((probe) => {
        const found = recovery.find((each) => each.machine === machine && each.probe === probe);
        if (found === undefined) return el('td');
        const text = found.seconds === null ? found.how : `${measured(found.seconds, 's')}${found.how === 'self' ? '' : `, ${found.how}`}`;
        return el('td', { class: found.how === 'self' ? '' : 'bad' }, text);
      }),
    ),
  );
  return wide(table(['Recovery of', ...probes], rows));
}

const table = (heads: readonly string[], rows: readonly HTMLElement[]): HTMLElement =>
  el(
    'table',
    null,
    el('thead', null, el('tr', null, ...heads.map((head) => el('th', { scope: 'col' }, head)))),
    el('tbody', null, ...rows),
  );

const wide = (content: HTMLElement): HTMLElement => el('div', { class: 'scroll', tabindex: 0 }, content);

/** On what it was, and with what. */
export function facts({ record, summary, directory, files }: RunDetail): HTMLElement {
  const pairs: (readonly [string, Child])[] = [
    ['Run', summary.id],
    ['Started', moment(summary.started)],
    ...(record === null ? [] : recordFacts(record)),
    ...(directory === null ? [] : [['Directory', directory] as const]),
  ];
  const list = el('dl', null, ...pairs.flatMap(([name, value]) => [el('dt', null, name), el('dd', null, value)]));
  const links = files.map((file) =>
    el('li', null, el('a', { href: filePath(summary.id, file), target: '_blank', rel: 'noreferrer' }, file)),
  );
  return el(
    'section',
    null,
    el('h2', null, 'The record'),
    list,
    links.length > 0 && el('details', null, el('summary', null, `Files (${links.length})`), el('ul', { class: 'files' }, ...links)),
  );
}

function recordFacts({
  argv,
  profile,
  seed,
  target,
  candidates,
  host,
  versions,
  scope,
  notes,
  finished,
  started,
}: Run): (readonly [string, Child])[] {
  const image = (files: Run['candidates'][number]['files']): string => files.find(({ role }) => role === 'image')?.sha256 ?? '';
  return [
    ...(finished === undefined ? [] : [['Took', duration((Date.parse(finished) - Date.parse(started)) / 1000)] as const]),
    ['Command', el('code', null, `stormproof ${argv.join(' ')}`)],
    ['Profile', profile],
    ['Seed', String(seed)],
    ...candidates.map(({ version, files }) => ['Kernel', `${version}${image(files) === '' ? '' : `, sha256 ${image(files)}`}`] as const),
    ['Lab host', [host.name, host.system, host.cpu, host.accelerator].filter((each) => each !== undefined).join(', ')],
    [
      'Versions',
      Object.entries(versions)
        .map((pair) => pair.join(' '))
        .join(', '),
    ],
    ['Scope', `${scope?.kind ?? target}${scope === undefined || scope.emulated.length === 0 ? '' : `; ${scope.emulated.join('; ')}`}`],
    ...notes.map((note) => ['Note', note] as const),
  ];
}

/** The events of a trial as the record has them, for a run whose history is not here. */
export function recordedEvents({ events }: Trial): HTMLElement | null {
  if (events.length === 0) return null;
  const rows = events.map(({ t, machine, class: family, title, count }) =>
    el(
      'tr',
      null,
      el('td', null, clock(t)),
      el('td', null, machine),
      el('td', null, family),
      el('td', null, title),
      el('td', null, String(count)),
    ),
  );
  return el('section', null, el('h2', null, 'Events'), wide(table(['At', 'Machine', 'Class', 'Title', 'Times'], rows)));
}
