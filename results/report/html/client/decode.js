/**
 * The samples of a probe, as `encode.ts` wrote them: base64 of bytes, four unsigned numbers for each point, each with seven bits in a byte and the
 * high bit where more follow (LEB128): milliseconds since the point before, the fastest answer plus one (0: there was none), how much slower the slowest
 * was, and how many times no answer came. Answers are in units of 10 µs.
 * @param {string} text
 * @returns {{ t: number[], low: (number | null)[], high: (number | null)[], missing: number[] }} seconds, milliseconds, and counts
 */
export function decode(text) {
  const bytes = Uint8Array.from(atob(text), (character) => character.charCodeAt(0));
  let at = 0;
  const next = () => {
    let value = 0;
    for (let scale = 1; ; scale *= 128) {
      const byte = bytes[at++] ?? 0;
      value += (byte % 128) * scale;
      if (byte < 128) return value;
    }
  };
  /** @type {{ t: number[], low: (number | null)[], high: (number | null)[], missing: number[] }} */
  const points = { t: [], low: [], high: [], missing: [] };
  for (let clock = 0; at < bytes.length; ) {
    clock += next();
    const low = next();
    const more = next();
    points.t.push(clock / 1000);
    points.low.push(low === 0 ? null : (low - 1) / 100);
    points.high.push(low === 0 ? null : (low - 1 + more) / 100);
    points.missing.push(next());
  }
  return points;
}
