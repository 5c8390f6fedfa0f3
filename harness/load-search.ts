/**
 * The search over offered load on a real host: each trial of it is a flood from a recovered steady state, and one that kills the host has it
 * booted again. What is asked next is decided in `search/`; what was measured goes into the history, from which the judge makes the curve anew.
 */
import { setTimeout as sleep } from 'node:timers/promises';
import type { SearchPlan } from '../results/curve.ts';
import { explain, InfraError } from '../results/errors.ts';
import type { History } from '../results/history.ts';
import type { EventClass, HistoryRecord, ProbeName } from '../results/model.ts';
import type { Load } from '../suites/flood/load.ts';
import type { Action } from '../suites/suite.ts';
import type { Machine, Site } from '../targets/target.ts';
import { percentile } from './baseline.ts';
import { readCounters } from './counters.ts';
import type { Monitor } from './monitor.ts';
import { longestStall } from './recovery.ts';
import { type CounterSample, systemRecovery } from './search/loss.ts';
import { measurementOf } from './search/measurement.ts';
import { type SearchTrial, startSearch } from './search/search.ts';
import { beginStorm } from './storm.ts';
import { untilNothingHangs } from './stuck-tasks.ts';

type Flood = Extract<Action, { kind: 'flood' }>;

export interface LoadSearchContext {
  readonly site: Site;
  readonly history: History;
  readonly trial: string;
  readonly monitor: Monitor;
  readonly signal: AbortSignal;
  readonly note: (text: string) => void;
  readonly machine: Machine;
  readonly probes: readonly ProbeName[];
  /** events of these are a failure to survive */
  readonly classes: readonly EventClass[];
  /** whether every probe is steady again, counted from an instant of the history's clock */
  readonly steady: (from: number) => boolean;
  /** Boots the machine again and sets it up as it was; false where it did not come back. */
  readonly revive: () => Promise<boolean>;
  /** the objective; a host that is back later has failed it, and lives */
  readonly recoverWithin_s: number;
  /** a host that is not steady after so long, the hold time among it, is booted again */
  readonly giveUpAfter_s: number;
  readonly hold_s: number;
  /** as the kernel has it; no probe may be without an answer for longer either */
  readonly hungTaskTimeout_s: number;
}

const POLL_MS = 100;
/** Between two readings a flood brings at least so much of what is asked. */
const LEAST_OF_FLOOD = 0.1;
/** So much longer than asked may a flood take before it counts as slower. */
const LONGER = 1.2;
/** USER_HZ, in which /proc/stat counts (Documentation/filesystems/proc.rst). */
const TICKS_PER_S = 100;
/** RFC 2544, section 26.5: overload, then half of it. */
const OVERLOAD = 1.1;
const RELIEF = 0.5;

type Counters = Readonly<Record<string, number>>;

/** Carries out the whole search, and the system recovery where a throughput was found. Throws InfraError where the host can no longer be used. */
export async function searchLoad(flood: Flood, plan: SearchPlan, context: LoadSearchContext): Promise<void> {
  const { history, trial, note, signal } = context;
  const search = startSearch(plan);
  for (let step = search.next(), count = 1; step !== undefined; step = search.next(), count += 1) {
    signal.throwIfAborted();
    note(`search ${count}: ${step.pps} packets/s for ${step.for_s} s`);
    const begun = history.now();
    const sounded = await sound(flood, step, context);
    const record = { ...sounded, took_s: 0 };
    let lives = true;
    try {
      if (sounded.outcome === 'died') lives = await context.revive();
    } finally {
      record.took_s = Math.round((history.now() - begun) * 1000) / 1000;
      history.write(trial, record);
    }
    search.tell(measurementOf(record));
    if (!lives) return;
  }
  const throughput = search.result().goals.find(({ lossBound, kind }) => lossBound !== null && kind === 'found');
  if (throughput?.pps != null) await relieve(flood, throughput.pps, plan, context);
}

type SearchRecord = Omit<Extract<HistoryRecord, { k: 'search' }>, 't' | 'trial'>;

