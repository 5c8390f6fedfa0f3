import { describe, expect, it } from 'vitest';
import type { Grade } from '../../results/grades.ts';
import { HistoryRecord } from '../../results/model.ts';
import { evidenceOf, nameless } from './evidence.ts';
import { gradesOf, idlePromise } from './grades.ts';
import { poolOf } from './pool.ts';
import { notTried } from './rounds.ts';

type Entry = { readonly t?: number } & Readonly<Record<string, unknown>>;
const GROUP = 'tenants/silver';

/** A round of ten seconds from `t` on: the grade's own engine, and the storm beside it where there is one. */
function round(t: number, trying: string, write_p99_ms: number, policy?: string, state = 'end'): Entry[] {
  const together = policy !== undefined;
  const common = { ...{ k: 'action', name: 'fio', on: 'head', trying }, ...(together && policy !== '' ? { policy } : {}) };
  const engine = (tenant: string, what: string, from: number, to: number) => [
    { ...common, t: from, what, tenant, round: together ? 'together' : 'alone', state: 'begin' },
    { ...common, t: to, what, tenant, round: together ? 'together' : 'alone', state, figures: { write_iops: 9, write_p99_ms, ran_s: 8 } },
  ];
  return [...engine('silver', 'load', t, t + 10), ...(together ? engine('stormer', 'engine', t + 1, t + 11) : [])];
}

/** What the engine of the grade's tenant did in the seconds from `t` on. */
const did = (t: number, ...calls: readonly number[]): Entry[] =>
  calls.map((write_calls, index) => ({
    ...{ t: t + index + 1, k: 'io', machine: 'head', for_s: 1, devices: {} },
    processes: [
      { pid: 1, name: 'fio', group: GROUP, write_calls, written_bytes: 4096 * write_calls },
      { pid: 2, name: 'fio', group: 'tenants/stormer', write_calls: 500 },
      { pid: 3, name: 'python3', group: GROUP, write_calls: 500 },
    ],
  }));

const SILVER: Grade = { name: 'silver', iops: 100, bytes_per_s: 400_000, p99_ms: 20 };
const evidence = (entries: readonly Entry[], grades: readonly Grade[] = [SILVER]) =>
  evidenceOf(
    { ...nameless('t', 0), grades: [...grades] },
    entries.toSorted((a, b) => (a.t ?? 0) - (b.t ?? 0)).map((entry) => HistoryRecord.parse({ t: 0, trial: 't', ...entry })),
  );

const COMMITS = round(0, 'commits', 12);
/** The first and the last two seconds of a round are of its engines' start and end. */
const IDLE = [...COMMITS, ...did(0, 0, 5, 110, 95, 110, 94, 110, 110, 5, 0)];
const LARGE = [...round(20, 'throughput', 80), ...did(20, 0, 0, 100, 100, 90, 100, 100, 100, 0, 0)];
const STORMS = [
  ...[...round(40, 'commits', 200, 'none'), ...did(40, 0, 110, 110, 30, 30, 30, 95, 110, 110, 0)],
  ...[...round(60, 'commits', 19, 'io.max'), ...did(60, 0, 0, 0, 110, 110, 110, 110, 0, 0, 0)],
  { k: 'fact', name: notTried('bfq'), value: 'this kernel has no I/O scheduler bfq' },
];

describe('what was held of a promise', () => {
  it('is told of the seconds in which all of a round were at work, idle and under each policy', () => {
    expect(gradesOf(evidence([...IDLE, ...LARGE, ...STORMS]))).toEqual({
      grades: [
        {
          promised: SILVER,
          idle: {
            iops: { median: 110, share: 5 / 6, seconds: 6 },
            bytes_per_s: { median: 409_600, share: 5 / 6, seconds: 6 },
            p99_ms: 12,
          },
          storms: [
            // the storm began a second later than the tenant's own work
            { policy: 'none', held: { iops: { median: 30, share: 0.4, seconds: 5 }, bytes_per_s: null, p99_ms: 200 } },
            { policy: 'io.max', held: { iops: { median: 110, share: 0.8, seconds: 5 }, bytes_per_s: null, p99_ms: 19 } },
          ],
        },
      ],
      notTried: [{ policy: 'bfq', why: 'this kernel has no I/O scheduler bfq' }],
    });
  });

  it('is under a storm what the machine does as it is, where there are no policies', () => {
    const found = gradesOf(evidence([...round(0, 'commits', 50, ''), ...did(0, 0, 0, 9, 9, 9, 9, 9, 9, 0, 0)]));
    expect(found?.grades[0]?.storms).toMatchObject([{ policy: null, held: { iops: { median: 9, share: 0 }, p99_ms: 50 } }]);
  });

  it('is not told of seconds in which an engine was still about to start, as its own figures tell', () => {
    const slow = COMMITS.map((action) => (action.state === 'end' ? { ...action, figures: { ran_s: 4 } } : action));
    const [late] = gradesOf(evidence([...slow, ...did(0, 0, 0, 0, 0, 0, 0, 110, 110, 0, 0)]))?.grades ?? [];
    expect(late?.idle.iops).toEqual({ median: 110, share: 1, seconds: 2 });
  });

  it('is of the round that an engine began in, also where it ends when the next has begun', () => {
    const late = round(0, 'commits', 30, 'none').map((action) => (action.t === 11 ? { ...action, t: 13 } : action));
    const entries = [
      ...late,
      ...did(0, ...Array<number>(9).fill(20)),
      ...round(12, 'commits', 15, 'io.max'),
      ...did(12, ...Array<number>(9).fill(110)),
    ];
    expect(gradesOf(evidence(entries))?.grades[0]?.storms).toMatchObject([
      { policy: 'none', held: { iops: { median: 20, share: 0 }, p99_ms: 30 } },
      { policy: 'io.max', held: { iops: { median: 110, share: 1 }, p99_ms: 15 } },
    ]);
  });

  it('is nothing of what was not promised, and of a trial that promised nothing', () => {
    const [bare] = gradesOf(evidence([...IDLE, ...LARGE], [{ name: 'silver', p99_ms: 10 }]))?.grades ?? [];
    expect(bare?.idle).toEqual({ iops: null, bytes_per_s: null, p99_ms: 12 });
    expect(gradesOf(evidenceOf(nameless('t', 0), []))).toBeUndefined();
  });

  it('is no comparison of tenants, which have no work of their own to be measured by', () => {
    expect(poolOf(evidence([...IDLE, ...STORMS]))).toBeUndefined();
  });
});

