/** How much memory a trial's machines had, and what stood behind it, as lines for a terminal. */
import { gibText, LARGE_FROM_MiB } from '../memory.ts';
import type { TrialResult } from '../model.ts';

/** A kernel keeps a part of its memory to itself, the page structures among that. */
const LARGE_kB = LARGE_FROM_MiB * 1024 * (15 / 16);

/** Of machines whose size matters. */
export function memoryTexts({ memory = {}, peakResident_MiB }: Pick<TrialResult, 'memory' | 'peakResident_MiB'>): string[] {
  const large = Object.entries(memory).filter(([, { total_kB }]) => total_kB >= LARGE_kB);
  const behind = peakResident_MiB === undefined ? '' : `; the run took ${gib(peakResident_MiB * 1024)} of the lab host at most`;
  return large.map(([machine, { total_kB, ballast_kB, nodes, free_kB }]) => {
    const shares = nodes.length < 2 ? '' : ` on ${nodes.length} nodes (${nodes.map((node) => gib(node.total_kB)).join(', ')})`;
    const ballast = ballast_kB === 0 ? 'no ballast' : `${gib(ballast_kB)} of it ballast`;
    return `${machine}: ${gib(total_kB)}${shares}, ${ballast}, ${gib(free_kB)} free${behind}`;
  });
}

const gib = (kB: number): string => gibText(kB / 1024);
