/** One load of a search on a real host: from a flood to where the host is steady again and nothing in it hangs, or is given up. */
import { setTimeout as sleep } from 'node:timers/promises';
import type { ProbeName } from '../../results/model.ts';
import type { LoadStep } from '../../suites/flood/load.ts';
import { percentile } from '../baseline.ts';
import { softirqShares } from '../softirq.ts';
import { untilNothingHangs } from '../stuck-tasks.ts';
import { accountOf, type Reading } from './account.ts';
import { type Flood, type LoadSearchContext, POLL_MS } from './context.ts';
import type { CounterSample } from './loss.ts';
import type { SearchRecord } from './measurement.ts';
import { offer, withLoad } from './offer.ts';
import { isDown, readHost, unlessDown } from './reading.ts';
import type { SearchTrial } from './search.ts';

export interface LoadTrial extends SearchTrial {
  readonly packetSeed: number;
  /** what is offered after it; of a system recovery */
  readonly relief?: LoadStep;
}

/** A load that was offered. How the host bore it is said later: what it brought may still be on its way. */
export interface OfferedLoad {
  readonly figures: Omit<SearchRecord, 'outcome' | 'why' | 'took_s'>;
  /** of the flood, on the history's clock */
  readonly begin: number;
  readonly wire: readonly CounterSample[];
  readonly recovered: boolean;
  /** until it was steady, the hold time not among it; without meaning for one that did not recover */
  readonly recovery_s: number;
  /** it was the overload of a system recovery: a point of the curve only where the host did not bear it */
  readonly relieved: boolean;
}

/** Offers a load to a host that was read just before. Throws InfraError where our own side failed. */
export async function offerAndMeasure(
  flood: Flood,
  { pps, for_s, stage, packetSeed, relief }: LoadTrial,
  { before, passing_pps }: { readonly before: Reading; readonly passing_pps: number | undefined },
  context: LoadSearchContext,
): Promise<OfferedLoad> {
  const { history, machine, probes, hold_s, hungTaskTimeout_s, signal } = context;
  const load = [{ at_s: 0, for_s, from_pps: pps, to_pps: pps }, ...(relief === undefined ? [] : [relief])];
  const flooded = await offer(withLoad(flood, load, packetSeed), context);
  // one that is too busy to answer has its counters still; of one that is dying its probes and its console say what became of it
  const soon = isDown(context) ? undefined : await readHost(flood, context).catch(() => undefined);
  const recovered = await untilSteady(flooded.end, context);
  const recovery_s = Math.max(0, history.now() - flooded.end - hold_s);
  const after = soon ?? (recovered ? await unlessDown(() => readHost(flood, context), context) : undefined);
  if (recovered) await unlessDown(async () => untilNothingHangs(await machine.manage(), 2 * hungTaskTimeout_s + 1, signal), context);
  // the begin of a flood is seen by its second reading at the latest: so nothing of the relief is among these
  const until = relief === undefined ? Number.POSITIVE_INFINITY : begunBy(flooded.wire, pps) + for_s - (2 * POLL_MS) / 1000;
  return {
    figures: {
      ...{ k: 'search', machine: machine.name, pps, for_s, stage, packetSeed },
      ...accountOf({
        ...{ pps, for_s, before, after, passing_pps },
        end: flooded.wire.at(-1) ?? before,
        wire: flooded.wire.filter(({ t }) => t <= until),
        sent_packets: flooded.figures.sent_packets,
      }),
      // read later, it would be of the time in which the host recovered
      softirqShare: soon === undefined ? null : Math.max(0, ...softirqShares(before.counters, soon.counters)),
      probes: Object.fromEntries(probes.map((probe) => [`${probe}_p99_ms`, p99(probe, flooded.begin, flooded.end, context)])),
    },
    begin: flooded.begin,
    wire: flooded.wire,
    recovered,
    recovery_s,
    relieved: relief !== undefined,
  };
}

/** When a flood of so many packets/s was first seen on the wire, on the readings' clock; 0 where it never was. */
export function begunBy(wire: readonly CounterSample[], pps: number): number {
  return wire.find(({ offered }) => offered - (wire[0]?.offered ?? 0) > pps * (POLL_MS / 1000))?.t ?? 0;
}

async function untilSteady(from: number, context: LoadSearchContext): Promise<boolean> {
  const { history, signal, steady, giveUpAfter_s } = context;
  while (history.now() - from <= giveUpAfter_s) {
    if (isDown(context)) return false;
    if (steady(from)) return true;
    await sleep(POLL_MS, undefined, { signal });
  }
  return false;
}

function p99(probe: ProbeName, from: number, to: number, { monitor, machine }: LoadSearchContext): number | null {
  const samples = monitor.samples(probe, machine.name).filter(({ t }) => t >= from && t <= to);
  const latencies = samples.flatMap(({ ms }) => (ms === null ? [] : [ms]));
  return latencies.length === 0 || latencies.length < 0.99 * samples.length ? null : percentile(latencies, 0.99);
}
