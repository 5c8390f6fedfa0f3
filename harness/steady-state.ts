/** The steady state of a trial's machines: found before the storm, and asked for again after it. */
import { setTimeout as sleep } from 'node:timers/promises';
import { InfraError } from '../results/errors.ts';
import type { History } from '../results/history.ts';
import type { ProbeName, Tolerance } from '../results/model.ts';
import { baselineOf, settledBaseline } from './baseline.ts';
import type { Monitor } from './monitor.ts';
import { type Baseline, type ProbeSample, steadiness } from './recovery.ts';

const POLL_MS = 500;

export interface ProbeOn {
  readonly machine: string;
  readonly probe: ProbeName;
}

export class SteadyState {
  readonly #history: History;
  readonly #monitor: Monitor;
  readonly #tolerance: Tolerance;
  readonly #probes: readonly ProbeOn[];
  readonly #baselines = new Map<ProbeOn, Baseline>();

  constructor(probes: readonly ProbeOn[], { history, monitor, tolerance }: { history: History; monitor: Monitor; tolerance: Tolerance }) {
    this.#probes = probes;
    this.#history = history;
    this.#monitor = monitor;
    this.#tolerance = tolerance;
  }

  /**
   * Waits until every probe is steady, `least_s` at least; `look` is called each time and may throw. Throws InfraError where that does not
   * come within `limit_s`.
   */
  async find({ least_s, limit_s }: { least_s: number; limit_s: number }, signal: AbortSignal, look: () => void): Promise<void> {
    const start = this.#history.now();
    for (;;) {
      await sleep(POLL_MS, undefined, { signal });
      look();
      const unsteady = this.#probes.flatMap((each) => {
        const found = baselineOf(this.#samplesOf(each), this.#tolerance.floor_ms);
        return found.steady ? [] : [`${each.probe} ${each.machine}: ${found.why}`];
      });
      const elapsed_s = this.#history.now() - start;
      if (unsteady.length === 0 && elapsed_s >= least_s) return;
      if (elapsed_s > limit_s) throw new InfraError(`no steady state within ${limit_s} s before the storm: ${unsteady[0]}`);
    }
  }

  /**
   * Keeps the baselines, once the baseline phase has ended: they are found exactly as the judge will find them, who knows nothing but the phase.
   * Throws InfraError where a probe has none.
   */
  settle(): void {
    for (const each of this.#probes) {
      const found = settledBaseline(this.#samplesOf(each), this.#tolerance.floor_ms);
      if (!found.steady) throw new InfraError(`${each.probe} ${each.machine} was not steady before the storm: ${found.why}`);
      this.#baselines.set(each, found.baseline);
    }
  }

  /** Whether all probes of a machine are steady again, counted from an instant of the history's clock; never before their state was found. */
  isBack(machine: string, from: number): boolean {
    return this.#probes
      .filter((each) => each.machine === machine)
      .every((each) => {
        const baseline = this.#baselines.get(each);
        if (baseline === undefined) return false;
        return steadiness(this.#samplesOf(each), baseline, this.#tolerance, from, this.#history.now()).state === 'recovered';
      });
  }

  #samplesOf({ probe, machine }: ProbeOn): readonly ProbeSample[] {
    return this.#monitor.samples(probe, machine);
  }
}
