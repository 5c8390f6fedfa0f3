import { describe, expect, it } from 'vitest';
import type { TrialResult } from '../model.ts';
import type { CutOff, Outage, OutageHost } from '../outage.ts';
import { cells } from './cells.ts';
import { cutOffTexts, outageTexts, renderTries } from './outage-text.ts';

const HOST: OutageHost = {
  machine: 'tenant1',
  stall_s: 5.23,
  how: 'self',
  recovery_s: { network: 0, storage: 0.2 },
  firstReply_s: 0.135,
  hungTasks: 0,
  errors: 0,
  readOnly: false,
  disconnects: 0,
};
const DEAD: OutageHost = {
  ...HOST,
  stall_s: 76.3,
  how: 'after reset',
  recovery_s: { network: 0, storage: null },
  firstReply_s: 69,
  hungTasks: 1,
  errors: 477,
  readOnly: true,
  disconnects: 3,
  gaveUp: { layer: 'nbd timeout', title: 'nbd: Connection timed out\u001b[2J', after_s: 8.22 },
};
const outage = (asked_s: number, hosts: OutageHost[], more: Partial<Outage> = {}): Outage => ({
  ...{ fault: 'link-cut', begin: 10, asked_s, seconds: asked_s + 0.04, hosts },
  ...more,
});
const trial = (outages: Outage[], cutOff?: CutOff) => ({ outages, ...(cutOff === undefined ? {} : { cutOff }) }) as unknown as TrialResult;

describe('outages', () => {
  it('are told for each host, with what its kernel said', () => {
    const paused = outage(5, [{ ...HOST, how: null, recovery_s: {}, firstReply_s: undefined as never }], {
      fault: 'tail',
      detail: 'pause',
    });
    expect(outageTexts(trial([outage(5, [HOST, { ...DEAD, machine: 'tenant2' }]), paused]))).toEqual([
      "link-cut 5 s: tenant1 stood still 5.2 s, back by itself after 0.2 s, its tail's first reply after 0.1 s",
      "link-cut 5 s: tenant2 stood still 76.3 s, back only after a reset, its tail's first reply after 69 s, 1 hung task, " +
        '3 lost connections, 477 errors, file system stopped writing, first to give up: nbd timeout after 8.2 s',
      'tail (pause) 5 s: tenant1 stood still 5.2 s, not back yet',
    ]);
  });

  it('are none of a trial without any', () => {
    expect([outageTexts({} as TrialResult), renderTries({} as TrialResult, 80), cutOffTexts({} as TrialResult)]).toEqual([[], [], []]);
  });
});

describe('the search for the cut-off point', () => {
  const found: CutOff = {
    kind: 'found',
    borne_s: 6.3,
    times: 2,
    notBorne_s: 7.1,
    gaveUp: [{ machine: 'tenant1', layer: 'nbd timeout', title: 'nbd: Connection timed out' }],
  };
  const tries = trial(
    [outage(40, [DEAD]), outage(6.3, [HOST]), outage(7.1, [HOST, DEAD]), outage(6.3, [{ ...HOST, recovery_s: { storage: 1.4 } }])],
    found,
  );

  it('is a table of lengths with its answer, and no line for each outage', () => {
    expect(renderTries(tries, 120)).toEqual([
      'outage  back by itself  stood still  back after  hung  gave up first',
      ' 6.3 s          2 of 2        5.2 s       1.4 s     0',
      ' 7.1 s          0 of 1       76.3 s                 1  nbd timeout on tenant1, 8.2 s: nbd: Connection timed out?[2J',
      '  40 s          0 of 1       76.3 s                 1  nbd timeout on tenant1, 8.2 s: nbd: Connection timed out?[2J',
    ]);
    expect(outageTexts(tries)).toEqual([]);
  });

  it.each([24, 40, 80])('fits %i columns', (width) => {
    for (const line of renderTries(tries, width)) expect(cells(line)).toBeLessThanOrEqual(width);
  });

  it.each<[Partial<CutOff>, string]>([
    [{}, '6.3 s, 2 of 2 times (at most 78 % fail, at 95 % confidence); not 7.1 s: nbd timeout gave up first on tenant1'],
    [
      { kind: 'at least', borne_s: 40, times: 3, notBorne_s: null, gaveUp: [] },
      'at least 40 s, the longest asked for, 3 of 3 times (at most 63 % fail, at 95 % confidence)',
    ],
    [
      { kind: 'below', borne_s: null, times: 0, notBorne_s: 1, gaveUp: [{ machine: 'tenant1', layer: null, title: 'nothing was said' }] },
      'below 1 s, the shortest asked for: nothing was said on tenant1',
    ],
    [{ kind: 'unknown', why: 'the search ended after 7 outages' }, 'unknown: the search ended after 7 outages'],
  ])('has its answer in words: %o', (more, words) => {
    expect(cutOffTexts(trial([], { ...found, ...more }))).toEqual([words]);
  });
});
