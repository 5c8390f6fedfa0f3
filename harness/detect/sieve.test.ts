import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { createSieve } from './sieve.ts';

/** Every place that the sieve finds, going on after each. */
function places(literals: readonly string[], bytes: Buffer): { found: number[]; lineFeeds: number } {
  const sieve = createSieve(literals);
  const found: number[] = [];
  let lineFeeds = 0;
  for (let from = 0; from < bytes.length; ) {
    const at = sieve.find(bytes, from, bytes.length);
    lineFeeds += sieve.lineFeeds;
    if (at === bytes.length) break;
    found.push(at);
    const next = Math.max(at, from) + 4;
    lineFeeds += bytes.subarray(Math.max(at, from), next).filter((byte) => byte === 10).length;
    from = next;
  }
  return { found, lineFeeds };
}

describe('the sieve', () => {
  const LITERALS = ['kernel BUG at ', 'WARNING: ', 'mce: [', 'EDAC ', 'panic'];

  it.each(LITERALS)('finds "%s" wherever it lies', (literal) => {
    for (let before = 0; before < 12; before += 1) {
      for (const after of ['', '.', ' and more', '\n']) {
        const bytes = Buffer.from(`${'-'.repeat(before)}${literal}${after}`);
        const { found } = places(LITERALS, Buffer.from(new Uint8Array(bytes).buffer));
        expect(found.some((at) => at <= before + literal.length && at + 4 >= before)).toBe(true);
      }
    }
  });

  it('passes over what only resembles', () => {
    expect(places(LITERALS, Buffer.from('kernel BUGS at, WARNING, EDAC: panics are not pani\tcs'.padEnd(64))).found).toEqual([32]);
    expect(places(LITERALS, Buffer.from('kernel BUG a, WARNING; mce: , EDAC, pan ic\r\n'.padEnd(64))).found).toEqual([]);
  });

  it('finds control characters, which may hide a literal, but for blanks and line ends', () => {
    expect(places(LITERALS, Buffer.from('abcd\tef\r\n\u001b[1mxyz')).found).toEqual([8]);
  });

  it('counts every line feed, whatever stands between', () => {
    const piece = fc.constantFrom('\n', '\r\n', 'text ', 'WARNING: ', '\u0000', 'é', '\n\n\n', 'x');
    fc.assert(
      fc.property(fc.array(piece, { maxLength: 50 }), (pieces) => {
        const bytes = Buffer.from(new Uint8Array(Buffer.from(pieces.join(''))).buffer);
        expect(places(LITERALS, bytes).lineFeeds).toBe(bytes.filter((byte) => byte === 10).length);
      }),
    );
  });

  it('refuses a literal that is too short', () => {
    expect(() => createSieve(['BUG:'])).toThrow('"BUG:" is too short');
  });
});
