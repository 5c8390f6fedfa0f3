import { describe, expect, it } from 'vitest';
import type { Run, TrialResult } from '../model.ts';
import { compareSides } from './compare.ts';
import type { Comparison } from './model.ts';
import { changed, nightsOf } from './nights.testing.ts';
import { sideOf } from './sides.ts';

const OLD = { release: '6.1.0-56-cloud-amd64' };
const NEW = { release: '6.12.117+deb12-cloud-amd64' };
/** Seeds apart, so that no two nights of a file are the same. */
const EACH = 1000;

const sides = (a: readonly Run[], b: readonly Run[]) => compareSides(sideOf('A', a), sideOf('B', b), { resamples: 0 });
/** Whatever is said to differ. */
const said = ({ measures, counts }: Comparison) => [...measures, ...counts].filter(({ found }) => found !== 'none' && found !== 'too few');

describe('nothing bad that is new passes', () => {
  const TITLE = 'BUG: kernel NULL pointer dereference';
  const crash = { machine: 'tenant1', kind: 'oops', class: 'crash', title: TITLE, t: 3, count: 1 } as const;
  const a = nightsOf(12, 0, { kernels: [OLD] });
  const b = nightsOf(12, EACH, { kernels: [NEW] });
  const withIn = (runs: readonly Run[], nights: number, change: Partial<TrialResult>) =>
    changed(runs, ({ case: name }, index) => (name === 'cut' && index < nights ? change : {}));

  it.each([1, 3, 6])('a new crash in %i of 12 trials is a suspect, and leaves no verdict', (nights) => {
    const found = sides(a, withIn(b, nights, { events: [crash] }));
    expect([said(found), found.verdict]).toEqual([[], 'unknown']);
    expect(found.counts).toMatchObject([{ title: TITLE, change: 'new', suspect: true, b: { seen: nights, trials: 12 } }]);
    // what is gone is none
    const gone = sides(withIn(a, nights, { events: [crash] }), b);
    expect([gone.verdict, gone.counts[0]?.suspect]).toEqual(['pass', undefined]);
  });

  it('what is more often by itself beyond chance is one, what is a little more often is none', () => {
    const before = withIn(a, 1, { events: [crash] });
    expect(sides(before, withIn(b, 2, { events: [crash] })).verdict).toBe('pass');
    const more = sides(before, withIn(b, 6, { events: [crash] }));
    expect(more.counts[0]).toMatchObject({ change: 'more often' });
    const many = sides(before, withIn(b, 7, { events: [crash] }));
    expect(many.counts[0]).toMatchObject({ change: 'more often', suspect: true, found: 'none' });
    expect([more.verdict, many.verdict]).toEqual(['pass', 'unknown']);
  });

  it('an objective that is missed is one, also of a bound whose figure tells nothing, and a kernel that fails', () => {
    const missed = { name: 'storage_recovery_s', verdict: 'fail', measured: 'not', threshold: '<= 30 s', reason: 'not back' } as const;
    const found = sides(a, withIn(b, 2, { verdict: 'fail', objectives: [missed] }));
    expect(found.verdict).toBe('unknown');
    expect(found.counts).toMatchObject([{ what: 'objective missed', title: 'storage_recovery_s', suspect: true }]);
    expect(sides(a, withIn(b, 1, { verdict: 'fail', objectives: [] })).counts).toMatchObject([{ what: 'candidate failed', suspect: true }]);
  });

  it('what is waived, or fails no objective, is none', () => {
    const waived = [{ machine: 'tenant1', title: TITLE, count: 1, waiver: 0 }];
    expect(sides(a, withIn(b, 3, { events: [crash], waived })).verdict).toBe('pass');
    expect(sides(a, withIn(b, 3, { events: [{ ...crash, class: 'network' }] })).verdict).toBe('pass');
  });
});

describe('a waiver', () => {
  it('tells waived events apart from those of the same title that are not, which may be worse', () => {
    const title = 'INFO: known hang';
    const a = nightsOf(12, 0, { kernels: [OLD] });
    const hanging = nightsOf(12, EACH, { kernels: [{ ...NEW, events: { [title]: { in: 'storage-cutoff/cut', share: 1 } } }] });
    const waiving = (nights: number, count = 3) =>
      changed(hanging, ({ events }, index) =>
        index < nights && events.length > 0 ? { waived: [{ machine: 'tenant1', title, count, waiver: 0 }] } : {},
      );
    const all = sides(a, waiving(12));
    expect([said(all).length, all.verdict]).toEqual([1, 'pass']);
    expect(all.counts).toMatchObject([{ found: 'different', waived: true }]);
    // one waived occurrence excuses no other
    const one = sides(a, waiving(1));
    expect(one.verdict).toBe('fail');
    expect(one.counts.map(({ waived, found, b }) => [waived, found, b.seen])).toEqual([
      [true, expect.stringMatching(/none|too few/), 1],
      [undefined, 'worse', 11],
    ]);
    // nor does it the others of its own trial, or of another machine
    expect(sides(a, waiving(12, 2)).counts.map(({ waived, found }) => [waived, found])).toEqual([
      [true, 'different'],
      [undefined, 'worse'],
    ]);
    const elsewhere = changed(waiving(12), ({ waived = [] }) => ({ waived: waived.map((each) => ({ ...each, machine: 'tenant2' })) }));
    expect(sides(a, elsewhere).verdict).toBe('fail');
    // where the sides differ in what they excuse that is told
    expect(sides(waiving(12), hanging).notes).toContain(`waived on A alone: ${title}`);
    expect(sides(waiving(12), waiving(12)).notes).toEqual([]);
  });
});
