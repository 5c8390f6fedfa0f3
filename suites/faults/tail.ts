/** A machine's tail misbehaves: paused, slow, failing, throttled. */
import { InfraError } from '../../results/errors.ts';
import type { TailFault } from '../../targets/tails/tail.ts';
import type { Fault } from './fault.ts';

export const tail: Fault = {
  summary: 'the tail of a machine pauses, delays, fails or throttles requests',
  inject: (site, on, fault) => site.tailOf(on).inject(named(fault)),
  heal: (site, on, fault) => site.tailOf(on).heal(named(fault).kind),
};

function named(fault: TailFault | undefined): TailFault {
  if (fault === undefined) throw new InfraError('a fault of a tail must say which');
  return fault;
}
