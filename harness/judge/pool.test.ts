import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { HistoryRecord } from '../../results/model.ts';
import { jainsIndex } from '../../results/pool.ts';
import { evidenceOf, nameless } from './evidence.ts';
import { poolOf } from './pool.ts';
import { notTried } from './rounds.ts';

/** One engine's round, from `t` on and for ten seconds. */
const worked = (t: number, tenant: string, round: string, write_iops: number, write_bytes_per_s: number, more: object = {}) => {
  const { what = 'load', policy, figures, ...rest } = more as { what?: string; policy?: string; figures?: Record<string, number> };
  const action = { k: 'action', what, name: 'fio', on: 'head', round, tenant, ...(policy === undefined ? {} : { policy }), ...rest };
  return [
    { t, ...action, state: 'begin' },
    {
      ...{ t: t + 10, ...action, state: 'end' },
      figures: { write_iops, write_bytes_per_s, longest_write_ms: 3, longest_fsync_ms: 40, write_p99_ms: 1, ...figures },
    },
  ];
};
const STORM = { what: 'engine' } as const;
const poolIn = (entries: readonly ({ readonly t?: number } & Readonly<Record<string, unknown>>)[]) =>
  poolOf(
    evidenceOf(
      nameless('t', 0),
      entries.toSorted((a, b) => (a.t ?? 0) - (b.t ?? 0)).map((entry) => HistoryRecord.parse({ t: 0, trial: 't', ...entry })),
    ),
  );
const alone = [...worked(0, 'victim', 'alone', 80, 320_000), ...worked(20, 'stormer', 'alone', 1000, 4_000_000)];

describe('what each tenant got of a pool', () => {
  const fsync = { fsync_p50_ms: 5, fsync_p99_ms: 9, fsync_p999_ms: 12, fsync_p9999_ms: 39 };

  it('is its share, and what it held of what it had alone', () => {
    const pool = poolIn([
      ...alone,
      ...worked(40, 'stormer', 'together', 800, 3_200_000, STORM),
      ...worked(40, 'victim', 'together', 20, 80_000, { figures: fsync }),
    ]);
    const only = pool?.policies[0];
    const [stormer, victim] = only?.tenants ?? [];
    expect(victim).toMatchObject({ tenant: 'victim', storms: false, held: { median: 0.25 }, p50_ms: { median: 5 }, longest_ms: 40 });
    expect(victim).toMatchObject({ p99_ms: { median: 9 }, p9999_ms: { median: 39 }, isolation: null, starved_s: null });
    expect(stormer).toMatchObject({ storms: true, held: { median: 0.8 }, p50_ms: null, p99_ms: { median: 1 } });
    expect([victim?.share?.median, stormer?.share?.median]).toEqual([80_000 / 3_280_000, 3_200_000 / 3_280_000]);
    expect(only?.jain?.median).toBeCloseTo(1.05 ** 2 / (2 * (0.25 ** 2 + 0.8 ** 2)), 10);
    expect(only).toMatchObject({ policy: null, rounds: 1, conserved: { median: 0.82, low: null, high: null } });
  });

  it('is not known of a tenant that was not seen alone, and so for all', () => {
    const pool = poolIn([
      ...worked(0, 'stormer', 'alone', 9, 9),
      ...worked(20, 'victim', 'together', 20, 80_000),
      ...worked(20, 'stormer', 'together', 9, 80_000, STORM),
    ]);
    expect(pool?.policies[0]?.tenants.map(({ held, share }) => [held?.median ?? null, share?.median])).toEqual([
      [null, 0.5],
      [1, 0.5],
    ]);
    expect(pool?.policies[0]?.jain).toBeNull();
  });

  it('adds up what several engines of one tenant did, with the worst of their latencies', () => {
    const pool = poolIn([
      ...worked(0, 'stormer', 'together', 100, 1000, { ...STORM, figures: { write_p99_ms: 7 } }),
      ...worked(0, 'stormer', 'together', 50, 3000, { ...STORM, figures: { write_p99_ms: 4 } }),
    ]);
    expect(pool?.policies[0]?.tenants).toMatchObject([
      { writes_per_s: { median: 150 }, bytes_per_s: { median: 4000 }, p99_ms: { median: 7 } },
    ]);
  });

  it('is held by its touches of one that swaps, whose bytes nobody knows', () => {
    const swaps = (per_s: number) => ({ figures: { touches_per_s: per_s } });
    const entries = [
      ...worked(0, 'victim', 'alone', 80, 320_000),
      ...worked(20, 'stormer', 'alone', 0, 0, swaps(400)),
      ...worked(40, 'stormer', 'together', 0, 0, { ...STORM, ...swaps(100) }),
      ...worked(40, 'victim', 'together', 20, 80_000),
    ];
    // an engine that writes no files tells of none
    const own = entries.map((each) =>
      each.tenant === 'stormer' && 'figures' in each
        ? { ...each, figures: { touches_per_s: (each.figures as Record<string, number>).touches_per_s } }
        : each,
    );
    const pool = poolIn(own);
    const [only] = pool?.policies ?? [];
    expect(only?.tenants.map(({ counts, held, share }) => [counts, held?.median, share])).toEqual([
      ['touches', 0.25, null],
      ['writes', 0.25, null],
    ]);
    expect(only).toMatchObject({ jain: { median: 1 }, jainByWeight: null, conserved: null });
  });

  it('is nothing of a round in which an engine failed', () => {
    const [begin] = worked(40, 'victim', 'together', 0, 0);
    const failed = { ...begin, t: 45, state: 'failed', detail: 'exit 1' };
    const pool = poolIn([...alone, ...worked(40, 'stormer', 'together', 1, 1, STORM), begin, failed].flatMap((each) => each ?? []));
    expect(pool?.policies).toEqual([]);
    expect(pool?.alone).toHaveLength(2);
  });

  it('is nothing where nobody worked by rounds', () => {
    expect(poolIn(worked(0, 'victim', 'alone', 1, 1).map((each) => ({ ...each, round: undefined })))).toBeUndefined();
  });
});

