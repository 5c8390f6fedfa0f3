/** The steady state of a trial's machines: found before the storm, and asked for again after it. */
import { setTimeout as sleep } from 'node:timers/promises';
import { InfraError } from '../results/errors.ts';
import type { History } from '../results/history.ts';
import type { ProbeName, Tolerance } from '../results/model.ts';
import { baselineOf } from './baseline.ts';
import type { Monitor } from './monitor.ts';
import { type Baseline, steadiness } from './recovery.ts';

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
      const found = this.#probes.map((each) => {
        const samples = this.#monitor.samples(each.probe, each.machine).filter(({ t }) => t >= start);
        return { each, ...baselineOf(samples, this.#tolerance.floor_ms) };
      });
      const elapsed_s = this.#history.now() - start;
      const unsteady = found.find(({ steady }) => !steady);
      if (unsteady === undefined && elapsed_s >= least_s) {
        for (const one of found) if (one.steady) this.#baselines.set(one.each, one.baseline);
        return;
      }
      if (elapsed_s > limit_s) {
        const what = unsteady === undefined || unsteady.steady ? '' : `: ${unsteady.each.probe} ${unsteady.each.machine}: ${unsteady.why}`;
        throw new InfraError(`no steady state within ${limit_s} s before the storm${what}`);
      }
    }
  }

  /** Whether all probes of a machine are steady again, counted from an instant of the history's clock; never before their state was found. */
  isBack(machine: string, from: number): boolean {
    return this.#probes
      .filter((each) => each.machine === machine)
      .every((each) => {
        const baseline = this.#baselines.get(each);
        const samples = this.#monitor.samples(each.probe, machine);
        return baseline !== undefined && steadiness(samples, baseline, this.#tolerance, from, this.#history.now()).state === 'recovered';
      });
  }
}
