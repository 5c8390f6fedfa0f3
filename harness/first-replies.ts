/**
 * When storage really was back: the first reply that left each tail after a fault was healed, as the tail itself tells it. What probes measure is held
 * against that.
 */
import type { History } from '../results/history.ts';
import type { TailRequest } from '../targets/tails/nbdkit-log.ts';
import type { Site } from '../targets/target.ts';

interface Heal {
  readonly t: number;
  /** a network, or the machine whose tail it was */
  readonly on: string;
}

/** Notes when faults of a trial are healed, from now on. */
export class FirstReplies implements Disposable {
  readonly #history: History;
  readonly #trial: string;
  readonly #heals: Heal[] = [];
  readonly #stop: () => void;

  constructor(history: History, trial: string) {
    this.#history = history;
    this.#trial = trial;
    this.#stop = history.subscribe((record) => {
      if (record.trial === trial && record.k === 'action' && record.what === 'fault' && record.state === 'end')
        this.#heals.push({ t: record.t, on: record.on });
    });
  }

  /** Asks the tails that keep a log, and records what they tell. Throws InfraError where a log cannot be read. */
  async record(site: Site): Promise<void> {
    const zero_ms = Date.now() - this.#history.now() * 1000;
    for (const [machine, tail] of site.tails) {
      const heals = this.#heals.filter(({ on }) => on === machine || on in site.networks);
      const requests = heals.length === 0 ? undefined : await tail.requests();
      if (requests === undefined) continue;
      for (const { t } of heals) {
        const at_ms = firstReply_ms(requests, zero_ms + t * 1000);
        if (at_ms === undefined) continue;
        this.#history.write(this.#trial, { k: 'firstReply', machine, healed: t, at: Math.round(at_ms - zero_ms) / 1000 });
      }
    }
  }

  [Symbol.dispose](): void {
    this.#stop();
  }
}

/** Of the replies without an error, the first at or after an instant, both in milliseconds of the Unix epoch. */
const firstReply_ms = (requests: readonly TailRequest[], from_ms: number): number | undefined =>
  requests.find(({ what, at_ms, failed }) => what === 'reply' && failed === undefined && at_ms >= from_ms)?.at_ms;
