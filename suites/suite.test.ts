import { describe, expect, it } from 'vitest';
import { type Action, actionsIn, enginesOf, floodsIn, mostAtOnce, type SingleAction } from './suite.ts';

const cut = (at_s: number): SingleAction => ({ at_s, for_s: 5, kind: 'fault', fault: 'link-cut', on: 'store' });
const work = (at_s: number): SingleAction => ({
  ...{ at_s, for_s: 5, kind: 'engine', engine: 'memory-work', on: { machine: 'head' } },
  params: { work: 'forks', args: [] },
});
const flood = (at_s: number): SingleAction => ({
  ...{ at_s, for_s: 5, kind: 'flood', on: { station: 'front', to: 'head' } },
  params: { vector: 'udp-66', load: [], seed: 1 },
});
const step = (at_s: number, ...during: readonly SingleAction[]): Action => ({ at_s, for_s: 20, kind: 'step', during });

describe('a schedule', () => {
  const schedule = [cut(1), step(10, work(0), flood(2)), step(30, flood(2), cut(7))];

  it('holds the actions of its steps, at the times that these have from its begin', () => {
    expect(actionsIn(schedule).map(({ kind, at_s }) => [kind, at_s])).toEqual([
      ['fault', 1],
      ['engine', 10],
      ['flood', 12],
      ['flood', 32],
      ['fault', 37],
    ]);
    expect(enginesOf(schedule).map(({ at_s }) => at_s)).toEqual([10]);
    expect(floodsIn(schedule).map(({ at_s }) => at_s)).toEqual([12, 32]);
  });

  it.each([
    ['none', [], 0],
    ['one', [flood(0)], 1],
    ['one after the other', [flood(0), flood(5)], 1],
    ['two that overlap', [flood(0), flood(4)], 2],
    ['three, of which two overlap', [flood(0), flood(4), flood(8)], 2],
    ['those of steps', schedule, 1],
  ])('has so many floods at once: %s', (_what, actions, most) => {
    expect(mostAtOnce(floodsIn(actions as readonly Action[]))).toBe(most);
  });
});
