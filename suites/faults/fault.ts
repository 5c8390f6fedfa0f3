/**
 * The contract of a fault: a bounded breakage with an undo. Both may be called twice, and the undo also where nothing was done. What exactly is
 * done its parameters tell; a fault that needs none has `undefined` for them.
 */
import { InfraError } from '../../results/errors.ts';
import type { Machine, Network, NetworkName, Site } from '../../targets/target.ts';

export interface Fault<Params = undefined> {
  readonly summary: string;
  /** `storage` is away meanwhile, as a host sees it; or something of a `machine` is changed */
  readonly breaks: 'storage' | 'machine';
  /** the machine that it is done to goes down by it, which is not its kernel's doing */
  readonly downs?: true;
  /** The parameters for a person, where the fault's name does not say it all. */
  inWords?(params: Params): string;
  /** Why it cannot be done at this site: the trial is then skipped with that reason. Undefined where it can. */
  refuses?(site: Site, on: string, params: Params): Promise<string | undefined>;
  /** `on` names a network or a machine, as the fault's summary says */
  inject(site: Site, on: string, params: Params): Promise<void>;
  /** What it can tell once it was injected, with the unit in each name. */
  figures?(site: Site, on: string): Readonly<Record<string, number>>;
  heal(site: Site, on: string, params: Params): Promise<void>;
}

/** Throws InfraError for a network that is not there. */
export function networkOf(site: Site, on: string): Network {
  const found = site.networks[on as NetworkName];
  if (found === undefined) throw new InfraError(`there is no network "${on}" to break`);
  return found;
}

/** Throws InfraError for a machine that is not there. */
export function machineOf(site: Site, on: string): Machine {
  const found = site.machines.get(on);
  if (found === undefined) throw new InfraError(`there is no machine "${on}" to break`);
  return found;
}
