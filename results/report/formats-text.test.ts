/** What each format says of one small run, word for word. */
import { describe, expect, it } from 'vitest';
import { NEW, OLD } from '../compare/comparisons.testing.ts';
import { interleavedOf } from '../compare/nights.testing.ts';
import type { CandidateRecord, HistoryRecord, Run, TrialResult } from '../model.ts';
import { renderGithub } from './github.ts';
import { type KcidbTest, renderKcidb } from './kcidb.ts';
import { renderKtap } from './ktap.ts';
import { renderMarkdown } from './markdown.ts';
import { renderOpenMetrics } from './openmetrics.ts';
import { renderTap } from './tap.ts';

const trial = (name: string, verdict: TrialResult['verdict'], change: Partial<TrialResult> = {}): TrialResult => ({
  name,
  suite: name.split('.')[0] ?? '',
  class: '1G',
  seed: 7,
  candidate: '6.1.0-56-cloud-amd64',
  verdict,
  reasons: [],
  objectives: [],
  recovery: [],
  events: [],
  seconds: 45.25,
  ...change,
});

const said = (name: string, verdict: TrialResult['verdict'], measured: string, reason = ''): TrialResult['objectives'][number] => ({
  name,
  verdict,
  measured,
  threshold: '<= 5 s',
  reason,
});

const RUN: Run = {
  schema: 1,
  id: '20260102-030405z-ab12',
  name: 'nightly',
  argv: ['certify'],
  started: '2026-01-02T03:04:05.000Z',
  finished: '2026-01-02T03:06:05.500Z',
  profile: 'nightly',
  notes: [],
  seed: 7,
  target: 'lab',
  candidates: [
    {
      asked: 'running',
      release: '6.1.0-56-cloud-amd64',
      version: '6.1.0-56 #1 SMP',
      files: [{ role: 'image', name: 'vmlinuz', sha256: 'e7d0', bytes: 14_186_432 }],
    },
  ],
  versions: { stormproof: '0.1.0' },
  host: { cpus: 2 },
  verdict: 'fail',
  reasons: ['ipv6-flood.udp-66: stall: head: stood still, 100 %', 'only 3 of 4 planned trials were begun'],
  trials: [
    trial('ipv6-flood.udp-66', 'fail', {
      case: 'udp-66/route',
      reasons: ['stall: head: stood still, 100 %'],
      objectives: [
        said('no_crash', 'pass', '0 events'),
        said('stall', 'fail', '9 s', 'head: stood still, 100 %'),
        said('recovery', 'unknown', 'head ?', 'head: no steady baseline'),
        said('data', 'unknown', '', 'nothing was read back'),
        said('latency', 'skip', '', 'no netem here'),
      ],
      recovery: [{ machine: 'head', probe: 'storage', seconds: 4.2, how: 'self' }],
      events: [{ machine: 'head', kind: 'bug', class: 'crash', title: 'kernel BUG at net/core/skbuff.c:110', t: 31.2, count: 2 }],
      measures: [{ machine: 'head', name: 'boot', seconds: 7.9 }],
    }),
    trial('ipv6-flood.udp-66@rps', 'fail', {
      variant: 'rps',
      reasons: ['stall: so be it'],
      objectives: [said('stall', 'fail', '8 s', 'so be it')],
    }),
    trial('io-storm', 'pass', { objectives: [said('no_crash', 'pass', '0 events')] }),
  ],
};

