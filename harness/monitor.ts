/** Every console and probe of a trial, into one append-only history. */
import type { History } from '../results/history.ts';
import type { Contention, KernelEvent, ProbeName } from '../results/model.ts';
import { PROBES } from '../suites/probes/index.ts';
import { eachLine } from '../suites/probes/lines.ts';
import type { RunningProbe } from '../suites/probes/probe.ts';
import type { Job, Machine, Site } from '../targets/target.ts';
import { ACCOUNTING_ARGV, accountIn } from './accounting.ts';
import { meterArgv, readings } from './counters.ts';
import { createDetector } from './detect/detector.ts';
import type { ProbeSample } from './recovery.ts';

/** A report that nothing follows is complete after so long. */
const QUIET_MS = 1000;
/** How often counters are read during a storm. */
const METER_S = 1;
/** After a panic is told, the rest of its text comes within this time. */
export const LAST_WORDS_MS = 1500;

export class Monitor implements AsyncDisposable {
  readonly #history: History;
  readonly #trial: string;
  readonly #stops: (() => void)[] = [];
  readonly #probes = new Map<string, RunningProbe>();
  readonly #meters = new Map<string, Job>();
  readonly #events = new Map<string, { readonly t: number; readonly event: KernelEvent }[]>();
  readonly #samples = new Map<string, ProbeSample[]>();
  readonly #acknowledged = new Map<string, number>();
  readonly #down = new Map<string, string>();
  readonly #fault: (error: Error) => void;

  /** `fault` is told when the history refuses a record. */
  constructor(history: History, trial: string, fault: (error: Error) => void) {
    this.#history = history;
    this.#trial = trial;
    this.#fault = fault;
  }

