import { describe, expect, it } from 'vitest';
import { nightsOf } from '../../results/compare/nights.testing.ts';
import type { Run } from '../../results/model.ts';
import { sampleRun, sampleTrial } from '../../results/store/run.sample.ts';
import { sideBySide } from './side-by-side.ts';

const trial = (seconds: number | null) => {
  const base = sampleTrial(0, 2, { measures: [{ machine: 'tenant1', name: 'boot', seconds: 5 }] });
  const how = seconds === null ? ('not recovered' as const) : ('self' as const);
  return { ...base, recovery: [{ machine: 'tenant1', probe: 'storage' as const, seconds, how }] };
};

describe('two runs side by side', () => {
  it('are the same to themselves', () => {
    const { measures, events, notes } = sideBySide(sampleRun(4), sampleRun(4));
    expect(measures.length).toBeGreaterThan(10);
    expect(measures.filter(({ ratio, a }) => ratio !== 1 && a !== 0)).toEqual([]);
    expect(events.filter(({ a, b }) => a !== b)).toEqual([]);
    expect(notes).toEqual([
      'Whether anything is worse in B, nobody can tell.',
      expect.stringMatching(/^A difference may be chance: it takes at least \d+ more trials of each to tell/),
    ]);
  });

  it('differ in what was planted, and in what never came', () => {
    const event = { machine: 'tenant1', kind: 'hung_task', class: 'hang', title: 'INFO: task hung in x', t: 1, count: 3 } as const;
    const a = sampleRun(0, { trials: [trial(2)] });
    const { measures, events } = sideBySide(a, sampleRun(0, { trials: [{ ...trial(3), events: [event] }] }));
    const row = { trial: 'storage-cutoff/cut 1G', measure: 'recovery of storage', machine: 'tenant', unit: 's' };
    expect(measures.filter(({ ratio }) => ratio !== 1)).toEqual([{ ...row, a: 2, b: 3, ratio: 1.5 }]);
    expect(events).toEqual([{ title: event.title, class: 'hang', a: 0, b: 3 }]);
    expect(sideBySide(a, sampleRun(0, { trials: [trial(null)] })).measures).toContainEqual({ ...row, a: 2, b: 'never', ratio: null });
  });

  it('are not held against each other where they were made in another way', () => {
    const [a, b] = [sampleRun(0, { trials: [trial(2)] }), sampleRun(0, { trials: [trial(2)], profile: 'full' })];
    const { measures, notes } = sideBySide(a, b);
    expect(measures.filter(({ ratio }) => ratio !== null)).toEqual([]);
    expect(notes.filter((note) => note.startsWith('Only'))).toEqual([
      expect.stringMatching(/^Only A has storage-cutoff\/cut 1G.*nightly/),
      expect.stringMatching(/^Only B has storage-cutoff\/cut 1G.*full/),
    ]);
    expect(new Set(measures.map(({ trial: name }) => name)).size).toBe(2);
  });

  it('of many trials each say what is worse', () => {
    const whole = (nights: readonly Run[]): Run => ({ ...(nights[0] as Run), trials: nights.flatMap(({ trials }) => trials) });
    const [old, slow] = [{ release: '6.1.0' }, { release: '6.12.0', slower: { 'storage-cutoff/cut/kernel': 1.5 } }];
    const { measures, notes } = sideBySide(whole(nightsOf(12, 1, { kernels: [old] })), whole(nightsOf(12, 601, { kernels: [slow] })));
    expect(measures.filter(({ says }) => says !== undefined)).toMatchObject([
      { trial: 'storage-cutoff/cut/kernel 1G', measure: 'recovery of storage', says: 'worse' },
    ]);
    expect(notes[0]).toBe('B is worse than A in what is marked so.');
    const alike = sideBySide(whole(nightsOf(12, 1, { kernels: [old] })), whole(nightsOf(12, 301, { kernels: [old] })));
    expect(alike.notes).toEqual(['Nothing is worse in B, as far as so few trials tell.']);
  });
});
