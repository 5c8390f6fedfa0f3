/** Carries out a suite's schedule: every engine and fault at its time, each bounded, each with its begin and end in the history. */
import { setTimeout as sleep } from 'node:timers/promises';
import { explain, InfraError } from '../results/errors.ts';
import type { History } from '../results/history.ts';
import type { Engine } from '../suites/engines/engine.ts';
import { ENGINES } from '../suites/engines/index.ts';
import type { Fault } from '../suites/faults/fault.ts';
import { FAULTS } from '../suites/faults/index.ts';
import { lengthOf, packetsOf } from '../suites/flood/load.ts';
import { POLICIES } from '../suites/policies/index.ts';
import type { Policy } from '../suites/policies/policy.ts';
import { groupOf } from '../suites/storm/tenants.ts';
import type { Action, EngineAction, FloodAction, Place, RoundAction } from '../suites/suite.ts';
import type { Job, Site, WireCounters } from '../targets/target.ts';
import { aimOf } from './aim.ts';
import { arrivalOf, type WireReading } from './arrival.ts';
import { chooseFloodEngine } from './flood-engine.ts';

/** An engine may need this long to start, to end and to print its figures; a blocked one as long as its storage is away. */
const SLACK_S = 20;
/** How often the wire is read while a flood comes. */
const READ_MS = 100;
const OUTPUT_LIMIT_CHARS = 4_000_000;

export interface StormContext {
  readonly site: Site;
  readonly history: History;
  readonly trial: string;
  /** engines that a fault holds up are waited for so long beyond their time */
  readonly patience_s: number;
  readonly signal: AbortSignal;
}

export interface Storm {
  /** resolves when the last engine is confirmed stopped and the last fault healed */
  readonly over: Promise<void>;
  /** resolves when the tenants' own work has ended too */
  readonly loadsOver: Promise<void>;
}

export type FaultAction = Extract<Action, { kind: 'fault' }>;

/** Begins the storm. Failures of single actions are recorded, not thrown: what was seen until then still counts. */
export function beginStorm(schedule: readonly Action[], context: StormContext): Storm {
  const start = context.history.now();
  const all = (wanted: (action: Action) => boolean, run: (action: Action) => Promise<void>) =>
    Promise.all(schedule.filter(wanted).map(run)).then(() => undefined);
  const loadsOver = all(
    ({ kind }) => kind === 'load',
    (action) => runAt(start, action, context),
  );
  loadsOver.catch(() => undefined); // waited for only after a storm that went well: until then nobody hears of it
  // one round or step at a time
  let turn = Promise.resolve();
  const over = all(
    ({ kind }) => kind !== 'load',
    (action) => {
      if (!('during' in action)) return runAt(start, action, context);
      turn = turn.then(() => runAt(start, action, context));
      return turn;
    },
  );
  return { over, loadsOver };
}

/** `start` is the instant from which the action's time counts, on the history's clock. */
async function runAt(start: number, action: Action, context: StormContext): Promise<void> {
  const { history, signal } = context;
  await sleep(Math.max(0, (start + action.at_s - history.now()) * 1000), undefined, { signal }).catch(() => undefined);
  if (signal.aborted) return;
  if (action.kind === 'fault') await runFault(action, context);
  else if (action.kind === 'round') await runRound(action, context);
  else if (action.kind === 'step') await runAll(action.during, context);
  else if (action.kind === 'flood') await runFlood(action, context);
  else await runEngine({ ...action, engine: ENGINES[action.engine] as Engine<unknown> }, context);
}

/** The fault of an action; the map pairs each name with its own parameters, which the compiler cannot follow through the lookup. */
export const faultOf = ({ fault }: Pick<FaultAction, 'fault'>): Fault<unknown> => FAULTS[fault] as Fault<unknown>;

/** Injects a fault, waits, heals it. A failure is recorded, not thrown. */
export async function runFault(
  action: FaultAction,
  { site, history, trial, signal }: Pick<StormContext, 'site' | 'history' | 'trial' | 'signal'>,
): Promise<void> {
  const { on, params, for_s } = action;
  const fault = faultOf(action);
  const tell = (state: 'begin' | 'end' | 'failed', told: { detail?: string; figures?: Readonly<Record<string, number>> } = {}) =>
    history.write(trial, { k: 'action', what: 'fault', name: action.fault, on, state, breaks: fault.breaks, ...told });
  const words = params === undefined ? undefined : fault.inWords?.(params);
  tell('begin', { ...(words === undefined ? {} : { detail: words }), figures: { asked_s: for_s } });
  try {
    await fault.inject(site, on, params);
    const figures = fault.figures?.(site, on);
    await sleep(for_s * 1000, undefined, { signal }).catch(() => undefined); // ended early: it is healed now
    await fault.heal(site, on, params);
    tell('end', figures === undefined ? {} : { figures });
  } catch (error) {
    await fault.heal(site, on, params).catch(() => undefined); // the failure that is told is the first
    tell('failed', { detail: explain(error) });
  }
}

/** At times that count from now. */
async function runAll(actions: readonly Action[], context: StormContext): Promise<void> {
  const from = context.history.now();
  await Promise.all(actions.map((action) => runAt(from, action, context)));
}