/** One trial of the search, up to where the host is steady again and nothing in it hangs, or is given up. */
async function sound(flood: Flood, { pps, for_s, stage }: SearchTrial, context: LoadSearchContext): Promise<Omit<SearchRecord, 'took_s'>> {
  const { site, history, monitor, machine } = context;
  const wire = () => site.networks[flood.on.station].wire(machine.name).arrived.packets;
  const isDown = () => monitor.down.get(machine.name);
  const [before, wireBefore] = [await readCounters(await machine.manage()), wire()];
  const flooded = await offer(flood, [{ at_s: 0, for_s, from_pps: pps, to_pps: pps }], context);
  const [soon, wireAfter] = [isDown() === undefined ? await countersOr(machine) : undefined, wire()];
  const recovered = await untilSteady(flooded.end, context);
  const steadyAt = history.now();
  // one that was too busy to answer has its counters still
  const after = soon ?? (recovered ? await readCounters(await machine.manage()) : undefined);
  if (recovered) await untilNothingHangs(await machine.manage(), 2 * context.hungTaskTimeout_s + 1, context.signal);
  const arrived = wireAfter - wireBefore;
  // Generators lie: what never came out of the link was not offered. Of one that was ended with its machine the wire tells its rate until then.
  const sent = Math.min(flooded.figures.sent_packets ?? Number.POSITIVE_INFINITY, arrived);
  const whole = flooded.figures.sent_packets !== undefined;
  // one that took longer for its packets offered less each second
  const stretch = whole ? Math.min(1, (LONGER * for_s) / Math.max(for_s, lengthOf(flooded.wire, pps))) : 1;
  const offered_packets = whole ? Math.round(sent * stretch) : Math.round((arrivalRate_pps(flooded.wire, pps) ?? pps) * for_s);
  const grown = (counter: string) => (after === undefined ? 0 : (after[counter] ?? 0) - (before[counter] ?? 0));
  // what came by the wire and was not ours is the probes'
  const others = whole ? arrived - sent : 0;
  const received = flood.on.at === 'behind' ? grown('tap0_tx_packets') : grown('front_rx_packets') - others;
  const received_packets = Math.min(offered_packets, Math.max(0, Math.round(received * stretch)));
  const down = isDown();
  const recovery_s = Math.max(0, steadyAt - flooded.end - context.hold_s);
  const [outcome, why] = outcomeOf(flooded.begin, history.now(), { down, recovered, recovery_s }, context);
  return {
    k: 'search',
    machine: machine.name,
    pps,
    for_s,
    stage,
    offered_packets,
    received_packets,
    lossRatio: offered_packets === 0 ? 1 : 1 - received_packets / offered_packets,
    outcome,
    ...(why === undefined ? {} : { why }),
    softirqShare: after === undefined ? null : softirqShare(before, after, for_s),
    probes: Object.fromEntries(context.probes.map((probe) => [`${probe}_p99_ms`, p99(probe, flooded.begin, flooded.end, context)])),
  };
}

/** Floods with a load; tells when, and what the engine and the wire say of it. Throws InfraError where the engine itself failed. */
async function offer(
  flood: Flood,
  load: Load,
  { site, history, trial, signal, monitor, machine }: LoadSearchContext,
): Promise<{ begin: number; end: number; figures: Counters; wire: CounterSample[] }> {
  const down = new AbortController();
  const wire: CounterSample[] = [];
  const watch = setInterval(() => {
    if (monitor.down.has(machine.name)) down.abort();
    const { arrived, taken } = site.networks[flood.on.station].wire(machine.name);
    wire.push({ t: history.now(), offered: arrived.packets, received: taken.packets });
  }, POLL_MS);
  let figures: Counters = {};
  let failed: string | undefined;
  const silence = history.subscribe((record) => {
    if (record.k !== 'action' || record.trial !== trial || record.what !== 'engine') return;
    figures = record.figures ?? figures;
    if (record.state === 'failed') failed = record.detail ?? 'it failed';
  });
  const for_s = load.reduce((end, step) => Math.max(end, step.at_s + step.for_s), 0);
  const begin = history.now();
  try {
    await beginStorm([{ ...flood, at_s: 0, for_s, params: { ...flood.params, load } }], {
      site,
      history,
      trial,
      patience_s: 0,
      signal: AbortSignal.any([signal, down.signal]),
    }).over;
  } finally {
    clearInterval(watch);
    silence();
  }
  // an engine of a machine that is down was ended by us; any other failure is ours, and says nothing of the host
  if (failed !== undefined && !monitor.down.has(machine.name)) throw new InfraError(`the search cannot go on: ${failed}`);
  return { begin, end: history.now(), figures, wire };
}

/** The readings that grew as a flood does, not by a few probes. */
function floodedIn(wire: readonly CounterSample[], pps: number): CounterSample[] {
  const least = LEAST_OF_FLOOD * pps * (POLL_MS / 1000);
  return wire.filter(({ offered }, index) => offered - (wire[index - 1]?.offered ?? offered) > least);
}

/** How long the flood came, in seconds. */
function lengthOf(wire: readonly CounterSample[], pps: number): number {
  const grown = floodedIn(wire, pps);
  return (grown.at(-1)?.t ?? 0) - (grown[0]?.t ?? 0);
}

/** The rate between the first and the last reading of the flood; undefined where there were too few. */
function arrivalRate_pps(wire: readonly CounterSample[], pps: number): number | undefined {
  const grown = floodedIn(wire, pps);
  const [first, last] = [grown[0], grown.at(-1)];
  if (first === undefined || last === undefined || last.t - first.t < POLL_MS / 1000) return undefined;
  return (last.offered - first.offered) / (last.t - first.t);
}

