/** What a host and the wire to it say, and the host that dies while it is asked. */
import { setTimeout as sleep } from 'node:timers/promises';
import { readCounters } from '../counters.ts';
import { passedOn, type Reading } from './account.ts';
import { type Flood, type LoadSearchContext, POLL_MS } from './context.ts';
import type { CounterSample } from './loss.ts';

const DEATH_NOTICE_S = 2.5;
/** So long a host is watched for what passes through it by itself: 20 answers of each probe. */
const QUIET_S = 2;

/** Reads the wire to the host: what came out of the link, and what the host's card took of it. Throws InfraError. */
export function readWire(flood: Flood, { site, history, machine }: LoadSearchContext): CounterSample {
  const { arrived, taken } = site.networks[flood.on.station].wire(machine.name);
  return { t: history.now(), offered: arrived.packets, received: taken.packets };
}

/** Reads the host, and then the wire. Throws InfraError. */
export async function readHost(flood: Flood, context: LoadSearchContext): Promise<Reading> {
  const counters = await readCounters(await context.machine.manage());
  return { counters, ...readWire(flood, context) };
}

/** Packets/s that the host passes on to its tenant while no flood runs: pings, neighbour discovery. Takes two seconds. Throws InfraError. */
export async function passingRate_pps(flood: Flood, context: LoadSearchContext): Promise<number> {
  const first = await readHost(flood, context);
  await sleep(QUIET_S * 1000, undefined, { signal: context.signal });
  const second = await readHost(flood, context);
  return Math.max(0, passedOn(second) - passedOn(first)) / (second.t - first.t);
}

export const isDown = ({ monitor, machine }: LoadSearchContext): boolean => monitor.down.has(machine.name);

/**
 * What asking the host gives; undefined where it is down, or was going down meanwhile: what looks like our own failure may be the first sign of
 * a panic. Throws what the asking throws, of a host that lives.
 */
export async function unlessDown<T>(ask: () => Promise<T>, context: LoadSearchContext): Promise<T | undefined> {
  if (isDown(context)) return undefined;
  try {
    return await ask();
  } catch (error) {
    const end = performance.now() + deathNotice_ms(context);
    while (!isDown(context) && performance.now() < end) await sleep(POLL_MS, undefined, { signal: context.signal });
    if (!isDown(context)) throw error;
    return undefined;
  }
}

/** Waits until a host that is down has told what it died of. */
export async function lastWords(context: LoadSearchContext): Promise<void> {
  await sleep(deathNotice_ms(context), undefined, { signal: context.signal });
}

const deathNotice_ms = ({ deathNotice_s = DEATH_NOTICE_S }: LoadSearchContext): number => deathNotice_s * 1000;
