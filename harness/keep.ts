/** A run that is over goes into the store, and whatever becomes of that changes nothing of the run. */
import { explain } from '../results/errors.ts';
import type { Run } from '../results/model.ts';
import type { Place } from '../results/store/place.ts';
import { quote } from '../targets/quote.ts';

/** Puts `run`, whose record is in `dir`, into the store. Never throws: returns the one line that says why it is not there, or undefined. */
export async function keepRun(run: Run, dir: string, place: Place): Promise<string | undefined> {
  if (place.kind === 'none') return undefined;
  try {
    const { Store } = await import('../results/store/store.ts');
    await using store = await Store.open(place);
    await store.add(run, dir);
    return undefined;
  } catch (error) {
    return `this run is not in the store: ${explain(error)}; stormproof history --add ${quote([dir])} puts it in later, with the same --store`;
  }
}
