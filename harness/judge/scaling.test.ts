import { describe, expect, it } from 'vitest';
import { memoryOf } from '../../results/memory.sample.ts';
import type { MemoryState } from '../../results/memory.ts';
import type { Recovery, TrialResult } from '../../results/model.ts';
import { scalingOf } from './scaling.ts';

/** What a guest of so many GiB says of itself: a little is its kernel's own. */
const guestOf = (GiB: number): MemoryState => memoryOf(Math.round(GiB * 1024 * 1024 * 0.984));
const self = (machine: string, probe: Recovery['probe'], seconds: number): Recovery => ({ machine, probe, seconds, how: 'self' });

function trial(GiB: number, boot: number, change: Partial<TrialResult> = {}): TrialResult {
  return {
    name: `large-memory@${GiB}G`,
    suite: 'large-memory',
    class: `${GiB}G`,
    seed: 1,
    candidate: '6.1.0',
    verdict: 'pass',
    reasons: [],
    objectives: [],
    recovery: [],
    memory: { head: guestOf(GiB), tenant: guestOf(0.5) },
    measures: [
      { machine: 'head', name: 'boot', seconds: boot },
      { machine: 'tenant', name: 'boot', seconds: 3.9 },
    ],
    events: [],
    seconds: 60,
    ...change,
  };
}

const names = (trials: readonly TrialResult[]) => scalingOf(trials)?.measures.map(({ name }) => name);

describe('what was timed over several sizes', () => {
  const trials = [trial(768, 24), trial(128, 7.9), trial(384, 13)];

  it('stands by the memory that the kernel of the largest machine has', () => {
    expect(scalingOf(trials)?.measures).toMatchObject([
      {
        candidate: '6.1.0',
        name: 'boot',
        points: [
          { trial: 'large-memory@128G', class: '128G', memory_GiB: 126, seconds: 7.9 },
          { trial: 'large-memory@384G', class: '384G', memory_GiB: 377.9, seconds: 13 },
          { trial: 'large-memory@768G', class: '768G', memory_GiB: 755.7, seconds: 24 },
        ],
        growth: 'linear or slower',
      },
    ]);
  });

  it.each<[what: string, trials: TrialResult[]]>([
    ['there is one size', [trial(128, 7.9), trial(128, 8.1)]],
    [
      'one class has machines of two sizes',
      [trial(1, 2), trial(1, 2, { memory: { tenant: guestOf(0.5) }, measures: [{ machine: 'tenant', name: 'boot', seconds: 2.7 }] })],
    ],
    ['machines did not tell their memory', trials.map(({ memory: _, ...each }) => each)],
    ['the other sizes were skipped', [trial(128, 7.9), trial(384, 13, { verdict: 'skip' })]],
    ['the other sizes were only compared', [trial(128, 7.9), trial(384, 13, { variant: 'thp-off' })]],
    ['each candidate was tried in one size', [trial(128, 7.9), trial(384, 13, { candidate: '6.12.0' })]],
    ['nothing was timed', trials.map((each) => ({ ...each, measures: [] }))],
    ['there is no trial', []],
  ])('is nothing where %s', (_what, given) => {
    expect(scalingOf(given)).toBeUndefined();
  });

  it('keeps candidates apart', () => {
    const other = [trial(128, 8.9, { candidate: '6.12.0' }), trial(384, 17, { candidate: '6.12.0' })];
    expect(scalingOf([...trials, ...other])?.measures.map(({ candidate, points }) => [candidate, points.length])).toEqual([
      ['6.1.0', 3],
      ['6.12.0', 2],
    ]);
  });

  it('has a measure also where the largest hosts did not come to it', () => {
    const dump = { measures: [{ machine: 'head', name: 'dump', seconds: 5 }] };
    expect(scalingOf([trial(128, 7.9, dump), trial(384, 13, dump), trial(768, 24)])?.measures[0]).toMatchObject({
      name: 'dump',
      growth: 'unknown',
      why: 'not enough sizes: 1 more needed',
    });
  });

  it('has a point for each of several machines of the largest size', () => {
    const both = (GiB: number) => ({ memory: { head: guestOf(GiB), spare: guestOf(GiB) } });
    const measures = ['head', 'spare'].map((machine, index) => ({ machine, name: 'boot', seconds: 8 + index }));
    const points = scalingOf([trial(128, 0, { ...both(128), measures }), trial(384, 0, { ...both(384), measures })])?.measures[0]?.points;
    expect(points?.map(({ seconds }) => seconds)).toEqual([8, 9, 8, 9]);
  });
});

describe('recovery over several sizes', () => {
  const cut = (GiB: number, recovery: Recovery[], change: Partial<TrialResult> = {}) =>
    trial(GiB, 0, { suite: 'storage-cutoff', case: 'link-cut', measures: [], recovery, ...change });

  it('is that of the slowest probe, for each form of a suite', () => {
    const found = scalingOf([
      cut(128, [self('head', 'network', 0.3), self('tenant', 'storage', 2.1)]),
      cut(384, [self('head', 'network', 0.4), self('tenant', 'storage', 6)]),
    ]);
    expect(found?.measures.map(({ name, points }) => [name, points.map(({ seconds }) => seconds)])).toEqual([
      ['recovery of storage-cutoff.link-cut', [2.1, 6]],
    ]);
  });

  it('leaves out a probe that needed a reset, or did not recover, on one of the sizes', () => {
    const found = scalingOf([
      cut(128, [self('head', 'network', 0.3), self('tenant', 'storage', 2.1)]),
      cut(384, [self('head', 'network', 0.4), { machine: 'tenant', probe: 'storage', seconds: null, how: 'not recovered' }]),
    ]);
    expect(found?.measures[0]?.points.map(({ seconds }) => seconds)).toEqual([0.3, 0.4]);
  });

  it('is none where a form was tried in one size, or nothing recovered by itself', () => {
    expect(names([cut(128, [self('head', 'network', 1)]), trial(384, 13)])).toEqual(['boot']);
    const reset: Recovery = { machine: 'head', probe: 'network', seconds: 9, how: 'after reset' };
    expect(names([cut(128, [reset]), cut(384, [reset])])).toBeUndefined();
  });

  it('is of the suite where it has no cases', () => {
    const soak = (GiB: number) => trial(GiB, 0, { suite: 'soak', measures: [], recovery: [self('head', 'network', 1)] });
    expect(names([soak(128), soak(384)])).toEqual(['recovery of soak']);
  });
});
