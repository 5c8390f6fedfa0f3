import { stripVTControlCharacters } from 'node:util';
import { describe, expect, it } from 'vitest';
import { compareSides } from '../compare/compare.ts';
import { nightsOf } from '../compare/nights.testing.ts';
import { sideOf } from '../compare/sides.ts';
import { cells } from './cells.ts';
import { renderComparison } from './compare-text.ts';

const HANG = 'INFO: task hung in jbd2_journal_commit_transaction';
const OLD = { release: '6.1.0-56-cloud-amd64' };
const NEW = {
  release: '6.12.117+deb12-cloud-amd64',
  slower: { 'storage-cutoff/cut/kernel': 1.4 },
  events: { [HANG]: { in: 'storage-cutoff/cut', share: 1 } },
};
const compared = (nights: number, kernel: typeof OLD = NEW) =>
  compareSides(sideOf('old', nightsOf(nights, 1, { kernels: [OLD] })), sideOf('new', nightsOf(nights, 501, { kernels: [kernel] })), {
    resamples: 100,
  });
const text = (comparison: ReturnType<typeof compared>, change: { width?: number; colour?: boolean; all?: boolean } = {}) =>
  renderComparison(comparison, { width: 120, colour: false, all: false, ...change });

describe('a comparison in a terminal', () => {
  it('names what is worse, by how much, and the verdict last', () => {
    const lines = text(compared(12)).split('\n');
    expect(lines.slice(0, 7)).toEqual([
      'A       old, 6.1.0-56-cloud-amd64, 12 runs, 60 trials',
      'B       new, 6.12.117+deb12-cloud-amd64, 12 runs, 60 trials',
      'WORSE   recovery of storage, tenant, in storage-cutoff/cut/kernel 1G',
      expect.stringMatching(/^ {8}median 4\.\d+ s -> 6\.\d+ s, \+\d+ % \(\+\d+ to \+\d+ %\); 12 and 12 trials, p < 0\.0001, corrected$/),
      `WORSE   new: "${HANG}" (hang)`,
      expect.stringMatching(/^ {8}0 in 12 -> 12 in 12 trials, in storage-cutoff\/cut 1G; p < 0\.0001, corrected$/),
      'SAME    41 comparisons found no difference (--all lists them)',
    ]);
    expect(lines[7]).toMatch(
      /^FAIL {4}compare: 2 worse; of 43 comparisons \d+ varied, and the chance of a false alarm in any of them is at most 5 %$/,
    );
    expect(lines.slice(8)).toEqual(['']);
  });

  it('says how many runs are missing instead of guessing', () => {
    const found = text(compared(2));
    expect(found).toMatch(/^TOO FEW not enough runs: at least \d more trials of each needed before \d+ comparisons? could tell anything$/m);
    expect(found).toMatch(/\nUNKNOWN compare: 1 that may be worse, or chance, not enough runs: at least \d more trials of each needed;/);
    expect(found).not.toMatch(/WORSE|SAME/);
    // what is new in them is worth a look all the same
    expect(found).toContain(
      `\nMAYBE   new: "${HANG}" (hang)\n        0 in 2 -> 2 in 2 trials, in storage-cutoff/cut 1G; p 1, corrected; not enough`,
    );
  });

  it('shows the mean of what has the same median, and those that never came', () => {
    const { measures, ...rest } = compared(12);
    const [first] = measures;
    if (first === undefined) throw new Error('no measure');
    const side = (mean: number, never: number) => ({ trials: 12, median: 0, mean, never });
    const one = { ...rest, measures: [{ ...first, found: 'worse' as const, a: side(0, 0), b: side(0.25, 2) }] };
    expect(text(one)).toContain('mean 0 s -> 0.25 s, never came 0 -> 2 times; 12 and 12 trials');
  });

  it('draws the eye to a new event that is rare: it is no finding, and nobody says that nothing is worse', () => {
    const rare = { ...NEW, slower: {}, events: { [HANG]: { in: 'storage-cutoff/cut', share: 0.35 } } };
    const found = compared(14, rare);
    expect(found.verdict).toBe('unknown');
    expect(text(found)).toMatch(/\nUNKNOWN compare: 1 that may be worse, or chance; of 43 comparisons/);
    expect(text(found)).toMatch(
      new RegExp(`MAYBE {3}new: "${HANG}" \\(hang\\)\n {8}0 in 14 -> \\d in 14 trials, .*; a difference like that would be found\\s+with`),
    );
    const all = text(found, { all: true });
    expect([all.match(/^MAYBE/gm)?.length, all.split(HANG).length - 1]).toEqual([1, 1]);
  });

  it('lists every comparison where that is asked for', () => {
    expect(text(compared(12), { all: true }).match(/^SAME/gm)).toHaveLength(41);
    expect(text(compared(1), { all: true }).match(/^TOO FEW/gm)?.length).toBeGreaterThan(30);
  });

  it('fits every width, says the same in colour, and lets no title speak to the terminal', () => {
    const wild = { ...NEW, events: { 'BUG in \u001b[31mred\u0007 漢字 function': { in: 'storage-cutoff/cut', share: 1 } } };
    for (const comparison of [compared(12, wild), compared(1)])
      for (const width of [24, 40, 60, 80, 120, 200])
        for (const all of [true, false]) {
          const plain = text(comparison, { width, all });
          expect(plain.split('\n').filter((line) => cells(line) > width)).toEqual([]);
          expect(plain).not.toContain('\u001b');
          const coloured = text(comparison, { width, all, colour: true });
          expect(coloured).not.toBe(plain);
          expect(stripVTControlCharacters(coloured)).toBe(plain);
        }
  });

  it('tells what was left out, what one side alone has, and in what else they differ', () => {
    const b = nightsOf(8, 501, { kernels: [NEW], change: { host: { name: 'lab2', cpus: 2, cpu: 'x', accelerator: 'tcg' } } }).map(
      (run) => ({
        ...run,
        trials: run.trials.map((trial) =>
          trial.case === 'mixed' ? { ...trial, verdict: 'unknown' as const, reasons: ['QEMU did not start'] } : trial,
        ),
      }),
    );
    const found = text(compareSides(sideOf('old', nightsOf(8, 1, { kernels: [OLD] })), sideOf('new', b), { resamples: 0 }));
    expect(found).toContain('\n        left out, since unknown: 8 trials: QEMU did not start\n');
    expect(found).toContain('\nONLY A  ipv6-flood/mixed 1G, quick, lab, tcg (8 trials; of B 8 trials, which prove nothing)\n');
    expect(found).toContain('\nNOTE    host differs: A lab1; B lab2\n');
    expect(found).toContain(', 1 that has no counterpart and should');
    const neither = nightsOf(8, 1, { kernels: [OLD] }).map((run) => ({
      ...run,
      trials: run.trials.map((trial) => (trial.case === 'mixed' ? { ...trial, verdict: 'unknown' as const } : trial)),
    }));
    expect(text(compareSides(sideOf('old', neither), sideOf('new', b), { resamples: 0 }))).toContain(
      '\nNEITHER ipv6-flood/mixed 1G, quick, lab, tcg (16 trials, which prove nothing)\n',
    );
  });
});
