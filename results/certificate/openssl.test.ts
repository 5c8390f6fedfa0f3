/** The page on certificates is right: what it tells another program to do works, and finds what was changed. */
import { execFileSync, spawnSync } from 'node:child_process';
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { signedRun } from './certificate.sample.ts';
import { readSigner } from './keys.ts';

const PAGE = readFileSync(new URL('../../docs/certificate.md', import.meta.url), 'utf8');
const recipes = [...PAGE.matchAll(/```sh\n(.*?)```/gs)].map(([, text = '']) => text);
const recipe = (word: string): string => {
  const found = recipes.filter((text) => text.includes(word));
  expect(found).toHaveLength(1);
  return found[0] as string;
};

const missing = spawnSync('openssl', ['version']).error !== undefined;
const run = await signedRun();
afterAll(() => run[Symbol.dispose]());
const aside = join(run.dir, '..', 'aside');
mkdirSync(aside);

describe.skipIf(missing)(`a certificate by hand${missing ? ' (skipped: there is no openssl here)' : ''}`, () => {
  const verify = (certificate: Uint8Array, key = run.pub) => {
    const path = join(aside, 'certificate.json');
    writeFileSync(path, certificate);
    return spawnSync('sh', ['-c', recipe('pkeyutl')], { cwd: aside, encoding: 'utf8', env: { ...process.env, CERT: path, KEY: key } });
  };

  it('is verified by openssl alone, which gives back what was signed', () => {
    const { status, stdout, stderr } = verify(run.certify());
    expect([status, stdout.trim(), stderr]).toEqual([0, 'Signature Verified Successfully', '']);
    expect(JSON.parse(readFileSync(join(aside, 'payload.json'), 'utf8'))).toEqual(run.statement);
  });

  it('is refused with another key, and with another payload', () => {
    expect(verify(run.certify(), run.strangerPub).status).toBe(1);
    const { payload, ...rest } = JSON.parse(run.certify().toString()) as { payload: string };
    const forged = Buffer.from(Buffer.from(payload, 'base64').toString().replace('"pass"', '"fail"')).toString('base64');
    expect(forged).not.toBe(payload);
    expect(verify(Buffer.from(`${JSON.stringify({ payload: forged, ...rest })}\n`)).status).toBe(1);
  });

  it('names its key as openssl and sha256sum do', () => {
    const said = execFileSync('sh', ['-c', recipe('-outform DER').replace('KEY.pub', '"$KEY"')], {
      env: { ...process.env, KEY: run.pub },
      encoding: 'utf8',
    });
    expect(said.slice(0, 64)).toBe(run.signer.keyid);
  });

  it('can be signed with a key of openssl', () => {
    const own = join(aside, 'own.key');
    execFileSync('openssl', ['genpkey', '-algorithm', 'ed25519', '-out', own]);
    execFileSync('chmod', ['600', own]);
    expect(readSigner(own).keyid).toMatch(/^[0-9a-f]{64}$/);
  });
});

const withoutJq = spawnSync('jq', ['--version']).error !== undefined;

describe.skipIf(withoutJq)(`evidence by hand${withoutJq ? ' (skipped: there is no jq here)' : ''}`, () => {
  const check = () =>
    spawnSync('sh', ['-c', `set -e; cd "$DIR"; ${recipe('jq -r')}`.replace('payload.json', '"$PAYLOAD"')], {
      encoding: 'utf8',
      env: { ...process.env, DIR: run.dir, PAYLOAD: join(aside, 'statement.json') },
    });

  it('is checked with sha256sum', () => {
    writeFileSync(join(aside, 'statement.json'), JSON.stringify(run.statement));
    expect([check().status, check().stdout]).toEqual([0, '']);
    writeFileSync(join(run.dir, 'run.json'), '{"verdict":"pass"}\n');
    expect([check().status, check().stdout]).toEqual([1, 'run.json: FAILED\n']);
  });
});
