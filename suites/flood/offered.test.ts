import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { UsageError } from '../../results/errors.ts';
import { offeredInWords, parseOffered, ratePps } from './offered.ts';

const GIGABIT = 1_000_000_000;
const mix = (frame_bytes: number) => [{ frame_bytes, share: 1 }];

describe('an offered load', () => {
  it.each([
    ['120000', { kind: 'packets', rate_pps: 120_000 }],
    ['120k', { kind: 'packets', rate_pps: 120_000 }],
    ['1.5M/s', { kind: 'packets', rate_pps: 1_500_000 }],
    ['800Mbit', { kind: 'bits', rate_bps: 800_000_000 }],
    ['10 Gbit/s', { kind: 'bits', rate_bps: 10_000_000_000 }],
    ['50%', { kind: 'line', share: 0.5 }],
    ['0.1 %', { kind: 'line', share: 0.001 }],
  ])('is read from %s', (text, offered) => {
    expect(parseOffered(text)).toEqual(offered);
  });

  it.each(['', '0', '0%', '101%', '-5', 'fast', '12kb', '1e6', '5 %bit', 'NaN', '∞', '0.5', '9'.repeat(400), '2000000G'])(
    'is not read from "%s"',
    (text) => {
      expect(() => parseOffered(text)).toThrow(UsageError);
    },
  );

  it('is so many packets of a size as the link carries of them, and no more', () => {
    // RFC 5180, appendix A.1, for a gigabit: 1,453,488 and 81,274 frames/s
    expect(ratePps({ kind: 'packets', rate_pps: 60_000 }, mix(66), GIGABIT)).toBe(60_000);
    expect(ratePps({ kind: 'packets', rate_pps: 5e6 }, mix(66), GIGABIT)).toBe(1_453_488);
    expect(ratePps({ kind: 'bits', rate_bps: 500_000_000 }, mix(1518), GIGABIT)).toBe(41_173);
    expect(ratePps({ kind: 'line', share: 1 }, mix(1518), GIGABIT)).toBe(81_274);
    expect(ratePps({ kind: 'line', share: 1e-9 }, mix(1518), GIGABIT)).toBe(1);
  });

  it('is said in its own unit', () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 1e7 }), (rate_pps) => {
        expect(parseOffered(offeredInWords({ kind: 'packets', rate_pps }).replace(' packets', ''))).toEqual({ kind: 'packets', rate_pps });
      }),
    );
    expect(offeredInWords(parseOffered('800Mbit'))).toBe('800 Mbit/s');
    expect(offeredInWords(parseOffered('50%'))).toBe('50 % of line rate');
  });
});