it('KTAP', () => {
  expect(renderKtap(RUN)).toBe(`KTAP version 1
1..4
  KTAP version 1
  1..5
  # no_crash: measured 0 events, asked <= 5 s
  ok 1 no_crash
  # stall: head: stood still, 100 %
  # stall: measured 9 s, asked <= 5 s
  not ok 2 stall
  # recovery: measured head ?, asked <= 5 s
  not ok 3 recovery # ERROR head: no steady baseline
  # data: measured nothing, asked <= 5 s
  not ok 4 data # ERROR nothing was read back
  ok 5 latency # SKIP no netem here
not ok 1 ipv6-flood.udp-66
  KTAP version 1
  1..1
  ok 1 stall # SKIP compared only, fail: so be it
ok 2 ipv6-flood.udp-66@rps # SKIP compared only, fail: stall: so be it
  KTAP version 1
  1..1
  # no_crash: measured 0 events, asked <= 5 s
  ok 1 no_crash
ok 3 io-storm
  KTAP version 1
  1..1
  not ok 1 verdict # ERROR only 3 of 4 planned trials were begun
not ok 4 run # ERROR only 3 of 4 planned trials were begun
`);
});

it('TAP', () => {
  const lines = renderTap(RUN).split('\n');
  expect(lines.slice(0, 15)).toEqual([
    'TAP version 14',
    '1..4',
    '# Subtest: ipv6-flood.udp-66',
    '    1..5',
    '    ok 1 - no_crash',
    '      ---',
    '      verdict: "pass"',
    '      measured: "0 events"',
    '      threshold: "<= 5 s"',
    '      ...',
    '    not ok 2 - stall',
    '      ---',
    '      verdict: "fail"',
    '      measured: "9 s"',
    '      threshold: "<= 5 s"',
  ]);
  expect(lines).toContain('ok 2 - ipv6-flood.udp-66@rps # SKIP compared only, fail: stall: so be it');
});

it('GitHub annotations', () => {
  expect(renderGithub(RUN)).toBe(
    '::error title=stormproof FAIL%3A nightly::3 trials (1 pass, 2 fail)%0Aonly 3 of 4 planned trials were begun\n' +
      '::error title=stormproof FAIL%3A ipv6-flood.udp-66 6.1.0-56-cloud-amd64::stall: head: stood still, 100 %25\n',
  );
});

it('GitHub annotations of more trials than GitHub shows', () => {
  const trials = Array.from({ length: 12 }, (_, index) => trial(`soak.${index}`, 'unknown', { reasons: ['no'] }));
  const lines = renderGithub({ ...RUN, trials, verdict: 'unknown' })
    .trimEnd()
    .split('\n');
  expect(lines.length).toBe(10);
  expect(lines[0]).toContain('%0Anot shown: soak.9, soak.10, soak.11');
});

describe('KCIDB', () => {
  const records = [{ t: 12.5, trial: 'ipv6-flood.udp-66', k: 'phase', phase: 'boot', state: 'begin' }] as HistoryRecord[];
  const { tests } = JSON.parse(renderKcidb(RUN, records)) as { tests: KcidbTest[] };

  it('has its own words for each verdict', () => {
    expect(tests.map(({ path, status }) => [path, status])).toEqual([
      ['stormproof.ipv6-flood.udp-66.route', 'FAIL'],
      ['stormproof.ipv6-flood.udp-66.route.no_crash', 'PASS'],
      ['stormproof.ipv6-flood.udp-66.route.stall', 'FAIL'],
      ['stormproof.ipv6-flood.udp-66.route.recovery', 'ERROR'],
      ['stormproof.ipv6-flood.udp-66.route.data', 'MISS'],
      ['stormproof.ipv6-flood.udp-66.route.latency', 'SKIP'],
      ['stormproof.ipv6-flood.udp-66.route.recovery.head.storage', 'DONE'],
      ['stormproof.ipv6-flood.udp-66.route.measure.head.boot', 'DONE'],
      ['stormproof.ipv6-flood', 'DONE'],
      ['stormproof.ipv6-flood.stall', 'DONE'],
      ['stormproof.io-storm', 'PASS'],
      ['stormproof.io-storm.no_crash', 'PASS'],
      ['stormproof.run', 'MISS'],
      ['stormproof.run.verdict', 'MISS'],
    ]);
  });

  it('says when, for how long, of which run, and what the kernel said', () => {
    expect(tests[0]).toMatchObject({
      id: 'stormproof:20260102-030405z-ab12/ipv6-flood.udp-66',
      start_time: '2026-01-02T03:04:17.500Z',
      duration: 45.25,
      log_excerpt: 'stall: head: stood still, 100 %\nhead: kernel BUG at net/core/skbuff.c:110',
    });
    expect(tests[7]).toMatchObject({ number: { value: 7.9, unit: 's' } });
  });

  it('lays nothing at another build of the same release, and what is of no known kernel at none', () => {
    const [a] = RUN.candidates as [CandidateRecord];
    const b = { ...a, asked: 'tree:b', files: [{ role: 'image', name: 'bzImage', sha256: 'b0b0', bytes: 1 }] };
    const run = {
      ...RUN,
      candidates: [a, b],
      trials: [
        trial('io-storm@k1-6.1.0-56-cloud-amd64', 'pass'),
        trial('io-storm@k2-6.1.0-56-cloud-amd64', 'fail'),
        trial('io-storm@k3-6.1.0-56-cloud-amd64', 'pass'),
      ],
    };
    const report = JSON.parse(renderKcidb(run, [])) as { builds: { id: string; misc?: { asked: string } }[]; tests: KcidbTest[] };
    const asked = new Map(report.builds.map(({ id, misc }) => [id, misc?.asked]));
    const built = (name: string) => asked.get(report.tests.find(({ id }) => id === `stormproof:${RUN.id}/${name}`)?.build_id ?? '');
    expect(run.trials.map(({ name }) => built(name))).toEqual(['running', 'tree:b', undefined]);
    expect(built('run')).toBeUndefined();
    expect(asked.size).toBe(3);
  });
});

