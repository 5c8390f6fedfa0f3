import { isIPv6 } from 'node:net';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { InfraError } from '../../../results/errors.ts';
import { addressOf, type Subnet, subnet } from './addresses.ts';

const ALL: readonly Subnet[] = ['front', 'store', ...Array.from({ length: 14 }, (_, behind) => ({ behind }))];

describe("a run's subnets", () => {
  it('are neighbouring /64s of 2001:2::/48, one for each network and for each machine with somebody behind it', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary' }), (seed) => {
        const prefixes = ALL.map((which) => subnet(seed, which));
        for (const prefix of prefixes) {
          expect(isIPv6(addressOf(prefix, 0x10))).toBe(true);
          // 2001:2:0 are the 48 bits of RFC 5180's prefix; a fourth group without leading zeros is as the kernel prints it
          expect(prefix).toMatch(/^2001:2:0:[89a-f][0-9a-f]{3}$/);
        }
        const groups = prefixes.map((prefix) => Number.parseInt(prefix.split(':')[3] as string, 16));
        expect(groups).toEqual(groups.map((_, index) => (groups[0] as number) + index));
        expect(subnet(seed, 'front')).toBe(prefixes[0]);
      }),
    );
  });

  it('differ between runs', () => {
    const prefixes = new Set(Array.from({ length: 100 }, (_, run) => subnet(`run-${run}`, 'front')));
    expect(prefixes.size).toBeGreaterThan(90);
  });

  it("end before the next run's begin", () => {
    expect(() => subnet('run', { behind: ALL.length - 2 })).toThrow(InfraError);
  });
});
