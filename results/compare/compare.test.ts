import { describe, expect, it } from 'vitest';
import type { Run, TrialResult } from '../model.ts';
import { compareSides } from './compare.ts';
import { EACH, NEW, OLD, said, sides, within } from './comparisons.testing.ts';
import { Comparison } from './model.ts';
import { changed, interleavedOf, nightsOf } from './nights.testing.ts';
import { againstOf, sidesWithin } from './sides.ts';

describe('a regression', () => {
  const slower = { 'storage-cutoff/cut/kernel': 1.2 };

  it('is an improvement the other way round', () => {
    const found = within(nightsOf(12, 7, { kernels: [{ ...OLD, slower }, NEW] }));
    expect([said(found), found.verdict]).toEqual([['better recovery of storage cut/kernel'], 'pass']);
  });

  it('is a new hang, and what it was is told', () => {
    const hang = { 'INFO: task hung in jbd2': { in: 'storage-cutoff/cut', share: 1 } };
    const found = sides(nightsOf(12, 0, { kernels: [OLD] }), nightsOf(12, EACH, { kernels: [{ ...NEW, events: hang }] }));
    expect([said(found), found.verdict]).toEqual([['new INFO: task hung in jbd2'], 'fail']);
    expect(found.counts).toMatchObject([
      { a: { seen: 0, trials: 12 }, b: { seen: 12, trials: 12 }, class: 'hang', kinds: [{ kind: { case: 'cut' } }] },
    ]);
    const gone = sides(nightsOf(12, 0, { kernels: [{ ...OLD, events: hang }] }), nightsOf(12, EACH, { kernels: [NEW] }));
    expect([said(gone), gone.verdict]).toEqual([['gone INFO: task hung in jbd2'], 'pass']);
  });

  it('is a machine that does not come back, however fast the others are', () => {
    const b = changed(nightsOf(12, EACH, { kernels: [NEW] }), ({ case: name, recovery }) =>
      name === 'cut'
        ? { recovery: recovery.map((each) => (each.probe === 'storage' ? { ...each, seconds: null, how: 'not recovered' } : each)) }
        : {},
    );
    const found = sides(nightsOf(12, 0, { kernels: [OLD] }), b);
    expect(said(found)).toEqual(['worse recovery of storage cut']);
    expect(found.measures.find((each) => each.found === 'worse')).toMatchObject({
      b: { never: 12, median: null, mean: null },
      change: null,
    });
  });

  it('is lost data, or a kernel that fails before anything can be judged', () => {
    const lost = { name: 'no_data_loss', verdict: 'fail' as const, measured: '3 bad', threshold: 'nothing acknowledged lost', reason: '' };
    const a = nightsOf(12, 0, { kernels: [OLD] });
    const b = nightsOf(12, EACH, { kernels: [NEW] });
    const losing = changed(b, ({ case: name, objectives }) =>
      name === 'cut' ? { verdict: 'fail', objectives: [...objectives, lost] } : {},
    );
    expect(said(sides(a, losing))).toEqual(['new no_data_loss']);
    const dying = changed(b, ({ case: name }) => (name === 'cut' ? { verdict: 'fail', objectives: [], recovery: [], measures: [] } : {}));
    expect(said(sides(a, dying))).toEqual(['new the kernel failed']);
  });

  it('is none of an event that fails no objective', () => {
    const full = changed(nightsOf(12, EACH, { kernels: [NEW] }), () => ({
      events: [{ machine: 'head', kind: 'syn_flood', class: 'network', title: 'TCP: Possible SYN flooding', t: 1, count: 1 }],
    }));
    const found = sides(nightsOf(12, 0, { kernels: [OLD] }), full);
    expect([said(found), found.verdict]).toEqual([['new TCP: Possible SYN flooding'], 'pass']);
    expect(found.counts[0]).toMatchObject({ found: 'different', a: { seen: 0, trials: 60 }, b: { seen: 60, trials: 60 } });
  });
});

