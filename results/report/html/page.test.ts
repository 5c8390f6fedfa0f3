import { createHash } from 'node:crypto';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Script } from 'node:vm';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { NEW, OLD } from '../../compare/comparisons.testing.ts';
import { interleavedOf } from '../../compare/nights.testing.ts';
import { SAMPLE_CURVE } from '../../curve.sample.ts';
import type { HistoryRecord, Severity } from '../../model.ts';
import { SAMPLE_SCALING } from '../../scaling.sample.ts';
import { commandOf } from './about.ts';
import { contentsOf } from './contents.ts';
import { htmlReport } from './index.ts';
import { escaped, html, jsonBlock } from './markup.ts';
import { failedRun, sampleRun, sampleTrial } from './report.sample.ts';
import { bundle } from './script.ts';
import { clock, lasted } from './words.ts';

const page = htmlReport(failedRun());

/** Everything that a page can say is one of these texts. */
const hostile = (text: string) =>
  failedRun({
    run: {
      ...{ name: text, reasons: [text], notes: [text], argv: [text], host: { [text]: text }, versions: { [text]: text }, sabotage: text },
      scope: { kind: text, emulated: [text] },
      candidates: [{ asked: text, release: text, version: text, files: [{ role: text, name: text, sha256: text, bytes: 1 }] }],
    },
    trial: {
      ...{ name: text, candidate: text, class: text, reasons: [text], tweaks: [text], curve: SAMPLE_CURVE },
      objectives: [{ name: text, verdict: 'fail', measured: text, threshold: text, reason: text }],
      recovery: [{ machine: text, probe: 'storage', seconds: 1, how: 'self' }],
    },
    event: { title: text, report: [text, text] },
  });

/** The tags of a page, in order, without what stands in the script and the styles. */
const tagsOf = (text: string): string[] =>
  [...text.replaceAll(/(<script[^>]*>|<style>)[\s\S]*?(<\/script>|<\/style>)/g, '$1$2').matchAll(/<\/?[a-z][^>]*>/gi)].map(([tag]) =>
    tag.replace(/"[^"]*"/g, '""'),
  );

