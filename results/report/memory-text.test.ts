import { describe, expect, it } from 'vitest';
import { memoryOf } from '../memory.sample.ts';
import type { MemoryState } from '../memory.ts';
import { memoryTexts } from './memory-text.ts';
import { reserveTexts } from './reserve-text.ts';

const GiB_kB = 2 ** 20;
const state = (total_GiB: number, more: Partial<MemoryState> = {}): MemoryState =>
  memoryOf(total_GiB * GiB_kB, { free_kB: 4 * GiB_kB, ...more });

describe('the memory of a trial', () => {
  it('is told of hosts whose size matters: nodes, ballast, and what stood behind it', () => {
    const nodes = [0, 1].map((node) => ({ node, total_kB: 384 * GiB_kB, free_kB: 2 * GiB_kB, cpus: String(node) }));
    expect(memoryTexts({ memory: { head: state(768, { nodes, ballast_kB: 752 * GiB_kB }) }, peakResident_MiB: 14_336 })).toEqual([
      'head: 768.0 GiB on 2 nodes (384.0 GiB, 384.0 GiB), 752.0 GiB of it ballast, 4.0 GiB free; the run took 14.0 GiB of the lab host at most',
    ]);
    expect(memoryTexts({ memory: { head: state(64) } })).toEqual(['head: 64.0 GiB, no ballast, 4.0 GiB free']);
  });

  it('is not told of small ones', () => {
    expect(memoryTexts({ memory: { tenant: state(0.5) }, peakResident_MiB: 800 })).toEqual([]);
    expect(memoryTexts({})).toEqual([]);
  });
});

describe('what is kept for allocations that cannot wait', () => {
  it('is told for each of the watermarks, with what failed there', () => {
    const row = { machine: 'head', offered_packets: 200_000 };
    const reserve = [
      { ...row, own: true, min_kB: 65_500, low_kB: 129_328, failures: 0, kills: 0 },
      { ...row, own: false, min_kB: 496, low_kB: 6876, failures: 1, kills: 2 },
      { ...row, own: false, min_kB: 496, low_kB: 6876, failures: 11, kills: 0 },
    ];
    expect(reserveTexts({ reserve })).toEqual([
      "at the kernel's own watermarks of 64 MiB (min) and 126 MiB (low): no page allocation failure in a flood of 200000 packets",
      'at watermarks of 0.5 MiB (min) and 6.7 MiB (low): 1 page allocation failure, 2 killed for memory in a flood of 200000 packets',
      'at watermarks of 0.5 MiB (min) and 6.7 MiB (low): 11 page allocation failures in a flood of 200000 packets',
    ]);
    expect(reserveTexts({})).toEqual([]);
  });
});
