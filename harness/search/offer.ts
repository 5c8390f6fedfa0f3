/** Floods a host with a load, and watches it and the wire meanwhile. */
import { InfraError } from '../../results/errors.ts';
import { type Load, lengthOf } from '../../suites/flood/load.ts';
import { beginStorm } from '../storm.ts';
import { type Flood, type LoadSearchContext, POLL_MS } from './context.ts';
import type { CounterSample } from './loss.ts';
import { isDown, readWire } from './reading.ts';

export interface Flooded {
  /** on the history's clock */
  readonly begin: number;
  readonly end: number;
  /** what the engine says; nothing of one that was ended with its host */
  readonly figures: Readonly<Record<string, number>>;
  /** read before it, ten times a second, and after it */
  readonly wire: readonly CounterSample[];
}

/** The same flood with another load, and packets of its own. */
export const withLoad = (flood: Flood, load: Load, packetSeed: number): Flood => ({
  ...flood,
  ...{ at_s: 0, for_s: lengthOf(load) },
  params: { ...flood.params, load, packetSeed },
});

/** Carries out a flood, which ends early where its host goes down. Throws InfraError where the engine failed, or the wire could not be read. */
export async function offer(flood: Flood, context: LoadSearchContext): Promise<Flooded> {
  const { site, history, trial, signal } = context;
  const ended = new AbortController();
  const wire: CounterSample[] = [readWire(flood, context)];
  const broken: unknown[] = [];
  const watch = setInterval(() => {
    if (isDown(context)) ended.abort();
    try {
      wire.push(readWire(flood, context));
    } catch (error) {
      broken.push(error); // a timer has nobody to throw to
      ended.abort();
    }
  }, POLL_MS);
  let figures: Flooded['figures'] = {};
  let failed: string | undefined;
  const silence = history.subscribe((record) => {
    if (record.k !== 'action' || record.trial !== trial || record.what !== 'engine') return;
    figures = record.figures ?? figures;
    if (record.state === 'failed') failed = record.detail ?? 'it failed';
  });
  const begin = history.now();
  try {
    await beginStorm([flood], { site, history, trial, patience_s: 0, signal: AbortSignal.any([signal, ended.signal]) }).over;
  } finally {
    clearInterval(watch);
    silence();
  }
  if (broken.length > 0) throw broken[0];
  // an engine of a machine that is down was ended by us; any other failure is ours, and says nothing of the host
  if (failed !== undefined && !isDown(context)) throw new InfraError(`the search cannot go on: ${failed}`);
  wire.push(readWire(flood, context));
  return { begin, end: history.now(), figures, wire };
}
