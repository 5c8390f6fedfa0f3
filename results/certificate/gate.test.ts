import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { DIGESTS, ENDED, RELEASE, signedRun } from './certificate.sample.ts';
import { PAYLOAD_TYPE, pae } from './envelope.ts';
import { type Demands, gate, inWords } from './gate.ts';
import type { Statement } from './statement.ts';

const run = await signedRun();
afterAll(() => run[Symbol.dispose]());
const { statement, certify, trusted, signer } = run;
const HOUR_S = 3600;
const later = (seconds: number): Date => new Date(ENDED.getTime() + seconds * 1000);

/** `check: why`, of each refusal. */
const refusals = async (certificate: Uint8Array, demands: Partial<Demands> = {}, now = later(HOUR_S)): Promise<string[]> =>
  (await gate(certificate, run.dir, { trusted, kernels: [], ...demands }, now)).refusals.map(({ check, why }) => `${check}: ${why}`);

type Path = readonly (string | number)[];
type Tree = Record<string | number, unknown>;

/** The paths of all that is no object and no list. */
function leaves(value: unknown, path: Path = []): Path[] {
  if (typeof value !== 'object' || value === null) return [path];
  return Object.entries(value).flatMap(([key, item]) => leaves(item, [...path, key]));
}

/** A copy in which something else stands at a place; undefined leaves it out. */
function changed<T>(value: T, path: Path, to: unknown): T {
  const copy = structuredClone(value);
  const last = path.at(-1) as string;
  const parent = path.slice(0, -1).reduce<Tree>((at, key) => at[key] as Tree, copy as Tree);
  if (to === undefined) delete parent[last];
  else parent[last] = to;
  return copy;
}

const at = (value: unknown, path: Path): unknown => path.reduce<unknown>((each, key) => (each as Tree)[key], value);
const other = (value: unknown): unknown => (typeof value === 'number' ? value + 1 : `${value}x`);
const predicate = (path: Path, to: unknown): Buffer => certify(changed(statement, ['predicate', ...path], to));

describe('a certificate that holds', () => {
  it('is let through, with what was signed and by whom', async () => {
    const demands: Demands = {
      trusted,
      kernels: [
        { asked: RELEASE, release: RELEASE },
        ...Object.values([DIGESTS.image, DIGESTS.modules, DIGESTS.package]).map((sha256) => ({ asked: 'x', sha256 })),
      ],
      class: '128G',
      profile: 'nightly',
      scope: 'lab',
      maxAge_s: HOUR_S,
    };
    expect(await gate(certify(), run.dir, demands, later(HOUR_S))).toEqual({
      refusals: [],
      signed: { statement, keyids: [signer.keyid] },
    });
  });

  it('may have more in it than this version knows', async () => {
    expect(await refusals(certify({ ...statement, predicate: { ...statement.predicate, wind: 'north' } }))).toEqual([]);
  });
});

describe('a certificate in which something was changed after it was signed', () => {
  const envelope = JSON.parse(certify().toString()) as { payload: string };
  const paths = leaves(statement);

  it('has fields enough', () => {
    expect(paths.length).toBeGreaterThan(80);
  });

  it.each(paths.map((path) => [path.join('.'), path] as const))('is refused: %s', async (_name, path) => {
    const told = changed(statement, path, other(at(statement, path)));
    const left = changed(statement, path, undefined);
    for (const forged of [told, left]) {
      const payload = Buffer.from(JSON.stringify(forged)).toString('base64');
      expect(await refusals(Buffer.from(`${JSON.stringify({ ...envelope, payload })}\n`))).toEqual([
        expect.stringMatching(/^signature: the signature is not that of the key/),
      ]);
    }
  });
});