describe('a promise on an idle host', () => {
  const judged = (entries: readonly Entry[], grades?: readonly Grade[], doubts: readonly string[] = []) =>
    idlePromise(
      { kind: 'promise', name: 'grade_silver_idle', grade: 'silver', leastShare: 0.8 },
      { evidence: evidence(entries, grades), doubts },
    );

  it('is kept in so many of the seconds, whatever a storm does', () => {
    expect(judged([...IDLE, ...LARGE, ...STORMS])).toEqual({
      ...{ verdict: 'pass', measured: '110 (83 %), 409600 (83 %), 12 ms', threshold: 'in 80 % of seconds', reason: '' },
    });
    expect(judged([...IDLE, ...LARGE], undefined, ['our side failed'])).toMatchObject({ verdict: 'unknown', reason: 'our side failed' });
  });

  it.each<[string, Grade, RegExp]>([
    ['a rate', { name: 'silver', iops: 116 }, /^with nobody else at work, 116 IOPS held in 0 of 6 seconds, 110 in the median one$/],
    ['a throughput', { name: 'silver', bytes_per_s: 500_000 }, /500000 bytes\/s held in 0 of 6 seconds, 409600 in the median one$/],
    [
      'a latency',
      { name: 'silver', iops: 100, p99_ms: 11.9 },
      /^with nobody else at work, a p99 of 11.9 ms was promised, and it was 12 ms$/,
    ],
  ])('is broken by %s that does not come, however much silence proves', (_what, grade, reason) => {
    const { verdict, reason: said } = judged([...IDLE, ...LARGE], [grade], ['our side failed']);
    expect([verdict, said]).toEqual(['fail', expect.stringMatching(reason)]);
  });

  describe('where others took processors of the lab host', () => {
    const taken = (others: number, from: number, to: number): Entry[] =>
      Array.from({ length: to - from }, (_, second) => ({ t: from + second + 1, k: 'contention', for_s: 1, others }));
    const SLOW = [...COMMITS, ...did(0, 0, 110, 110, 110, 50, 50, 50, 50, 110, 0)];
    it.each<[string, Grade, Entry[], 'pass' | 'fail' | 'unknown']>([
      ['a rate is broken', { name: 'silver', iops: 100 }, [], 'fail'],
      ['and may have been for want of one', { name: 'silver', iops: 100 }, taken(0.5, 4, 8), 'unknown'],
      ['it is broken where they took too little for that', { name: 'silver', iops: 100 }, taken(0.3, 4, 8), 'fail'],
      ['or took it in other seconds', { name: 'silver', iops: 100 }, taken(0.6, 0, 4), 'fail'],
      ['or not in enough of them', { name: 'silver', iops: 100 }, taken(0.6, 4, 5), 'fail'],
      ['a latency may have been for want of one', { name: 'silver', p99_ms: 10 }, taken(0.2, 0, 10), 'unknown'],
      ['and is broken where it was too long for that', { name: 'silver', p99_ms: 8 }, taken(0.2, 0, 10), 'fail'],
      ['one promise is broken whatever may be said of the other', { name: 'silver', iops: 100, p99_ms: 1 }, taken(0.48, 0, 10), 'fail'],
      ['what was kept is kept', { name: 'silver', iops: 40, p99_ms: 12 }, taken(0.9, 0, 10), 'pass'],
    ])('%s', (_what, grade, contention, expected) => {
      const { verdict, reason, measured } = judged([...SLOW, ...contention], [grade]);
      expect(verdict).toBe(expected);
      expect(reason.includes("of the lab host's processors")).toBe(expected === 'unknown');
      expect(measured).toBe(judged(SLOW, [grade]).measured);
    });
  });

  it('is neither where it was not measured', () => {
    expect(judged(IDLE)).toMatchObject({
      ...{ verdict: 'unknown', measured: '110 (83 %), ?, 12 ms' },
      reason: 'with nobody else at work, 400000 bytes/s was not measured',
    });
    const few = [...COMMITS, ...did(0, 0, 0, 110, 110, 110, 110)];
    expect(judged(few, [{ name: 'silver', iops: 100 }])).toMatchObject({ verdict: 'unknown', measured: '?' });
    // without an account of its seconds, and of an engine that failed
    expect(judged(COMMITS, [{ name: 'silver', iops: 1 }])).toMatchObject({ verdict: 'unknown' });
    expect(judged(round(0, 'commits', 5, undefined, 'failed'), [{ name: 'silver', p99_ms: 9 }])).toMatchObject({ verdict: 'unknown' });
    expect(judged(IDLE, [])).toMatchObject({ verdict: 'unknown', reason: 'nothing was promised to grade silver' });
  });
});