describe('report.html', () => {
  it('is the same byte for byte each time', () => {
    expect(htmlReport(failedRun())).toBe(page);
  });

  it('says first what failed and why, and that it is no verdict on metal', () => {
    const head = page.slice(page.indexOf('<header'), page.indexOf('</header>'));
    expect(head).toMatch(/FAIL/);
    expect(head).toContain('no_hang: tenant2: 2 x &quot;INFO: task hung in jbd2_journal_commit_transaction&quot;');
    expect(head).toContain('lab, not metal');
  });

  it('shows of more events than it has room for the worst, also where it came last', () => {
    const contents = failedRun();
    const records = [...contents.records];
    const seen = records.find((record) => record.k === 'event') as Extract<HistoryRecord, { k: 'event' }>;
    const alike = (at: number, severity: Severity, title: string): HistoryRecord => ({
      ...seen,
      ...{ t: 10 + at / 1000, event: { ...seen.event, id: 100 + at, severity, title } },
    });
    const many = Array.from({ length: 2000 }, (_, at) => alike(at, 'warning', `WARNING in quiet_${at}`));
    const text = htmlReport({ ...contents, records: [...records, ...many, alike(2000, 'fatal', 'kernel BUG at the very end')] });
    const there = [
      /<h4>kernel BUG at the very end<\/h4>/,
      /"severity":"fatal","text":"kernel BUG at the very end"/,
      /<tr><th scope="row">tenant\d<\/th>[^\n]*<td>kernel BUG at the very end<\/td>/,
      /class="tick fatal"/,
      /and 1.?96\d other events in history\.jsonl, none of them worse/,
      /and 160\d more in history\.jsonl, none of them worse/,
      /Not drawn, and none of them worse or longer than what is: 50\d of tenant\d&#39;s kernel\./,
      /the worst; 180\d not drawn/,
    ];
    // not by `toMatch`, which shows all of the page
    expect(there.filter((each) => !each.test(text))).toEqual([]);
  });

  it.each([
    [2, '2 hang events (expected)', 'expected of this storm'],
    [1, '2 hang events (1 expected)', '1 of them expected of this storm'],
  ])('tells that %i of its events are what the storm brings with any kernel', (expected, first, beside) => {
    const sum = {
      machine: 'tenant2',
      kind: 'hung_task',
      class: 'hang',
      title: 'INFO: task hung in jbd2_journal_commit_transaction',
      t: 31,
    } as const;
    const text = htmlReport(failedRun({ trial: { events: [{ ...sum, count: 2, expected }] } }));
    expect([text.includes(first), text.includes(`, ${beside}</span>`)]).toEqual([true, true]);
    expect(page).not.toContain('expected of this storm');
  });

  it('asks nobody for anything', () => {
    expect(page).not.toMatch(/(src|href)="(?!#)/);
    expect(page).not.toMatch(/url\(|@import|fetch\(|XMLHttpRequest|sendBeacon|WebSocket/);
    expect(page).toContain("default-src 'none'");
  });

  it('allows its own script and styles by their hashes and nothing else', () => {
    const policy = /Content-Security-Policy" content="([^"]*)"/.exec(page)?.[1] ?? '';
    const hash = (text: string) => `'sha256-${createHash('sha256').update(text).digest('base64')}'`;
    const [script = '', ...more] = [...page.matchAll(/<script>([\s\S]*?)<\/script>/g)].map(([, text = '']) => hash(text));
    expect(more).toEqual([]);
    expect(policy).toContain(`script-src ${script};`);
    for (const [, style = ''] of htmlReport(failedRun({ trial: { curve: SAMPLE_CURVE } })).matchAll(/<style>([\s\S]*?)<\/style>/g))
      expect(policy).toContain(hash(style));
    expect(page).not.toMatch(/ style="| on\w+="/);
    expect(policy).not.toContain('unsafe');
  });

  it('has the console around each event, its own lines marked', () => {
    const marked = [...page.matchAll(/<li class="m"><i>(\d+)<\/i>.*?<mark>(.*?)<\/mark>/g)].map(([, number, text]) => `${number} ${text}`);
    expect(marked[0]).toBe('41 [   12.345678] INFO: task jbd2/vda-8:165 blocked for more than 10 seconds.');
    expect(page).toContain('lines 41 to 51 of console/storage-cutoff.cut.tenant2.log');
  });

  it('compares the two kernels of a run that was told to', () => {
    const kernels = [{ ...NEW, slower: { 'storage-cutoff/cut': 3 } }, OLD] as const;
    const text = htmlReport({ ...failedRun(), run: interleavedOf(10, 5, kernels) });
    const rows = [...text.matchAll(/<tr><th scope="row">(WORSE|BETTER|PASS|FAIL|UNKNOWN)<\/th><td>(.*?)<\/td><td>(.*?)<\/td>/g)];
    expect(rows.map(([, label, what]) => `${label} ${what}`)).toEqual([
      'WORSE recovery of storage, tenant, in storage-cutoff/cut 1G',
      expect.stringMatching(/^FAIL compare: 1 worse; of \d+ comparisons/),
    ]);
    expect(rows[0]?.[3]).toMatch(/^median .* s -&gt; .* s, \+\d+ % \(\+\d+ to \+\d+ %\); 10 pairs, p 0/);
    expect(text).toContain('<a href="#kernels">');
    // of a run that was ended before it came to the second kernel there is nothing to compare
    const half = interleavedOf(1, 5, kernels);
    const alone = htmlReport({ ...failedRun(), run: { ...half, trials: half.trials.filter(({ reference }) => reference === true) } });
    for (const without of [page, alone]) expect(without).not.toMatch(/#kernels"|id="kernels"/);
  });

  it('breaks a recovery into its parts', () => {
    const row = /<tr><th scope="row">tenant1<\/th><td>storage<\/td>(.*?)<svg/.exec(page)?.[1] ?? '';
    expect(row.replaceAll(/<[^>]*>/g, '|')).toMatch(/by itself\|+1\.4 s\|+4\.2 s\|+4\.2 s\|+30 s/);
  });

  it('has a table behind every picture', () => {
    for (const caption of [
      'Phases, engines, loads and faults',
      'Events of the kernels',
      'Probes without an answer',
      'Latency of each probe',
    ])
      expect(page).toContain(`<caption><span>${caption}`);
  });

  it('tells that a probe was silent to the end of the recovery', () => {
    expect(page).toMatch(/<th scope="row">tenant2<\/th><td>storage<\/td><td class="n">0:18.0<\/td><td class="n">1:15.0<\/td>/);
  });

  it('shows a run that was never judged, or that holds nothing', () => {
    const { records } = failedRun();
    expect(htmlReport({ run: { ...sampleRun([]), verdict: undefined }, records, consoleOf: () => undefined })).toContain(
      'this trial was never judged',
    );
    expect(htmlReport({ run: sampleRun([]), records: [], consoleOf: () => undefined })).toContain('no trial was begun');
    expect(htmlReport({ run: sampleRun([sampleTrial()]), records: [], consoleOf: () => undefined })).toContain('storage-cutoff.cut');
  });

  it('hides no waiver, no rate and no trial that another stands for', () => {
    const waiver = { title: 'WARNING in x', reason: 'bug <1234>', owner: 'ann', expires: '2026-03-31', expired: false, excused: 1 };
    const told = htmlReport(
      failedRun({
        trial: { waived: [{ machine: 'tenant1', title: 'WARNING in x', count: 3, waiver: 0 }], superseded: true },
        run: {
          waivers: [waiver, { ...waiver, title: 'WARNING in y', excused: 0 }],
          rates: [{ suite: 's', class: '1G', candidate: 'a kernel', of: 10, fails: 0, low: 0, high: 0.26 }],
        },
      }),
    );
    expect(told).toContain('waived: tenant1: 3 x WARNING in x: bug &lt;1234&gt; (ann, until 2026-03-31)');
    expect(told).toContain('with 1 waiver');
    expect(told).toContain('the waiver of &quot;WARNING in y&quot; by ann is unused');
    expect(told).toContain('s 1G a kernel: failed 0 of 10: below 26 %, at 95 %');
    expect(told).toContain('another trial stands in its place');
  });

  it('has pictures of load and of growth where these were tried', () => {
    const tried = htmlReport(failedRun({ trial: { curve: SAMPLE_CURVE }, run: { scaling: SAMPLE_SCALING } }));
    expect(tried.match(/<svg[^>]*class="picture"/g)?.length).toBe(2);
  });

  it('takes nothing that was read for markup, whatever it is', () => {
    const tags = tagsOf(htmlReport(hostile('plain')));
    const nasty = fc.oneof(
      // a blank title is an empty element, which is written otherwise
      fc.string({ unit: 'binary', minLength: 1 }).filter((text) => /[^\p{C}\p{Z}]/u.test(text)),
      fc.constantFrom(
        '</script><script>alert(1)</script>',
        '"><img src=x onerror=alert(1)>',
        "' onload='alert(1)",
        '<!--',
        ']]>',
        '</style>',
        '</title><b>',
        '\u202eevil',
        '$&',
        '&lt;b&gt;',
        '`',
      ),
    );
    fc.assert(
      fc.property(nasty, (text) => {
        expect(tagsOf(htmlReport(hostile(text)))).toEqual(tags);
      }),
      { numRuns: 25 },
    );
  });

  it('holds no control or format character but line feeds, whatever it was told', () => {
    expect(htmlReport(hostile('a\u0000b\u001b[31mc\u202ed\u2028e\ufeff'))).not.toMatch(/[^\P{C}\n\t]/u);
  });
});

describe('markup', () => {
  it('is text unless a template made it', () => {
    expect(html`<p>${'<b>'} ${html`<i>${'&'}</i>`} ${[1, '"']} ${undefined}</p>`.text).toBe('<p>&lt;b&gt; <i>&amp;</i> 1&quot; </p>');
  });

  it('leaves text alone that is none', () => {
    fc.assert(fc.property(fc.stringMatching(/^[\w .,:;/()-]*$/), (text) => escaped(text) === text));
  });

  it('carries data that comes back as it was, and ends no block', () => {
    fc.assert(
      fc.property(fc.jsonValue(), (value) => {
        const { text } = jsonBlock(value);
        expect(text).not.toMatch(/[<>&\u2028\u2029]/);
        expect(JSON.parse(text)).toEqual(JSON.parse(JSON.stringify(value)));
      }),
    );
  });
});

describe('the script of the page', () => {
  const client = join(import.meta.dirname, 'client');

  it('is one scope that compiles', () => {
    expect(() => new Script(bundle(client))).not.toThrow();
    expect(bundle(client)).not.toContain('</script');
  });

  it('is refused where a file imports in another way', () => {
    const dir = mkdtempSync(join(tmpdir(), 'sp-bundle-'));
    try {
      for (const name of ['decode.js', 'clock.js']) writeFileSync(join(dir, name), "import x from 'elsewhere';\n");
      expect(() => bundle(dir)).toThrow(/decode\.js: only named imports/);
    } finally {
      rmSync(dir, { recursive: true });
    }
  });
});

describe('the contents of a directory', () => {
  it('are read from there and from nowhere else', () => {
    const dir = mkdtempSync(join(tmpdir(), 'sp-contents-'));
    try {
      mkdirSync(join(dir, 'console'));
      writeFileSync(join(dir, 'console', 'a.head.log'), 'here');
      writeFileSync(join(dir, 'secret.head.log'), 'not here');
      const { consoleOf, damage } = contentsOf(dir, sampleRun([]), [], [`${join(dir, 'history.jsonl')}:3: not JSON`]);
      expect(Buffer.from(consoleOf('a', 'head') ?? '').toString()).toBe('here');
      expect([consoleOf('../secret', 'head'), consoleOf('b', 'head'), consoleOf('a', 'x/../head')]).toEqual([
        undefined,
        undefined,
        undefined,
      ]);
      expect(damage).toEqual(['history.jsonl:3: not JSON']);
    } finally {
      rmSync(dir, { recursive: true });
    }
  });
});

describe('words', () => {
  it.each([
    [0, '0:00'],
    [59.96, '1:00.0', 1],
    [3723.5, '1:02:03.5', 1],
    [86399.4, '23:59:59'],
  ])('the clock at %d is %s', (t, text, digits = 0) => expect(clock(t, digits)).toBe(text));

  it.each([
    [0, '0 s'],
    [4.25, '4.3 s'],
    [59.97, '1 min 00 s'],
    [303, '5 min 03 s'],
    [7500, '2 h 05 min'],
  ])('%d s are %s', (seconds, text) => expect(lasted(seconds)).toBe(text));

  it('the command has its seed and no directory that must be new', () => {
    expect(commandOf({ argv: ['run', 'a', '--out', '/x', '--append', "it's"], seed: 5 })).toBe(
      "./stormproof run a --append 'it'\\''s' --seed 5",
    );
    expect(commandOf({ argv: ['run', '--seed', '3', '--out=/x'], seed: 3 })).toBe('./stormproof run --seed 3');
  });
});

it('no file of the page says anything that its licence does not allow', () => {
  expect(page).toContain('https://github.com/leeoniya/uPlot');
  expect(readFileSync(join(import.meta.dirname, 'about.ts'), 'utf8')).toContain('MIT');
});