describe('policies that are compared', () => {
  const compared = (slow: readonly number[], fast: readonly number[]) =>
    poolIn([
      ...alone,
      ...slow.flatMap((ms, round) => [
        ...worked(100 + 40 * round, 'stormer', 'together', 900, 3_600_000, { ...STORM, policy: 'none' }),
        ...worked(100 + 40 * round, 'victim', 'together', 8, 32_000, { policy: 'none', figures: { write_p99_ms: ms } }),
        ...worked(120 + 40 * round, 'stormer', 'together', 450, 1_800_000, { ...STORM, policy: 'bfq.weight' }),
        ...worked(120 + 40 * round, 'victim', 'together', 72, 288_000, { policy: 'bfq.weight', figures: { write_p99_ms: fast[round] } }),
      ]),
      { t: 1, k: 'fact', name: notTried('io.latency'), value: 'this kernel has no io.latency' },
    ]);

  it('have the p99 of the victims with its interval, and against the reference round by round', () => {
    const [none, bfq] = compared([100, 110, 90, 120, 95, 105], [10, 22, 9, 12, 19, 21])?.policies ?? [];
    expect(none).toMatchObject({
      policy: 'none',
      rounds: 6,
      victims_p99_ms: { median: 102.5, low: 90, high: 120, of: 6 },
      victims_p99_ratio: null,
    });
    expect(bfq?.victims_p99_ms).toEqual({ median: 15.5, low: 9, high: 22, of: 6 });
    expect(bfq?.victims_p99_ratio).toMatchObject({ low: 0.1, high: 0.2, of: 6 });
    expect(bfq?.jain?.median as number).toBeGreaterThan(none?.jain?.median as number);
    // bytes by weight: 1.8 MB/s for 100, 288 kB/s for 800
    expect(bfq?.jainByWeight?.median).toBeCloseTo(jainsIndex([18_000, 360]), 10);
    expect(bfq?.conserved?.median).toBeCloseTo(2_088_000 / 4_000_000, 10);
  });

  it('tell which of them could not be had', () => {
    expect(compared([1], [1])?.notTried).toEqual([{ policy: 'io.latency', why: 'this kernel has no io.latency' }]);
  });
});

describe('seconds', () => {
  const account = (t: number, ...calls: readonly (readonly [group: string, write_calls: number, name?: string])[]) => ({
    ...{ t, k: 'io', machine: 'head', for_s: 1, devices: {} },
    processes: calls.map(([group, write_calls, name = 'fio'], pid) => ({ pid, name, group, write_calls })),
  });
  const pool = poolIn([
    ...alone,
    ...worked(40, 'stormer', 'together', 800, 3_200_000, { ...STORM, figures: { ran_s: 8 } }),
    ...worked(40, 'victim', 'together', 20, 80_000, { figures: { ran_s: 8 } }),
    // the first and the last second of a round are of its engines' start and end
    account(41, ['tenants/victim', 1], ['tenants/stormer', 4]),
    ...[43, 44, 45, 46].map((t) => account(t, ['tenants/victim', 40], ['tenants/stormer', 800], ['', 500, 'python3'])),
    account(47, ['tenants/stormer', 800]),
    account(48, ['tenants/victim', 90], ['tenants/stormer', 2000]),
    account(50, ['tenants/victim', 1]),
  ]);

  it('are weighed against what the tenant did alone, by its control group', () => {
    const [stormer, victim] = pool?.policies[0]?.tenants ?? [];
    expect(victim).toMatchObject({ isolation: 0, starved_s: 1 });
    expect(stormer).toMatchObject({ isolation: 0.8, starved_s: 0 });
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
