import { describe, expect, it } from 'vitest';
import { NEW, OLD } from '../compare/comparisons.testing.ts';
import { interleavedOf } from '../compare/nights.testing.ts';
import type { Run } from '../model.ts';
import { renderGithub } from './github.ts';
import { htmlReport } from './html/index.ts';
import { failedRun } from './html/report.sample.ts';
import { renderMarkdown } from './markdown.ts';
import { trialsText } from './reference-text.ts';
import { renderTerminal } from './terminal.ts';

/** NEW is tried, and OLD is compared with. */
const run = interleavedOf(2, 5, [NEW, OLD]);
const text = (of: Run): string => renderTerminal(of, { width: 200, colour: false });

describe('a run with a kernel that is only compared with', () => {
  const half = run.trials.length / 2;
  const counted = `${half} trials (${half} pass), ${half} of the reference (${half} pass)`;

  it('counts the trials that its verdict is of apart from the others', () => {
    for (const report of [text(run), renderMarkdown(run), renderGithub(run), htmlReport({ ...failedRun(), records: [], run })])
      expect(report).toContain(counted);
    expect(trialsText([{ verdict: 'fail' }, { verdict: 'unknown', reference: true }])).toBe(
      '1 trial (1 fail), 1 of the reference (1 unknown)',
    );
    expect(trialsText([])).toBe('0 trials');
  });

  it('has the kernel that it certifies as its title, and the other beside it', () => {
    const page = htmlReport({ ...failedRun(), records: [], run });
    const [, title = '', beside = ''] = /<h1>([\s\S]*?)<\/h1>\n<p>(.*?)<\/p>/.exec(page) ?? [];
    expect([title.includes(NEW.release), title.includes(OLD.release)]).toEqual([true, false]);
    expect(beside).toMatch(new RegExp(`^compared with ${OLD.release}`));
    expect(htmlReport(failedRun())).not.toContain('compared with ');
  });

  it('marks the trials of the other', () => {
    const rows = (report: string, row: RegExp) => [...report.matchAll(row)].filter(([line]) => line.includes(' (reference)')).length;
    expect(rows(text(run), /^PASS {4}.*$/gm)).toBe(half);
    expect(text(run)).toContain(`${OLD.release} (reference)`);
    expect(rows(renderMarkdown(run), /^\| pass \|.*$/gm)).toBe(half);
    expect(rows(htmlReport({ ...failedRun(), records: [], run }), /<a href="#trial-\d+">[^<]*<\/a>[^<]*/g)).toBe(half);
  });

  it('tells what tells in what they differ', () => {
    expect(text(run)).toContain('the other kernel is compared with it: stormproof compare DIR tells in what they differ\n');
    const [first] = run.candidates;
    const third = { ...run.trials.at(-1), name: 'soak@k3-another', candidate: 'another' } as Run['trials'][number];
    const several = { ...run, candidates: [...run.candidates, { ...first, release: 'another' }], trials: [...run.trials, third] } as Run;
    expect(text(several)).toContain('stormproof compare DIR --kernels A,B tells');
  });
});
