/**
 * What became of each host in each outage of its storage, from the history: how long its writes waited, what its kernel said, who gave up first, and
 * whether it came back by itself. Nothing is judged here, but for the search for the longest outage that is borne.
 */
import type { CutOff, Layer, Outage, OutageHost } from '../../results/outage.ts';
import { ProbeName } from '../../results/probe-name.ts';
import { settledBaseline } from '../baseline.ts';
import { boundsOf, isAnswered, type Try } from '../cutoff/bisect.ts';
import type { Kind } from '../detect/kinds.ts';
import { longestStall, steadiness } from '../recovery.ts';
import { all, baselineSamples, type Evidence, type Of, type SeenEvent, samplesOf, watched } from './evidence.ts';

/** Faults that begin within so many seconds of each other are one outage: that of several tails. */
const TOGETHER_S = 1;

/** Who gave up, by the kind of the event that tells it. */
const GIVES_UP: Readonly<Partial<Record<Kind, Layer>>> = {
  nbd_dead: 'connection',
  nbd_closed: 'connection',
  iscsi_error: 'connection',
  nbd_timeout: 'nbd timeout',
  disk_timeout: 'disk',
  io_error: 'disk',
  buffer_io_error: 'disk',
  path_failure: 'disk',
  fs_error: 'file system',
  journal_error: 'file system',
  journal_abort: 'file system',
  fs_readonly: 'file system',
  fs_shutdown: 'file system',
};
/** Kinds of events after which a file system writes nothing more until it is mounted anew. */
export const STOPS_WRITING: ReadonlySet<string> = new Set<Kind>(['journal_abort', 'fs_readonly', 'fs_shutdown']);
const ERRORS: ReadonlySet<Layer> = new Set<Layer>(['disk', 'file system']);

/** The time in which what happens is an outage's doing: until the next one begins. */
interface Window {
  readonly begin: number;
  readonly end: number | undefined;
  readonly until: number;
}

type Action = Of<'action'>;

/** In the order in which they began; empty for a trial without faults. */
export function outagesOf(evidence: Evidence): Outage[] {
  const faults = all(evidence.records, 'action').filter(({ what, breaks }) => what === 'fault' && breaks !== 'machine');
  const groups: Action[][] = [];
  for (const begun of faults.filter(({ state }) => state === 'begin')) {
    const group = groups.at(-1);
    if (group !== undefined && begun.t - (group[0] as Action).t <= TOGETHER_S) group.push(begun);
    else groups.push([begun]);
  }
  const over = evidence.phases.get('recovery')?.end ?? evidence.records.at(-1)?.t ?? 0;
  return groups.map((group, index) => {
    const [first] = group as [Action, ...Action[]];
    const next = groups[index + 1]?.[0]?.t;
    const ends = faults.filter(({ state, t }) => state === 'end' && t >= first.t && t < (next ?? Number.POSITIVE_INFINITY));
    const end = ends.length < group.length ? undefined : Math.max(...ends.map(({ t }) => t));
    const window: Window = { begin: first.t, end, until: next ?? Math.max(over, end ?? first.t) };
    return {
      fault: first.name,
      ...(first.detail === undefined ? {} : { detail: first.detail }),
      begin: first.t,
      asked_s: first.figures?.asked_s ?? 0,
      seconds: end === undefined ? null : thousandths(end - first.t),
      hosts: watched(evidence, 'storage').map((machine) => hostOf(machine, window, evidence, next === undefined)),
    };
  });
}

