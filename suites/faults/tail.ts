/** A machine's tail misbehaves: it pauses, is slow, fails, is throttled, dies. */
import type { TailFault } from '../../targets/tails/tail.ts';
import type { Fault } from './fault.ts';

export const tail: Fault<TailFault> = {
  summary: 'the tail of a machine pauses, delays, fails or throttles requests, or dies',
  breaks: 'storage',
  inWords: ({ kind, ...more }) => [kind, ...Object.entries(more).map(([name, value]) => `${name} ${value}`)].join(' '),
  async refuses(site, on, fault) {
    const why = site.tailOf(on).refuses(fault);
    return why === undefined ? undefined : `${on}: ${why}`;
  },
  inject: (site, on, fault) => site.tailOf(on).inject(fault),
  heal: (site, on, { kind }) => site.tailOf(on).heal(kind),
};
