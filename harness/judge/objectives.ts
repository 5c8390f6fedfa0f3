/** One rule per kind of objective: evidence in, verdict with its reason out. */
import { MEASURES } from '../../results/measures.ts';
import { BY_WEIGHT, type Objective, type ObjectiveResult, type ProbeName, type Verdict } from '../../results/model.ts';
import { type Stall, stallWithin } from '../recovery.ts';
import { starved, starvedBefore, type Timed } from './contention.ts';
import { countedEvents } from './counted.ts';
import { cleanFileSystem, noDataLoss } from './data.ts';
import { blinded, HUNG_TASK_TIMEOUTS } from './doubts.ts';
import { ahead_s, all, type Evidence, peakOf, type SeenEvent, samplesOf, stormEnd, stormGrowthOf } from './evidence.ts';
import { idlePromise } from './grades.ts';
import type { Measured } from './recoveries.ts';
import { type Standing, toldExpired } from './waivers.ts';

/** What all rules share: the evidence, why silence proves nothing here, the recoveries measured once, and the run's waivers. */
export interface Case {
  readonly evidence: Evidence;
  readonly doubts: readonly string[];
  readonly recoveries: readonly Measured[];
  readonly waivers: readonly Standing[];
}

type Kind = Objective['kind'];
type Rule<K extends Kind> = (objective: Extract<Objective, { kind: K }>, of: Case) => Omit<ObjectiveResult, 'name'>;

const RULES: { readonly [K in Kind]: Rule<K> } = {
  no_event: noEvent,
  recovery,
  stall,
  boot,
  latency,
  no_data_loss: noDataLoss,
  clean_file_system: cleanFileSystem,
  promise: idlePromise,
  effect,
};

export function judgeObjective(objective: Objective, of: Case): ObjectiveResult {
  // The table pairs each kind with its own rule; the compiler cannot follow that through the lookup.
  const rule = RULES[objective.kind] as Rule<Kind>;
  return { name: objective.name, ...rule(objective as never, of) };
}

function noEvent(objective: Extract<Objective, { kind: 'no_event' }>, of: Case): Omit<ObjectiveResult, 'name'> {
  const { evidence, doubts, waivers } = of;
  const { failing, excused, expected } = countedEvents(evidence, objective, waivers);
  const threshold = `no ${objective.classes.join(', ')} event`;
  const counted = failing.length === 1 ? '1 event' : `${failing.length} events`;
  const told = [
    excused.size === 0 ? [] : `${excused.size} waived`,
    expected.length === 0 ? [] : `${expected.length} expected of this storm`,
  ];
  const measured = [counted, ...told.flat()].join(', ');
  const untrue = failing.map((each) => (each.event.class === 'hang' ? whyNoHang(evidence, each) : undefined));
  if (failing.length > 0 && untrue.every((why) => why !== undefined))
    return { verdict: 'unknown', measured, threshold, reason: [tally(failing), ...new Set(untrue)].join('; ') };
  if (failing.length > 0) return { verdict: 'fail', measured, threshold, reason: [tally(failing), ...lapsed(failing, of)].join('; ') };
  return silence([...blinded(evidence, objective, [...excused.keys()]), ...doubts], measured, threshold);
}

/** A watchdog goes by its machine's own clock and processors: why what it says of time is worth nothing, undefined where it is to be believed. */
function whyNoHang(evidence: Evidence, seen: SeenEvent): string | undefined {
  const ahead = ahead_s(evidence, seen);
  if (ahead !== undefined) return `but its clock had leapt ahead by ${ahead} s`;
  return starvedBefore(evidence, seen.t, HUNG_TASK_TIMEOUTS * evidence.about.hungTaskTimeout_s);
}

/** The waivers that would have excused what failed, had they not expired. */
function lapsed(failing: readonly SeenEvent[], { evidence, waivers }: Case): string[] {
  return waivers.filter(({ expired, fits }) => expired && failing.some((seen) => fits(seen, evidence.about.candidate))).map(toldExpired);
}