  /** Watches a machine's console and power from now on, which must be before it is turned on. */
  watch(machine: Machine): void {
    const detector = createDetector();
    const seen = this.events(machine.name);
    const write = (events: ReturnType<typeof detector.push>) => {
      for (const event of events)
        this.#guard(() => {
          const { t } = this.#history.write(this.#trial, { k: 'event', machine: machine.name, event });
          seen.push({ t, event });
        });
    };
    let quiet: NodeJS.Timeout | undefined;
    const flush = () => write(detector.flush());
    const unsubscribe = machine.console.subscribe((chunk) => {
      write(detector.push(chunk));
      clearTimeout(quiet);
      quiet = setTimeout(flush, QUIET_MS);
    });
    const silence = machine.power.subscribe((event) => {
      if (event.kind === 'panicked') {
        this.#down.set(machine.name, 'panicked');
        this.#fact(machine.name, 'panicked', `told by its ${event.by}`);
        // a panicked machine spins for ever: once its last words are out it need not burn a processor
        setTimeout(() => {
          flush();
          if (this.#down.get(machine.name) === 'panicked') machine.power.pause().catch(() => undefined); // it is being reset or ended
        }, LAST_WORDS_MS).unref();
      } else if (event.kind === 'reset') {
        if (event.byGuest) this.#down.set(machine.name, 'rebooted by itself');
        else this.revive(machine.name);
        this.#fact(machine.name, 'reset', event.byGuest ? 'by the machine itself' : 'by the controller');
      } else if (event.kind === 'off' && !event.expected) {
        this.#fault(new Error(`QEMU of ${machine.name} ended: ${event.detail}`));
      }
    });
    this.#stops.push(() => {
      clearTimeout(quiet);
      unsubscribe();
      silence();
      write(detector.end());
    });
  }

  /** Machines that went down and were not reset since, and how: `panicked`, `rebooted by itself`. */
  get down(): ReadonlyMap<string, string> {
    return this.#down;
  }

  /** A machine that was reset lives again. */
  revive(machine: string): void {
    this.#down.delete(machine);
  }

  /** Starts a probe; one of the same name on that machine is ended first. Throws InfraError when it cannot be started. */
  async probe(site: Site, machine: Machine, name: ProbeName, limit_s: number): Promise<void> {
    const key = keyOf(name, machine.name);
    await this.#probes.get(key)?.stop();
    this.#probes.delete(key);
    const running = await PROBES[name]({
      site,
      machine,
      limit_s,
      first: this.acknowledged(machine.name) + 1,
      fault: this.#fault,
      emit: ({ ms, seq }) => {
        if (seq !== undefined) this.#acknowledged.set(machine.name, Math.max(seq, this.acknowledged(machine.name)));
        const rounded = ms === null ? null : Math.round(ms * 1000) / 1000;
        this.#guard(() => {
          const entry = { k: 'sample', probe: name, machine: machine.name, ms: rounded, ...(seq === undefined ? {} : { seq }) } as const;
          const { t } = this.#history.write(this.#trial, entry);
          this.samples(name, machine.name).push({ t, ms: rounded });
        });
      },
    });
    this.#probes.set(key, running);
  }

  /**
   * Reads a machine's counters every second from now on, and writes those of the list into the history. A machine that is drowned answers
   * late, or not at all: there is nothing to be said of that here, the probes tell it.
   */
  async meter(machine: Machine, wanted: readonly string[], limit_s: number): Promise<void> {
    await this.#meters.get(machine.name)?.stop();
    const channel = await machine.manage();
    const job = await channel.start(meterArgv(METER_S), { limit_s, name: 'meter' });
    this.#meters.set(machine.name, job);
    const take = readings((values) => {
      const picked = Object.fromEntries(wanted.flatMap((name) => (values[name] === undefined ? [] : [[name, values[name]]])));
      this.#guard(() => this.#history.write(this.#trial, { k: 'counters', machine: machine.name, when: 'during', values: picked }));
    });
    job.stdout.setEncoding('utf8');
    job.stdout.on('data', take);
  }

  /** Has a machine tell every second from now on who uses its disks; one that is drowned tells it late, or not at all. */
  async account(machine: Machine, limit_s: number): Promise<void> {
    const channel = await machine.manage();
    const job = await channel.start(ACCOUNTING_ARGV, { limit_s, name: 'accounting' });
    this.#meters.set(`accounting ${machine.name}`, job);
    eachLine(job.stdout, (line) => {
      const account = accountIn(line);
      if (account !== undefined) this.#guard(() => this.#history.write(this.#trial, { k: 'io', machine: machine.name, ...account }));
    });
  }

  /** What others took of the lab host. */
  contended(told: Contention): void {
    this.#guard(() => this.#history.write(this.#trial, { k: 'contention', ...told }));
  }

  /** All events of a machine so far, oldest first. */
  events(machine: string): { readonly t: number; readonly event: KernelEvent }[] {
    const events = this.#events.get(machine) ?? [];
    this.#events.set(machine, events);
    return events;
  }

  /** All samples of a probe so far, oldest first. */
  samples(name: ProbeName, machine: string): ProbeSample[] {
    const key = keyOf(name, machine);
    const samples = this.#samples.get(key) ?? [];
    this.#samples.set(key, samples);
    return samples;
  }

  /** The highest sequence number that a machine's storage acknowledged, -1 before the first. */
  acknowledged(machine: string): number {
    return this.#acknowledged.get(machine) ?? -1;
  }

  async stopProbes(): Promise<void> {
    const running = [...this.#probes.values(), ...this.#meters.values()];
    this.#probes.clear();
    this.#meters.clear();
    await Promise.all(running.map((probe) => probe.stop()));
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.stopProbes();
    for (const stop of this.#stops.splice(0)) stop();
  }

  #fact(machine: string, name: string, value: string): void {
    this.#guard(() => this.#history.write(this.#trial, { k: 'fact', machine, name, value }));
  }

  /** Callbacks of sockets and timers have nobody to throw to. */
  #guard(write: () => void): void {
    try {
      write();
    } catch (error) {
      this.#fault(error as Error);
    }
  }
}

const keyOf = (probe: ProbeName, machine: string): string => `${probe} ${machine}`;
