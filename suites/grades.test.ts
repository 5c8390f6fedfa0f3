import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { UsageError } from '../results/errors.ts';
import type { Grade } from '../results/grades.ts';
import { CLASSES } from './classes.ts';
import { grades } from './grades.ts';
import type { PolicyName } from './policies/index.ts';
import { PROFILES, type Profile } from './profiles.ts';
import { TRYING } from './storm/promises.ts';
import type { Action } from './suite.ts';

const GOLD: Grade = { name: 'gold', iops: 200, bytes_per_s: 1_000_000, p99_ms: 50 };
const LOG: Grade = { name: 'log', p99_ms: 10 };
const planOf = (promised: readonly Grade[], policies: readonly PolicyName[] = []) => {
  const profile: Profile = { ...PROFILES.quick, pool: { stormers: 2, victims: 1, policies, grades: promised } };
  return grades.plan(CLASSES['1G'], profile, 1);
};
const told = (action: Action): string => {
  if (action.kind === 'round')
    return [`at ${action.at_s} s ${action.policy ?? 'nothing'} for ${action.params.victims}`, ...action.during.map(told)].join('; ');
  if (!('engine' in action)) return action.kind;
  const { tenant, with: how, trying, policy } = action.round ?? {};
  return [`${action.at_s}-${action.at_s + action.for_s}`, action.kind, tenant, how, trying, policy]
    .filter((word) => word !== undefined)
    .join(' ');
};

describe('the rounds of grades', () => {
  it('try each promise alone, and then beside the storm', () => {
    expect(planOf([GOLD, LOG]).schedule.map(told)).toEqual([
      'at 0 s nothing for gold; 0-20 load gold alone commits',
      'at 28 s nothing for gold; 0-20 engine stormer1 together commits; 0-20 engine stormer2 together commits; 0-20 load gold together commits',
      'at 56 s nothing for gold; 0-20 load gold alone throughput',
      'at 84 s nothing for gold; 0-20 engine stormer1 together throughput; 0-20 engine stormer2 together throughput; 0-20 load gold together throughput',
      'at 112 s nothing for log; 0-20 load log alone commits',
      'at 140 s nothing for log; 0-20 engine stormer1 together commits; 0-20 engine stormer2 together commits; 0-20 load log together commits',
    ]);
  });

  it('are beside the storm under each policy, which is in force before and until all is over', () => {
    expect(planOf([LOG], ['none', 'io.max']).schedule.map(told)).toEqual([
      'at 0 s nothing for log; 0-20 load log alone commits',
      'at 28 s none for log; 1-21 engine stormer1 together commits none; 1-21 engine stormer2 together commits none; 1-21 load log together commits none',
      'at 57 s io.max for log; 1-21 engine stormer1 together commits io.max; 1-21 engine stormer2 together commits io.max; 1-21 load log together commits io.max',
    ]);
  });

  it('are not shared out by what cannot tell control groups apart', () => {
    expect(() => planOf([LOG], ['none', 'qemu-throttle'])).toThrow(UsageError);
    expect(() => planOf([LOG], ['qemu-throttle'])).toThrow(
      'policy qemu-throttle is for tenants that are machines: those of grades are groups',
    );
  });

  it('are judged by what is held of each grade on the idle host, and carry what was promised', () => {
    const { objectives, grades: promised } = planOf([GOLD, LOG]);
    expect(objectives.filter(({ kind }) => kind === 'promise').map(({ name }) => name)).toEqual(['grade_gold_idle', 'grade_log_idle']);
    expect(promised).toEqual([GOLD, LOG]);
  });
});

describe('what a tenant does to try a promise', () => {
  it('is a little more than was promised, with as many at once as that needs at the promised latency', () => {
    expect(TRYING.commits(GOLD)).toMatchObject({ pattern: 'randwrite', block_bytes: 4096, depth: 11, bytes_per_s: 901_120 });
    expect(TRYING.commits({ name: 'bronze', iops: 50, p99_ms: 500 })).toMatchObject({ depth: 5 });
    expect(TRYING.throughput(GOLD)).toMatchObject({ pattern: 'write', block_bytes: 16_384, depth: 4, bytes_per_s: 1_100_000 });
    expect(TRYING.commits(LOG)).toMatchObject({ depth: 1, pause_ms: 10 });
    expect([TRYING.throughput(LOG), TRYING.commits({ name: 'bulk', bytes_per_s: 1e6 })]).toEqual([undefined, undefined]);
  });

  it('can hold it in each second, whatever was promised: jobs that keep to their rate are late by one write at most', () => {
    const promise = fc.record({
      name: fc.constant('any'),
      iops: fc.integer({ min: 1, max: 1_000_000 }),
      bytes_per_s: fc.integer({ min: 40_960, max: 10_000_000_000 }),
      p99_ms: fc.double({ min: 0.1, max: 10_000, noNaN: true }),
    });
    fc.assert(
      fc.property(promise, (grade) => {
        for (const [work, promised] of [
          [TRYING.commits(grade), grade.iops * 4096],
          [TRYING.throughput(grade), grade.bytes_per_s],
        ] as const) {
          const { depth, bytes_per_s = 0, block_bytes } = work ?? { depth: 0, block_bytes: 0 };
          expect(depth).toBeGreaterThanOrEqual(1);
          expect(depth).toBeLessThanOrEqual(256);
          const leastInASecond = depth * Math.floor(bytes_per_s / block_bytes / depth) * block_bytes;
          expect(leastInASecond).toBeGreaterThanOrEqual(0.95 * promised);
        }
      }),
    );
  });
});