/** `head: 2 x "hung task kworker"; tenant1: "kernel BUG"`, each machine's in order of first sight. */
function tally(seen: readonly SeenEvent[]): string {
  const counts = new Map<string, { title: string; count: number }[]>();
  for (const { machine, event } of seen) {
    const titles = counts.get(machine) ?? [];
    const entry = titles.find((each) => each.title === event.title);
    if (entry) entry.count += 1;
    else titles.push({ title: event.title, count: 1 });
    counts.set(machine, titles);
  }
  const titled = ({ title, count }: { title: string; count: number }) => (count === 1 ? `"${title}"` : `${count} x "${title}"`);
  return [...counts].map(([machine, titles]) => `${machine}: ${titles.map(titled).join(', ')}`).join('; ');
}

function recovery(
  { probe, atMost_s, resetAllowed = false }: Extract<Objective, { kind: 'recovery' }>,
  { evidence, recoveries }: Case,
): Omit<ObjectiveResult, 'name'> {
  const threshold = `<= ${atMost_s} s`;
  const each = recoveries
    .filter((measured) => measured.probe === probe)
    .map((measured) => {
      const judged = backInTime(measured, atMost_s, evidence.about.tolerance.limit_s, resetAllowed);
      return judged.verdict === 'fail' ? unlessStarved(judged, evidence, recoveryTimes(measured, evidence, atMost_s)) : judged;
    });
  if (each.length === 0) return { verdict: 'unknown', measured: '', threshold, reason: `no machine has a ${probe} probe` };
  const verdict = worst(each.map((one) => one.verdict));
  const reason = each
    .filter((one) => one.verdict === verdict)
    .map((one) => one.reason)
    .join('; ');
  return { verdict, measured: each.map((one) => one.measured).join(', '), threshold, reason: verdict === 'pass' ? '' : reason };
}

function backInTime(
  { machine, probe, how, known, why }: Measured,
  atMost_s: number,
  limit_s: number,
  resetAllowed: boolean,
): { verdict: Verdict; measured: string; reason: string } {
  const seconds = known?.state === 'recovered' ? `${known.seconds} s` : undefined;
  const fail = (measured: string, reason: string) => ({
    verdict: 'fail' as const,
    measured: `${machine} ${measured}`,
    reason: `${machine}: ${reason}`,
  });
  if (how === 'not recovered')
    return fail('never', `${probe} not recovered${seconds ? `, although its probe was steady after ${seconds}` : ''}`);
  if (how === 'after reset' && resetAllowed) return { verdict: 'pass', measured: `${machine} after reset`, reason: '' };
  if (how === 'after reset' && known?.state === 'not recovered')
    return fail('never', `${probe} was not steady again within ${limit_s} s, and the machine was reset`);
  if (how === 'after reset') return fail('after reset', `${probe} came back only after a reset`);
  if (known === undefined) return { verdict: 'unknown', measured: `${machine} ?`, reason: `${machine}: ${probe}: ${why}` };
  if (known.state === 'not recovered') return fail('never', `${probe} not recovered within ${limit_s} s`);
  if (known.state === 'recovered') {
    if (known.seconds > atMost_s)
      return fail(`${known.seconds} s`, `${probe} steady again after ${known.seconds} s, at most ${atMost_s} s allowed`);
    return { verdict: 'pass', measured: `${machine} ${known.seconds} s`, reason: '' };
  }
  if (known.notBefore_s > atMost_s)
    return fail(`> ${known.notBefore_s} s`, `${probe} not steady yet after ${known.notBefore_s} s, at most ${atMost_s} s allowed`);
  return {
    verdict: 'unknown',
    measured: `${machine} ?`,
    reason: `${machine}: ${probe} was not watched long enough to tell when it was steady again`,
  };
}

