/** For tests: a machine's memory of which only the size matters. */
import type { MemoryState } from './memory.ts';

export const memoryOf = (total_kB: number, more: Partial<MemoryState> = {}): MemoryState => ({
  total_kB,
  free_kB: 0,
  available_kB: 0,
  ballast_kB: 0,
  minFree_kB: 0,
  dirty_pages: 0,
  dirtyBackground_pages: 0,
  nodes: [],
  zones: [],
  ...more,
});
