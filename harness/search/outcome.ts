/** How a host bore a load, and why not. */
import type { KernelEvent } from '../../results/model.ts';
import { longestStall } from '../recovery.ts';
import type { LoadSearchContext } from './context.ts';
import type { SearchRecord } from './measurement.ts';
import type { OfferedLoad } from './offer-and-measure.ts';

/**
 * Judges a load by what is known of it now, and by the `events` that were seen since the load before was judged. A host that has to be booted
 * again has died of it.
 */
export function outcomeOf(
  { begin, recovered, recovery_s }: OfferedLoad,
  events: readonly KernelEvent[],
  { history, monitor, machine, classes, probes, recoverWithin_s, giveUpAfter_s, hungTaskTimeout_s }: LoadSearchContext,
): Pick<SearchRecord, 'outcome' | 'why'> {
  const event = events.find((each) => classes.includes(each.class));
  const down = monitor.down.get(machine.name);
  if (down !== undefined) return { outcome: 'died', why: event?.title ?? `${machine.name} ${down}` };
  if (!recovered) return { outcome: 'died', why: event?.title ?? `not recovered within ${giveUpAfter_s} s` };
  if (event !== undefined) return { outcome: 'event', why: event.title };
  const stalled = probes.find((probe) => longestStall(monitor.samples(probe, machine.name), begin, history.now()) > hungTaskTimeout_s);
  if (stalled !== undefined) return { outcome: 'objective', why: `${stalled} without an answer for more than ${hungTaskTimeout_s} s` };
  if (recovery_s > recoverWithin_s) return { outcome: 'objective', why: `recovered only after ${recovery_s.toFixed(1)} s` };
  return { outcome: 'ok' };
}
