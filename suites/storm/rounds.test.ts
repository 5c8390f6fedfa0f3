import { describe, expect, it } from 'vitest';
import type { PolicyName } from '../policies/index.ts';
import type { Action, EngineAction, RoundAction } from '../suite.ts';
import { COMPARED_ROUNDS, roundsOf } from './rounds.ts';
import { preparationOf, tenantsOf } from './tenants.ts';

const tenants = tenantsOf({ stormers: 1, victims: 2 });
const scheduleOf = (policies: readonly PolicyName[], storm_s = 10): Action[] =>
  roundsOf({
    ...{ tenants, policies, storm_s, on: 'head', pool: { stormers: ['stormer'], victims: ['victim1', 'victim2'], rate_bps: 1e6 } },
    work: ({ name, storms }, at_s, for_s, round): EngineAction[] => [
      {
        ...{ at_s, for_s, kind: storms ? 'engine' : 'load', engine: 'fio', on: { machine: 'head', group: name }, round },
        params: { pattern: 'write', block_bytes: 4096, depth: 1, size_MiB: 1 },
      },
    ],
  });
const ends = ({ at_s, for_s }: Action) => at_s + for_s;

describe('tenants that share a pool', () => {
  it('have a number where there are several of a kind', () => {
    expect(tenants.map(({ name }) => name)).toEqual(['stormer', 'victim1', 'victim2']);
    expect(tenantsOf({ stormers: 2, victims: 1 }).map(({ name }) => name)).toEqual(['stormer1', 'stormer2', 'victim']);
  });

  it('have a file each, and a control group where they share a machine', () => {
    expect(preparationOf(['a', 'b'], false).map(({ name }) => name)).toEqual(['the file of a', 'the file of b']);
    expect(preparationOf(['a', 'b'], true)[0]?.argv.at(-1)).toContain('mkdir -p /sys/fs/cgroup/tenants/a /sys/fs/cgroup/tenants/b');
  });

  it('work alone one after the other, and then all at once', () => {
    const schedule = scheduleOf([]);
    const rounds = schedule.flatMap((action) =>
      action.kind === 'round' ? action.during.map(({ round, for_s, at_s }) => [round?.tenant, round?.with, action.at_s + at_s, for_s]) : [],
    );
    expect(rounds).toEqual([
      ['stormer', 'alone', 0, 10],
      ['victim1', 'alone', 15, 10],
      ['victim2', 'alone', 30, 10],
      ['stormer', 'together', 45, 20],
      ['victim1', 'together', 45, 20],
      ['victim2', 'together', 45, 20],
    ]);
  });

  it('are put under each policy in turn, which is in force for longer than its round, and never beside another', () => {
    const schedule = scheduleOf(['none', 'bfq', 'iocost']);
    const policies = schedule.filter((action) => action.kind === 'round' && action.policy !== undefined) as RoundAction[];
    expect(policies).toHaveLength(3 * COMPARED_ROUNDS);
    expect(policies.slice(0, 6).map(({ policy }) => policy)).toEqual(['none', 'bfq', 'iocost', 'bfq', 'iocost', 'none']);
    for (const [index, span] of policies.entries()) {
      expect(span.during.map(({ round }) => round?.policy)).toEqual(Array(3).fill(span.policy));
      for (const action of span.during) {
        expect(action.at_s).toBeGreaterThan(0);
        expect(ends(action)).toBeLessThan(span.for_s);
      }
      expect(ends(span)).toBeLessThanOrEqual(policies[index + 1]?.at_s ?? Infinity);
    }
  });
});
