/** The link of a network goes down and comes back over and over, as with a bad cable or a switch that reboots. */
import { setTimeout as sleep } from 'node:timers/promises';
import type { Network } from '../../targets/target.ts';
import { type Fault, networkOf } from './fault.ts';

export interface LinkFlapParams {
  readonly down_s: number;
  readonly up_s: number;
}

/** What flaps now, and how it is ended. */
const flapping = new WeakMap<Network, () => Promise<void>>();

export const linkFlap: Fault<LinkFlapParams> = {
  summary: 'the link of a network goes down and comes back, over and over',
  breaks: 'storage',
  inWords: ({ down_s, up_s }) => `${down_s} s down, ${up_s} s up`,
  async inject(site, on, params) {
    const network = networkOf(site, on);
    if (flapping.has(network)) return;
    const over = new AbortController();
    await network.cut();
    const ended = flap(network, params, over.signal);
    ended.catch(() => undefined); // told to whoever heals it
    flapping.set(network, () => {
      over.abort();
      return ended;
    });
  },
  async heal(site, on) {
    const network = networkOf(site, on);
    const end = flapping.get(network);
    flapping.delete(network);
    try {
      await end?.();
    } finally {
      await network.restore();
    }
  },
};

/** From a link that is down on, until the signal. */
async function flap(network: Network, { down_s, up_s }: LinkFlapParams, signal: AbortSignal): Promise<void> {
  const pause = (seconds: number) => sleep(seconds * 1000, undefined, { signal }).catch(() => undefined); // healed early
  for (;;) {
    await pause(down_s);
    if (signal.aborted) return;
    await network.restore();
    await pause(up_s);
    if (signal.aborted) return;
    await network.cut();
  }
}
