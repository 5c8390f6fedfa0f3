/**
 * The search over offered load on a real host: each trial of it is a flood from a recovered steady state, and one that kills the host has it
 * booted again. What is asked next is decided in `search/search.ts`; what was measured goes into the history, from which the judge makes the
 * curve anew.
 */
import type { SearchPlan } from '../results/curve.ts';
import { InfraError } from '../results/errors.ts';
import { advanced, mixed } from '../suites/flood/draw.ts';
import type { Flood, LoadSearchContext } from './search/context.ts';
import { measurementOf, type SearchRecord } from './search/measurement.ts';
import { type OfferedLoad, offerAndMeasure } from './search/offer-and-measure.ts';
import { outcomeOf } from './search/outcome.ts';
import { isDown, lastWords, passingRate_pps, readHost, unlessDown } from './search/reading.ts';
import { startSearch } from './search/search.ts';
import { measureSystemRecovery } from './search/system-recovery.ts';

/**
 * Carries out the whole search, and the system recovery where a throughput was found. A load is judged only when the next one is about to be
 * offered: whatever is seen of the host until then is that load's doing. Throws InfraError where the host can no longer be used.
 */
export async function searchLoad(flood: Flood, plan: SearchPlan, context: LoadSearchContext): Promise<void> {
  const { history, trial, note, signal, machine } = context;
  const search = startSearch(plan);
  const seen = () => context.monitor.events(machine.name).map(({ event }) => event);
  /** so many events are the doing of loads that were judged, or of none */
  let counted = seen().length;
  /** offered, and not judged yet */
  let pending: OfferedLoad | undefined;

  const judged = (load: OfferedLoad) => outcomeOf(load, seen().slice(counted), context);
  const tell = (load: OfferedLoad, how: Pick<SearchRecord, 'outcome' | 'why'>) => {
    counted = seen().length;
    pending = undefined;
    if (load.relieved && how.outcome === 'ok') return;
    const record = { ...load.figures, ...how, took_s: Math.round((history.now() - load.begin) * 1000) / 1000 };
    history.write(trial, record);
    search.tell(measurementOf(record));
  };
  /** Whether the host lives still, lives again, or does not come back. */
  const conclude = async (load: OfferedLoad): Promise<'lives' | 'booted again' | 'gone'> => {
    if (isDown(context)) await lastWords(context);
    const how = judged(load);
    let back = true;
    try {
      if (how.outcome === 'died') back = await context.revive();
    } finally {
      tell(load, how);
    }
    if (!back) return 'gone';
    return how.outcome === 'died' ? 'booted again' : 'lives';
  };

  let relieved = false;
  try {
    const passing_pps = flood.on.at === 'behind' ? await passingRate_pps(flood, context) : undefined;
    for (let load = 0; ; ) {
      signal.throwIfAborted();
      // of one that has to be booted again nothing is asked
      const before = pending?.recovered === false ? undefined : await unlessDown(() => readHost(flood, context), context);
      const host = pending === undefined ? 'lives' : await conclude(pending);
      if (host === 'gone') return;
      if (host === 'booted again') continue;
      if (before === undefined) throw new InfraError(`${machine.name} went down, and no load was offered to it`);
      load += 1;
      const packetSeed = drawnSeed(flood.params.seed, load);
      const state = { before, passing_pps };
      const step = search.next();
      if (step !== undefined) {
        note(`search ${load}: ${step.pps} packets/s for ${step.for_s} s`);
        pending = await offerAndMeasure(flood, { ...step, packetSeed }, state, context);
        continue;
      }
      const throughput = search.goals().find(({ lossBound, kind }) => lossBound !== null && kind === 'found');
      if (relieved || throughput?.pps == null) return;
      relieved = true;
      pending = await measureSystemRecovery(flood, { throughput_pps: throughput.pps, packetSeed, final_s: plan.final_s }, state, context);
    }
  } finally {
    // our own side broke, or the time is up: what a load was seen to do still counts
    if (pending !== undefined) tell(pending, judged(pending));
  }
}

/** The seed of the n-th load's packets: another one each time, the same for the same seed of the run. As many bits as JSON's numbers hold. */
const drawnSeed = (seed: number, load: number): number => Number(mixed(advanced(BigInt(seed), load)) >> 11n);