it('OpenMetrics', () => {
  const lines = renderOpenMetrics(RUN).split('\n');
  for (const line of [
    'stormproof_run_info{run="nightly",id="20260102-030405z-ab12",profile="nightly",seed="7",target="lab",version="0.1.0"} 1',
    'stormproof_run_verdict{run="nightly",stormproof_run_verdict="fail"} 1',
    'stormproof_run_start_timestamp_seconds{run="nightly"} 1767323045',
    'stormproof_run_duration_seconds{run="nightly"} 120.5',
    '# UNIT stormproof_recovery_seconds seconds',
    'stormproof_recovery_seconds{run="nightly",trial="ipv6-flood.udp-66",suite="ipv6-flood",class="1G",candidate="6.1.0-56-cloud-amd64",role="candidate",machine="head",probe="storage",how="self"} 4.2',
    '# TYPE stormproof_run_info gauge',
    'stormproof_run_trials{run="nightly",role="candidate",verdict="fail"} 1',
    'stormproof_run_trials{run="nightly",role="variant",verdict="fail"} 1',
  ])
    expect(lines).toContain(line);
  expect(lines.slice(-2)).toEqual(['# EOF', '']);
});

it('OpenMetrics of trials that the verdict does not rest on', () => {
  const trials = [
    trial('soak', 'unknown', { superseded: true }),
    trial('soak@again1', 'pass', { variant: 'untweaked' }),
    trial('soak@k2', 'fail', { reference: true }),
    trial('soak@rps', 'fail', { variant: 'rps' }),
  ];
  const rate = { suite: 'soak', class: '1G', candidate: '6.1', of: 2, fails: 1, low: 0, high: 1 };
  const text = renderOpenMetrics({ ...RUN, trials, rates: [rate, { ...rate, reference: true }] });
  const told = [...text.matchAll(/^stormproof_trial_verdict\{.*role="(\w+)".*stormproof_trial_verdict="(\w+)"\} 1$/gm)];
  expect(told.map(([, ...said]) => said.join(' '))).toEqual(['superseded unknown', 'candidate pass', 'reference fail', 'variant fail']);
  expect(text).toContain('stormproof_run_trials{run="nightly",role="candidate",verdict="fail"} 0\n');
  for (const role of ['candidate', 'reference']) expect(text).toContain(`candidate="6.1",role="${role}",variant="",count="failed"} 1\n`);
});