/** Has tenants work, under a policy where there is one. A failure is recorded, not thrown. */
async function runRound({ policy, on, params, during }: RoundAction, context: StormContext): Promise<void> {
  const { site, history, trial } = context;
  const work = () => runAll(during, context);
  if (policy === undefined) return await work();
  const { apply, undo }: Policy = POLICIES[policy];
  const tell = (state: 'begin' | 'end' | 'failed', told: { detail?: string } = {}) =>
    history.write(trial, { k: 'action', what: 'policy', name: policy, on, state, ...told });
  tell('begin');
  try {
    await apply(site, on, params);
    await work();
    await undo(site, on, params);
    tell('end');
  } catch (error) {
    await undo(site, on, params).catch(() => undefined); // the failure that is told is the first
    tell('failed', { detail: explain(error) });
  }
}

/** A flood by the first engine that can; its figures are joined by what the wire counted meanwhile, since no generator is to be believed. */
async function runFlood(action: FloodAction, context: StormContext): Promise<void> {
  const { site, history, trial } = context;
  const { station, to } = action.on;
  try {
    const network = site.networks[station];
    const engine = await chooseFloodEngine(action, context);
    const { load } = action.params;
    const [asked_packets, asked_s] = [packetsOf(load), lengthOf(load)];
    const before = network.wire(to);
    const readings: WireReading[] = [];
    const read = () => readings.push({ t: history.now(), offered: network.wire(to).arrived.packets });
    const watch = setInterval(() => quietly(read), READ_MS);
    const more = () => {
      const came_s = Math.round((arrivalOf(readings, asked_packets / asked_s)?.for_s ?? 0) * 1000) / 1000;
      return { asked_packets, asked_s, came_s, ...seenByWire(before, network.wire(to)) };
    };
    try {
      await runEngine({ ...action, kind: 'engine', engine: engine as Engine<unknown> }, context, more);
    } finally {
      clearInterval(watch);
    }
  } catch (error) {
    history.write(trial, { k: 'action', what: 'engine', name: 'flood', on: to, state: 'failed', detail: explain(error) });
  }
}

/** A wire that is gone is told by whoever reads it last; a timer has nobody to tell. */
function quietly(work: () => unknown): void {
  try {
    work();
  } catch {
    // see above
  }
}

function seenByWire(before: WireCounters, after: WireCounters): Record<string, number> {
  return {
    unsent_packets: after.unsent_packets - before.unsent_packets,
    arrived_packets: after.arrived.packets - before.arrived.packets,
    arrived_bytes: after.arrived.bytes - before.arrived.bytes,
    taken_packets: after.taken.packets - before.taken.packets,
    card_dropped_packets: after.dropped_packets - before.dropped_packets,
  };
}

async function runEngine(
  action: Omit<EngineAction, 'engine'> & { readonly engine: Engine<unknown>; readonly on: Place; readonly params: object },
  { site, history, trial, patience_s, signal }: StormContext,
  more: () => Record<string, number> = () => ({}),
): Promise<void> {
  const { engine, params } = action;
  const on = 'machine' in action.on ? action.on.machine : action.on.to;
  const tell = (state: 'begin' | 'end' | 'failed', told: { detail?: string; figures?: Record<string, number> } = {}) =>
    history.write(trial, {
      k: 'action',
      what: action.kind,
      name: engine.name,
      on,
      state,
      ...told,
      ...roundOf(action),
    });
  tell('begin', { detail: engine.inWords?.(params) ?? inWords(params) });
  let job: Job | undefined;
  const stop = () => void job?.stop();
  try {
    const { argv, input } = engine.command(params, action.for_s, aimOf(site, action.on));
    const limit_s = action.for_s + SLACK_S + ('machine' in action.on ? patience_s : 0);
    job = await launch(site, action.on, argv, limit_s);
    signal.addEventListener('abort', stop);
    if (signal.aborted) stop(); // while the machine was being reached
    const stdout = gather(job);
    job.stdin?.end(input ?? '');
    const { code, stderr, timedOut } = await job.done;
    if (code === 0) tell('end', { figures: { ...engine.figures(stdout()), ...more() } });
    else if (signal.aborted) tell('failed', { detail: 'ended before its time', figures: more() });
    else tell('failed', { detail: timedOut ? `did not end in ${limit_s} s and was killed` : stderr.split('\n').at(-1) || `exit ${code}` });
  } catch (error) {
    tell('failed', { detail: explain(error) });
  } finally {
    signal.removeEventListener('abort', stop);
  }
}

function roundOf({ round }: Pick<EngineAction, 'round'>) {
  if (round === undefined) return {};
  const { tenant, with: how, policy, trying } = round;
  return { round: how, tenant, ...(policy === undefined ? {} : { policy }), ...(trying === undefined ? {} : { trying }) };
}

/** Gathers what a job prints, up to a limit. */
function gather(job: Job): () => string {
  let stdout = '';
  job.stdout.setEncoding('utf8');
  job.stdout.on('data', (text: string) => {
    if (stdout.length < OUTPUT_LIMIT_CHARS) stdout += text;
  });
  return () => stdout;
}

/** `pattern write, depth 16` */
const inWords = (params: object): string =>
  Object.entries(params)
    .map(([name, value]) => `${name} ${value}`)
    .join(', ');

async function launch(site: Site, on: Place, argv: readonly string[], limit_s: number): Promise<Job> {
  if ('station' in on) return site.networks[on.station].spawn(argv, { limit_s });
  const machine = site.machines.get(on.machine);
  if (machine === undefined) throw new InfraError(`there is no machine "${on.machine}" to run an engine on`);
  const { group } = on;
  return (await machine.manage()).start(group === undefined ? argv : [...JOIN, `${groupOf(group)}/cgroup.procs`, ...argv], { limit_s });
}

/** Goes on as the program behind the group's file, in that group. */
const JOIN = ['sh', '-c', 'echo $$ > "$0" && exec "$@"'] as const;
