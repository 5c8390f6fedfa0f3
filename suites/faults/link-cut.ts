/** The link of a network loses its carrier, as when a cable is pulled: nobody is told anything, packets are gone. */
import { type Fault, networkOf } from './fault.ts';

export const linkCut: Fault = {
  summary: 'the link of a network is cut',
  breaks: 'storage',
  inject: (site, on) => networkOf(site, on).cut(),
  heal: (site, on) => networkOf(site, on).restore(),
};
