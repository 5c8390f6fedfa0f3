/** Outages of storage for a terminal: what became of each host in each, and where a search for the longest that is borne ended. */
import type { TrialResult } from '../model.ts';
import { type CutOff, mayFailStill, type Outage, type OutageHost } from '../outage.ts';
import { cells, clip, printable } from './cells.ts';

/** A line for each host in each outage; of a search there is a table instead. */
export function outageTexts({ outages = [], cutOff }: TrialResult): string[] {
  if (cutOff !== undefined) return [];
  return outages.flatMap((outage) => outage.hosts.map((host) => `${named(outage)}: ${host.machine} ${hostWords(host)}`));
}

/** `link-cut 5 s`; faults that need it say what they do. */
const named = ({ fault, detail, seconds, asked_s }: Outage): string =>
  [fault, ...(detail === undefined ? [] : [`(${detail})`]), secondsWords(seconds ?? asked_s)].join(' ');

function hostWords({
  stall_s,
  how,
  recovery_s,
  firstReply_s,
  hungTasks,
  hungAfter_s,
  errors,
  readOnly,
  disconnects,
  gaveUp,
}: OutageHost): string {
  return [
    ...(stall_s === null ? [] : [`stood still ${secondsWords(stall_s)}`]),
    backWords(how, recovery_s.storage ?? null),
    ...(firstReply_s === undefined ? [] : [`its tail's first reply after ${secondsWords(firstReply_s)}`]),
    ...(hungTasks === 0
      ? []
      : [count(hungTasks, 'hung task'), ...(hungAfter_s === undefined ? [] : [`the first after ${secondsWords(hungAfter_s)}`])]),
    ...(disconnects === 0 ? [] : [count(disconnects, 'lost connection')]),
    ...(errors === 0 ? [] : [count(errors, 'error')]),
    ...(readOnly ? ['file system stopped writing'] : []),
    ...(gaveUp === undefined ? [] : [`first to give up: ${gaveUp.layer} after ${secondsWords(gaveUp.after_s)}`]),
  ].join(', ');
}

function backWords(how: OutageHost['how'], storage_s: number | null): string {
  if (how === 'self') return `back by itself${storage_s === null ? '' : ` after ${secondsWords(storage_s)}`}`;
  return how === 'after reset' ? 'back only after a reset' : how === 'not recovered' ? 'not back' : 'not back yet';
}

/** `1 error`, `2 errors` */
export const count = (number: number, what: string): string => `${number} ${what}${number === 1 ? '' : 's'}`;

const secondsWords = (seconds: number): string => `${Math.round(seconds * 10) / 10} s`;

const HEADS = ['outage', 'back by itself', 'stood still', 'back after', 'hung', 'gave up first'] as const;

/** The table of a search; empty for a trial that was none. Lines without an end, none longer than `width`. */
export function renderTries({ outages = [], cutOff }: TrialResult, width: number): string[] {
  if (cutOff === undefined) return [];
  const lengths = Map.groupBy(
    outages.toSorted((a, b) => a.asked_s - b.asked_s),
    ({ asked_s }) => asked_s,
  );
  const rows = [[...HEADS], ...[...lengths].map(([asked_s, tries]) => rowOf(asked_s, tries))];
  const widths = HEADS.map((_, column) => Math.max(...rows.map((row) => cells(row[column] ?? ''))));
  const last = HEADS.length - 1;
  const lines = rows.map((row) =>
    row
      .map((cell, column) => (column === last ? cell : cell.padStart(widths[column] ?? 0)))
      .join('  ')
      .trimEnd(),
  );
  return lines.map((line) => clip(line, width));
}

function rowOf(asked_s: number, tries: readonly Outage[]): string[] {
  const hosts = tries.flatMap((each) => each.hosts);
  const borne = tries.filter((each) => each.hosts.every(({ how }) => how === 'self')).length;
  const worst = (figures: readonly (number | null | undefined)[]) => {
    const known = figures.filter((figure) => typeof figure === 'number');
    return known.length === 0 ? '' : secondsWords(Math.max(...known));
  };
  const gaveUp = hosts.find((host) => host.gaveUp !== undefined && host.how !== 'self');
  return [
    secondsWords(asked_s),
    `${borne} of ${tries.length}`,
    worst(hosts.map(({ stall_s }) => stall_s)),
    borne === tries.length ? worst(hosts.map(({ recovery_s }) => recovery_s.storage)) : '',
    String(hosts.reduce((sum, { hungTasks }) => sum + hungTasks, 0)),
    gaveUp?.gaveUp === undefined
      ? ''
      : `${gaveUp.gaveUp.layer} on ${gaveUp.machine}, ${secondsWords(gaveUp.gaveUp.after_s)}: ${printable(gaveUp.gaveUp.title)}`,
  ];
}

/** The answer of a search; empty for a trial that was none. */
export const cutOffTexts = ({ cutOff }: TrialResult): string[] => (cutOff === undefined ? [] : [answerOf(cutOff)]);

function answerOf({ kind, borne_s, times, notBorne_s, gaveUp, why }: CutOff): string {
  const [first] = gaveUp;
  const said = first?.layer == null ? 'nothing was said' : `${first.layer} gave up first`;
  const who = first === undefined ? '' : `: ${said} on ${first.machine}`;
  const confidence =
    times === 0 ? '' : `, ${times} of ${times} times (at most ${Math.round(100 * mayFailStill(times))} % fail, at 95 % confidence)`;
  const words: Readonly<Record<CutOff['kind'], string>> = {
    found: `${secondsWords(borne_s ?? 0)}${confidence}; not ${secondsWords(notBorne_s ?? 0)}${who}`,
    'at least': `at least ${secondsWords(borne_s ?? 0)}, the longest asked for${confidence}`,
    below: `below ${secondsWords(notBorne_s ?? 0)}, the shortest asked for${who}`,
    unknown: `unknown: ${why ?? ''}`,
  };
  return words[kind];
}
