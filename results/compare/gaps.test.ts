import { describe, expect, it } from 'vitest';
import type { Run, TrialResult } from '../model.ts';
import { compareSides } from './compare.ts';
import { changed, nightsOf } from './nights.testing.ts';
import { sideOf } from './sides.ts';

const OLD = { release: '6.1.0-56-cloud-amd64' };
const NEW = { release: '6.12.117+deb12-cloud-amd64' };
/** Seeds apart, so that no two nights of a file are the same. */
const EACH = 1000;

const sides = (a: readonly Run[], b: readonly Run[]) => compareSides(sideOf('A', a), sideOf('B', b), { resamples: 0 });

describe('coverage', () => {
  const a = nightsOf(8, 0, { kernels: [OLD] });
  const b = nightsOf(8, EACH, { kernels: [NEW] });
  const only = (runs: readonly Run[], change: Partial<TrialResult> | undefined) =>
    change === undefined
      ? runs.map((run) => ({ ...run, trials: run.trials.filter(({ case: name }) => name !== 'cut') }))
      : changed(runs, ({ case: name }) => (name === 'cut' ? change : {}));
  const BROKEN: Partial<TrialResult> = { verdict: 'unknown', reasons: ['QEMU did not start'] };
  const SKIPPED: Partial<TrialResult> = { verdict: 'skip', reasons: ['skipped: no such module'] };
  const FAILED: Partial<TrialResult> = { verdict: 'fail', objectives: [], recovery: [], measures: [] };
  const SOUND: Partial<TrialResult> = {};
  const NEVER = undefined;

  it.each([
    ['A proved it, B never did it', SOUND, NEVER, 'unknown', 'A'],
    ['A proved it, B skipped it', SOUND, SKIPPED, 'unknown', 'A'],
    ['A proved it, B broke', SOUND, BROKEN, 'unknown', 'A'],
    ['both broke', BROKEN, BROKEN, 'unknown', 'neither'],
    ['A broke, B skipped it', BROKEN, SKIPPED, 'unknown', 'neither'],
    ['A broke, B never did it', BROKEN, NEVER, 'unknown', 'neither'],
    ['A never did it, B broke', NEVER, BROKEN, 'unknown', 'neither'],
    ['A broke, B proved it', BROKEN, SOUND, 'unknown', 'B'],
    ['A never did it, B proved it', NEVER, SOUND, 'pass', 'B'],
    ['A skipped it, B proved it', SKIPPED, SOUND, 'pass', 'B'],
    ['A never did it, B failed in it', NEVER, FAILED, 'unknown', 'B'],
    ['both skipped it', SKIPPED, SKIPPED, 'pass', undefined],
    ['both proved it', SOUND, SOUND, 'pass', undefined],
  ] as const)('of a kind of trial: %s', (_what, ofA, ofB, verdict, side) => {
    const found = sides(only(a, ofA), only(b, ofB));
    expect(found.verdict).toBe(verdict);
    expect(found.noCounterpart.map((gap) => [gap.side, gap.cannotPass ?? false])).toEqual(
      side === undefined ? [] : [[side, verdict === 'unknown']],
    );
  });

  it('of a figure is lost where A has it as a rule and B never', () => {
    const dump = [{ machine: 'tenant1', name: 'dump', seconds: 3 }];
    const having = (runs: readonly Run[], nights: number) =>
      changed(runs, ({ case: name, measures = [] }, index) =>
        name === 'cut' && index < nights ? { measures: [...measures, ...dump] } : {},
      );
    const lost = sides(having(a, 8), b);
    expect([lost.verdict, lost.noCounterpart]).toEqual([
      'unknown',
      [{ side: 'A', what: 'dump, tenant in storage-cutoff/cut 1G', trials: 8, leftOut: 0, cannotPass: true }],
    ]);
    expect(sides(having(a, 4), b).verdict).toBe('unknown');
    // one that some trials alone have is told
    const some = sides(having(a, 1), b);
    expect([some.verdict, some.noCounterpart.length]).toEqual(['pass', 1]);
    expect(sides(a, having(b, 8)).verdict).toBe('pass');
  });
});
