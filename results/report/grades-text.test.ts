import { describe, expect, it } from 'vitest';
import type { GradeResult, Grades } from '../grades.ts';
import type { TrialResult } from '../model.ts';
import { cells } from './cells.ts';
import { renderGrades } from './grades-text.ts';

const rate = (median: number, share: number) => ({ median, share, seconds: 17 });
const bronze: GradeResult = {
  promised: { name: 'bronze', iops: 50, p99_ms: 100 },
  idle: { iops: rate(55, 1), bytes_per_s: null, p99_ms: 9.04 },
  storms: [
    { policy: 'none', held: { iops: rate(31.4, 0), bytes_per_s: null, p99_ms: 231.4 } },
    { policy: 'io.max', held: { iops: null, bytes_per_s: null, p99_ms: null } },
  ],
};
const silver: GradeResult = {
  promised: { name: 'silver', iops: 200, bytes_per_s: 1_000_000 },
  idle: { iops: rate(220.2, 16 / 17), bytes_per_s: rate(1_099_776, 1), p99_ms: null },
  storms: [{ policy: 'none', held: { iops: rate(90, 0.235), bytes_per_s: rate(204_800, 0), p99_ms: null } }],
};
const trial = (grades: Grades) => ({ grades }) as unknown as TrialResult;

describe('what was held of promises', () => {
  const grades = { grades: [bronze, silver], notTried: [{ policy: 'bfq', why: 'this kernel has no I/O scheduler bfq' }] };

  it('stands below what was promised, for each grade', () => {
    expect(renderGrades(trial(grades), 120)).toEqual([
      'grade                        IOPS        throughput              p99',
      'bronze  promised               50                             100 ms',
      '        idle           55 (100 %)                        9 ms (kept)',
      '        storm, none      31 (0 %)                    231 ms (broken)',
      '        storm, io.max           ?                                  ?',
      'silver  promised              200            1 MB/s',
      '        idle           220 (94 %)  1.1 MB/s (100 %)',
      '        storm, none     90 (24 %)    205 kB/s (0 %)',
      'in brackets: the share of seconds in which at least 95 % of the promise was held',
      'bfq was not tried: this kernel has no I/O scheduler bfq',
    ]);
  });

  it('leaves out what nobody was promised', () => {
    const latency = { name: 'log', p99_ms: 5 };
    const held = { iops: null, bytes_per_s: null, p99_ms: 4 };
    const storms = [{ policy: null, held: { ...held, p99_ms: 40 } }];
    expect(renderGrades(trial({ grades: [{ promised: latency, idle: held, storms }], notTried: [] }), 120)).toEqual([
      'grade                       p99',
      'log    promised            5 ms',
      '       idle         4 ms (kept)',
      '       storm     40 ms (broken)',
    ]);
  });

  it.each([20, 40, 60, 80, 120])('fits into %i columns, the last figures going first', (width) => {
    const lines = renderGrades(trial(grades), width);
    for (const line of lines) expect(cells(line)).toBeLessThanOrEqual(width);
    expect(lines[1]).toMatch(/^bronze {2}promised/);
  });

  it('is nothing where nothing was promised', () => {
    expect(renderGrades({} as TrialResult, 80)).toEqual([]);
  });
});
