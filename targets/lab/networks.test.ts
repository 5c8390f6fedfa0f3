import { isIPv6 } from 'node:net';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { subnet } from './networks.ts';

describe("a run's subnet", () => {
  it('is a /64 of 2001:2::/48, even for the front and odd for the store, and otherwise the same for both', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary' }), (seed) => {
        const [front, store] = [subnet(seed, 'front'), subnet(seed, 'store')];
        for (const prefix of [front, store]) {
          expect(isIPv6(`${prefix}::1`)).toBe(true);
          // 2001:2:0 are the 48 bits of RFC 5180's prefix; a fourth group without leading zeros is as the kernel prints it
          expect(prefix).toMatch(/^2001:2:0:[89a-f][0-9a-f]{3}$/);
        }
        const [even, odd] = [front, store].map((prefix) => Number.parseInt(prefix.split(':')[3] as string, 16)) as [number, number];
        expect(even % 2).toBe(0);
        expect(odd).toBe(even + 1);
        expect(subnet(seed, 'front')).toBe(front);
      }),
    );
  });

  it('differs between runs', () => {
    const prefixes = new Set(Array.from({ length: 100 }, (_, run) => subnet(`run-${run}`, 'front')));
    expect(prefixes.size).toBeGreaterThan(95);
  });
});