async function untilSteady(
  from: number,
  { history, monitor, machine, signal, steady, giveUpAfter_s }: LoadSearchContext,
): Promise<boolean> {
  while (history.now() - from <= giveUpAfter_s) {
    if (monitor.down.has(machine.name)) return false;
    if (steady(from)) return true;
    await sleep(POLL_MS, undefined, { signal });
  }
  return false;
}

/** How the host bore a load, and why not. One that has to be booted again has died of it. */
function outcomeOf(
  from: number,
  to: number,
  { down, recovered, recovery_s }: { down: string | undefined; recovered: boolean; recovery_s: number },
  { monitor, machine, classes, probes, recoverWithin_s, giveUpAfter_s, hungTaskTimeout_s }: LoadSearchContext,
): [outcome: SearchRecord['outcome'], why?: string] {
  const event = monitor.events(machine.name).find((each) => each.t >= from && classes.includes(each.event.class));
  if (down !== undefined) return ['died', event?.event.title ?? `${machine.name} ${down}`];
  if (!recovered) return ['died', event?.event.title ?? `not recovered within ${giveUpAfter_s} s`];
  if (event !== undefined) return ['event', event.event.title];
  const stalled = probes.find((probe) => longestStall(monitor.samples(probe, machine.name), from, to) > hungTaskTimeout_s);
  if (stalled !== undefined) return ['objective', `${stalled} without an answer for more than ${hungTaskTimeout_s} s`];
  return recovery_s > recoverWithin_s ? ['objective', `recovered only after ${recovery_s.toFixed(1)} s`] : ['ok'];
}

function p99(probe: ProbeName, from: number, to: number, { monitor, machine }: LoadSearchContext): number | null {
  const samples = monitor.samples(probe, machine.name).filter(({ t }) => t >= from && t <= to);
  const latencies = samples.flatMap(({ ms }) => (ms === null ? [] : [ms]));
  return latencies.length === 0 || latencies.length < 0.99 * samples.length ? null : percentile(latencies, 0.99);
}

/** Of the busiest processor's time. */
function softirqShare(before: Counters, after: Counters, for_s: number): number {
  const shares = Object.keys(after)
    .filter((name) => name.endsWith('_softirq_ticks'))
    .map((name) => ((after[name] ?? 0) - (before[name] ?? 0)) / (for_s * TICKS_PER_S));
  return Math.min(1, Math.max(0, ...shares));
}

/** A machine that died has no counters. */
async function countersOr(machine: Machine): Promise<Counters | undefined> {
  try {
    return await readCounters(await machine.manage());
  } catch {
    return undefined; // its probes and its console say what became of it
  }
}

/**
 * System recovery (RFC 2544, section 26.5): a little more than the throughput, then half of it, until no packet is lost any more. Read off the
 * wire ten times a second, which takes nothing from the host: what it loses there is lost at its card.
 */
async function relieve(flood: Flood, throughput_pps: number, { final_s }: SearchPlan, context: LoadSearchContext): Promise<void> {
  const { history, trial, machine, note } = context;
  const [over_pps, half_pps] = [Math.round(throughput_pps * OVERLOAD), Math.round(throughput_pps * RELIEF)];
  const overload_s = 2 * final_s;
  const relief_s = 2 * final_s + context.recoverWithin_s / 2;
  note(`system recovery: ${over_pps} packets/s for ${overload_s} s, then ${half_pps}`);
  const steps: Load = [
    { at_s: 0, for_s: overload_s, from_pps: over_pps, to_pps: over_pps },
    { at_s: overload_s, for_s: relief_s, from_pps: half_pps, to_pps: half_pps },
  ];
  const { wire: samples } = await offer(flood, steps, context);
  const first = samples.find(({ offered }) => offered - (samples[0]?.offered ?? 0) > over_pps * (POLL_MS / 1000));
  const from = (first?.t ?? 0) + overload_s;
  const upTo = samples.findLast(({ offered }, index) => offered - (samples[index - 1]?.offered ?? 0) > 0)?.t ?? 0;
  const found = systemRecovery(
    samples.filter(({ t }) => t <= upTo),
    from,
    { lossRatio: 0.001, slack_packets: 0.05 * half_pps + 64, hold_s: final_s },
  );
  history.write(trial, {
    k: 'systemRecovery',
    machine: machine.name,
    overload_pps: over_pps,
    relief_pps: half_pps,
    seconds: found?.seconds ?? null,
    drained_s: found?.drained_s ?? null,
    resolution_s: found?.resolution_s ?? POLL_MS / 1000,
  });
  await untilSteady(history.now(), context).catch((error) => note(explain(error)));
}
