/** What a tail can do to one block, each drawn at random, and what the account must call it. */
import fc from 'fast-check';
import type { BadBlock } from '../results/blocks.ts';
import type { Account } from './data.ts';
import { BLOCK_BYTES, type BlockName, flipBit, replacedBy, SECTOR_BYTES, tornWith } from './tamper.ts';
import { TENANT, type Writer } from './writer.testing.ts';

const SECTORS = BLOCK_BYTES / SECTOR_BYTES;
export const NOTHING_THERE = Buffer.alloc(BLOCK_BYTES);

/** One try, but for which of the slots it hits. */
interface Draw {
  readonly what: TamperingName;
  /** any of a block's */
  readonly bit: number;
  /** some of a block's, never all */
  readonly sectors: readonly number[];
  /** so many slots away, or so many generations ago */
  readonly away: number;
}
export interface Try extends Draw {
  readonly slot: number;
}

type Change = (found: Buffer) => Buffer;
interface Tampering {
  readonly kind: BadBlock;
  /** `block` is the acknowledged one, of `slots`; `at` gives any other */
  readonly change: (block: BlockName, draw: Draw, slots: number, at: Writer) => Promise<Change>;
}

const older = ({ tenant, slot, seq }: BlockName, { away }: Draw, slots: number): BlockName => ({
  tenant,
  slot,
  seq: seq - slots * (1 + (away % 2)),
});
const elsewhere = ({ tenant, slot, seq }: BlockName, { away }: Draw, slots: number): BlockName => {
  const by = 1 + (away % (slots - 1));
  return { tenant, slot: (slot + by) % slots, seq: seq + by - (slot + by >= slots ? slots : 0) };
};

export const TAMPERINGS = {
  'a flipped bit': { kind: 'corrupt', change: async (_block, { bit }) => flipBit(bit) },
  'a lost first write': { kind: 'lost', change: async () => replacedBy(NOTHING_THERE) },
  'a lost overwrite': {
    kind: 'stale',
    change: async ({ tenant, slot, seq }, _draw, slots, at) => replacedBy(await at.block({ tenant, slot, seq: seq - slots })),
  },
  'an older block that came back': {
    kind: 'stale',
    change: async (block, draw, slots, at) => replacedBy(await at.block(older(block, draw, slots))),
  },
  'a torn overwrite': {
    kind: 'torn',
    change: async (block, draw, slots, at) => tornWith(await at.block(older(block, draw, slots)), draw.sectors),
  },
  'a torn first write': { kind: 'torn', change: async (_block, { sectors }) => tornWith(NOTHING_THERE, sectors) },
  'a block of another slot': {
    kind: 'misdirected',
    change: async (block, draw, slots, at) => replacedBy(await at.block(elsewhere(block, draw, slots))),
  },
  'sectors of another slot': {
    kind: 'misdirected',
    change: async (block, draw, slots, at) => tornWith(await at.block(elsewhere(block, draw, slots)), draw.sectors),
  },
  "another tenant's block": {
    kind: 'misdirected',
    change: async ({ slot, seq }, _draw, _slots, at) => replacedBy(await at.block({ tenant: 'neighbour', slot, seq })),
  },
} as const satisfies Record<string, Tampering>;
export type TamperingName = keyof typeof TAMPERINGS;

/** Tries over so many slots. */
export const tries = (slots: number): fc.Arbitrary<Try> =>
  fc.record({
    slot: fc.nat({ max: slots - 1 }),
    what: fc.constantFrom(...(Object.keys(TAMPERINGS) as TamperingName[])),
    bit: fc.nat({ max: BLOCK_BYTES * 8 - 1 }),
    sectors: fc.subarray(
      Array.from({ length: SECTORS }, (_, sector) => sector),
      { minLength: 1, maxLength: SECTORS - 1 },
    ),
    away: fc.nat({ max: 1000 }),
  });

/** What the slot must hold when `last` is the highest number that was acknowledged. */
export const heldBy = (slot: number, slots: number, last: number): BlockName => ({
  tenant: TENANT,
  slot,
  seq: last - ((((last - slot) % slots) + slots) % slots),
});

/** Whether the account accuses `block`, of this kind, and nothing else. */
export function accusesOnly({ bad, ...counts }: Account, { slot, seq }: BlockName, kind: BadBlock): boolean {
  const [first, ...others] = bad;
  const found = first?.slot === slot && first.seq === seq && first.kind === kind && others.length === 0;
  return found && counts[kind] === 1 && counts.verified === counts.acknowledged - 1;
}