describe('a certificate that was signed as it is', () => {
  it.each<[string, Partial<Demands>, string]>([
    ['another release', { kernels: [{ asked: '6.2', release: '6.2' }] }, `kernel: it is of the kernel ${RELEASE}, not 6.2`],
    [
      'another image',
      { kernels: [{ asked: './bzImage', sha256: 'f'.repeat(64) }] },
      'kernel: it is of another kernel than ./bzImage: that is fff',
    ],
    ['the digest of its config', { kernels: [{ asked: 'config', sha256: DIGESTS.config }] }, 'kernel: it is of another kernel than config'],
    [
      'one of two kernels',
      {
        kernels: [
          { asked: 'a', release: RELEASE },
          { asked: 'b', release: 'b' },
        ],
      },
      'kernel: it is of the kernel',
    ],
    ['another class', { class: '768G' }, 'class: it is for the class "128G", not "768G"'],
    ['another profile', { profile: 'full' }, 'profile: it was tried with the profile "nightly", not "full"'],
    ['metal', { scope: 'metal' }, 'scope: it was tried in the scope "lab", not "metal"'],
    [
      'an hour, less a second',
      { maxAge_s: HOUR_S - 1 },
      'age: its run ended at 2026-01-02T05:00:00.000Z, 60 min ago, and it may be no older than 59 min',
    ],
  ])('is refused where it is not what is asked for: %s', async (_what, demands, words) => {
    expect(await refusals(certify(), demands)).toEqual([expect.stringContaining(words)]);
  });

  it('is refused where its run was easier than the profile that is asked for, which it tells in any case', async () => {
    const eased = predicate(['run', 'departures'], ['floods offer 1000 packets/s, as far as the link carries it']);
    expect(await refusals(eased, { profile: 'nightly' })).toEqual([
      'profile: it is not what the profile "nightly" asks for: floods offer 1000 packets/s, as far as the link carries it',
    ]);
    expect(await refusals(eased, {})).toEqual([]);
  });

  it.each<[string, Path, unknown, string]>([
    ['that failed', ['verdict'], 'fail', 'verdict: it says fail: for no reason that it tells'],
    ['that nobody could judge', ['verdict'], 'unknown', 'verdict: it says unknown'],
    ['that was skipped', ['verdict'], 'skip', 'verdict: it says skip'],
    ['that has no such verdict', ['verdict'], 'PASS', 'statement: what is signed is no statement: predicate.verdict: '],
    ['that was sabotaged', ['sabotage'], 'panic', 'verdict: its run was sabotaged on purpose: panic'],
    ['of a trial that failed', ['trials', 0, 'verdict'], 'fail', 'verdict: it says pass, and fail of io-storm.randwrite-16'],
    [
      'of an objective that failed',
      ['trials', 0, 'objectives', 1, 'verdict'],
      'fail',
      'verdict: it says pass, and fail of storage_recovery_s in',
    ],
    [
      'of an objective that is open',
      ['trials', 0, 'objectives', 0, 'verdict'],
      'unknown',
      'verdict: it says pass, and unknown of no_crash in',
    ],
    ['of no trial', ['trials'], [], 'verdict: it says pass, and nothing was tried'],
    ['of no objective', ['trials', 0, 'objectives'], [], 'verdict: it says pass, and io-storm.randwrite-16 had no objective'],
    ['of a part of its class', ['class', 'untried'], ['ipv6-flood/mixed'], 'class: the class "128G" asks for ipv6-flood/mixed too'],
    [
      'with a waiver that expired',
      ['waivers', 0, 'expires'],
      '2026-01-01',
      'waiver: the waiver of WARNING in tcp_recvmsg_locked by net team, which it rests on, expired on 2026-01-01',
    ],
    [
      'with a waiver for ever',
      ['waivers', 0, 'expires'],
      'never',
      'statement: what is signed is no statement: predicate.waivers.0.expires: ',
    ],
    [
      'from the future',
      ['run', 'finished'],
      '2026-01-02T06:01:01.000Z',
      'age: its run ended at 2026-01-02T06:01:01.000Z, and here it is only 2026-01-02T06:00:00',
    ],
    ['of no time', ['run', 'finished'], 'yesterday', 'statement: what is signed is no statement: predicate.run.finished: '],
    ['without the end of its run', ['run', 'finished'], undefined, 'statement: what is signed is no statement: predicate.run.finished: '],
    [
      'of evidence elsewhere',
      ['evidence', 0, 'path'],
      '../run/run.json',
      'statement: what is signed is no statement: predicate.evidence.0.path: no path',
    ],
    [
      'of evidence with no digest',
      ['evidence', 0, 'sha256'],
      '',
      'statement: what is signed is no statement: predicate.evidence.0.sha256: no sha256',
    ],
  ])('is refused: one %s', async (_what, path, to, words) => {
    expect(await refusals(predicate(path, to))).toEqual([expect.stringContaining(words)]);
  });

  it.each<[string, Path, unknown, string]>([
    [
      'another statement',
      ['_type'],
      'https://in-toto.io/Statement/v0.1',
      'it is of the type "https://in-toto.io/Statement/v0.1", not https',
    ],
    [
      'another predicate',
      ['predicateType'],
      'https://slsa.dev/provenance/v1',
      'its predicate is of the type "https://slsa.dev/provenance/v1", not',
    ],
    ['no subject', ['subject'], [], 'what is signed is no statement: subject: '],
    ['a subject without digest', ['subject', 0, 'digest'], {}, 'what is signed is no statement: subject.0.digest.sha256: '],
    ['no type', ['_type'], undefined, 'what is signed is no statement: _type: '],
  ])('is refused where it is no statement of ours: %s', async (_what, path, to, words) => {
    expect(await refusals(certify(changed(statement, path, to)))).toEqual([expect.stringContaining(`statement: ${words}`)]);
  });

  it.each<[string, string, string]>([
    ['no JSON', 'x', 'it is cut short or damaged: not JSON'],
    ['a number', '7', 'what is signed is no statement: '],
    ['a key twice', JSON.stringify(statement).replace('"verdict":"pass"', '"verdict":"fail","verdict":"pass"'), 'a key stands in it twice'],
  ])('is refused where its payload is %s', async (_what, text, words) => {
    const payload = Buffer.from(text);
    const sig = signer.sign(pae(PAYLOAD_TYPE, payload)).toString('base64');
    const envelope = { payload: payload.toString('base64'), payloadType: PAYLOAD_TYPE, signatures: [{ keyid: signer.keyid, sig }] };
    expect(await refusals(Buffer.from(`${JSON.stringify(envelope)}\n`))).toEqual([expect.stringMatching(/^statement: .*/)]);
    expect((await refusals(Buffer.from(`${JSON.stringify(envelope)}\n`))).join()).toContain(words);
  });

  it('is told all that it lacks', async () => {
    const forged = changed(changed(statement, ['predicate', 'verdict'], 'fail'), ['predicate', 'evidence', 0, 'sha256'], 'f'.repeat(64));
    const found = await refusals(certify(forged), { class: '64G', scope: 'metal', maxAge_s: 60, kernels: [{ asked: 'x', release: 'x' }] });
    expect(found.map((each) => each.split(':')[0])).toEqual(['kernel', 'class', 'scope', 'age', 'verdict', 'evidence']);
  });
});

