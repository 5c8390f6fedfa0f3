/** Where a storm may be aimed, and nowhere else. */
import { InfraError } from '../results/errors.ts';
import type { Place } from '../suites/suite.ts';
import type { Aim, Site } from '../targets/target.ts';

/**
 * Resolves what a storm at a station is aimed at. Refused, before anything is started, is every address that the target did not make
 * or that did not consent.
 */
export function aimOf(site: Pick<Site, 'networks' | 'machines'>, on: Place): Aim | undefined {
  if ('machine' in on) return undefined;
  const network = site.networks[on.station];
  const machine = site.machines.get(on.to);
  const made = on.at === 'behind' ? machine?.behind?.address : machine?.address[on.station];
  if (made === undefined) throw new InfraError(`refused: ${on.to} is no machine of this run on its ${on.station} network`);
  const aim = network.aim(on.to, on.at ?? 'to');
  if (aim.destination !== made || !network.consents(aim.destination) || !network.consentsPrefix(aim.prefix))
    throw new InfraError(`refused: ${aim.destination} is no address of this run on its ${on.station} network`);
  return aim;
}