describe('what cannot be told', () => {
  it('of one night against one other is how they differ, and how many more are needed', () => {
    const found = sides(
      nightsOf(1, 0, { kernels: [OLD] }),
      nightsOf(1, EACH, { kernels: [{ ...NEW, slower: { 'storage-cutoff/cut': 9 } }] }),
    );
    expect(found.verdict).toBe('unknown');
    expect(new Set(found.measures.map((each) => each.found))).toEqual(new Set(['too few']));
    expect(found.moreToTell?.a).toBeGreaterThan(3);
    // with as many of each it can be told
    const enough = 1 + (found.moreToTell?.a as number) + 1;
    const again = sides(nightsOf(enough, 0, { kernels: [OLD] }), nightsOf(enough, EACH, { kernels: [NEW] }));
    expect([again.verdict, again.moreToTell]).toEqual(['pass', undefined]);
  });

  it('is a difference that looks like one: how many more would show it', () => {
    const slower = { 'storage-cutoff/cut/kernel': 1.1 };
    const found = sides(nightsOf(10, 0, { kernels: [OLD] }), nightsOf(10, EACH, { kernels: [{ ...NEW, slower }] }));
    const recovery = found.measures.find(({ name, kind }) => name === 'recovery of storage' && kind.case === 'cut/kernel');
    expect(recovery).toMatchObject({ found: 'none', moreToSee: { a: expect.any(Number), b: expect.any(Number) } });
  });

  it('is anything of trials that are unknown or were skipped: they are left out, and that is told', () => {
    const b = changed(nightsOf(12, EACH, { kernels: [{ ...NEW, slower: { 'storage-cutoff/cut': 3 } }] }), ({ case: name }) =>
      name === 'cut' ? { verdict: 'unknown', reasons: ['QEMU did not start'] } : {},
    );
    const found = sides(nightsOf(12, 0, { kernels: [OLD] }), b);
    expect(said(found)).toEqual([]);
    expect(found.b.leftOut).toEqual([{ verdict: 'unknown', trials: 12, why: 'QEMU did not start' }]);
    expect(found.noCounterpart).toEqual([
      { side: 'A', what: 'storage-cutoff/cut 1G, quick, lab, tcg', trials: 12, leftOut: 12, cannotPass: true },
    ]);
    // unknown is never a pass
    expect(found.verdict).toBe('unknown');
  });

  it('is whatever has no counterpart: another profile, class, accelerator, set of tweaks or sabotage', () => {
    const a = nightsOf(8, 0, { kernels: [OLD] });
    const other = nightsOf(8, EACH, { kernels: [NEW], change: { profile: 'nightly' } });
    expect(sides(a, other)).toMatchObject({ verdict: 'unknown', measures: [], counts: [] });
    const b = nightsOf(8, EACH, { kernels: [NEW] });
    const changes: [string, Run[]][] = [
      ['cut 768G', changed(b, ({ case: name }) => (name === 'cut' ? { class: '768G' } : {}))],
      ['cut 1G (gro=off)', changed(b, ({ case: name }) => (name === 'cut' ? { tweaks: ['gro=off'] } : {}))],
      ['cut 1G (rps)', changed(b, ({ case: name }) => (name === 'cut' ? { tweaks: ['rps=on'], variant: 'rps' } : {}))],
    ];
    for (const [name, runs] of changes)
      expect(sides(a, runs).noCounterpart.map(({ side, what }) => `${side} ${what}`)).toEqual([
        'A storage-cutoff/cut 1G, quick, lab, tcg',
        `B storage-cutoff/${name}, quick, lab, tcg`,
      ]);
    expect(
      sides(
        a,
        b.map((run) => ({ ...run, sabotage: 'panic' })),
      ).measures,
    ).toEqual([]);
    expect(
      sides(
        a,
        b.map((run) => ({ ...run, host: { ...run.host, accelerator: 'kvm' } })),
      ).measures,
    ).toEqual([]);
  });

  it('is a figure that one side alone has', () => {
    const b = changed(nightsOf(8, EACH, { kernels: [NEW] }), ({ case: name, measures = [] }) =>
      name === 'cut' ? { measures: [...measures, { machine: 'tenant1', name: 'dump', seconds: 3 }] } : {},
    );
    expect(sides(nightsOf(8, 0, { kernels: [OLD] }), b).noCounterpart).toEqual([
      { side: 'B', what: 'dump, tenant in storage-cutoff/cut 1G', trials: 8, leftOut: 0 },
    ]);
  });
});