describe('time', () => {
  it('may differ by a minute between two machines, and by no more', async () => {
    expect(await refusals(certify(), { maxAge_s: HOUR_S }, later(-60))).toEqual([]);
    expect(await refusals(certify(), {}, later(-61))).toEqual([expect.stringMatching(/^age: .* a clock is wrong$/)]);
  });

  it('ends an age to the second, and a waiver with its day', async () => {
    expect(await refusals(certify(), { maxAge_s: HOUR_S }, later(HOUR_S))).toEqual([]);
    expect(await refusals(certify(), { maxAge_s: HOUR_S }, later(HOUR_S + 1))).toEqual([expect.stringMatching(/^age: /)]);
    expect(await refusals(certify(), {}, new Date('2096-06-30T23:59:59.999Z'))).toEqual([]);
    expect(await refusals(certify(), {}, new Date('2096-07-01T00:00:00.000Z'))).toEqual([expect.stringMatching(/^waiver: /)]);
  });

  it.each([
    [59, '59 s'],
    [120, '2 min'],
    [7199, '119 min'],
    [172_800, '2 d'],
    [2_592_000, '30 d'],
  ])('of %i s is %s', (seconds, words) => {
    expect(inWords(seconds)).toBe(words);
  });
});

describe('a waiver', () => {
  it('that excused nothing may expire', async () => {
    const unused = changed(statement, ['predicate', 'trials', 0, 'waived'], undefined);
    expect(await refusals(certify(unused), {}, new Date('2097-01-01T00:00:00.000Z'))).toEqual([]);
  });
});

describe('evidence', () => {
  it('must hold the record itself', async () => {
    const { evidence } = statement.predicate;
    const without = evidence.filter(({ path }) => path !== 'history.jsonl');
    expect(await refusals(predicate(['evidence'], without))).toEqual([
      'evidence: history.jsonl: not signed',
      'evidence: history.jsonl: added',
    ]);
  });

  it('that was replaced is refused', async () => {
    const log = join(run.dir, 'history.jsonl');
    writeFileSync(log, '{"t":1}\n');
    expect(await refusals(certify())).toEqual(['evidence: history.jsonl: not as it was signed']);
    writeFileSync(log, '{"t":0}\n');
    expect(await refusals(certify())).toEqual([]);
  });
});

describe('the subjects of a statement', () => {
  it('are image, modules and package, by the digests of the record', () => {
    expect(statement.subject satisfies Statement['subject']).toEqual([
      { name: 'linux-image.deb', digest: { sha256: DIGESTS.package } },
      { name: `vmlinuz-${RELEASE}`, digest: { sha256: DIGESTS.image } },
      { name: `modules-${RELEASE}.sha256sum`, digest: { sha256: DIGESTS.modules } },
    ]);
  });
});
