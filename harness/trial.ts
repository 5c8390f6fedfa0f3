/**
 * One trial, from provision to release. It writes the history and decides nothing: what it was worth is for `judge` to say, from the
 * history alone. So nothing is thrown from here but a wrong use; failures are records.
 */
import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import type { SearchPlan } from '../results/curve.ts';
import { CandidateError, explain, InfraError, Interrupted } from '../results/errors.ts';
import type { History } from '../results/history.ts';
import { MEASURES } from '../results/measures.ts';
import { isUntweaked, type Objective, PHASES, type Phase, type Tolerance, type TrialResult } from '../results/model.ts';
import type { OutageSearchPlan } from '../results/outage.ts';
import type { HostClass } from '../suites/classes.ts';
import type { FloodEngineName } from '../suites/engines/flood.ts';
import type { Profile } from '../suites/profiles.ts';
import { type StorageSettings, whyNotRaw, withStorage } from '../suites/storage-settings.ts';
import { type Action, actionsIn, floodsIn, mostAtOnce, type Suite, type SuitePlan } from '../suites/suite.ts';
import { type Application, applyTweaks } from '../suites/tweaks/apply.ts';
import type { Tweak } from '../suites/tweaks/tweak.ts';
import type { Candidate, Machine, Site, Target } from '../targets/target.ts';
import { arm, proveConsole } from './arm.ts';
import { collect } from './collect.ts';
import { readCounters } from './counters.ts';
import { searchCutOff } from './cutoff/search.ts';
import { checkFileSystem, makeFileSystem, verifyData } from './data.ts';
import { within } from './deadline.ts';
import { FirstReplies } from './first-replies.ts';
import { chooseFloodEngine } from './flood-engine.ts';
import { PEAK_RESIDENT } from './judge.ts';
import { searchLoad } from './load-search.ts';
import { readMemory } from './memory.ts';
import { LAST_WORDS_MS, Monitor } from './monitor.ts';
import { PanicDumps } from './panic-dumps.ts';
import { resetMachine } from './reset.ts';
import type { Sabotage } from './sabotage.ts';
import type { SearchContext } from './search/context.ts';
import { prepare, proveTweaks, refuseFaults, type SetUp, Skipped, withoutRefused } from './set-up.ts';
import { SteadyState } from './steady-state.ts';
import { beginStorm, faultOf, type Storm } from './storm.ts';
import { whyNoTail } from './tail-choice.ts';
import {
  ARM_LIMIT_S,
  CHECK_LIMIT_S,
  COLLECT_LIMIT_S,
  dumpLimit_s,
  hangWatch_s,
  type Search,
  searchOf,
  stormLength_s,
  trialLimit_s,
} from './trial-plan.ts';
import { trialRecord } from './trial-record.ts';

export interface TrialRequest {
  readonly name: string;
  readonly suite: Suite;
  /** one of the suite's cases; undefined where it has none */
  readonly case: string | undefined;
  readonly size: HostClass;
  readonly profile: Profile;
  readonly seed: number;
  readonly candidate: Candidate;
  readonly sabotage: { readonly name: string; readonly how: Sabotage } | undefined;
  readonly append: readonly string[];
  /** changed on every machine before its baseline; `variant` is what that set is called, where several are compared */
  readonly tweaks: readonly Tweak[];
  readonly variant: string | undefined;
  /** which repetition it is, of which kernel, and in whose place, where the record is to tell */
  readonly repetition: Pick<TrialResult, 'repeat' | 'reference' | 'retryOf'>;
  /** how storage is attached and served, where not as the suite has it */
  readonly storage: StorageSettings;
  /** floods with this engine and no other; undefined leaves the choice to what the host can */
  readonly engine: FloodEngineName | undefined;
  /** the storm is a search for the load at which the host gives way */
  readonly search: boolean;
}

