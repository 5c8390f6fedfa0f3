import { describe, expect, it } from 'vitest';
import { IPV6_IMIX, lineRate_pps, meanFrame_bytes, mixOf, packetRate_pps } from './sizes.ts';

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

  it('makes so many bits a second with so many packets', () => {
    expect(packetRate_pps([{ frame_bytes: 1518, share: 1 }], 12_144_000)).toBe(1000);
  });
});
