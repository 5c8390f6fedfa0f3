/** Numbers at random that follow from values: the same values give the same ones everywhere. */

/** Numbers from 0 to 1: T. Ettinger's mulberry32, begun with the hash (FNV-1a) of the values. */
export function drawsOf(values: ArrayLike<number>): () => number {
  let state = 0x811c9dc5;
  for (const byte of new Uint8Array(Float64Array.from(values).buffer)) state = Math.imul(state ^ byte, 0x01000193);
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}