export interface TrialContext {
  readonly run: string;
  readonly target: Target;
  readonly history: History;
  /** the run's directory: `console/` and `artefacts/` are below it */
  readonly dir: string;
  readonly runtimeDir: string;
  readonly signal: AbortSignal;
  readonly note: (text: string) => void;
  /** told what the lab's machines run on, once it is known */
  readonly describe: (site: Pick<Site, 'accelerator' | 'emulated'>) => void;
}

/** A sample below this is good whatever the baseline was: half the resolution of the recovery time. */
const FLOOR_MS = 50;
const RELEASE_LIMIT_S = 60;
const PROVISION_LIMIT_S = 1800;
const POLL_MS = 100;
/** What every machine calls its card on the front network. */
const FRONT_CARD = 'front';
/** A panic's last words and QEMU's word of it may come a little after what it broke. */
const DEATH_NOTICE_MS = 2500;

/** Carries out the trial; resolves when everything of it is recorded and released. */
export async function runTrial(request: TrialRequest, context: TrialContext): Promise<void> {
  await new Trial(request, context).run();
}

/** Where all disks are written to as they are, there is none to be damaged. */
const hasFileSystem = ({ topology }: SuitePlan): boolean =>
  topology.machines.some(({ disk }) => disk !== undefined && disk.fileSystem !== 'raw');

class Trial {
  readonly #request: TrialRequest;
  readonly #context: TrialContext;
  readonly #plan: SuitePlan;
  readonly #tolerance: Tolerance;
  readonly #search: Search | undefined;
  readonly #tweaks: Application;
  readonly #setUp: SetUp;
  readonly #objectives: readonly Objective[];
  readonly #abort = new AbortController();
  /** our own side broke while nobody waited for it */
  #faulted = false;
  readonly #monitor: Monitor;
  readonly #limit_s: number;
  #phase: Phase = 'provision';
  #site: Site | undefined;
  readonly #steady: SteadyState;
  readonly #artefacts: string;
  readonly #dumps: PanicDumps;
  readonly #firstReplies: FirstReplies;
  /** what of the plan's is carried out */
  #schedule: readonly Action[] = [];
  #stormEnd = 0;
  /** when recovery was over: all machines are back, or given up */
  #back = 0;

