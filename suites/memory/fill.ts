/** How much of a host's memory is left, and how long it takes to use that up: from the watermarks that its kernel will choose. */
import type { HostClass } from '../classes.ts';

/** What an emulated host of any size writes to for the first time in a second; twice as much was measured of 768 GiB, four times of 64 GiB. */
const FILL_MiB_PER_S = 30;
/** Until it is sure that reclaim finds no more. */
const SURE_S = 5;
/**
 * Four times the square root of the memory in kB, and no more than 256 MiB (mm/page_alloc.c, calculate_min_free_kbytes()); but at least what huge pages
 * are kept apart by: eleven blocks of 2 MiB in each zone, of which the first node has three (mm/khugepaged.c, set_recommended_min_free_kbytes()).
 */
const usualMinFree_kB = ({ memory_MiB, nodes }: HostClass): number =>
  Math.max(Math.min(262_144, Math.floor(Math.sqrt(16 * memory_MiB * 1024))), 11 * 2048 * (nodes + 2));

/** A thousandth of the memory (vm.watermark_scale_factor is 10): reclaim begins so far above the reserve, and ends as far above that. */
export const reclaimGap_MiB = (size: HostClass): number => size.memory_MiB / 1000;
const lowMark_MiB = (size: HostClass): number => usualMinFree_kB(size) / 1024 + reclaimGap_MiB(size);
const highMark_MiB = (size: HostClass): number => lowMark_MiB(size) + reclaimGap_MiB(size);
/** What is free above the high watermark on a host of which reclaim is about to begin. */
const TIGHT_SLACK_MiB = 256;
/** What a kernel without ballast writes to beside its page structures in the little that is done to it. */
export const EMPTY_TOUCHED_MiB = 1536;

/** How much of a host is left. */
export const FILLED = {
  empty: () => undefined,
  full: ({ unused_MiB }: HostClass) => unused_MiB,
  tight: (size: HostClass) => Math.min(size.memory_MiB / 2, Math.ceil(highMark_MiB(size)) + TIGHT_SLACK_MiB),
} as const satisfies Record<string, (size: HostClass) => number | undefined>;

/** Until what is left of a tight host is used up. */
export const fillTime_s = (size: HostClass): number =>
  SURE_S + Math.ceil((highMark_MiB(size) + TIGHT_SLACK_MiB - lowMark_MiB(size) / 2) / FILL_MiB_PER_S);
