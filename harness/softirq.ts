/** How much of the processors' time went to packets. */

type Counters = Readonly<Record<string, number>>;

/**
 * Of each processor's time between two readings of the counters (`cpuN_softirq_ticks`, `cpuN_ticks`; see harness/counters.ts), the share that was
 * softirq, 0 to 1, in the order of the processors. By its own ticks, since nobody knows the time between two readings as well as it does.
 */
export function softirqShares(before: Counters, after: Counters): number[] {
  const processors = Object.keys(after).flatMap((name) => /^cpu(\d+)_softirq_ticks$/.exec(name)?.[1] ?? []);
  return processors
    .toSorted((a, b) => Number(a) - Number(b))
    .map((cpu) => {
      const grown = (what: string) => (after[`cpu${cpu}_${what}`] ?? 0) - (before[`cpu${cpu}_${what}`] ?? 0);
      const ticks = grown('ticks');
      // those of a machine that was booted again began anew
      return ticks > 0 ? Math.min(1, Math.max(0, grown('softirq_ticks') / ticks)) : 0;
    });
}