function hostOf(machine: string, window: Window, evidence: Evidence, last: boolean): OutageHost {
  const { begin, until } = window;
  // what a kernel says of a task only later belongs to the last outage too
  const seen = evidence.events.filter((each) => each.machine === machine && each.t >= begin && (last || each.t < until));
  const hung = seen.filter(({ event }) => event.kind === 'hung_task');
  const layers = seen.flatMap((each) => layerOf(each) ?? []);
  const recoveries = ProbeName.options
    .filter((probe) => watched(evidence, probe).includes(machine))
    .map((probe) => [probe, recoveryOf(machine, probe, window, evidence)] as const);
  const gaveUp = seen.find((each) => layerOf(each) !== undefined);
  const reply = all(evidence.records, 'firstReply').find(
    (each) => each.machine === machine && window.end !== undefined && Math.abs(each.healed - window.end) <= TOGETHER_S,
  );
  return {
    machine,
    stall_s: thousandths(longestStall(samplesOf(evidence, 'storage', machine), begin, until)),
    how: howOf(
      machine,
      window,
      evidence,
      recoveries.map(([, seconds]) => seconds),
    ),
    recovery_s: Object.fromEntries(recoveries.map(([probe, seconds]) => [probe, seconds ?? null])),
    ...(reply === undefined || window.end === undefined ? {} : { firstReply_s: thousandths(Math.max(0, reply.at - window.end)) }),
    hungTasks: hung.length,
    ...(hung[0] === undefined ? {} : { hungAfter_s: thousandths(hung[0].t - begin) }),
    errors: layers.filter((layer) => ERRORS.has(layer)).length,
    readOnly: seen.some(({ event }) => STOPS_WRITING.has(event.kind)),
    disconnects: layers.filter((layer) => layer === 'connection').length,
    ...(gaveUp === undefined
      ? {}
      : { gaveUp: { layer: layerOf(gaveUp) as Layer, title: gaveUp.event.title, after_s: thousandths(gaveUp.t - begin) } }),
  };
}

const layerOf = ({ event }: SeenEvent): Layer | undefined => (event.class === 'crash' ? 'kernel' : GIVES_UP[event.kind as Kind]);

/** Seconds from the outage's end; undefined where it was not steady again, or cannot be told. */
function recoveryOf(machine: string, probe: ProbeName, { end, until }: Window, evidence: Evidence): number | undefined {
  const reset = resetIn(machine, { end, until }, evidence);
  if (end === undefined) return undefined;
  const samples = samplesOf(evidence, probe, machine);
  const { tolerance } = evidence.about;
  const baseline = settledBaseline(baselineSamples(evidence, samples), tolerance.floor_ms);
  if (!baseline.steady) return undefined;
  const known = steadiness(samples, baseline.baseline, tolerance, end, reset ?? until);
  return known.state === 'recovered' ? known.seconds : undefined;
}

/** When a machine was reset after an outage, if it was. */
const resetIn = (
  machine: string,
  { end = Number.POSITIVE_INFINITY, until }: Pick<Window, 'end' | 'until'>,
  evidence: Evidence,
): number | undefined =>
  all(evidence.records, 'action').find(
    ({ what, on, state, t }) => what === 'reset' && on === machine && state === 'begin' && t >= end && t <= until,
  )?.t;

function howOf(machine: string, window: Window, evidence: Evidence, recoveries: readonly (number | undefined)[]): OutageHost['how'] {
  if (resetIn(machine, window, evidence) !== undefined) {
    const back = all(evidence.records, 'recovered').find(
      (each) => each.machine === machine && each.t >= window.begin && each.t <= window.until + TOGETHER_S,
    );
    return back?.how === 'after reset' ? 'after reset' : 'not recovered';
  }
  return recoveries.length > 0 && recoveries.every((seconds) => seconds !== undefined) ? 'self' : null;
}

/** Undefined for a trial that did not search. */
export function cutOffOf({ about }: Evidence, outages: readonly Outage[]): CutOff | undefined {
  const { outageSearch: plan } = about;
  if (plan === undefined) return undefined;
  const tries = triesOf(outages);
  const { borne_s, times, notBorne_s } = boundsOf(tries);
  const failed = outages.find(({ asked_s, hosts }) => asked_s === notBorne_s && hosts.some(({ how }) => how !== 'self'));
  const kind = !isAnswered(plan, tries) ? 'unknown' : borne_s === undefined ? 'below' : notBorne_s === undefined ? 'at least' : 'found';
  return {
    kind,
    borne_s: borne_s ?? null,
    times,
    notBorne_s: notBorne_s ?? null,
    gaveUp: (failed?.hosts ?? []).flatMap(({ machine, how, gaveUp }) =>
      how === 'self' ? [] : [{ machine, layer: gaveUp?.layer ?? null, title: gaveUp?.title ?? 'nothing was said' }],
    ),
    ...(kind === 'unknown' ? { why: `the search ended after ${tries.length} outages` } : {}),
  };
}

/** Of each outage that was seen to end, whether all hosts came back from it by themselves. */
export const triesOf = (outages: readonly Outage[]): Try[] =>
  outages.flatMap(({ asked_s, seconds, hosts }) =>
    seconds === null || hosts.length === 0 ? [] : [{ asked_s, borne: hosts.every(({ how }) => how === 'self') }],
  );

const thousandths = (seconds: number): number => Math.round(seconds * 1000) / 1000;
