import { stripVTControlCharacters } from 'node:util';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { Run, type TrialResult } from '../model.ts';
import { SAMPLE_SCALING } from '../scaling.sample.ts';
import { cells, clip, printable, wrap } from './cells.ts';
import { renderJunit } from './junit.ts';
import { renderMarkdown } from './markdown.ts';
import { renderTerminal } from './terminal.ts';

const trial = (change: Partial<TrialResult> = {}): TrialResult => ({
  name: 'storage-cutoff 128G #1',
  suite: 'storage-cutoff',
  class: '128G',
  seed: 7,
  candidate: 'deb:linux-image-cloud-amd64',
  verdict: 'pass',
  reasons: [],
  objectives: [{ name: 'no_crash', verdict: 'pass', measured: '0 events', threshold: 'no crash event', reason: '' }],
  recovery: [
    { machine: 'head', probe: 'network', seconds: 0.3, how: 'self' },
    { machine: 'head', probe: 'storage', seconds: 4.2, how: 'self' },
    { machine: 'tenant1', probe: 'storage', seconds: null, how: 'not recovered' },
  ],
  events: [],
  seconds: 74.2,
  ...change,
});

const failed = trial({
  name: 'ipv6-flood 128G #2',
  verdict: 'fail',
  reasons: ['no_crash: head: 2 x "kernel BUG at net/core/skbuff.c:110"', 'head: its detectors were never shown to work'],
  objectives: [
    {
      name: 'no_crash',
      verdict: 'fail',
      measured: '2 events',
      threshold: 'no crash event',
      reason: 'head: 2 x "kernel BUG at net/core/skbuff.c:110"',
    },
    { name: 'stall', verdict: 'unknown', measured: '', threshold: '<= 5 s', reason: 'head: its detectors were never shown to work' },
    { name: 'data', verdict: 'skip', measured: '', threshold: '', reason: 'no netem on this machine' },
  ],
  events: [{ machine: 'head', kind: 'bug', class: 'crash', title: 'kernel BUG at net/core/skbuff.c:110', t: 31.2, count: 2 }],
});

const run = (trials: TrialResult[], change: Partial<Run> = {}): Run =>
  Run.parse({
    schema: 1,
    id: 'x',
    name: 'nightly',
    argv: [],
    started: '2026-01-01T00:00:00Z',
    profile: 'quick',
    notes: [],
    seed: 7,
    target: 'lab',
    candidates: [],
    versions: {},
    host: {},
    verdict: 'fail',
    reasons: [],
    trials,
    ...change,
  });

const flow = {
  machine: 'head',
  engine: 'xdp-frames',
  offered_packets: 600_000,
  offeredShareOfLine: 0.041,
  taken_packets: 232_166,
  received_packets: 232_201,
  delivered_packets: 232_076,
  forwarded_packets: 0,
  lost: { link: 0, ring: 367_942, softnet: 12, socket: 0 },
  softirqShares: [0.07, 0.49],
};

describe('the way of a flood', () => {
  it('is told from what was offered to what was delivered, with where the rest was lost', () => {
    const text = renderTerminal(run([trial({ flow })]), { width: 160, colour: false });
    expect(text).toContain('flood     xdp-frames: 600000 offered (4.1 % of line rate), 232201 received, 232076 delivered');
    // less than a thousandth is left to the record
    expect(text).toContain('flood     lost: 367942 at the ring\n');
    expect(text).toContain('flood     softirq: cpu0 7 %, cpu1 49 %');
  });

  it('through a host says what was forwarded, and of one that lost nothing nothing of loss', () => {
    const through = { ...flow, forwarded_packets: 500_000, lost: { ring: 0 } };
    const text = renderTerminal(run([trial({ flow: through })]), { width: 160, colour: false });
    expect(text).toContain('232201 received, 500000 forwarded');
    expect(text).not.toContain('lost:');
  });
});

