import { copyFileSync, mkdirSync, readFileSync, statSync, symlinkSync, truncateSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { PassThrough } from 'node:stream';
import { fileURLToPath } from 'node:url';
import { execa } from 'execa';
import { afterAll, describe, expect, it } from 'vitest';
import { RELEASE, signedRun } from '../../results/certificate/certificate.sample.ts';
import { statementOf } from '../../results/certificate/statement.ts';
import { UsageError } from '../../results/errors.ts';
import type { Io, Outcome } from './command.ts';
import { dispatch } from './parse.ts';

const MAIN = fileURLToPath(new URL('../main.ts', import.meta.url));
const run = await signedRun();
afterAll(() => run[Symbol.dispose]());
const at = (name: string): string => join(run.dir, '..', name);
const CERTIFICATE = join(run.dir, 'certificate.json');
const TRUST = ['--trust', run.pub];

async function say(...argv: string[]): Promise<{ outcome: Outcome; said: string }> {
  const stdout = new PassThrough();
  const outcome = await dispatch({ argv, stdin: process.stdin, stdout: stdout as unknown as Io['stdout'], stderr: process.stderr });
  return { outcome, said: String(stdout.read() ?? '') };
}

/** As `say`, of a sound certificate and one more demand. */
const gated = (...more: string[]) => say('gate', CERTIFICATE, ...TRUST, ...more);

describe('gate', () => {
  it('passes, and says what it passes', async () => {
    const { outcome, said } = await gated('--kernel', RELEASE, '--class', '128G', '--require-scope', 'lab', '--require-profile', 'nightly');
    expect(outcome).toBe('pass');
    expect(said).toMatch(/^PASS {4}.*: 6\.1\.0-56-cloud-amd64 on 128G, in the\s+lab, with 1\s+waiver\n/);
    for (const word of [
      'io-storm/randwrite-16',
      'processors emulated',
      '2 x WARNING in tcp',
      'lab, with 1 waiver',
      'net team, until',
      run.signer.keyid,
    ])
      expect(said.replaceAll(/\s+/g, ' ')).toContain(word);
  });

  it('is told by the exit code', async () => {
    const exit = async (...argv: string[]) => {
      const { exitCode, stdout, stderr } = await execa(process.execPath, [MAIN, 'gate', CERTIFICATE, ...argv], { reject: false });
      return [exitCode, stdout.split('\n')[0]?.slice(0, 4), stderr];
    };
    expect(await Promise.all([exit(...TRUST), exit('--trust', run.strangerPub), exit()])).toEqual([
      [0, 'PASS', ''],
      [1, 'FAIL', ''],
      [2, '', 'stormproof: gate needs --trust KEY.pub: whose certificates count'],
    ]);
  });

  it.each<[string, string[], RegExp]>([
    ['another class', ['--class', '768G'], /refused {3}class: it is for the class "128G", not "768G"/],
    ['another scope', ['--require-scope', 'metal'], /refused {3}scope: /],
    ['an age', ['--max-age', '30d'], /refused {3}age: its run ended at 2026-01-02/],
    ['another release', ['--kernel', '6.2.0'], /refused {3}kernel: /],
    ['another digest', ['--kernel', `sha256:${'f'.repeat(64)}`], /refused {3}kernel: /],
    ['another image', ['--kernel', MAIN], /refused {3}kernel: it is of another kernel than /],
  ])('fails for %s', async (_what, argv, words) => {
    const { outcome, said } = await gated(...argv);
    expect([outcome, said]).toEqual(['fail', expect.stringMatching(words)]);
  });

  it('takes each of several keys, and a kernel by its file', async () => {
    const image = at('vmlinuz');
    writeFileSync(image, 'MZ');
    const { createHash } = await import('node:crypto');
    const sha256 = createHash('sha256').update('MZ').digest('hex');
    const { predicate } = run.statement;
    const subject = [{ name: 'vmlinuz', digest: { sha256 } }];
    writeFileSync(at('own.json'), run.certify({ ...run.statement, subject }));
    const argv = ['gate', at('own.json'), '--trust', run.strangerPub, ...TRUST, '--evidence', run.dir, '--kernel', image];
    expect((await say(...argv)).outcome).toBe('pass');
    expect((await say(...argv, '--kernel', `sha256:${sha256}`, '--kernel', predicate.candidate.release)).outcome).toBe('pass');
    expect((await say(...argv, '--kernel', run.pub)).outcome).toBe('fail');
  });

  it('looks for evidence where the certificate really lies', async () => {
    symlinkSync(CERTIFICATE, at('latest.json'));
    expect((await say('gate', at('latest.json'), ...TRUST)).outcome).toBe('pass');
    mkdirSync(at('alone'));
    copyFileSync(CERTIFICATE, at('alone/certificate.json'));
    const { outcome, said } = await say('gate', at('alone/certificate.json'), ...TRUST);
    expect([outcome, said]).toEqual(['fail', expect.stringContaining('evidence: run.json: missing')]);
  });

  it('tells machines what it lacks, and what was signed', async () => {
    const passed = JSON.parse((await gated('--json')).said) as object;
    expect(passed).toEqual({ verdict: 'pass', refused: [], signed: { statement: run.statement, keyids: [run.signer.keyid] } });
    const refused = JSON.parse((await gated('--json', '--class', 'x', '--require-scope', 'metal')).said) as object;
    expect(refused).toMatchObject({ verdict: 'fail', refused: [{ check: 'class' }, { check: 'scope' }] });
    const strange = JSON.parse((await say('gate', CERTIFICATE, '--trust', run.strangerPub, '--json')).said) as object;
    expect(strange).toEqual({ verdict: 'fail', refused: [{ check: 'signature', why: expect.any(String) }] });
  });

  it('shows nothing that a terminal would obey', async () => {
    const spelled = JSON.parse(readFileSync(CERTIFICATE, 'utf8')) as { signatures: [object] };
    writeFileSync(
      at('evil.json'),
      `${JSON.stringify({ ...spelled, signatures: [{ ...spelled.signatures[0], keyid: '\u001b[2J\u009b2J' }] })}\n`,
    );
    const { outcome, said } = await say('gate', at('evil.json'), ...TRUST);
    expect([outcome, /\p{Cc}/u.test(said.replaceAll('\n', ''))]).toEqual(['fail', false]);
  });

  it('refuses one that failed, and says why that was', async () => {
    const { predicate } = run.statement;
    writeFileSync(
      at('failed.json'),
      run.certify({ ...run.statement, predicate: { ...predicate, verdict: 'fail', reasons: ['no_crash: it died'] } }),
    );
    const { outcome, said } = await say('gate', at('failed.json'), ...TRUST, '--evidence', run.dir);
    expect([outcome, said]).toEqual(['fail', expect.stringContaining('verdict: it says fail: no_crash: it died')]);
  });

  it.each<[string, string[], RegExp]>([
    ['no certificate', ['none.json', ...TRUST], /^none\.json: there is no such file$/],
    ['a directory', [run.dir, ...TRUST], /: is a directory: name its certificate\.json$/],
    ['a key that is none', [CERTIFICATE, '--trust', CERTIFICATE], /holds no public key/],
    ['no key', [CERTIFICATE, '--trust', 'none.pub'], /^--trust none\.pub: there is no such file$/],
    ['a private key', [CERTIFICATE, '--trust', run.key], /holds a private key/],
    ['no age', [CERTIFICATE, ...TRUST, '--max-age', '30'], /^--max-age 30: a whole number of m, h, d or w, as in 30d$/],
    ['no digest', [CERTIFICATE, ...TRUST, '--kernel', 'sha256:abc'], /^--kernel sha256:abc: a sha256 has 64 of 0-9 and a-f$/],
    ['no kernel file', [CERTIFICATE, ...TRUST, '--kernel', './none'], /^--kernel \.\/none: there is no such file$/],
    ['a directory for a kernel', [CERTIFICATE, ...TRUST, '--kernel', '/'], /^--kernel \/: there is no such file$/],
    ['an empty kernel', [CERTIFICATE, ...TRUST, '--kernel', ''], /^--kernel needs a value$/],
    ['no evidence', [CERTIFICATE, ...TRUST, '--evidence', 'none'], /^--evidence none: there is no such directory$/],
    ['no such scope', [CERTIFICATE, ...TRUST, '--require-scope', 'moon'], /^--require-scope is one of/],
  ])('is wrong usage with %s', async (_what, argv, words) => {
    const error: unknown = await say('gate', ...argv).catch((cause: unknown) => cause);
    expect(error).toBeInstanceOf(UsageError);
    expect((error as Error).message).toMatch(words);
  });

  it('reads no file that is too large for a certificate', async () => {
    writeFileSync(at('large.json'), '');
    truncateSync(at('large.json'), 2 ** 40);
    await expect(say('gate', at('large.json'), ...TRUST)).rejects.toThrow(/1099511627776 bytes are too many for a certificate$/);
  });
});

describe('keygen', () => {
  it('writes two files and never tells the secret', async () => {
    const { outcome, said } = await say('keygen', '--out', at('new.key'));
    const secret = readFileSync(at('new.key'), 'utf8').split('\n')[1] as string;
    expect([outcome, statSync(at('new.key')).mode & 0o777, said.includes(secret)]).toEqual(['done', 0o600, false]);
    expect(said).toMatch(/new\.key: the private key, keep it secret\n.*new\.key\.pub: the public key, [0-9a-f]{64}\n$/);
    await expect(say('keygen', '--out', at('new.key'))).rejects.toThrow(/is there already, and a key is never overwritten$/);
    await expect(say('keygen')).rejects.toThrow(/^keygen needs --out KEY/);
  });
});

describe('certify --sign', () => {
  it('finds a bad key before anything is begun', async () => {
    const begun = say('certify', '--kernel', '/nowhere', '--sign', run.pub, '--out', at('out'));
    await expect(begun).rejects.toThrow(/holds no private key/);
    await expect(say('run', 'soak', '--sign', run.key)).rejects.toThrow(/unknown option "--sign"/);
  });

  it('is bound to the kernel that was tried: a statement needs one', () => {
    const { evidence } = run.statement.predicate;
    const candidate = { ...run.statement.predicate.candidate, files: [] };
    const { class: size, certificates } = run.statement.predicate;
    const empty = {
      ...run.statement.predicate.run,
      schema: 1 as const,
      target: 'lab',
      candidates: [],
      versions: {},
      host: {},
      reasons: [],
      trials: [],
    };
    expect(() =>
      statementOf({ run: { ...empty, verdict: 'pass' }, candidate, parameters: [], class: size, evidence, certificates }),
    ).toThrow(/subject/);
  });
});