function stall(
  { probe, machine, atMost_s }: Extract<Objective, { kind: 'stall' }>,
  { evidence, doubts }: Case,
): Omit<ObjectiveResult, 'name'> {
  const threshold = `<= ${atMost_s} s`;
  const window = stallOf(evidence, probe, machine, doubts.length === 0);
  if (window === undefined) return { verdict: 'unknown', measured: '', threshold, reason: `${machine}: its ${probe} was not watched` };
  const seconds = window.to - window.from;
  const measured = `${seconds.toFixed(1)} s`;
  if (seconds > atMost_s) {
    const reason = `${machine}: no ${probe} answer for ${measured}, at most ${atMost_s} s allowed`;
    return unlessStarved({ verdict: 'fail', measured, threshold, reason }, evidence, { ...window, value: seconds, bound: atMost_s });
  }
  return silence(doubts, measured, threshold);
}

/** From the time that was measured of it; a machine that did not come up is told as such. */
function boot({ machine, atMost_s }: Extract<Objective, { kind: 'boot' }>, { evidence, doubts }: Case): Omit<ObjectiveResult, 'name'> {
  const threshold = `<= ${atMost_s} s`;
  const timed = all(evidence.records, 'measure').find((each) => each.machine === machine && each.name === MEASURES.boot);
  if (timed === undefined) return { verdict: 'unknown', measured: '', threshold, reason: `${machine}: its boot was not timed` };
  const { t, seconds } = timed;
  const measured = `${seconds.toFixed(1)} s`;
  if (seconds > atMost_s) {
    const reason = `${machine}: booted in ${measured}, at most ${atMost_s} s allowed`;
    const times = { from: t - seconds, to: t, value: seconds, bound: atMost_s };
    return unlessStarved({ verdict: 'fail', measured, threshold, reason }, evidence, times);
  }
  return silence(doubts, measured, threshold);
}

/** Of the answers within the storm; one that did not come is as late as can be. Too few tell nothing of the late ones. */
function latency(
  { probe, machine, percentile, atMost_ms }: Extract<Objective, { kind: 'latency' }>,
  { evidence, doubts }: Case,
): Omit<ObjectiveResult, 'name'> {
  const threshold = `p${percentile} <= ${atMost_ms} ms`;
  const { begin = Number.POSITIVE_INFINITY, end = Number.POSITIVE_INFINITY } = evidence.phases.get('storm') ?? {};
  const late = samplesOf(evidence, probe, machine)
    .filter(({ t }) => t >= begin && t <= end)
    .map(({ ms }) => ms ?? Number.POSITIVE_INFINITY)
    .toSorted((a, b) => a - b);
  // the nearest rank: the least value that so many of 100 are not above
  const value = late[Math.ceil((percentile / 100) * late.length) - 1];
  if (value === undefined || late.length < LEAST_ANSWERS)
    return { verdict: 'unknown', measured: '', threshold, reason: `${machine}: too few answers of ${probe} in the storm` };
  const measured = Number.isFinite(value) ? `${value.toFixed(1)} ms` : 'no answer';
  if (value > atMost_ms) {
    const reason = `${machine}: ${probe} p${percentile} is ${measured}, at most ${atMost_ms} ms allowed`;
    return unlessStarved({ verdict: 'fail', measured, threshold, reason }, evidence, { from: begin, to: end, value, bound: atMost_ms });
  }
  return silence(doubts, measured, threshold);
}

const LEAST_ANSWERS = 20;

/** A bound that was missed may have been missed for want of a processor. */
function unlessStarved<R extends { readonly verdict: Verdict; readonly reason: string }>(failed: R, evidence: Evidence, times: Timed): R {
  const why = starved(evidence, times);
  return why === undefined ? failed : { ...failed, verdict: 'unknown', reason: `${failed.reason}; ${why}` };
}

/** From the end of the storm until it was back, or given up. What did not come back by itself has no time that want of a processor could stretch. */
function recoveryTimes({ how, known }: Measured, evidence: Evidence, bound: number): Timed {
  const end = stormEnd(evidence);
  const from = 't' in end ? end.t : (evidence.phases.get('recovery')?.begin ?? 0);
  const until = evidence.phases.get('recovery')?.end ?? evidence.records.at(-1)?.t ?? from;
  const byItself = how !== 'after reset' && how !== 'not recovered' && known?.state === 'recovered';
  const value = byItself ? known.seconds : Number.POSITIVE_INFINITY;
  return { from, to: Math.min(from + value, until), value, bound };
}

