/**
 * The search for the cut-off point on real hosts: one outage after the other, each from a steady state; a host that does not come back by itself is
 * reset. How long the next one is `bisect.ts` decides; what became of the hosts the judge makes of the history anew.
 */
import { setTimeout as sleep } from 'node:timers/promises';
import type { OutageSearchPlan } from '../../results/outage.ts';
import type { Machine } from '../../targets/target.ts';
import { STOPS_WRITING } from '../judge/outages.ts';
import type { SearchContext } from '../search/context.ts';
import { type FaultAction, runFault } from '../storm.ts';
import { nextLength_s, type Try } from './bisect.ts';

export interface CutOffSearchContext extends SearchContext {
  readonly machines: readonly Machine[];
  /** whether all probes of a machine are steady again, counted from an instant of the history's clock */
  readonly steady: (machine: string, from: number) => boolean;
  /** resets a machine, which is then armed anew; false where it does not come back */
  readonly revive: (machine: Machine) => Promise<boolean>;
}

const POLL_MS = 100;
/** What a host that has lost its file system may still have to say. */
const GRACE_S = 5;

/** Carries out the search. `faults` are those of one outage; their own times do not count. Ends early where a host does not come back. */
export async function searchCutOff(faults: readonly FaultAction[], plan: OutageSearchPlan, context: CutOffSearchContext): Promise<void> {
  const { history, note, signal } = context;
  const begin = history.now();
  const tries: Try[] = [];
  for (;;) {
    signal.throwIfAborted();
    const asked_s = nextLength_s(plan, tries, history.now() - begin);
    if (asked_s === undefined) return;
    note(`outage ${tries.length + 1}: ${asked_s} s`);
    const begun = history.now();
    await Promise.all(faults.map((fault) => runFault({ ...fault, for_s: asked_s }, context)));
    const unwell = await untilSteady({ begun, healed: history.now() }, context);
    tries.push({ asked_s, borne: unwell.length === 0 });
    const back = await Promise.all(unwell.map(context.revive));
    if (back.includes(false)) return;
  }
}

/** Waits until each machine is steady, down, or given up; gives those that are not steady. Throws the signal's reason. */
async function untilSteady(
  { begun, healed }: { readonly begun: number; readonly healed: number },
  { history, monitor, signal, machines, steady, giveUpAfter_s }: CutOffSearchContext,
): Promise<Machine[]> {
  const open = new Set(machines);
  const unwell: Machine[] = [];
  for (;;) {
    const waited_s = history.now() - healed;
    for (const machine of open) {
      // a file system that stopped writing does not begin again by itself, however long one waits
      const gone = waited_s > GRACE_S && monitor.events(machine.name).some(({ t, event }) => t >= begun && STOPS_WRITING.has(event.kind));
      if (steady(machine.name, healed)) open.delete(machine);
      else if (gone || waited_s > giveUpAfter_s || monitor.down.has(machine.name)) {
        open.delete(machine);
        unwell.push(machine);
      }
    }
    if (open.size === 0) return unwell;
    await sleep(POLL_MS, undefined, { signal });
  }
}