describe('repeated trials', () => {
  const rate = { suite: 'io-storm', case: 'randwrite-16', class: '1G', candidate: '6.1.0-56' };
  it.each([
    [{ fails: 0, of: 10, low: 0, high: 0.2589 }, 'io-storm/randwrite-16 1G 6.1.0-56: failed 0 of 10: below 26 %, at 95 %'],
    [{ fails: 2, of: 10, low: 0.0252, high: 0.5561 }, 'io-storm/randwrite-16 1G 6.1.0-56: failed 2 of 10: 2.5 % to 56 %, at 95 %'],
    [{ fails: 3, of: 3, low: 0.3684, high: 1 }, 'io-storm/randwrite-16 1G 6.1.0-56: failed 3 of 3: above 37 %, at 95 %'],
    [
      { fails: 3, of: 3, low: 0.3684, high: 1, reference: true, variant: 'rps' },
      'io-storm/randwrite-16 1G 6.1.0-56 (reference) rps: failed 3 of 3: above 37 %, at 95 %',
    ],
    [{ fails: 0, of: 0, low: null, high: null }, 'io-storm/randwrite-16 1G 6.1.0-56: none of its repetitions has a verdict'],
  ])('tell how often they failed, and what that is worth', (figures, said) => {
    const text = renderTerminal({ ...run([trial({})]), rates: [{ ...rate, ...figures }] }, { width: 120, colour: false });
    expect(text).toContain(`        rate      ${said}\n`);
  });
});

describe('sets of tweaks', () => {
  const tried = (variant: string, verdict: TrialResult['verdict'], change: Partial<TrialResult> = {}) =>
    trial({ name: `ipv6-flood.udp-66@${variant}`, suite: 'ipv6-flood', case: 'udp-66', variant, verdict, flow, ...change });
  const trials = [
    tried('untweaked', 'fail', { recovery: [{ machine: 'head', probe: 'network', seconds: 9, how: 'after reset' }] }),
    tried('rps', 'pass', { tweaks: ['rps=on'], recovery: [{ machine: 'head', probe: 'network', seconds: 4.2, how: 'self' }] }),
  ];

  it('stand in one table, the untweaked host first, with what survived', () => {
    const lines = renderTerminal(run(trials), { width: 100, colour: false }).split('\n');
    const at = lines.findIndex((line) => line.startsWith('tweaks on ipv6-flood/udp-66'));
    expect(lines.slice(at + 1, at + 4)).toEqual([
      expect.stringMatching(/^ +received +softirq +back$/),
      expect.stringMatching(/^untweaked +fail +39 % +49 % +after reset$/),
      expect.stringMatching(/^rps +pass +39 % +49 % +4\.2 s +rps=on$/),
    ]);
  });

  it('turn no build red, which the untweaked host alone does', () => {
    const xml = (each: TrialResult[]) => renderJunit(run(each));
    const broken = { objectives: failed.objectives, reasons: ['no_crash: it crashed'] };
    expect(xml([tried('untweaked', 'pass'), tried('rps', 'fail', broken), tried('ring', 'unknown')])).not.toMatch(/<(failure|error)/);
    expect(xml([tried('untweaked', 'pass'), tried('rps', 'fail', broken)])).toMatch(/<skipped[\s\S]*compared only, fail: /);
    const [again] = [tried('untweaked', 'unknown', broken)].map((trial) => ({ ...trial, superseded: true as const }));
    expect(xml([again as TrialResult])).toMatch(/<skipped[\s\S]*tried again, unknown: /);
    expect(xml([tried('untweaked', 'fail', broken)])).toMatch(/<failure/);
  });

  it('are no table where nothing is compared', () => {
    expect(renderTerminal(run([trial()]), { width: 100, colour: false })).not.toContain('tweaks on');
  });

  it.each([24, 40, 60, 80, 200])('fit into %d columns', (width) => {
    for (const line of renderTerminal(run(trials), { width, colour: false }).split('\n')) expect(cells(line)).toBeLessThanOrEqual(width);
  });
});

