import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  bitRate_bps,
  ETHERNET_SIZES,
  IPV6_IMIX,
  JUMBO_SIZES,
  lineRate_pps,
  meanFrame_bytes,
  mixOf,
  packetRate_pps,
  shareOfLine,
} from './sizes.ts';

const TEN_GIGABIT = 10_000_000_000;

describe('a link', () => {
  // RFC 5180, appendix A.1, has 14,880,952 for 64 and those of the other sizes
  it.each([
    [64, 14_880_952],
    [66, 14_534_883],
    [128, 8_445_945],
    [256, 4_528_985],
    [512, 2_349_624],
    [1024, 1_197_318],
    [1280, 961_538],
    [1518, 812_743],
    [9216, 135_339],
  ])('of 10 Gbit/s carries frames of %i bytes %i times a second', (bytes, rate_pps) => {
    expect(lineRate_pps(TEN_GIGABIT, bytes)).toBe(rate_pps);
  });

  it('is full at its line rate, and half full at half of it', () => {
    for (const frame_bytes of [...ETHERNET_SIZES, ...JUMBO_SIZES]) {
      const mix = [{ frame_bytes, share: 1 }];
      const line_pps = lineRate_pps(TEN_GIGABIT, mix);
      expect(shareOfLine(TEN_GIGABIT, mix, line_pps)).toBeCloseTo(1, 4);
      expect(shareOfLine(TEN_GIGABIT, mix, line_pps)).toBeLessThanOrEqual(1);
      expect(shareOfLine(TEN_GIGABIT, mix, line_pps / 2)).toBeCloseTo(0.5, 4);
    }
  });
});

describe('a mix', () => {
  it('has the mean size of its packets, not of its sizes', () => {
    expect(meanFrame_bytes(IPV6_IMIX)).toBe((28 * 78 + 16 * 570 + 4 * 1518) / 48);
    expect(lineRate_pps(TEN_GIGABIT, IPV6_IMIX)).toBe(3_272_251);
  });

  it('is that of streams: with their FCS, each frame of a stream as often as the others of it', () => {
    const frame = (bytes: number) => ({ bytes: new Uint8Array(bytes), varied: [] });
    expect(
      mixOf([
        { frames: [frame(62)], share: 3 },
        { frames: [frame(1514), frame(124)], share: 1 },
      ]),
    ).toEqual([
      { frame_bytes: 66, share: 3 },
      { frame_bytes: 1518, share: 0.5 },
      { frame_bytes: 128, share: 0.5 },
    ]);
  });

  it('turns packets to bits and back', () => {
    expect(bitRate_bps([{ frame_bytes: 1518, share: 1 }], 1000)).toBe(12_144_000);
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 100_000_000 }), (rate_pps) => {
        expect(packetRate_pps(IPV6_IMIX, bitRate_bps(IPV6_IMIX, rate_pps))).toBeCloseTo(rate_pps, 3);
      }),
    );
  });
});
