import fc from 'fast-check';
import { expect, it } from 'vitest';
import type { Severity } from '../../model.ts';
import { weightOfAct, weightOfEvent, worstOf } from './worst.ts';

it('of a list what is kept is none less bad than what is left out, and stands in the order in which it was', () => {
  fc.assert(
    fc.property(fc.array(fc.nat(9)), fc.nat(30), (weights, most) => {
      const list = weights.map((weight, at) => ({ weight, at }));
      const { kept, left } = worstOf(list, most, ({ weight }) => weight);
      expect([kept.length + left, kept.length]).toEqual([list.length, Math.min(most, list.length)]);
      expect(kept).toEqual(kept.toSorted((a, b) => a.at - b.at));
      const least = Math.min(...kept.map(({ weight }) => weight));
      expect(list.filter((each) => !kept.includes(each) && each.weight > least)).toEqual([]);
    }),
  );
});

it('a fatal event that comes last is kept, and so is an engine that failed at once', () => {
  const event = (severity: Severity) => ({ event: { severity } });
  const events = [...Array.from({ length: 9 }, () => event('warning')), event('fatal')];
  expect(worstOf(events, 2, weightOfEvent)).toEqual({ kept: [event('warning'), event('fatal')], left: 8 });
  const act = (to: number, state: 'ended' | 'failed') => ({ from: 0, to, state });
  expect(worstOf([act(9, 'ended'), act(5, 'ended'), act(0, 'failed')], 2, weightOfAct).kept).toEqual([act(9, 'ended'), act(0, 'failed')]);
});
