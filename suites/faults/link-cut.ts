/** The link of a network loses its carrier, as when a cable is pulled: nobody is told anything, packets are gone. */
import { InfraError } from '../../results/errors.ts';
import type { Network, NetworkName, Site } from '../../targets/target.ts';
import type { Fault } from './fault.ts';

export const linkCut: Fault = {
  summary: 'the link of a network is cut',
  inject: (site, on) => network(site, on).cut(),
  heal: (site, on) => network(site, on).restore(),
};

function network(site: Site, on: string): Network {
  const found = site.networks[on as NetworkName];
  if (found === undefined) throw new InfraError(`there is no network "${on}" to cut`);
  return found;
}