it('Markdown of two kernels that are compared', () => {
  const text = renderMarkdown(interleavedOf(10, 5, [{ ...NEW, slower: { 'storage-cutoff/cut': 3 } }, OLD]));
  const [, table = ''] = /which no verdict rests on:\n\n([\s\S]*?)\n\n/.exec(text) ?? [];
  expect(table.split('\n')).toEqual([
    '|  | what |',
    '| --- | --- |',
    '| A | `6.1.0-56-cloud-amd64, 1 run, 50 trials` |',
    '| B | `6.12.117+deb12-cloud-amd64, 1 run, 50 trials` |',
    '| WORSE | `recovery of storage, tenant, in storage-cutoff/cut 1G` |',
    expect.stringMatching(/^\| {2}\| `median .* s -> .* s, \+\d+ % .*; 10 pairs, p .*, corrected` \|$/),
    expect.stringMatching(/^\| SAME \| `\d+ comparisons found no difference` \|$/),
    expect.stringMatching(/^\| FAIL \| `compare: 1 worse; of /),
  ]);
});

it('Markdown of two kernels that differ in more than it has room for keeps the verdict', () => {
  const events = Object.fromEntries(
    Array.from({ length: 120 }, (_, at) => [`WARNING in new_${at}`, { in: 'storage-cutoff/cut', share: 1 }]),
  );
  const text = renderMarkdown(interleavedOf(10, 5, [{ ...NEW, events }, OLD]));
  expect(text).toMatch(/\n\| FAIL \| `compare: 120 worse; [^\n]*\n\nand 1\d\d more, which `stormproof compare` tells\n/);
  expect(text.split('\n').filter((line) => line.startsWith('| WORSE |')).length).toBeGreaterThan(40);
  expect(text.length).toBeLessThan(65_536);
});

it('Markdown', () => {
  expect(renderMarkdown(RUN)).toBe(`## stormproof: FAIL

\`nightly\`, 3 trials (2 fail, 1 pass), seed 7, profile \`nightly\`

- \`only 3 of 4 planned trials were begun\`

| verdict | trial | kernel | class | took | why |
| --- | --- | --- | --- | --- | --- |
| **fail** | \`ipv6-flood.udp-66\` | \`6.1.0-56-cloud-amd64\` | \`1G\` | 45 s | \`stall: head: stood still, 100 %\` |
| **fail** | \`ipv6-flood.udp-66@rps\` | \`6.1.0-56-cloud-amd64\` | \`1G\` | 45 s | \`stall: so be it\` |
| pass | \`io-storm\` | \`6.1.0-56-cloud-amd64\` | \`1G\` | 45 s |  |

<details open>
<summary>FAIL <code>ipv6-flood.udp-66</code></summary>

|  | objective | measured | asked | why |
| --- | --- | --- | --- | --- |
| **fail** | \`stall\` | \`9 s\` | \`<= 5 s\` | \`head: stood still, 100 %\` |
| **unknown** | \`recovery\` | \`head ?\` | \`<= 5 s\` | \`head: no steady baseline\` |
| **unknown** | \`data\` |  | \`<= 5 s\` | \`nothing was read back\` |
| **skip** | \`latency\` |  | \`<= 5 s\` | \`no netem here\` |

| machine | times | class | at | event |
| --- | --- | --- | --- | --- |
| \`head\` | 2 | \`crash\` | 31.2 s | \`kernel BUG at net/core/skbuff.c:110\` |

- recovery \`head: storage 4.2 s\`

</details>

<details open>
<summary>FAIL <code>ipv6-flood.udp-66@rps</code></summary>

|  | objective | measured | asked | why |
| --- | --- | --- | --- | --- |
| **fail** | \`stall\` | \`8 s\` | \`<= 5 s\` | \`compared only, fail: so be it\` |

</details>

Run \`20260102-030405z-ab12\`, stormproof \`0.1.0\`, \`6.1.0-56-cloud-amd64\` image sha256 \`e7d0\`
`);
});