describe('an event that the storm brings with any kernel', () => {
  const hang = { machine: 'head', kind: 'hung_task', class: 'hang', title: 'INFO: task hung in x', t: 31.2 } as const;
  it.each([
    [{ ...hang, count: 1 }, 'INFO: task hung in x (hang, at 31.2 s)'],
    [{ ...hang, count: 1, expected: 1 }, 'INFO: task hung in x (hang, at 31.2 s, expected of this storm)'],
    [{ ...hang, count: 3, expected: 2 }, '3 x INFO: task hung in x (hang, at 31.2 s, 2 of them expected of this storm)'],
  ])('is told as such: %j', (told, text) => {
    const [terminal, markdown] = [run([trial({ verdict: 'fail', events: [told] })])].flatMap((each) => [
      renderTerminal(each, { width: 160, colour: false }),
      renderMarkdown(each),
    ]);
    expect(terminal).toContain(`head: ${text}\n`);
    expect(markdown?.includes('expected of this storm')).toBe('expected' in told);
  });
});

describe('the terminal summary', () => {
  it('reads well at 160 columns', () => {
    expect(renderTerminal(run([trial(), failed]), { width: 160, colour: false }).split('\n')).toEqual([
      'PASS    storage-cutoff 128G #1 deb:linux-image-cloud-amd64 74 s',
      '        recovery  head: network 0.3 s, storage 4.2 s',
      '        recovery  tenant1: storage not recovered',
      'FAIL    ipv6-flood 128G #2 deb:linux-image-cloud-amd64 74 s',
      '        recovery  head: network 0.3 s, storage 4.2 s',
      '        recovery  tenant1: storage not recovered',
      '        event     head: 2 x kernel BUG at net/core/skbuff.c:110 (crash, at 31.2 s)',
      '        why       no_crash: head: 2 x "kernel BUG at net/core/skbuff.c:110"',
      '        why       head: its detectors were never shown to work',
      '        unproven  stall',
      'FAIL    nightly: 2 trials (1 pass, 1 fail)',
      '',
    ]);
  });

  it('tells where the lab host was not the trial’s alone', () => {
    const text = renderTerminal(run([trial({ contention: { seconds: 20, others: 0.35 } })]), { width: 120, colour: false });
    expect(text).toContain("        busy      in 20 s others took 35 % of the lab host's processors, and left none idle\n");
    expect(renderTerminal(run([trial({})]), { width: 120, colour: false })).not.toContain('busy');
  });

  it('tells of time over memory between the trials and the verdict', () => {
    const lines = renderTerminal(run([trial()], { scaling: SAMPLE_SCALING }), { width: 100, colour: false }).split('\n');
    expect(lines.indexOf('time over memory')).toBe(3);
    expect(lines.at(-2)).toMatch(/^FAIL +nightly/);
  });

  it('wraps at 40 columns under its label', () => {
    expect(renderTerminal(run([failed]), { width: 40, colour: false })).toContain(
      '        why       no_crash: head: 2 x\n          "kernel BUG at\n          net/core/skbuff.c:110"\n',
    );
  });

  it('colours only when asked', () => {
    const plain = renderTerminal(run([trial(), failed]), { width: 80, colour: false });
    const coloured = renderTerminal(run([trial(), failed]), { width: 80, colour: true });
    expect(coloured).not.toBe(plain);
    expect(stripVTControlCharacters(coloured)).toBe(plain);
  });

  it('says what the run lacks beyond its trials, and that it was sabotaged', () => {
    const text = renderTerminal(
      run([trial()], { verdict: 'unknown', reasons: ['only 1 of 2 planned trials were begun'], sabotage: 'late-heal' }),
      {
        width: 100,
        colour: false,
      },
    );
    expect(text).toMatch(/UNKNOWN nightly: 1 trial \(1 pass\)\n.*sabotaged on purpose: late-heal\n.*why {7}only 1 of 2/);
  });

  it('gives no runner a command, wherever a line of a kernel is broken', () => {
    for (let before = 0; before < 40; before += 1) {
      const title = `${'x'.repeat(before)} ::stop-commands::a ${'y'.repeat(before)}::error::b ##[command]c`;
      const wild = trial({
        name: title,
        reasons: [title],
        events: [{ machine: 'head', kind: 'x', class: 'crash', title, t: 1, count: 1 }],
      });
      const text = renderTerminal(run([wild], { name: title, reasons: [title] }), { width: 40, colour: false });
      expect(text).not.toMatch(/^\s*::|##\[/m);
    }
  });

  it('never exceeds the width, whatever a kernel printed', () => {
    const text = fc.oneof(fc.string({ unit: 'binary', maxLength: 200 }), fc.string({ maxLength: 300 }));
    fc.assert(
      fc.property(text, text, fc.integer({ min: 40, max: 200 }), (title, reason, width) => {
        const wild = trial({
          verdict: 'unknown',
          reasons: [reason],
          events: [{ machine: 'head', kind: 'x', class: 'crash', title, t: 1, count: 1 }],
        });
        for (const line of renderTerminal(run([wild], { name: title }), { width, colour: false }).split('\n')) {
          expect(cells(line)).toBeLessThanOrEqual(width);
          expect(line).not.toMatch(/\p{Cc}/u);
        }
      }),
    );
  });
});

describe('what was waived', () => {
  const known = { title: 'WARNING in x', reason: 'fixed in 6.19', owner: 'ann', expires: '2026-12-31', expired: false };
  const waivers = [
    { ...known, excused: 3 },
    { ...known, title: 'WARNING in y', excused: 0 },
    { ...known, title: undefined, pattern: 'WARNING in z.*', expires: '2026-01-31', expired: true, excused: 0 },
  ];
  const many = Array.from({ length: 40 }, (_, at) => ({ machine: 'head', title: `WARNING in x${at}`, count: 1, waiver: 0 }));
  const waived = [{ machine: 'head', title: 'WARNING in x', count: 3, waiver: 0 }];
  const passed = run([trial({ waived }), trial({ name: 'other' })], { verdict: 'pass', waivers });

  it('stands in the summary beside the verdict, with those that are of no use', () => {
    expect(renderTerminal(passed, { width: 160, colour: false }).split('\n')).toEqual([
      'PASS    storage-cutoff 128G #1 deb:linux-image-cloud-amd64 74 s, with 1 waiver',
      '        recovery  head: network 0.3 s, storage 4.2 s',
      '        recovery  tenant1: storage not recovered',
      '        waived    head: 3 x WARNING in x: fixed in 6.19 (ann, until 2026-12-31)',
      'PASS    other deb:linux-image-cloud-amd64 74 s',
      '        recovery  head: network 0.3 s, storage 4.2 s',
      '        recovery  tenant1: storage not recovered',
      'PASS    nightly: 2 trials (2 pass), with 1 waiver',
      '        note      the waiver of "WARNING in y" by ann is unused: it excused nothing in this run',
      '        note      the waiver of /WARNING in z.*/ by ann expired on 2026-01-31: it excuses nothing',
      '',
    ]);
  });

  it('is told to the last of it, and how many waivers it took', () => {
    const text = renderTerminal(
      run([trial({ waived: [...many, { ...waived[0], title: 'z', waiver: 1 } as (typeof many)[number]] })], { waivers }),
      {
        width: 100,
        colour: false,
      },
    );
    expect(text.match(/waived {4}head: /g)).toHaveLength(41);
    expect(text.match(/, with 2 waivers/g)).toHaveLength(2);
  });

  it('is neither red nor green in JUnit, and is there', () => {
    const xml = renderJunit(passed);
    expect(wellFormed(xml)).toBe(true);
    expect(xml).toContain('tests="5" failures="0" errors="0"');
    expect(xml).toMatch(/name="waived: head: 3 x WARNING in x: fixed in 6\.19 \(ann, until 2026-12-31\)"[^>]*>\s*<skipped\/>/);
    expect(xml).toMatch(/name="the waiver of &quot;WARNING in y&quot; by ann is unused[^>]*>\s*<skipped\/>/);
  });

  it('is not told of a run that was not judged yet, or had no waivers', () => {
    expect(renderTerminal(run([], { verdict: undefined, waivers }), { width: 100, colour: false })).not.toContain('waiver');
    expect(renderTerminal(run([trial()]), { width: 100, colour: false })).not.toContain('waive');
    expect(renderJunit(run([trial()]))).not.toContain('waive');
  });
});

describe('text in cells', () => {
  it('knows wide characters and marks', () => {
    expect([cells('abc'), cells('漢字'), cells('e\u0301')]).toEqual([3, 4, 1]);
    expect([clip('kernel', 4), clip('kernel', 6), clip('漢字', 3), clip('x', 0)]).toEqual(['ker…', 'kernel', '漢…', '']);
    expect(wrap('a longword b', 4)).toEqual(['a', 'long', 'word', 'b']);
    expect(printable('a\u001b[31mb\r\nc')).toBe('a?[31mb c');
  });
});

/** Enough of XML's rules to notice a broken document: tags balance, text holds no bare `<`, `&` or forbidden character. */
function wellFormed(xml: string): boolean {
  if (/[^\t\n\r\u{20}-\u{d7ff}\u{e000}-\u{fffd}\u{10000}-\u{10ffff}]/u.test(xml)) return false;
  const open: string[] = [];
  const token = /<\?xml[^>]*\?>|<!\[CDATA\[[\s\S]*?\]\]>|<\/([\w-]+)>|<([\w-]+)((?:\s+[\w-]+="[^"<]*")*)\s*(\/?)>|([^<]+)/uy;
  for (let at = 0; at < xml.length; at = token.lastIndex) {
    token.lastIndex = at;
    const found = token.exec(xml);
    if (found === null) return false;
    const [whole, closing, opening, attributes = '', empty] = found;
    if (!whole.startsWith('<![CDATA[') && /&(?!(?:amp|lt|gt|quot|apos|#\w+);)/.test(attributes + (found[5] ?? ''))) return false;
    if (closing !== undefined && open.pop() !== closing) return false;
    if (opening !== undefined && empty === '') open.push(opening);
  }
  return open.length === 0;
}

describe('the JUnit report', () => {
  it('has a failure, an error and a skip', () => {
    const xml = renderJunit(run([trial(), failed]));
    expect(wellFormed(xml)).toBe(true);
    expect(xml).toContain('<testsuites name="stormproof nightly" tests="4" failures="1" errors="1">');
    expect(xml).toContain('<failure message="head: 2 x &quot;kernel BUG at net/core/skbuff.c:110&quot;" type="fail"/>');
    expect(xml).toContain('<error message="head: its detectors were never shown to work" type="unknown"/>');
    expect(xml).toMatch(/<skipped\/>\s*<system-out><!\[CDATA\[skipped: no netem on this machine\]\]>/);
  });

  it('is not green when the trial failed without an objective, or a trial is missing', () => {
    expect(renderJunit(run([trial({ verdict: 'fail', reasons: ['the candidate failed in boot: no init'] })]))).toContain('failures="1"');
    expect(renderJunit(run([trial()], { verdict: 'unknown', reasons: ['only 1 of 2 planned trials were begun'] }))).toContain('errors="1"');
    expect(renderJunit(run([], { verdict: 'unknown' }))).toContain('errors="1"');
  });

  it('stays well-formed whatever a kernel printed', () => {
    const text = fc.oneof(
      fc.string({ unit: 'binary', maxLength: 60 }),
      fc.constantFrom(']]>', '<a b="&">', '\u0000\u001b[0m', '\ud800', '\ufffe'),
    );
    fc.assert(
      fc.property(text, text, fc.constantFrom('fail', 'unknown', 'skip', 'pass'), (name, reason, verdict) => {
        const objectives = [{ name, verdict, measured: reason, threshold: reason, reason }] as TrialResult['objectives'];
        expect(wellFormed(renderJunit(run([trial({ name, candidate: reason, objectives })], { name })))).toBe(true);
      }),
    );
  });

  it('is checked by something that can say no', () => {
    for (const broken of ['<a>', '<a></b>', '<a b="<"/>', '<a>&</a>', '<a>\u0001</a>']) expect(wellFormed(broken)).toBe(false);
  });
});
