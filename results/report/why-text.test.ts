import { describe, expect, it } from 'vitest';
import { renderGithub } from './github.ts';
import { htmlReport } from './html/index.ts';
import { failedRun, sampleRun, sampleTrial } from './html/report.sample.ts';
import { renderTerminal } from './terminal.ts';
import { whyTexts } from './why-text.ts';

const BROKEN = 'our side failed in arm: tenant1: management broke';
const FOLLOWS = Array.from({ length: 8 }, (_, at) => `tenant1: what ${at} is not known`);
const trials = Array.from({ length: 4 }, (_, at) =>
  sampleTrial({ name: `soak@r${at}`, verdict: 'unknown', reasons: [BROKEN, ...FOLLOWS], objectives: [] }),
);
const run = sampleRun(trials, {
  verdict: 'unknown',
  reasons: ['left behind: a bridge', ...trials.flatMap(({ name, reasons }) => reasons.map((reason) => `${name}: ${reason}`))],
});
const lineOf = ({ name }: { name: string }): string => `${name}: ${BROKEN}, and 8 more`;

describe('why a run is what it is', () => {
  it('is a line for each trial, and what the run says itself', () => {
    expect(whyTexts(run)).toEqual(['left behind: a bridge', ...trials.map(lineOf)]);
    expect(whyTexts({ trials, reasons: [`soak@r1: ${BROKEN}`] })).toEqual([`soak@r1: ${BROKEN}`]);
  });

  it('stands whole on the first screen of report.html', () => {
    const page = htmlReport({ ...failedRun(), run });
    const head = page.slice(page.indexOf('<header'), page.indexOf('</header>'));
    expect(trials.map(lineOf).filter((line) => !head.includes(line))).toEqual([]);
    expect(head).not.toContain('what 0 is not known');
  });
});

describe('why a trial is what it is', () => {
  it('is what broke on our side, not what follows from that', () => {
    const text = renderTerminal(run, { width: 120, colour: false });
    expect(text).toContain(`        why       ${BROKEN}\n        why       and 8 that follow from it\n`);
    expect(text).not.toContain('what 0 is not known');
    const [, first] = renderGithub(run).split('\n');
    expect(first).toMatch(new RegExp(`::${BROKEN}%0Aand 8 that follow from it$`));
  });

  it('is every reason of its own: what broke first of all, and all of what the kernel did', () => {
    const kernel = sampleTrial({ reasons: ['no_hang: head: hung', BROKEN, 'head: not known'] });
    const again = sampleTrial({
      verdict: 'unknown',
      reasons: ['interrupted in storm: SIGINT', 'our side failed in release: a bridge', 'x'],
    });
    const text = renderTerminal(sampleRun([kernel, again], { reasons: [] }), { width: 120, colour: false });
    expect(text).toContain('why       head: not known\n');
    expect(text).toMatch(
      /why {7}interrupted in storm: SIGINT\n +why {7}our side failed in release: a bridge\n +why {7}and 1 that follows from it\n/,
    );
  });
});