  constructor(request: TrialRequest, context: TrialContext) {
    this.#request = request;
    this.#context = context;
    const { suite, size, profile, seed, sabotage } = request;
    const plan = withStorage(suite.plan(size, profile, seed, request.case), request.storage);
    this.#plan = sabotage?.how.plan?.(plan, profile) ?? plan;
    this.#tweaks = applyTweaks(request.tweaks, { device: FRONT_CARD });
    // of sets that are compared one may well take a vector's effect away: the untweaked host beside it has shown it
    const given = isUntweaked(request) ? new Set() : new Set(plan.waivable);
    this.#search = request.search ? searchOf(this.#plan, profile) : undefined;
    const asked = this.#search?.over === 'outage' ? this.#search.objectives : this.#plan.objectives;
    this.#objectives = asked.filter(({ kind, name }) => !given.has(name) && (kind !== 'clean_file_system' || hasFileSystem(this.#plan)));
    const tolerance: Tolerance = { floor_ms: FLOOR_MS, hold_s: profile.recovery.hold_s, limit_s: profile.recovery.limit_s };
    this.#tolerance = sabotage?.how.tolerance?.(tolerance) ?? tolerance;
    this.#limit_s = trialLimit_s(this.#plan, profile) + (this.#search?.budget_s ?? 0);
    const { history, dir, signal } = context;
    this.#setUp = {
      ...{ history, trial: request.name, plan: this.#plan, tweaks: this.#tweaks },
      ...{ compared: !isUntweaked(request), limit_s: this.#limit_s },
    };
    this.#artefacts = join(dir, 'artefacts');
    this.#firstReplies = new FirstReplies(history, request.name);
    this.#monitor = new Monitor(history, request.name, (error) => this.#fault(error));
    this.#dumps = new PanicDumps({
      history,
      trial: request.name,
      budget: profile.dump,
      lastWords_ms: LAST_WORDS_MS,
      stemOf: (machine) => this.#stemOf(machine),
      signal,
      fault: (error) => this.#fault(error),
    });
    const probes = this.#plan.topology.machines.flatMap(({ name: machine }) =>
      (this.#plan.probes[machine] ?? []).map((probe) => ({ machine, probe })),
    );
    this.#steady = new SteadyState(probes, { history, monitor: this.#monitor, tolerance: this.#tolerance });
  }

  async run(): Promise<void> {
    const { history, signal } = this.#context;
    const about = { plan: this.#plan, objectives: this.#objectives, tolerance: this.#tolerance, search: this.#search };
    history.write(this.#request.name, trialRecord(this.#request, about));
    const interrupt = () => this.#abort.abort(signal.reason);
    signal.addEventListener('abort', interrupt);
    if (signal.aborted) interrupt();
    try {
      await this.#live();
    } catch (error) {
      await this.#fail(error);
    } finally {
      signal.removeEventListener('abort', interrupt);
      // what a phase that ran out of time has left behind
      this.#abort.abort(new InfraError('the trial is over'));
      // whatever broke, such as a lab host without memory, may not bear the taking of cores
      await this.#dumps.finishAll(this.#faulted);
      await this.#release();
    }
  }

  async #live(): Promise<void> {
    const { profile } = this.#request;
    const slack = stormLength_s(this.#plan) + this.#tolerance.limit_s;
    await this.#during('provision', PROVISION_LIMIT_S, () => this.#provision());
    await this.#during('boot', profile.bootLimit_s * 2 + 60, () => this.#boot());
    await this.#during('arm', ARM_LIMIT_S, () => this.#arm());
    await this.#during('baseline', profile.baseline.limit_s + 60, () => this.#findBaseline());
    this.#steady.settle();
    const storm = await this.#during('storm', slack + (this.#search === undefined ? 120 : 2 * this.#search.budget_s), () => this.#storm());
    const { limit_s, hold_s } = this.#tolerance;
    await this.#during('recovery', limit_s * 2 + hold_s + 2 * profile.bootLimit_s + dumpLimit_s(profile) + 180, () => this.#recover(storm));
    await this.#firstReplies.record(this.#siteOpen());
    await this.#during('check', CHECK_LIMIT_S, () => this.#check());
    await this.#during('collect', COLLECT_LIMIT_S + hangWatch_s(profile), () => this.#collect());
    this.#throwIfDown('after the storm');
  }

  /** Runs one phase between its marks in the history; ended by the run's end, our own faults, or its limit. */
  async #during<T>(phase: Phase, limit_s: number, work: () => Promise<T>): Promise<T> {
    const { history } = this.#context;
    this.#phase = phase;
    history.write(this.#request.name, { k: 'phase', phase, state: 'begin' });
    const result = await within(work(), `the ${phase} phase`, limit_s, this.#abort.signal);
    history.write(this.#request.name, { k: 'phase', phase, state: 'end' });
    return result;
  }

  async #provision(): Promise<void> {
    const { target, dir, run, runtimeDir, note, describe } = this.#context;
    const { name, candidate, append } = this.#request;
    const unfit = whyNoTail(this.#plan.topology.tails) ?? whyNotRaw(this.#plan);
    if (unfit !== undefined) throw new Skipped(unfit);
    const consoleDir = join(dir, 'console');
    mkdirSync(consoleDir, { recursive: true });
    this.#site = await target.open(this.#plan.topology, {
      candidate,
      run,
      runtimeDir,
      consoleDir,
      prefix: `${name}.`,
      limit_s: this.#limit_s,
      append: [...append, ...this.#tweaks.append],
      signal: this.#abort.signal,
      note,
      fault: (error) => this.#fault(error),
      contended: (told) => this.#monitor.contended(told),
    });
    describe(this.#site);
    for (const machine of this.#machines()) {
      this.#monitor.watch(machine);
      this.#dumps.watch(machine);
    }
    this.#skipHeldTweaks();
  }

  /** A tweak of what the suite itself sets would be compared with that, and not with the host as it is. */
  #skipHeldTweaks(): void {
    const held = new Set((this.#plan.prepare ?? []).map(({ holds }) => holds));
    const both = this.#request.tweaks.find(({ name }) => held.has(name));
    if (both !== undefined) throw new Skipped(`${both.text}: ${this.#request.case ?? this.#request.suite.name} sets ${both.name} itself`);
  }

  async #boot(): Promise<void> {
    await Promise.all(
      this.#machines().map(async (machine) => {
        const times = await machine.boot(this.#request.profile.bootLimit_s);
        for (const [name, value] of Object.entries(times)) this.#fact(machine.name, `boot ${name}`, String(value));
        this.#context.history.write(this.#request.name, {
          k: 'measure',
          machine: machine.name,
          name: MEASURES.boot,
          seconds: times.ready_s,
        });
      }),
    );
  }

  async #arm(): Promise<void> {
    const { history } = this.#context;
    const { name, profile } = this.#request;
    await Promise.all(
      this.#machines().map(async (machine) => {
        await arm(machine, history, name, profile.hungTaskTimeout_s);
        const { why } = await makeFileSystem(machine);
        if (why !== undefined) throw new Skipped(why);
        await prepare(machine, this.#setUp);
      }),
    );
    await this.#tellMemory('ready');
    await refuseFaults(this.#siteOpen(), this.#setUp);
    this.#schedule = await withoutRefused(this.#siteOpen(), this.#setUp);
    const floods = floodsIn(this.#plan.schedule);
    const asked = { only: this.#request.engine, atOnce: mostAtOnce(floods) };
    if (floods[0] !== undefined) await chooseFloodEngine(floods[0], { site: this.#siteOpen(), history, trial: name }, asked);
  }

  async #findBaseline(): Promise<void> {
    await Promise.all(this.#machines().map((machine) => this.#startProbes(machine)));
    const accountable = this.#machines().filter(({ name }) => this.#plan.accounts?.includes(name));
    await Promise.all(accountable.map((machine) => this.#monitor.account(machine, this.#limit_s)));
    await this.#readCounters('idle');
    await this.#steady.find(this.#request.profile.baseline, this.#abort.signal, () => this.#throwIfDown('before the storm'));
    await this.#readCounters('before');
    await Promise.all(this.#machines().map((machine) => this.#meter(machine)));
  }

  async #startProbes(machine: Machine): Promise<void> {
    const probes = this.#plan.probes[machine.name] ?? [];
    await Promise.all(probes.map((probe) => this.#monitor.probe(this.#siteOpen(), machine, probe, this.#limit_s)));
  }

  /** Counters that an objective asks for are followed through the storm; where it asks for none there is no meter to slow anything down. */
  async #meter(machine: Machine): Promise<void> {
    const wanted = this.#objectives.flatMap((objective) =>
      objective.kind === 'effect' && objective.evidence.of === 'peak' && objective.evidence.machine === machine.name
        ? [objective.evidence.counter]
        : [],
    );
    if (wanted.length > 0) await this.#monitor.meter(machine, wanted, this.#limit_s);
  }

  /** Resolves when nothing tries the hosts any more; work of the tenants' own may still go on. */
  async #storm(): Promise<Pick<Storm, 'loadsOver'>> {
    const search = this.#search;
    if (search === undefined) return await this.#carryOut();
    await (search.over === 'load' ? this.#searchLoad(search.plan) : this.#searchCutOff(search.plan));
    return { loadsOver: Promise.resolve() };
  }

  async #carryOut(): Promise<Storm> {
    const { history } = this.#context;
    const { name, sabotage } = this.#request;
    const allDown = new AbortController();
    const storm = beginStorm(this.#schedule, {
      site: this.#siteOpen(),
      history,
      trial: name,
      patience_s: this.#tolerance.limit_s,
      signal: AbortSignal.any([this.#abort.signal, allDown.signal]),
    });
    // there is nothing to learn from a storm against machines that are all down
    const watch = setInterval(() => {
      if (this.#down().length === this.#machines().length) allDown.abort();
    }, POLL_MS * 5);
    const half = sleep((stormLength_s(this.#plan) / 2) * 1000, undefined, { signal: this.#abort.signal });
    const control = half.then(() => sabotage?.how.during?.(this.#sabotageContext()));
    try {
      await Promise.all([storm.over, control]);
    } finally {
      clearInterval(watch);
    }
    return storm;
  }

  /** A flood after the other, each from a recovered steady state, until it is known at which load the host gives way. */
  async #searchLoad(search: SearchPlan): Promise<void> {
    const { name, profile } = this.#request;
    const flood = this.#plan.schedule.find((action) => action.kind === 'flood');
    const machine = this.#site?.machines.get(flood?.on.to ?? '');
    if (flood === undefined || machine === undefined) throw new InfraError(`${name} floods nothing, so no load can be searched for`);
    await searchLoad(flood, search, {
      ...this.#searchContext(),
      machine,
      probes: this.#plan.probes[machine.name] ?? [],
      classes: this.#objectives.flatMap((objective) => (objective.kind === 'no_event' ? objective.classes : [])),
      steady: (from) => this.#steady.isBack(machine.name, from),
      revive: () => this.#reset(machine),
      recoverWithin_s: profile.recovery.atMost_s,
      hold_s: this.#tolerance.hold_s,
      hungTaskTimeout_s: profile.hungTaskTimeout_s,
    });
  }

  /** An outage after the other, each from a steady state, until it is known how long one may be. The probes are the writers. */
  async #searchCutOff(plan: OutageSearchPlan): Promise<void> {
    const faults = this.#plan.schedule.filter((action) => action.kind === 'fault');
    const first = faults.filter(({ at_s }) => at_s === faults[0]?.at_s);
    await searchCutOff(first, plan, {
      ...this.#searchContext(),
      machines: this.#machines(),
      steady: (machine, from) => this.#steady.isBack(machine, from),
      revive: (machine) => this.#reset(machine),
    });
  }

  #searchContext(): SearchContext {
    const { history, note } = this.#context;
    const giveUpAfter_s = this.#tolerance.limit_s + this.#tolerance.hold_s;
    const { signal } = this.#abort;
    return { site: this.#siteOpen(), history, trial: this.#request.name, monitor: this.#monitor, signal, note, giveUpAfter_s };
  }

  /** Waits until every machine is steady; resets those that are not. */
  async #recover({ loadsOver }: Pick<Storm, 'loadsOver'>): Promise<void> {
    const { history } = this.#context;
    const undo = await this.#request.sabotage?.how.linger?.(this.#sabotageContext());
    const end = history.now();
    this.#stormEnd = end;
    // for the figures of the flood alone; a machine that is too busy has none
    const alive = new Set(this.#machines().flatMap(({ name }) => (this.#monitor.down.has(name) ? [] : [name])));
    const ended = Promise.all([this.#readCounters('ended', alive), this.#tellMemory('ended', alive)]).catch(() => undefined);
    const back = new Set<string>();
    const resets = new Set<string>();
    while (history.now() - end <= this.#tolerance.limit_s + this.#tolerance.hold_s) {
      for (const machine of this.#machines()) {
        if (back.has(machine.name) || resets.has(machine.name)) continue;
        if (this.#monitor.down.has(machine.name)) resets.add(machine.name);
        else if (this.#steady.isBack(machine.name, end)) {
          back.add(machine.name);
          history.write(this.#request.name, { k: 'recovered', machine: machine.name, how: 'self' });
        }
      }
      if (back.size + resets.size === this.#machines().length) break;
      await sleep(POLL_MS, undefined, { signal: this.#abort.signal });
    }
    await ended;
    await undo?.();
    if (undo !== undefined) this.#fact(undefined, 'sabotage', 'undone, recovery was given up');
    // what was recovered by itself is still whole: its counters tell whether the storm was real
    if (back.size > 0) {
      await this.#readCounters('after', back);
      await this.#tellMemory('after', back);
    }
    await Promise.all(this.#machines().map((machine) => (back.has(machine.name) ? undefined : this.#reset(machine))));
    this.#back = history.now();
    // a machine that was reset took its load with it, and its engine's end is told by the broken channel
    await loadsOver;
  }

  async #reset(machine: Machine): Promise<boolean> {
    return await resetMachine(machine, {
      history: this.#context.history,
      trial: this.#request.name,
      monitor: this.#monitor,
      profile: this.#request.profile,
      dumps: this.#dumps,
      setUp: async () => {
        // what a boot sets back: its silence would prove nothing from then on
        await arm(machine, this.#context.history, this.#request.name, this.#request.profile.hungTaskTimeout_s);
        await prepare(machine, this.#setUp);
        await this.#startProbes(machine);
      },
      isSteady: (from) => this.#steady.isBack(machine.name, from),
      steadyWithin_s: this.#tolerance.limit_s,
      signal: this.#abort.signal,
    });
  }

  async #check(): Promise<void> {
    const { history } = this.#context;
    const { name, sabotage } = this.#request;
    await this.#monitor.stopProbes();
    await sabotage?.how.beforeCheck?.(this.#sabotageContext());
    for (const machine of this.#machines().filter(({ name: each }) => this.#plan.probes[each]?.includes('storage'))) {
      try {
        await verifyData(machine, this.#monitor.acknowledged(machine.name), history, name);
      } catch (error) {
        // the other machines' data is still worth reading; a missing account is never a pass
        this.#fact(machine.name, 'data check', `failed: ${explain(error)}`);
      }
      await checkFileSystem(machine, history, name);
    }
  }

  /** First the silence is lent its weight: a hang has had the time to be told, and the consoles still carry what is said. */
  async #collect(): Promise<void> {
    const { history } = this.#context;
    const { name, profile } = this.#request;
    // where hung tasks are explained by the storm they must not go on once the machine is back
    const from = this.#objectives.some((each) => each.kind === 'no_event' && each.tolerates !== undefined) ? this.#back : this.#stormEnd;
    const left_s = Math.max(0, hangWatch_s(profile) - (history.now() - from));
    if (left_s > 1)
      this.#context.note(`watching ${Math.ceil(left_s)} s longer: only then has the kernel had the time to tell of a hung task`);
    await sleep(left_s * 1000, undefined, { signal: this.#abort.signal });
    this.#throwIfDown('after the storm');
    await Promise.all(this.#machines().map((machine) => proveConsole(machine, history, name, 'console after the storm')));
    await Promise.all(this.#machines().map((machine) => proveTweaks(machine, this.#setUp)));
    mkdirSync(this.#artefacts, { recursive: true });
    const failed = (machine: string, what: string, why: string) => this.#fact(machine, `collect ${what}`, `failed: ${why}`);
    await Promise.all(this.#machines().map((machine) => collect(machine, this.#stemOf(machine.name), failed)));
  }

  /** Undoes everything, whatever happened; a release that fails is recorded like any other failure. */
  async #release(): Promise<void> {
    const { history } = this.#context;
    const { name } = this.#request;
    try {
      this.#phase = 'release';
      history.write(name, { k: 'phase', phase: 'release', state: 'begin' });
    } catch {
      // a full disk refuses the record, and has ended the trial before; the release itself must still be done
    }
    const site = this.#site;
    if (site !== undefined) this.#tellResidence(site);
    this.#firstReplies[Symbol.dispose]();
    const released = (async () => {
      await this.#monitor[Symbol.asyncDispose]();
      await site?.[Symbol.asyncDispose]();
    })();
    try {
      await within(released, 'the release', RELEASE_LIMIT_S, new AbortController().signal);
      history.write(name, { k: 'phase', phase: 'release', state: 'end' });
    } catch (error) {
      await this.#fail(error);
    }
  }

  #tellResidence(site: Site): void {
    try {
      this.#fact(undefined, PEAK_RESIDENT, String(site.peak_MiB()));
    } catch {
      // as above: a full disk
    }
  }

  /** Our own side broke while nobody was waiting for it: the trial ends here. */
  #fault(error: Error): void {
    this.#faulted = true;
    this.#abort.abort(error instanceof InfraError ? error : new InfraError(explain(error), { cause: error }));
  }

  async #fail(error: unknown): Promise<void> {
    const { history } = this.#context;
    if (error instanceof Skipped) {
      history.write(this.#request.name, { k: 'skipped', reason: error.message });
      return;
    }
    // what looks like our own failure may be the first sign of a panic whose text is still on its way
    if (!(error instanceof Interrupted) && this.#site !== undefined && this.#phase !== 'release') await sleep(DEATH_NOTICE_MS);
    const down = this.#down()
      .map(([machine, how]) => `${machine} ${how}`)
      .join(', ');
    const fault =
      error instanceof Interrupted
        ? 'interrupted'
        : error instanceof CandidateError || (down !== '' && this.#phase !== 'release')
          ? 'candidate'
          : 'infrastructure';
    const message = down !== '' && !(error instanceof CandidateError) ? `${down} (${explain(error)})` : explain(error);
    try {
      history.write(this.#request.name, { k: 'failure', phase: this.#phase, fault, message });
    } catch {
      this.#context.note(message); // the history cannot take it any more: an unfinished history is `unknown` by itself
    }
  }

  /** Machines that went down by their kernel's doing, and how: not those that a fault brings down. */
  #down(): [machine: string, how: string][] {
    const begun = PHASES.indexOf(this.#phase) >= PHASES.indexOf('storm');
    const onPurpose = new Set(actionsIn(this.#schedule).flatMap((each) => (each.kind === 'fault' && faultOf(each).downs ? [each.on] : [])));
    return [...this.#monitor.down].filter(([machine]) => !(begun && onPurpose.has(machine)));
  }

  #throwIfDown(when: string): void {
    for (const [machine, how] of this.#monitor.down) throw new CandidateError(`${machine} ${how} ${when}`);
  }

  async #readCounters(when: 'idle' | 'before' | 'ended' | 'after', only?: ReadonlySet<string>): Promise<void> {
    for (const machine of this.#machines()) {
      if (only !== undefined && !only.has(machine.name)) continue;
      const values = await readCounters(await machine.manage());
      this.#context.history.write(this.#request.name, { k: 'counters', machine: machine.name, when, values });
    }
  }

  async #tellMemory(when: 'ready' | 'ended' | 'after', only?: ReadonlySet<string>): Promise<void> {
    const asked = this.#machines().filter(({ name }) => only === undefined || only.has(name));
    await Promise.all(
      asked.map(async (machine) => {
        const state = await readMemory(await machine.manage());
        this.#context.history.write(this.#request.name, { k: 'memory', machine: machine.name, when, ...state });
      }),
    );
  }

  #fact(machine: string | undefined, name: string, value: string): void {
    this.#context.history.write(this.#request.name, { k: 'fact', ...(machine === undefined ? {} : { machine }), name, value });
  }

  #sabotageContext() {
    const { history } = this.#context;
    return {
      site: this.#siteOpen(),
      history,
      trial: this.#request.name,
      acknowledged: (machine: string) => this.#monitor.acknowledged(machine),
    };
  }

  /** The path of a machine's artefacts, without their endings. */
  #stemOf(machine: string): string {
    return join(this.#artefacts, `${this.#request.name}.${machine}`);
  }

  #siteOpen(): Site {
    if (this.#site === undefined) throw new InfraError('there is no site yet');
    return this.#site;
  }

  #machines(): Machine[] {
    return [...(this.#site?.machines.values() ?? [])];
  }
}