/**
 * The longest stall from the beginning of the storm to the end of the recovery. In a trial that stopped early, absence counts only as
 * far as the probe itself reported it: what stopped may have been the probe.
 */
function stallOf(evidence: Evidence, probe: ProbeName, machine: string, whole: boolean): Stall | undefined {
  const samples = samplesOf(evidence, probe, machine);
  const from = evidence.phases.get('storm')?.begin;
  const last = samples.at(-1)?.t;
  if (from === undefined || last === undefined) return undefined;
  const end = evidence.phases.get('recovery')?.end ?? last;
  return stallWithin(samples, from, whole ? end : Math.min(end, last));
}

/** A storm that cannot be shown to have been one says nothing about the kernel, in either direction. */
function effect({ evidence: wanted }: Extract<Objective, { kind: 'effect' }>, { evidence }: Case): Omit<ObjectiveResult, 'name'> {
  const [figure, what] = effectFigure(wanted, evidence);
  const threshold = `>= ${wanted.atLeast}`;
  if (figure === undefined)
    return { verdict: 'unknown', measured: '', threshold, reason: `no proof that the storm was real: ${what} is not known` };
  const measured = String(Math.round(figure * 1000) / 1000);
  if (figure >= wanted.atLeast) return { verdict: 'pass', measured, threshold, reason: '' };
  return {
    verdict: 'unknown',
    measured,
    threshold,
    reason: `the storm was not real: ${what} is ${measured}, at least ${wanted.atLeast} expected`,
  };
}

function effectFigure(wanted: Extract<Objective, { kind: 'effect' }>['evidence'], evidence: Evidence): [number | undefined, string] {
  switch (wanted.of) {
    case 'counter':
      return [stormGrowthOf(evidence, wanted.machine, wanted.counter), `what the storm added to ${wanted.counter} on ${wanted.machine}`];
    case 'peak':
      return [peakOf(evidence, wanted.machine, wanted.counter), `the rise of ${wanted.counter} on ${wanted.machine}`];
    case 'engine': {
      const figures = all(evidence.records, 'action')
        .filter((action) => action.what === 'engine' && action.name === wanted.engine && action.state !== 'begin')
        .flatMap((action) => action.figures?.[wanted.figure] ?? []);
      const one = wanted.every === true ? Math.min(...figures) : Math.max(...figures);
      return [figures.length === 0 ? undefined : one, `${wanted.figure} of ${wanted.engine}`];
    }
    case 'measure': {
      const seconds = all(evidence.records, 'measure').findLast(
        ({ machine, name }) => machine === wanted.machine && name === wanted.measure,
      )?.seconds;
      return [seconds, `how long ${wanted.measure} took on ${wanted.machine}`];
    }
    case 'fault': {
      const figures = all(evidence.records, 'action')
        .filter((action) => action.what === 'fault' && action.on === wanted.on && action.state !== 'begin')
        .flatMap((action) => action.figures?.[wanted.figure] ?? []);
      return [figures.length === 0 ? undefined : Math.max(...figures), `${wanted.figure} on ${wanted.on}`];
    }
    case 'stall': {
      const stalled = stallOf(evidence, wanted.probe, wanted.machine, false);
      return [stalled && stalled.to - stalled.from, `the longest ${wanted.probe} stall of ${wanted.machine} in seconds`];
    }
  }
}

/** The verdict where nothing bad was seen: a pass, unless silence proves nothing. */
function silence(doubts: readonly string[], measured: string, threshold: string): Omit<ObjectiveResult, 'name'> {
  const doubt = doubts[0];
  return doubt === undefined
    ? { verdict: 'pass', measured, threshold, reason: '' }
    : { verdict: 'unknown', measured, threshold, reason: doubt };
}

/** The weightiest; nothing at all is unknown. */
export function worst(verdicts: readonly Verdict[]): Verdict {
  return BY_WEIGHT.find((verdict) => verdicts.includes(verdict)) ?? 'unknown';
}
