/** The account of a machine's data: how many of its acknowledged blocks were found how. docs/verdict.md says what each count is. */
import { z } from 'zod';

/** What an acknowledged block must not be. */
export const BAD_BLOCKS = ['lost', 'unreadable', 'stale', 'torn', 'misdirected', 'corrupt'] as const;
export type BadBlock = (typeof BAD_BLOCKS)[number];

const count = z.int().min(0);

/** Each acknowledged block is counted once, so all others add up to `acknowledged`. */
export const BlockCounts = z.object({
  acknowledged: count,
  verified: count,
  /** a writer has one write under way, so no more than one can have been cut short before it was acknowledged */
  inflight: count.max(1),
  lost: count,
  unreadable: count,
  stale: count,
  torn: count,
  misdirected: count,
  corrupt: count,
});
export type BlockCounts = z.infer<typeof BlockCounts>;

/** As they stand in a record: the oldest ones know fewer kinds. */
export const recordedCounts = {
  ...BlockCounts.shape,
  inflight: BlockCounts.shape.inflight.default(0),
  unreadable: count.default(0),
  torn: count.default(0),
  misdirected: count.default(0),
};

export const badBlocks = (counts: Readonly<Record<BadBlock, number>>): number => BAD_BLOCKS.reduce((sum, kind) => sum + counts[kind], 0);

/** `1 lost, 2 corrupt of 900 acknowledged writes`. */
export function tellBadBlocks(counts: BlockCounts): string {
  const told = BAD_BLOCKS.filter((kind) => counts[kind] > 0).map((kind) => `${counts[kind]} ${kind}`);
  return `${told.join(', ') || '0 lost'} of ${counts.acknowledged} acknowledged writes`;
}
