import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { type Gated, gate } from '../results/certificate/gate.ts';
import { readSigner, readTrusted, type Signer, type TrustedKey, writeKeys } from '../results/certificate/keys.ts';
import { ARM_CHECKS, HistoryRecord, PHASES, type Run } from '../results/model.ts';
import { CLASSES } from '../suites/classes.ts';
import { PROFILES } from '../suites/profiles.ts';
import { type Ended, writeCertificates } from './certificates.ts';
import { judge, LEFT_BEHIND, PLANNED_TRIALS } from './judge.ts';
import { planTrials } from './plan.ts';

const profile = PROFILES.quick;
const RELEASES = ['6.1.0', '6.12.0~rc1'] as const;
const small = { ...CLASSES['1G'], name: 'small', suites: ['soak'] };
const large = { ...CLASSES['1G'], name: 'large', suites: ['soak', 'ipv6-flood/mixed'] };
const sizes = [small, large].map((size) => ({ size, profile, suites: ['soak'] }));
const ENDED = '2026-01-02T05:00:00.000Z';

let base: string;
let dir: string;
let signer: Signer;
let trusted: TrustedKey[];
beforeEach(() => {
  base = mkdtempSync(join(tmpdir(), 'certificates-'));
  dir = join(base, 'run');
  mkdirSync(join(dir, 'console'), { recursive: true });
  for (const name of ['run.json', 'history.jsonl', 'console/head.log']) writeFileSync(join(dir, name), `${name}\n`);
  writeKeys(join(base, 'a.key'));
  signer = readSigner(join(base, 'a.key'));
  trusted = [readTrusted(join(base, 'a.key.pub'))];
});
afterEach(() => rmSync(base, { recursive: true }));

/** A trial that passes: nothing happened, and everything was watched. */
function sound(
  trial: string,
  about: { candidate: string; class: string; variant?: string; retryOf?: string; reference?: true; repeat?: number },
): HistoryRecord[] {
  const phase = (each: string, t: number, state: string) => ({ t, trial, k: 'phase', phase: each, state });
  return [
    {
      t: 0,
      trial,
      k: 'trial',
      suite: 'soak',
      seed: 7,
      machines: [{ name: 'head', seat: 'head', probes: [] }],
      objectives: [{ kind: 'no_event', name: 'no_crash', classes: ['crash'] }],
      tolerance: { floor_ms: 10, hold_s: 3, limit_s: 30 },
      hungTaskTimeout_s: 10,
      ...about,
    },
    ...PHASES.flatMap((each, index) => [phase(each, index * 30, 'begin'), phase(each, index * 30 + 30, 'end')]),
    ...ARM_CHECKS.map((check) => ({ t: 61, trial, k: 'armed', machine: 'head', check, ok: true, detail: '' })),
  ].map((record) => HistoryRecord.parse(record));
}

const fact = (name: string, value: string): HistoryRecord => ({ t: 0, trial: '', k: 'fact', name, value });
const failure = (trial: string, fault: 'candidate' | 'infrastructure' = 'candidate'): HistoryRecord => ({
  t: 70,
  trial,
  k: 'failure',
  // before any kernel ran: of what comes later nobody can tell whose it was
  phase: fault === 'infrastructure' ? 'provision' : 'storm',
  fault,
  message: 'it died',
});

function ended(
  records: readonly HistoryRecord[],
  of: Partial<Ended> & { releases?: readonly string[]; variants?: readonly string[] } = {},
): Ended {
  const { releases = RELEASES, variants, ...rest } = of;
  const all = rest.sizes ?? sizes;
  const planned = planTrials({
    kernels: releases,
    classes: all.map(({ size, suites }) => ({ name: size.name, suites })),
    seeds: [7],
    ...(variants === undefined ? {} : { variants }),
  });
  const run: Run = {
    schema: 1,
    id: '20260102-030405z-ab12',
    name: 'certify',
    argv: ['certify'],
    started: '2026-01-02T03:04:05.678Z',
    finished: ENDED,
    profile: 'quick',
    notes: [],
    seed: 7,
    target: 'lab',
    scope: { kind: 'lab', emulated: ['all of it'] },
    candidates: releases.map((release, index) => ({
      asked: `tree:${release}`,
      release,
      version: `${release} #1`,
      files: [{ role: 'image', name: 'vmlinuz', sha256: String(index + 1).repeat(64), bytes: 9 }],
    })),
    versions: {},
    host: {},
    ...judge(records),
    scaling: undefined,
  };
  return { dir, run, records, damage: [], planned, sizes: all, parameters: ['quiet'], against: false, ...rest };
}

