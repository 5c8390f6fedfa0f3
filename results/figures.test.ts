import { describe, expect, it } from 'vitest';
import { comparableFigures, figuresOf } from './figures.ts';
import type { TrialResult } from './model.ts';

const trial = (change: Partial<TrialResult>): TrialResult => ({
  ...{
    name: 'x',
    suite: 'x',
    class: '1G',
    seed: 1,
    candidate: '6.1.0',
    verdict: 'pass',
    reasons: [],
    objectives: [],
    recovery: [],
    events: [],
    seconds: 1,
  },
  ...change,
});
const told = (change: Partial<TrialResult>) =>
  figuresOf(trial(change)).map(({ name, machine, value, unit, better }) =>
    [[name, machine].filter(Boolean).join(', '), value, unit, better].join(' '),
  );
const objective = (name: string, measured: string, threshold: string, verdict: TrialResult['verdict'] = 'pass') => ({
  ...{ name, measured, threshold, verdict, reason: '' },
});
const back = (machine: string, seconds: number | null, how: 'self' | 'after reset' | 'not recovered' = 'self') => ({
  ...{ machine, probe: 'storage' as const, seconds, how },
});

describe('the figures of a trial', () => {
  it('are also what has no better and worse, which is followed and not compared', () => {
    const flooded = {
      ...{ machine: 'head', engine: 'trafgen', offered_packets: 10, taken_packets: 8, received_packets: 5, delivered_packets: 5 },
      ...{ forwarded_packets: 0, lost: {}, softirqShares: [0.2, 0.7] },
    };
    expect(told({ flow: flooded, peakResident_MiB: 1800 })).toEqual([
      'share of the flood received, head 0.5 share more',
      'softirq of the busiest processor, head 0.7 share ',
      'memory of the lab host 1800 MiB ',
    ]);
    expect(comparableFigures(trial({ flow: flooded, peakResident_MiB: 1800 })).map(({ name }) => name)).toEqual([
      'share of the flood received',
    ]);
  });

  it('are recoveries, of tenants that do the same the worst one', () => {
    expect(told({ recovery: [back('tenant1', 1.2), back('tenant2', 1.7), back('head', 0)] })).toEqual([
      'recovery of storage, tenant 1.7 s less',
      'recovery of storage, head 0 s less',
    ]);
  });

  it('put a machine that did not come back by itself behind all that did, unless that was allowed', () => {
    expect(told({ recovery: [back('head', 40, 'after reset')] })).toEqual(['recovery of storage, head Infinity s less']);
    expect(told({ recovery: [back('head', null, 'not recovered')] })).toEqual(['recovery of storage, head Infinity s less']);
    const allowed = [objective('storage_recovery_s', 'head after reset', '<= 60 s')];
    expect(told({ recovery: [back('head', 40, 'after reset')], objectives: allowed })).toEqual(['recovery of storage, head 40 s less']);
    // how long it took was not to be told, which is no zero
    expect(told({ recovery: [back('head', null)] })).toEqual([]);
  });

  it('are stalls and latencies out of the objectives, and none of proofs, events and what has better figures elsewhere', () => {
    const objectives = [
      objective('no_crash', '0 events', 'no crash event'),
      objective('network_stall_s', '0.2 s', '<= 5 s'),
      objective('management_p90_ms', '11.2 ms', 'p90 <= 1000 ms'),
      objective('management_p99_ms', 'no answer', 'p99 <= 1000 ms', 'fail'),
      objective('other_stall_s', '', '<= 5 s', 'unknown'),
      objective('skipped_s', '1.0 s', '<= 5 s', 'skip'),
      objective('boot_s', '16.5 s', '<= 156 s'),
      objective('storage_recovery_s', 'head 0 s', '<= 60 s'),
      objective('flood_received', '599873', '>= 6000'),
      objective('silver', '110 (83 %), 12 ms', 'in 80 % of seconds'),
    ];
    const measures = [{ machine: 'head', name: 'boot', seconds: 16.471 }];
    expect(told({ objectives, measures })).toEqual([
      'boot, head 16.471 s less',
      'network_stall_s 0.2 s less',
      'management_p90_ms 11.2 ms less',
      'management_p99_ms Infinity ms less',
    ]);
  });

  it('are the loads that a search found, with nothing for a load that was not borne and none for what is unknown', () => {
    const goal = (name: string, kind: 'found' | 'at least' | 'below' | 'unknown', pps: number | null) => ({
      ...{ goal: name, kind, pps, lossBound: null, lower_pps: null, upper_pps: null, forwarded_pps: null, inversion_pps: null, trials: 1 },
    });
    const goals = [
      goal('throughput', 'found', 6390),
      goal('survival', 'at least', 81_300),
      goal('none', 'below', 3000),
      goal('open', 'unknown', null),
    ];
    const systemRecovery = { overload_pps: 9000, relief_pps: 4500, seconds: 0.4, drained_s: null, resolution_s: 0.1 };
    expect(told({ curve: { points: [], goals, systemRecovery } })).toEqual([
      'throughput 6390 packets/s more',
      'survival 81300 packets/s more',
      'none 0 packets/s more',
      'recovery from overload 0.4 s less',
    ]);
    const cutOff = { kind: 'found' as const, borne_s: 6.3, times: 2, notBorne_s: 7.1, gaveUp: [] };
    expect(told({ cutOff })).toEqual(['longest outage borne 6.3 s more']);
    expect(told({ cutOff: { ...cutOff, kind: 'unknown' } })).toEqual([]);
  });

  it('are those of each outage by its length where there were several', () => {
    const outage = (asked_s: number, storage: number | null, how: 'self' | 'after reset' | null = 'self') => ({
      ...{ fault: 'link-cut', begin: 1, asked_s, seconds: asked_s },
      hosts: [{ machine: 'tenant1', stall_s: 1, how, recovery_s: { storage }, hungTasks: 0, errors: 0, readOnly: false, disconnects: 0 }],
    });
    expect(told({ outages: [outage(5, 0.2)] })).toEqual([]);
    expect(told({ outages: [outage(1, 0.2), outage(5, 1.2), outage(15, null, 'after reset'), outage(40, null, null)] })).toEqual([
      'recovery of storage after link-cut of 1 s, tenant 0.2 s less',
      'recovery of storage after link-cut of 5 s, tenant 1.2 s less',
      'recovery of storage after link-cut of 15 s, tenant Infinity s less',
    ]);
  });

  it('are what came of a flood, of a pool, of grades and of lowered watermarks', () => {
    const reserve = [1, 2].map((failures) => ({
      ...{ machine: 'head', own: false, min_kB: 1, low_kB: 2, offered_packets: 3, failures, kills: 0 },
    }));
    const held = { iops: { median: 100, share: 1, seconds: 30 }, bytes_per_s: null, p99_ms: 12 };
    const grades = {
      grades: [{ promised: { name: 'silver', iops: 100 }, idle: held, storms: [{ policy: 'bfq', held: { ...held, p99_ms: 30 } }] }],
      notTried: [],
    };
    expect(told({ reserve, grades })).toEqual([
      'silver: commits on an idle host 100 /s more',
      'silver: p99 of commits on an idle host 12 ms less',
      'silver: commits in a storm under bfq 100 /s more',
      'silver: p99 of commits in a storm under bfq 30 ms less',
      'page allocation failures at lowered watermarks 3  less',
      'processes killed at lowered watermarks 0  less',
    ]);
  });
});
