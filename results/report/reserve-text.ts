/** At which watermarks allocations failed, as lines for a terminal. */
import type { TrialResult } from '../model.ts';
import { count } from './outage-text.ts';

/** A sentence for each flood, the kernel's own watermarks first. */
export function reserveTexts({ reserve = [] }: Pick<TrialResult, 'reserve'>): string[] {
  return reserve.map(({ own, min_kB, low_kB, offered_packets, failures, kills }) => {
    const marks = `${own ? "at the kernel's own watermarks" : 'at watermarks'} of ${mib(min_kB)} (min) and ${mib(low_kB)} (low)`;
    const failed = failures === 0 ? 'no page allocation failure' : count(failures, 'page allocation failure');
    return `${marks}: ${failed}${kills === 0 ? '' : `, ${kills} killed for memory`} in a flood of ${offered_packets} packets`;
  });
}

const mib = (kB: number): string => (kB < 10_240 ? `${(kB / 1024).toFixed(1)} MiB` : `${Math.round(kB / 1024)} MiB`);