describe('a comparison', () => {
  const a = nightsOf(8, 0, { kernels: [OLD] });
  const b = nightsOf(8, EACH, { kernels: [NEW] });

  it('is the same each time, and what its schema says, also as JSON', () => {
    const found = sides(a, b, 200);
    expect(JSON.stringify(sides(a, b, 200))).toBe(JSON.stringify(found));
    expect(Comparison.parse(JSON.parse(JSON.stringify(found)))).toEqual(JSON.parse(JSON.stringify(found)));
  });

  it('is the other way round from the other side', () => {
    const [there, back] = [sides(a, b), sides(b, a)];
    expect(back.measures.map(({ p }) => p)).toEqual(there.measures.map(({ p }) => expect.closeTo(p, 9)));
    expect(back.measures.map(({ higher }) => higher)).toEqual(there.measures.map(({ higher }) => expect.closeTo(1 - higher, 9)));
  });

  it('says what else is not the same on both sides', () => {
    const elsewhere = b.map((run) => ({
      ...run,
      host: { ...run.host, name: 'lab2' },
      argv: [...run.argv, '--load=50%', '--quiet', '--out', 'x', '--store', 'y'],
    }));
    expect(sides(a, elsewhere).notes).toEqual(['host differs: A lab1; B lab2', 'options differ: A none; B --load 50%']);
    expect(sides(a, [...b, ...nightsOf(1, 5 * EACH, { kernels: [OLD] })]).notes).toEqual([
      `B mixes 2 kernels: ${NEW.release}, ${OLD.release}`,
    ]);
    // what the config changes is in the notes of the run
    const told = (runs: readonly Run[], ...notes: string[]) => runs.map((run) => ({ ...run, notes }));
    const append = 'kernel parameters added: mitigations=off';
    expect(sides(told(a, 'lab', append), told(b, 'lab', 'floods offer 50 %')).notes).toEqual([
      `of A alone: ${append}`,
      'of B alone: floods offer 50 %',
    ]);
    expect(sides(told(a, append), [...told(b.slice(0, 3), append), ...b.slice(3)]).notes).toEqual([
      `of 8 of 8 runs of A, 3 of 8 of B: ${append}`,
    ]);
    expect(sides(a, b).notes).toEqual([]);
  });

  it('pairs the two kernels of a night, and compares by ranks of differences where the pairs are enough for that', () => {
    const found = within(nightsOf(12, 3, { kernels: [OLD, NEW] }));
    const recovery = found.measures.filter(({ name }) => name === 'recovery of storage');
    expect(new Set(recovery.map(({ test, pairs }) => `${test} ${pairs}`))).toEqual(new Set(['Wilcoxon signed rank 12']));
    // which was first is not drawn by lot in these, and may be why
    expect(found.notes).toEqual(['in each run A was tried before B: what drifts in the course of a run counts as a difference']);
    // a night that has but one of them counts for neither
    const halfDone = nightsOf(13, 3, { kernels: [OLD, NEW] }).map((run, index) =>
      index === 12 ? { ...run, trials: run.trials.slice(0, 5) } : run,
    );
    expect(within(halfDone).measures[0]).toMatchObject({ pairs: 12, a: { trials: 12 }, b: { trials: 12 } });
  });

  it('pairs the repetitions of a run in which two kernels were tried in turn, also where one of them was broken by our own side and tried again', () => {
    const run = interleavedOf(12, 5, [{ ...NEW, slower: { 'storage-cutoff/cut/kernel': 1.3 } }, OLD]);
    const broken = (run.trials.filter(({ reference }) => reference === true) as TrialResult[])[7] as TrialResult;
    const again = { ...broken, name: `${broken.name}@again`, retryOf: broken.name };
    const retried = {
      ...run,
      trials: [
        ...run.trials.map((trial) => (trial === broken ? { ...trial, verdict: 'unknown' as const, superseded: true as const } : trial)),
        again,
      ],
    };
    for (const each of [run, retried]) {
      const [a, b] = againstOf([each]) as NonNullable<ReturnType<typeof againstOf>>;
      const found = compareSides(...sidesWithin([each], a, b), { resamples: 0 });
      expect([found.a.kernels, found.b.kernels, said(found)]).toEqual([
        [OLD.release],
        [NEW.release],
        ['worse recovery of storage cut/kernel'],
      ]);
      expect(new Set(found.measures.map(({ pairs }) => pairs))).toEqual(new Set([12]));
      expect([found.a.leftOut, found.notes]).toEqual([[], []]);
    }
    expect(againstOf(nightsOf(2, 0, { kernels: [OLD, NEW] }))).toBeUndefined();
  });
});