const held = (file: string, now = ENDED): Promise<Gated> =>
  gate(readFileSync(join(dir, file)), dir, { trusted, kernels: [] }, new Date(now));
const told = async (file: string, now?: string): Promise<string[]> =>
  (await held(file, now)).refusals.map(({ check, why }) => `${check}: ${why}`);

describe('the certificates of a run', () => {
  it('of one kernel on one class is one, and holds', async () => {
    const records = [fact(PLANNED_TRIALS, '1'), ...sound('soak', { candidate: '6.1.0', class: 'small' })];
    expect(await writeCertificates(ended(records, { releases: ['6.1.0'], sizes: sizes.slice(0, 1) }), signer)).toEqual([
      'certificate.json',
    ]);
    const { refusals, signed } = await held('certificate.json');
    expect(refusals).toEqual([]);
    expect(signed?.statement).toMatchObject({
      subject: [{ name: 'vmlinuz-6.1.0', digest: { sha256: '1'.repeat(64) } }],
      predicate: {
        verdict: 'pass',
        run: { id: '20260102-030405z-ab12', finished: ENDED },
        parameters: ['quiet'],
        class: { name: 'small', suites: ['soak'], untried: [] },
        scope: { kind: 'lab' },
        trials: [{ name: 'soak', objectives: [{ name: 'no_crash', measured: '0 events' }] }],
        evidence: [{ path: 'console/head.log' }, { path: 'history.jsonl' }, { path: 'run.json' }],
        certificates: ['certificate.json'],
      },
    });
    expect(readdirSync(dir).sort()).toEqual(['certificate.json', 'console', 'history.jsonl', 'run.json']);
  });

  it('of several are one each, with a verdict of their own, and keep each other company', async () => {
    const names = [
      'soak@k1-6.1.0@small',
      'soak@k1-6.1.0@large',
      'soak@k2-6.12.0_rc1@small', // as in the names of trials, a tilde is none for a file
      'soak@k2-6.12.0_rc1@large',
    ] as const;
    const records = [
      fact(PLANNED_TRIALS, '4'),
      ...sound(names[0], { candidate: '6.1.0', class: 'small' }),
      ...sound(names[1], { candidate: '6.1.0', class: 'large' }),
      ...sound(names[2], { candidate: '6.12.0~rc1', class: 'small' }),
      failure(names[2]),
      // and the last of them was not begun
    ];
    const files = names.map((name) => `${name.replace('soak', 'certificate')}.json`);
    expect(await writeCertificates(ended(records), signer)).toEqual(files);
    expect(await Promise.all(files.map((file) => told(file)))).toEqual([
      [],
      ['class: the class "large" asks for ipv6-flood/mixed too, and that was not tried'],
      [expect.stringMatching(/^verdict: it says fail: .*it died$/)],
      [expect.stringMatching(/^class: /), 'verdict: it says unknown: the history holds no trial'],
    ]);
  });

  it.each<[string, HistoryRecord[], readonly string[], string]>([
    ['what was left behind', [fact(LEFT_BEHIND, 'qemu')], [], 'something of the run is left on this machine'],
    ['a hole in the history', [], ['line 7'], 'the record is damaged: line 7'],
  ])('hold %s against each', async (_what, more, damage, words) => {
    const records = [fact(PLANNED_TRIALS, '1'), ...more, ...sound('soak', { candidate: '6.1.0', class: 'small' })];
    await writeCertificates(ended(records, { releases: ['6.1.0'], sizes: sizes.slice(0, 1), damage }), signer);
    expect(await told('certificate.json')).toEqual([expect.stringContaining(`verdict: it says unknown: ${words}`)]);
  });

  it('rest on the kernel as it is, where sets of tweaks are compared', async () => {
    const records = [
      fact(PLANNED_TRIALS, '2'),
      ...sound('soak@untweaked', { candidate: '6.1.0', class: 'small', variant: 'untweaked' }),
      ...sound('soak@wild', { candidate: '6.1.0', class: 'small', variant: 'wild' }),
      failure('soak@wild'),
    ];
    await writeCertificates(ended(records, { releases: ['6.1.0'], sizes: sizes.slice(0, 1), variants: ['untweaked', 'wild'] }), signer);
    const { refusals, signed } = await held('certificate.json');
    expect([refusals, signed?.statement.predicate.trials.map(({ name }) => name)]).toEqual([[], ['soak@untweaked']]);
  });

  it('rest on what was tried in the place of what our own side broke, however often that was', async () => {
    const again = { candidate: '6.1.0', class: 'small' };
    const records = [
      fact(PLANNED_TRIALS, '1'),
      ...sound('soak', again),
      failure('soak', 'infrastructure'),
      ...sound('soak@again1', { ...again, retryOf: 'soak' }),
      failure('soak@again1', 'infrastructure'),
      ...sound('soak@again2', { ...again, retryOf: 'soak@again1' }),
    ];
    await writeCertificates(ended(records, { releases: ['6.1.0'], sizes: sizes.slice(0, 1) }), signer);
    const { refusals, signed } = await held('certificate.json');
    expect([refusals, signed?.statement.predicate.trials.map(({ name, retryOf }) => [name, retryOf])]).toEqual([
      [],
      [['soak@again2', 'soak@again1']],
    ]);
    await writeCertificates(ended(records.slice(0, -sound('', again).length), { releases: ['6.1.0'], sizes: sizes.slice(0, 1) }), signer);
    expect(await told('certificate.json')).toEqual([expect.stringMatching(/^verdict: it says unknown: .*it died$/)]);
  });

  it('are none of a kernel that others are compared with', async () => {
    const [first, second] = ['soak@k1-6.1.0', 'soak@k2-6.12.0_rc1'] as const;
    const records = [
      fact(PLANNED_TRIALS, '2'),
      ...sound(first, { candidate: '6.1.0', class: 'small' }),
      ...sound(second, { candidate: '6.12.0~rc1', class: 'small', reference: true }),
      failure(second),
    ];
    const file = 'certificate@k1-6.1.0.json';
    expect(await writeCertificates(ended(records, { sizes: sizes.slice(0, 1), against: true }), signer)).toEqual([file]);
    expect(await told(file)).toEqual([]);
  });

  it('rest on the waivers that the run began with, and no longer than these hold', async () => {
    const title = 'WARNING in x';
    const waiver = { title, reason: 'fixed in 6.1.1', owner: 'ann', expires: '2026-01-31', began: '2026-01-02T03:04:05.678Z' };
    const report = { id: 1, kind: 'warning', class: 'crash', severity: 'error', title, line: 1, endLine: 1, byteOffset: 0, report: [] };
    const records = [
      HistoryRecord.parse({ t: 0, trial: '', k: 'waiver', ...waiver }),
      fact(PLANNED_TRIALS, '1'),
      ...sound('soak', { candidate: '6.1.0', class: 'small' }),
      HistoryRecord.parse({ t: 130, trial: 'soak', k: 'event', machine: 'head', event: report }),
    ];
    await writeCertificates(ended(records, { releases: ['6.1.0'], sizes: sizes.slice(0, 1) }), signer);
    expect(await told('certificate.json')).toEqual([]);
    expect((await held('certificate.json')).signed?.statement.predicate).toMatchObject({
      waivers: [{ title, excused: 1 }],
      trials: [{ waived: [{ title }] }],
    });
    expect(await told('certificate.json', '2026-01-31T23:59:59.999Z')).toEqual([]);
    expect(await told('certificate.json', '2026-02-01T00:00:00.000Z')).toEqual([
      'waiver: the waiver of WARNING in x by ann, which it rests on, expired on 2026-01-31',
    ]);
  });
});
