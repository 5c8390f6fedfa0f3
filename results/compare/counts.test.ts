import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { exactCounts, lnChoose } from './counts.ts';

const stratum = (seenA: number, ofA: number, seenB: number, ofB: number) => ({ a: { seen: seenA, of: ofA }, b: { seen: seenB, of: ofB } });
const any = fc
  .record({ ofA: fc.integer({ min: 1, max: 5 }), ofB: fc.integer({ min: 1, max: 5 }) })
  .chain(({ ofA, ofB }) =>
    fc
      .record({ seenA: fc.integer({ min: 0, max: ofA }), seenB: fc.integer({ min: 0, max: ofB }) })
      .map(({ seenA, seenB }) => stratum(seenA, ofA, seenB, ofB)),
  );

describe('the exact test on counts', () => {
  // R's fisher.test and SciPy's fisher_exact; the first is Fisher's lady tasting tea
  it.each([
    [stratum(3, 4, 1, 4), 0.48571428571428565],
    [stratum(0, 12, 5, 12), 0.03726708074534161],
    [stratum(8, 10, 1, 6), 0.034965034965034975],
    [stratum(0, 12, 0, 12), 1],
  ])('has the p of others', (table, p) => {
    expect(exactCounts([table]).p).toBeCloseTo(p, 10);
    expect(exactCounts([{ a: table.b, b: table.a }]).p).toBeCloseTo(p, 10);
  });

  it('is not blunted by kinds in which it always or never happens', () => {
    fc.assert(
      fc.property(any, (table) => {
        const { p, least } = exactCounts([table]);
        const padded = exactCounts([stratum(0, 30, 0, 20), table, stratum(7, 7, 9, 9)]);
        expect([padded.p, padded.least]).toEqual([expect.closeTo(p, 10), expect.closeTo(least, 10)]);
      }),
    );
  });

  it('over two kinds counts every way in which the trials could have been dealt', () => {
    fc.assert(
      fc.property(any, any, (one, other) => {
        // every trial of a kind is as likely as any other to be one of B's
        const ways = (table: typeof one) => {
          const seen = table.a.seen + table.b.seen;
          const all = table.a.of + table.b.of;
          return Array.from({ length: 2 ** all }, (_, bits) => bits)
            .filter((bits) => popcount(bits) === table.b.of)
            .map((bits) => popcount(bits & (2 ** seen - 1)));
        };
        const chances = new Map<number, number>();
        const [first, second] = [ways(one), ways(other)];
        for (const [x, n] of tally(first)) for (const [y, m] of tally(second)) chances.set(x + y, (chances.get(x + y) ?? 0) + n * m);
        const total = first.length * second.length;
        const own = chances.get(one.b.seen + other.b.seen) as number;
        const p = [...chances.values()].filter((ways) => ways <= own).reduce((sum, each) => sum + each, 0) / total;
        expect(exactCounts([one, other]).p).toBeCloseTo(p, 9);
      }),
      { numRuns: 30 },
    );
  });
});

it('numbers of ways to choose', () => {
  expect([Math.exp(lnChoose(24, 12)), Math.exp(lnChoose(5, 0))]).toEqual([expect.closeTo(2_704_156, 3), 1]);
});

function popcount(bits: number): number {
  let count = 0;
  for (let left = bits; left > 0; left >>= 1) count += left & 1;
  return count;
}

const tally = (values: readonly number[]): Map<number, number> =>
  values.reduce((counts, each) => counts.set(each, (counts.get(each) ?? 0) + 1), new Map<number, number>());
