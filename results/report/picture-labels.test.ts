import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { Layout } from './picture.ts';
import { broken, stacked } from './picture-labels.ts';

describe('labels at the ends of lines', () => {
  it.each<[what: string, middles: number[], tops: number[]]>([
    ['stand in the middle of their ends where these are apart', [50, 90], [40, 80]],
    ['move down from those above', [50, 55], [40, 60]],
    ['move up from the bottom', [92, 95, 96], [40, 60, 80]],
    ['stay below the top', [2], [0]],
  ])('%s', (_what, middles, tops) => {
    expect(
      stacked(
        middles.map((middle) => ({ middle, height: 20 })),
        0,
        100,
      ),
    ).toEqual(tops);
  });

  it('never stand on each other, nor outside, where there is room for all', () => {
    const block = fc.record({ middle: fc.integer({ min: -50, max: 700 }), height: fc.integer({ min: 5, max: 50 }) });
    fc.assert(
      fc.property(fc.array(block, { maxLength: 10 }), (blocks) => {
        const sorted = blocks.toSorted((a, b) => a.middle - b.middle);
        const tops = stacked(sorted, 100, 600);
        for (const [index, top] of tops.entries()) {
          expect(top).toBeGreaterThanOrEqual(index === 0 ? 100 : (tops[index - 1] as number) + (sorted[index - 1]?.height as number));
          expect(top + (sorted[index]?.height as number)).toBeLessThanOrEqual(600);
        }
      }),
    );
  });
});

describe('a label that is too long', () => {
  const layout = { font_px: 10 } as Layout;

  it.each<[most: number, lines: string[]]>([
    [3, ['recovery of', 'storage-cutoff', '.link-cut']],
    [2, ['recovery of', 'storag…ink-cut']],
    [1, ['recove…ink-cut']],
  ])('in at most %d lines lacks its middle', (most, lines) => {
    expect(broken('recovery of storage-cutoff.link-cut', 93, layout, most)).toEqual(lines);
  });

  it('has no control character', () => expect(broken('a\u001b[31m', 93, layout, 1)).toEqual(['a?[31m']));
});
