import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { HistoryRecord } from '../../results/model.ts';
import { jainsIndex } from '../../results/pool.ts';
import { evidenceOf, nameless } from './evidence.ts';
import { poolOf } from './pool.ts';

const ended = (on: string, round: string, write_iops: number, write_bytes_per_s: number, more: object = {}) => ({
  ...{ k: 'action', what: 'load', name: 'fio', on, state: 'end', round },
  figures: { write_iops, write_bytes_per_s, longest_write_ms: 3, longest_fsync_ms: 40, write_p99_ms: 1, ...more },
});
const poolIn = (entries: readonly object[]) =>
  poolOf(
    evidenceOf(
      nameless('t', 0),
      entries.map((entry, t) => HistoryRecord.parse({ t, trial: 't', ...entry })),
    ),
  );

describe('what each tenant got of a pool', () => {
  it('is its share, and what it held of what it had alone', () => {
    const fsync = { fsync_p50_ms: 5, fsync_p99_ms: 9, fsync_p999_ms: 12, fsync_p9999_ms: 39 };
    const pool = poolIn([
      ended('victim', 'alone', 80, 320_000, fsync),
      ended('stormer', 'alone', 1000, 4_000_000),
      ended('stormer', 'together', 800, 3_200_000),
      ended('victim', 'together', 20, 80_000, fsync),
    ]);
    const [victim, stormer] = pool?.tenants ?? [];
    expect(victim).toMatchObject({ machine: 'victim', held: 0.25, together: { p50_ms: 5, p99_ms: 9, p9999_ms: 39, longest_ms: 40 } });
    expect(stormer).toMatchObject({ held: 0.8, together: { p50_ms: null, p99_ms: 1 } });
    expect([victim?.share, stormer?.share]).toEqual([80_000 / 3_280_000, 3_200_000 / 3_280_000]);
    expect(pool?.jain).toBeCloseTo(1.05 ** 2 / (2 * (0.25 ** 2 + 0.8 ** 2)), 10);
  });

  it('is not known of a tenant that was not seen alone, and so for all', () => {
    const pool = poolIn([
      ended('victim', 'together', 20, 80_000),
      ended('stormer', 'alone', 9, 9),
      ended('stormer', 'together', 9, 80_000),
    ]);
    expect(pool?.tenants.map(({ held, share }) => [held, share])).toEqual([
      [null, 0.5],
      [1, 0.5],
    ]);
    expect(pool?.jain).toBeNull();
  });

  it('is nothing where nobody worked by rounds', () => {
    expect(poolIn([{ ...ended('victim', 'alone', 1, 1), round: undefined }])).toBeUndefined();
  });
});

describe("Jain's index", () => {
  const figures = fc.array(fc.double({ min: 0.001, max: 1000, noNaN: true }), { minLength: 1, maxLength: 20 });

  it('lies between 1/n and 1, whatever the unit, and is 1 where all are alike', () => {
    fc.assert(
      fc.property(figures, fc.double({ min: 0.01, max: 100, noNaN: true }), (all, unit) => {
        const index = jainsIndex(all);
        expect(index).toBeLessThanOrEqual(1 + 1e-9);
        expect(index).toBeGreaterThanOrEqual(1 / all.length - 1e-9);
        expect(jainsIndex(all.map((each) => each * unit))).toBeCloseTo(index, 6);
        expect(jainsIndex(all.map(() => unit))).toBeCloseTo(1, 9);
      }),
    );
  });

  it('is 1/n where one has everything', () => {
    expect(jainsIndex([5, 0, 0, 0])).toBe(0.25);
  });
});
