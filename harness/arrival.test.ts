import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { arrivalOf } from './arrival.ts';
import { wireWith } from './wire.testing.ts';

describe('when a flood came', () => {
  it('is told to a hundredth, wherever its begin and end lie between two readings', () => {
    fc.assert(
      fc.property(fc.double({ min: 0, max: 0.2, noNaN: true }), fc.double({ min: 0.5, max: 2, noNaN: true }), (begin, for_s) => {
        const came = arrivalOf(wireWith(10_000, begin, for_s), 10_000);
        expect(came?.for_s).toBeGreaterThan(for_s - 0.011);
        expect(came?.for_s).toBeLessThan(for_s + 0.011);
        expect(came?.rate_pps).toBeGreaterThan(9900);
        expect(came?.rate_pps).toBeLessThan(10_100);
      }),
    );
  });

  it.each([
    ['there are no readings', []],
    ['only pings came', wireWith(0, 0, 1)],
    ['it was over between two readings', wireWith(10_000, 0.01, 0.05)],
  ])('is not known where %s', (_why, wire) => {
    expect(arrivalOf(wire, 10_000)).toBeUndefined();
  });
});
