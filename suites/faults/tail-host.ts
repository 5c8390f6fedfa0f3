/**
 * What becomes of the host of all tails: it loses power, or another one takes its place. Either way its servers are gone, and the connections with
 * them, of which their clients are told nothing: they are half-open (RFC 9293, section 3.5.1) until the next packet is answered with a reset.
 */
import type { Site } from '../../targets/target.ts';
import { type Fault, networkOf } from './fault.ts';

export const powerCut: Fault = {
  summary: 'the host of the tails loses power, and comes back: its connections are half-open',
  breaks: 'storage',
  refuses: withoutKill,
  inject: (site, on) => vanish(site, on),
  async heal(site, on) {
    await start(site);
    await networkOf(site, on).restore();
  },
};

export const failover: Fault = {
  summary: 'another host takes over the address of the tails: other card, same disks, no connection',
  breaks: 'storage',
  refuses: withoutKill,
  async inject(site, on) {
    const network = networkOf(site, on);
    await vanish(site, on);
    await network.takeOver();
    await network.restore();
  },
  async heal(site, on) {
    await start(site);
    await networkOf(site, on).restore();
  },
};

async function withoutKill(site: Site): Promise<string | undefined> {
  const other = [...site.tails.values()].find(({ faults }) => !faults.has('kill'));
  return other === undefined ? undefined : `a tail is ${other.kind}, which cannot be started again`;
}

/** The link is cut first, and so nothing of the end of the servers gets out. */
async function vanish(site: Site, on: string): Promise<void> {
  const network = networkOf(site, on);
  await network.cut();
  await Promise.all([...site.tails.values()].map((tail) => tail.inject({ kind: 'kill' })));
  await network.forget();
}

async function start(site: Site): Promise<void> {
  await Promise.all([...site.tails.values()].map((tail) => tail.heal('kill')));
}
