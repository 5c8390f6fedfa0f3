/** Numbers that look random and are the same for the same seed: SplitMix64 (Steele, Lea, Flood: Fast Splittable Pseudorandom Number Generators, 2014). */

/** A counter is stepped by the golden ratio, and what is drawn is a mix of it. */
export const STEP = 0x9e3779b97f4a7c15n;
export const MIX = [
  { shift: 30, multiply: 0xbf58476d1ce4e5b9n },
  { shift: 27, multiply: 0x94d049bb133111ebn },
] as const;
export const LAST_SHIFT = 31;

const u64 = (value: bigint): bigint => BigInt.asUintN(64, value);

/** The counter after so many draws. */
export const advanced = (counter: bigint, draws: number): bigint => u64(counter + BigInt(draws) * STEP);

/** What is drawn from a counter: 64 bits. */
export function mixed(counter: bigint): bigint {
  let value = u64(counter);
  for (const { shift, multiply } of MIX) value = u64((value ^ (value >> BigInt(shift))) * multiply);
  return value ^ (value >> BigInt(LAST_SHIFT));
}

/** Draws evenly from 0 up to, but not, 1. */
export function drawer(seed: number): () => number {
  let counter = u64(BigInt(Math.trunc(seed)));
  return () => {
    counter = advanced(counter, 1);
    // as many bits as a double holds
    return Number(mixed(counter) >> 11n) / 2 ** 53;
  };
}
