/** Every format is read by what reads it elsewhere, and stays what it is whatever a kernel printed. */
import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Parser, type Result } from 'tap-parser';
import { afterAll, describe, expect, it } from 'vitest';
import { OLD } from '../compare/comparisons.testing.ts';
import { interleavedOf } from '../compare/nights.testing.ts';
import { decides, type Run } from '../model.ts';
import { groupsOf, isRed } from './cases.ts';
import { cells, clip, printable } from './cells.ts';
import { renderGithub } from './github.ts';
import { renderJunit } from './junit.ts';
import { Kcidb } from './kcidb.testing.ts';
import { renderKcidb } from './kcidb.ts';
import { renderKtap } from './ktap.ts';
import { renderMarkdown } from './markdown.ts';
import { renderOpenMetrics } from './openmetrics.ts';
import { renderTap } from './tap.ts';
import { waivedTexts, waiverNotes } from './waiver-text.ts';
import { wildRuns } from './wild.testing.ts';

const RUNS = wildRuns(60);
const red = (run: Run): boolean => groupsOf(run).some(({ outcome, cases }) => isRed(outcome) || cases.some((each) => isRed(each.outcome)));

const dir = mkdtempSync(join(tmpdir(), 'formats-'));
afterAll(() => rmSync(dir, { recursive: true }));
const there = (program: string, ...args: string[]): boolean => spawnSync(program, args).status === 0;

/** Writes a file per text, gives them to a program all at once, and returns what that said. */
function through(
  name: string,
  texts: readonly string[],
  program: string,
  ...args: string[]
): { status: number | null; said: string; stdout: string } {
  const files = texts.map((text, index) => {
    const path = join(dir, `${name}-${index}`);
    writeFileSync(path, text);
    return path;
  });
  const { status, stdout, stderr } = spawnSync(program, [...args, ...files], { encoding: 'utf8', maxBuffer: 1 << 28 });
  return { status, said: stderr.slice(0, 2000), stdout };
}

describe.runIf(there('xmllint', '--version'))('JUnit', () => {
  const validate = (texts: readonly string[]) =>
    through('junit.xml', texts, 'xmllint', '--noout', '--schema', join(import.meta.dirname, 'junit.xsd'));

  it('is what CI systems agree on, by xmllint', () => {
    const { status, said } = validate(RUNS.map(renderJunit));
    expect(status, said).toBe(0);
  });

  it('is checked by something that can say no', () => {
    const sound = renderJunit(RUNS.find(({ trials }) => trials.some(({ objectives }) => objectives.length > 1)) as Run);
    for (const [from, to] of [
      ['</testsuites>', ''],
      ['<testcase ', '<testcase owner="me" '],
      [/classname="[^"]*"/, ''],
      [/tests="\d+"/, 'tests="many"'],
      ['<testsuites ', '<testsuites skipped="0" '],
    ] as const)
      expect(validate([sound.replace(from, to)]).status).not.toBe(0);
  });
});

