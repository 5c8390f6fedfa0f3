/** A machine's memory as its own kernel tells it (/proc/meminfo, /proc/zoneinfo, /sys/devices/system/node). */
import { z } from 'zod';

/** From here on a host's size matters: it is tried itself, its memory is told, and a lab has less than that. */
export const LARGE_FROM_MiB = 16 * 1024;

export const gibText = (size_MiB: number): string => `${(size_MiB / 1024).toFixed(1)} GiB`;

const kB = z.int().min(0);
const pages = z.int().min(0);

export const MemoryState = z.object({
  total_kB: kB,
  free_kB: kB,
  available_kB: kB,
  /** held by huge pages that nobody uses: it is gone from what is free, as if tenants had it, and no memory of the lab stands behind it */
  ballast_kB: kB,
  /** vm.min_free_kbytes, from which the kernel makes the watermarks */
  minFree_kB: kB,
  /** pages that may be dirty before writers are held up, and before they are written in the background (mm/page-writeback.c) */
  dirty_pages: pages,
  dirtyBackground_pages: pages,
  /** `cpus` as a list of ranges, empty for a node without any */
  nodes: z.array(z.object({ node: z.int(), total_kB: kB, free_kB: kB, cpus: z.string() })),
  /** those that have pages, with the free blocks of each order (1, 2, 4 … pages); the watermarks are what reclaim and allocation go by (mm/page_alloc.c) */
  zones: z.array(
    z.object({
      node: z.int(),
      zone: z.string(),
      managed_pages: pages,
      free_pages: pages,
      min_pages: pages,
      low_pages: pages,
      high_pages: pages,
      freeBlocks: z.array(z.int().min(0)).optional(),
    }),
  ),
});
export type MemoryState = z.infer<typeof MemoryState>;
