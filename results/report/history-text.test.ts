import { stripVTControlCharacters } from 'node:util';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { StoredRun, Trend } from '../store/queries.ts';
import { sampleRun } from '../store/run.sample.ts';
import { cells } from './cells.ts';
import { renderHistory, renderTrends } from './history-text.ts';

const stored = (night: number, change: Partial<StoredRun> = {}): StoredRun => {
  const { id, name, started, profile, seed, verdict = 'unknown', trials } = sampleRun(night);
  return {
    ...{
      id,
      name,
      started,
      finished: started,
      interrupted: 0,
      command: 'certify',
      profile,
      seed,
      sabotage: null,
      target: 'lab',
      verdict,
      host: 'lab1',
    },
    ...{ accelerator: 'tcg', directory: null },
    trials: trials.map((trial) => ({ ...trial, case: trial.case ?? null, variant: null, kernel: trial.candidate })),
    ...change,
  };
};
const RUNS = [
  stored(4),
  stored(6),
  stored(0, { sabotage: 'panic' }),
  stored(1, { finished: null, trials: [] }),
  stored(2, { interrupted: 1, trials: [] }),
];

const trend = (kernel: string, values: readonly (number | null)[], change: Partial<Trend> = {}): Trend => ({
  ...{ kernel, suite: 'storage-cutoff', case: 'cut', class: '1G', profile: 'nightly', target: 'lab', accelerator: 'tcg', tweaks: null },
  ...{ machine: 'tenant1', unit: 's' },
  points: values.map((value, index) => ({ run: `r${index}`, started: sampleRun(index).started, value })),
  never: values.filter((value) => value === null).length,
  ...change,
});

describe('the runs as a table', () => {
  it('say what was not passed in each', () => {
    expect(renderHistory(RUNS, 40, { width: 120, colour: false })).toBe(
      `${[
        '         run                    name     trials             kernel                class  profile',
        'FAIL     20260102-100000z-0004  nightly  3 pass, 1 fail     6.12.9-amd64          1G     nightly  storage-cutoff.cut',
        'UNKNOWN  20260103-020000z-0006  nightly  3 pass, 1 unknown  6.1.0-56-cloud-amd64  384G   nightly  ipv6-flood.mixed',
        'PASS     20260101-020000z-0000  nightly  4 pass             6.1.0-56-cloud-amd64  1G     nightly  sabotaged: panic',
        'PASS     20260101-100000z-0001  nightly  none                                            nightly  interrupted',
        'PASS     20260101-180000z-0002  nightly  none                                            nightly  interrupted',
        'the newest 5 of 40 runs',
      ].join('\n')}\n`,
    );
  });

  it('leave out the last columns in a narrow window, and never the verdict or the name by which a run is asked for', () => {
    expect(renderHistory(RUNS.slice(0, 1), 1, { width: 40, colour: false })).toBe(
      '      run\nFAIL  20260102-100000z-0004  storage-cu…\n1 run\n',
    );
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 200 }), fc.boolean(), (width, colour) => {
        const lines = renderHistory(RUNS, 4, { width, colour }).split('\n').map(stripVTControlCharacters);
        for (const line of lines) expect(cells(line)).toBeLessThanOrEqual(Math.max(width, 30));
        for (const [index, { id, verdict }] of RUNS.entries())
          expect(lines[index + 1]).toMatch(new RegExp(`^${verdict.toUpperCase()} +${id}`));
      }),
    );
  });

  it('keep the name by which runs are chosen where there is little room', () => {
    const called = stored(4, { name: 'every night', profile: 'full' });
    expect(renderHistory([called], 1, { width: 80, colour: false })).toBe(
      '      run                    name         trials\nFAIL  20260102-100000z-0004  every night  3 pass, 1 fail  storage-cutoff.cut\n1 run\n',
    );
  });

  it('show nothing that a terminal would obey', () => {
    const evil = stored(4, { name: '\u001b[2J', profile: 'a\nb' });
    expect(renderHistory([evil], 1, { width: 120, colour: false })).toMatch(/ \?\[2J .* a b /);
    expect(renderHistory([], 0, { width: 80, colour: false })).toBe('no such run is in the store\n');
  });
});

describe('a measure over the runs', () => {
  const TRENDS = [
    trend('6.1.0-56-cloud-amd64', [0, 1, 2, 3, 4, 5, 6, 7]),
    trend('6.18.0', [14, 0.25, 7]),
    trend('6.1.0-56-cloud-amd64', [0.5, 0.5], {
      ...{ machine: '', unit: 'share', suite: 'ipv6-flood', case: null, accelerator: 'kvm', tweaks: 'gro=off' },
    }),
    trend('6.1.0-56-cloud-amd64', [98_218], {
      suite: 'ipv6-flood',
      case: 'udp-66',
      machine: 'head',
      unit: 'packets/s',
      target: 'metal',
      accelerator: null,
    }),
  ];

  it('has a row for each kernel below what it was measured in, with bars on one scale', () => {
    expect(renderTrends('recovery of storage', TRENDS, { width: 100 })).toBe(
      `${[
        'recovery of storage',
        '                        trials    median     least      most      last  trend',
        'storage-cutoff/cut, 1G, nightly, lab, tcg: tenant1',
        '  6.1.0-56-cloud-amd64       8     3.5 s       0 s       7 s       7 s  ▁▁▂▂▃▃▄▅',
        '  6.18.0                     3       7 s    0.25 s      14 s       7 s  █▁▅',
        'ipv6-flood, 1G, nightly, lab, kvm, gro=off',
        '  6.1.0-56-cloud-amd64       2      50 %      50 %      50 %      50 %  ▁▁',
        'ipv6-flood/udp-66, 1G, nightly, metal: head',
        '  6.1.0-56-cloud-amd64       1  98.2 k/s  98.2 k/s  98.2 k/s  98.2 k/s  ▁',
      ].join('\n')}\n`,
    );
  });

  it('says of what never came how often that was, and takes it for later than all that did', () => {
    const trends = [trend('6.1', [null, 2, 4, null]), trend('6.12', [null, null, null, 1]), trend('6.18', [null])];
    expect(renderTrends('recovery of storage', trends, { width: 100 }).split('\n').slice(3, 6)).toEqual([
      '  6.1   2 of 4, 2 never   never    2 s  never  never  ×▃█×',
      '  6.12  1 of 4, 3 never   never    1 s  never    1 s  ×××▁',
      '  6.18  0 of 1, 1 never   never  never  never  never  ×',
    ]);
  });

  it('gathers many runs into few bars', () => {
    const [, , , row] = renderTrends('x', [trend('6.1', [...Array(500).fill(1), ...Array(500).fill(2)])], { width: 120 }).split('\n');
    expect(row).toMatch(/ ▁{20}█{20}$/);
  });

  it('fits into any window', () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 200 }), (width) => {
        for (const line of renderTrends('recovery of storage', TRENDS, { width }).split('\n'))
          expect(cells(line)).toBeLessThanOrEqual(width);
      }),
    );
    expect(renderTrends('x', [], { width: 80 })).toBe('no such run with x is in the store\n');
  });
});