describe('TAP 14', () => {
  function parse(text: string) {
    const points: Result[] = [];
    const children: { result: Result; name: string }[] = [];
    const parser = new Parser({ strict: true });
    parser.on('assert', (result: Result) => points.push(result));
    parser.on('child', (child: Parser) => child.on('assert', (result: Result) => children.push({ result, name: child.name })));
    parser.end(text);
    return { results: parser.results, points, children };
  }

  it('has a point per trial and a subtest point per objective, and is as red as the run', () => {
    for (const run of RUNS) {
      const groups = groupsOf(run);
      const { results, points, children } = parse(renderTap(run));
      expect(results?.failures.filter((failure) => 'tapError' in failure && failure.tapError)).toEqual([]);
      expect([results?.ok, results?.bailout, points.length]).toEqual([!red(run), false, groups.length]);
      expect(children.map(({ result }) => result.ok)).toEqual(
        groups.flatMap(({ cases, waived }) => [...cases.map(({ outcome }) => !isRed(outcome)), ...waived.map(() => true)]),
      );
    }
  });

  it('gives names, skips and diagnostics back as they were', () => {
    for (const run of RUNS) {
      const points = groupsOf(run).flatMap(({ cases, waived }) => [
        ...cases,
        ...waived.map((text) => ({ name: `waived: ${text}`, outcome: 'skip' as const, verdict: undefined, reason: '' })),
      ]);
      for (const [index, { result }] of parse(renderTap(run)).children.entries()) {
        const { name, outcome, verdict, reason } = points[index] as (typeof points)[number];
        expect(result.name).toBe(clip(printable(name.replaceAll('\n', '; ')), 1000).replace(/\{$/, '('));
        expect(result.skip !== false).toBe(outcome === 'skip');
        if (verdict !== undefined)
          expect(result.diag).toMatchObject({
            verdict,
            ...(isRed(outcome) && reason !== '' ? { reason: clip(printable(reason.replaceAll('\n', '; ')), 1000) } : {}),
          });
      }
    }
  });
});

/** Documentation/dev-tools/ktap.rst as a reader: a version line, a plan, then diagnostics and results, subtests two spaces deeper. */
function readKtap(lines: readonly string[], indent = ''): { ok: boolean; directive: string }[] {
  expect(lines[0]).toBe(`${indent}KTAP version 1`);
  const planned = Number(new RegExp(`^${indent}1\\.\\.(\\d+)$`).exec(lines[1] ?? '')?.[1]);
  const results: { ok: boolean; directive: string }[] = [];
  let nested: string[] = [];
  for (const line of lines.slice(2)) {
    if (line.startsWith(`${indent}  `)) nested.push(line);
    else if (!line.startsWith(`${indent}# `)) {
      const [, not, number, directive = ''] = new RegExp(`^${indent}(not )?ok (\\d+) [^#]+?(?: # (SKIP|ERROR)(?: .*)?)?$`).exec(line) ?? [];
      expect(Number(number), line).toBe(results.length + 1);
      results.push({ ok: not === undefined, directive });
      const inner = nested.length === 0 ? [] : readKtap(nested, `${indent}  `);
      expect(not === undefined && inner.some((each) => !each.ok)).toBe(false);
      nested = [];
    }
  }
  expect([planned, nested]).toEqual([results.length, []]);
  return results;
}

describe('KTAP', () => {
  it('is what the kernel’s page says, and as red as the run', () => {
    for (const run of RUNS) {
      const text = renderKtap(run);
      expect(text).not.toMatch(/[^\n\P{Cc}]/u);
      expect(readKtap(text.trimEnd().split('\n')).some(({ ok }) => !ok)).toBe(red(run));
    }
  });
});

describe('KCIDB', () => {
  it('is of schema 5.3, each id once, each test of a build that is there', () => {
    for (const run of RUNS) {
      const { checkouts = [], builds = [], tests = [] } = Kcidb.parse(JSON.parse(renderKcidb(run, [])));
      for (const ids of [checkouts, builds, tests].map((list) => list.map(({ id }) => id))) expect(new Set(ids).size).toBe(ids.length);
      expect(new Set(tests.map((test) => test.build_id)).isSubsetOf(new Set(builds.map(({ id }) => id)))).toBe(true);
      expect(builds.map((build) => build.checkout_id)).toEqual(checkouts.map(({ id }) => id));
      expect(JSON.stringify([checkouts, builds, tests]).isWellFormed()).toBe(true);
      expect(tests.some(({ status }) => status === 'FAIL' || status === 'ERROR' || status === 'MISS')).toBe(red(run));
    }
  });
});

const PYTHON = '/usr/bin/python3';
const OPENMETRICS = `
import sys
from prometheus_client.openmetrics.parser import text_string_to_metric_families as parse
for path in sys.argv[1:]:
    families = list(parse(open(path, newline='', encoding='utf-8').read()))
    verdicts = [sample.labels['stormproof_run_verdict'] for family in families if family.name == 'stormproof_run_verdict' for sample in family.samples if sample.value]
    print(' '.join(verdicts))
`;

const PLAIN_TEXT = OPENMETRICS.replace('.openmetrics', '');

describe.runIf(there(PYTHON, '-c', 'import prometheus_client.openmetrics.parser'))('OpenMetrics', () => {
  it.each([
    ['OpenMetrics', OPENMETRICS],
    ['the text format, which the textfile collector reads', PLAIN_TEXT],
  ])('is read by the parser of Prometheus’ own library for %s', (_of, program) => {
    const { status, said, stdout } = through('metrics.prom', RUNS.map(renderOpenMetrics), PYTHON, '-c', program);
    expect(status, said).toBe(0);
    expect(stdout.trimEnd().split('\n')).toEqual(RUNS.map(({ verdict = 'unknown' }) => verdict));
  });

  // what github.com/prometheus/common/expfmt takes: the library's parser is more lenient than that
  it('has no type that the text format does not know', () => {
    const types = new Set(RUNS.flatMap((run) => [...renderOpenMetrics(run).matchAll(/^# TYPE \S+ (.*)$/gm)].map(([, type]) => type)));
    expect([...types]).toEqual(['gauge']);
  });

  it('is refused by it without its end', () => {
    const cut = renderOpenMetrics(RUNS[0] as Run).replace('# EOF\n', '');
    expect(through('cut.prom', [cut], PYTHON, '-c', OPENMETRICS).status).not.toBe(0);
  });
});

describe('GitHub annotations', () => {
  /** As the runner reads a line (ActionCommand.TryParseV2): command, properties, message. */
  function parse(line: string) {
    const [, command = '', said = '', message = ''] = /^::(\S+?) (.*?)::(.*)$/.exec(line) ?? [];
    const plain = (text: string): string =>
      text.replaceAll('%0D', '\r').replaceAll('%0A', '\n').replaceAll('%3A', ':').replaceAll('%2C', ',').replaceAll('%25', '%');
    return {
      command,
      properties: said.split(',').map((each) => each.split('=')[0]),
      title: plain(said.slice('title='.length)),
      message: plain(message),
    };
  }

  it('are a line for the run and each of its first trials that is no pass, and nothing forged', () => {
    for (const run of RUNS) {
      const lines = renderGithub(run).split('\n');
      expect(lines.pop()).toBe('');
      const worth = run.trials.filter((trial) => trial.verdict !== 'pass' && decides(trial));
      const known = groupsOf(run).flatMap(({ waived }) => waived).length + waiverNotes(run).length;
      if (known > 0) expect(parse(lines.pop() ?? '')).toMatchObject({ command: 'warning', title: 'stormproof: known issues' });
      expect(lines.length).toBe(1 + worth.length);
      for (const [index, line] of lines.entries()) {
        const { command, properties, title } = parse(line);
        const verdict = index === 0 ? (run.verdict ?? 'unknown') : worth[index - 1]?.verdict;
        expect(command).toBe({ pass: 'notice', fail: 'error', unknown: 'error', skip: 'warning' }[verdict ?? 'unknown']);
        expect(properties).toEqual(['title']);
        expect(title).toMatch(new RegExp(`^stormproof ${verdict?.toUpperCase()}:`));
        expect(line).not.toMatch(/[\r\p{Cc}\u2028\u2029]/u);
      }
    }
  });
});

/** Of two kernels, one of which is called so that it would be markup. */
const COMPARED = interleavedOf(3, 5, [{ release: '<b>| `x` [a](b) @me #1' }, OLD]);

describe.runIf(there('cmark-gfm', '--version'))('Markdown', () => {
  const parse = (text: string): string => {
    const { status, stdout } = through(
      'summary.md',
      [text],
      'cmark-gfm',
      '-t',
      'xml',
      '--unsafe',
      '-e',
      'table',
      '-e',
      'autolink',
      '-e',
      'strikethrough',
    );
    expect(status).toBe(0);
    return stdout;
  };

  it('holds what GitHub’s own parser finds in it to be ours: no link, no image, no HTML but folding, no row too many', () => {
    for (const run of [...RUNS.slice(0, 40), COMPARED]) {
      const text = renderMarkdown(run);
      const xml = parse(text);
      const kinds = new Set([...xml.matchAll(/<([a-z_]+)[ >/]/g)].map(([, kind]) => kind));
      const known =
        'document heading text paragraph code list item table table_header table_row table_cell strong html_block softbreak tasklist'.split(
          ' ',
        );
      expect([...kinds].filter((kind) => kind !== undefined && !known.includes(kind))).toEqual([]);
      const blocks = [...xml.matchAll(/<html_block[^>]*>([\s\S]*?)<\/html_block>/g)].map(([, block = '']) => block);
      for (const block of blocks)
        expect(block).toMatch(
          /^(&lt;details( open)?&gt;\n&lt;summary&gt;[A-Z]+ &lt;code&gt;((?!&lt;|&gt;).)*&lt;\/code&gt;&lt;\/summary&gt;|&lt;\/details&gt;)\n$/u,
        );
      expect(blocks.length).toBe(2 * run.trials.filter(({ verdict }) => verdict !== 'pass').length);
      // nothing that came from elsewhere stands outside of a code span
      for (const [, words = ''] of xml.matchAll(/<text[^>]*>([^<]*)<\/text>/g)) expect(words).toMatch(/^[\w :;,.()+-]*$/);
    }
  });

  it('is short enough for a comment on GitHub, and no line begins with anything that a kernel said', () => {
    for (const run of [...RUNS, COMPARED]) {
      const text = renderMarkdown(run);
      expect(text.length).toBeLessThan(65_536);
      for (const line of text.split('\n'))
        expect(line).toMatch(/^(|[#|<-].*|`.*|(unnamed,|Run|Scope:|The candidate|Sabotaged on purpose:|and) .*|The details .*)$/u);
    }
  });
});

describe('what was waived', () => {
  const title = 'WARNING in tcp_recvmsg_locked';
  const known = { title, reason: 'fixed in 6.19', owner: 'ann', expires: '2026-12-31', expired: false };
  const trials = RUNS.flatMap((run) => run.trials)
    .slice(0, 1)
    .map((trial) => ({
      ...trial,
      name: 'io-storm',
      verdict: 'pass' as const,
      reasons: [],
      objectives: [],
      waived: Array.from({ length: 40 }, (_, at) => ({ machine: `m${at}`, title, count: 2, waiver: 0 })),
    }));
  const run: Run = {
    ...(RUNS[0] as Run),
    verdict: 'pass',
    reasons: [],
    trials,
    waivers: [
      { ...known, excused: 80 },
      { ...known, title: 'x', excused: 0 },
    ],
  };
  const texts = waivedTexts(trials[0] as (typeof trials)[number], run.waivers);

  it.each([
    ['JUnit', renderJunit],
    ['Markdown', renderMarkdown],
    ['GitHub annotations', renderGithub],
    ['TAP', renderTap],
    ['KTAP', renderKtap],
    ['KCIDB', (each: Run) => renderKcidb(each, [])],
  ])('is told in %s to the last of it, and makes nothing red', (_what, render) => {
    const text = render(run);
    expect(texts.filter((each) => !text.includes(each))).toEqual([]);
    expect(text).not.toMatch(/not ok|<failure|<error|::error|"(FAIL|ERROR|MISS)"|\*\*/);
  });

  it('that is of no use is told too', () => {
    for (const render of [renderJunit, renderMarkdown, renderGithub, renderTap, renderKtap])
      expect(render(run)).toMatch(/by ann is unused/);
    expect(renderOpenMetrics(run)).toMatch(/^stormproof_waiver_excused_events\{.*waiver="x",owner="ann",.*\} 0$/m);
    expect(renderOpenMetrics(run)).toMatch(/^stormproof_waived_events\{.*machine="m39",title="WARNING in tcp_recvmsg_locked"\} 2$/m);
  });
});

describe('a line of 100 kB', () => {
  it('makes no report long', () => {
    const long = `BUG: ${'x'.repeat(100_000)}`;
    const run = RUNS.find(({ trials }) => trials.length > 0) as Run;
    const trials = run.trials.map((trial) => ({ ...trial, name: 'a', verdict: 'fail' as const, reasons: [long], objectives: [] }));
    for (const render of [renderTap, renderKtap, renderGithub, renderMarkdown, renderOpenMetrics])
      expect(
        Math.max(
          ...render({ ...run, trials, reasons: [long] })
            .split('\n')
            .map(cells),
        ),
      ).toBeLessThan(8_000);
  });
});
