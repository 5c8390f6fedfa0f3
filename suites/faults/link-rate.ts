/** The link of a network carries next to nothing: a port that fell back to another speed, a policer that was mistyped. */
import { type Fault, networkOf } from './fault.ts';

export interface LinkRateParams {
  /** bit/s of the medium, in each direction */
  readonly rate_bps: number;
}

export const linkRate: Fault<LinkRateParams> = {
  summary: 'the rate of the link of a network collapses',
  breaks: 'storage',
  inWords: ({ rate_bps }) => `${rate_bps / 1e6} Mbit/s`,
  inject: (site, on, { rate_bps }) => networkOf(site, on).throttle(rate_bps),
  heal: (site, on) => networkOf(site, on).unthrottle(),
};
