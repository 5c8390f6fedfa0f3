import { generateKeyPairSync } from 'node:crypto';
import { chmodSync, existsSync, mkdtempSync, readFileSync, rmSync, statSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { UsageError } from '../errors.ts';
import { readSigner, readTrusted, writeKeys } from './keys.ts';

const dir = mkdtempSync(join(tmpdir(), 'keys-'));
afterAll(() => rmSync(dir, { recursive: true }));
const at = (name: string): string => join(dir, name);
const file = (name: string, text: string | Buffer, mode = 0o600): string => {
  writeFileSync(at(name), text, { mode });
  return at(name);
};
const complaint = (act: () => unknown): string => {
  try {
    act();
  } catch (error) {
    expect(error).toBeInstanceOf(UsageError);
    return (error as Error).message;
  }
  return 'nothing';
};

const keyid = writeKeys(at('a.key'));
const rsa = generateKeyPairSync('rsa', { modulusLength: 1024 });
const locked = generateKeyPairSync('ed25519').privateKey.export({ type: 'pkcs8', format: 'pem', cipher: 'aes-256-cbc', passphrase: 'x' });

describe('a new key', () => {
  it('is for its owner alone, its public half for everybody, and both have one name', () => {
    expect([statSync(at('a.key')).mode & 0o777, statSync(at('a.key.pub')).mode & 0o600]).toEqual([0o600, 0o600]);
    expect(keyid).toMatch(/^[0-9a-f]{64}$/);
    expect([readSigner(at('a.key')).keyid, readTrusted(at('a.key.pub')).keyid]).toEqual([keyid, keyid]);
    expect(writeKeys(at('b.key'))).not.toBe(keyid);
  });

  it('signs what its public half, and no other, finds signed', () => {
    const bytes = Buffer.from('a storm');
    const signature = readSigner(at('a.key')).sign(bytes);
    expect(readTrusted(at('a.key.pub')).verifies(bytes, signature)).toBe(true);
    expect(readTrusted(at('b.key.pub')).verifies(bytes, signature)).toBe(false);
    expect(readTrusted(at('a.key.pub')).verifies(Buffer.from('a calm'), signature)).toBe(false);
  });

  it.each([
    ['a key', 'a.key'],
    ['a link that leads nowhere', 'link.key'],
  ])('never takes the place of %s', (_what, name) => {
    if (name === 'link.key') symlinkSync(at('nowhere'), at(name));
    const before = existsSync(at(name)) && readFileSync(at(name), 'utf8');
    expect(complaint(() => writeKeys(at(name)))).toBe(`${at(name)}: is there already, and a key is never overwritten`);
    expect(existsSync(at(name)) && readFileSync(at(name), 'utf8')).toBe(before);
  });

  it('is not left without its public half, nor that overwritten', () => {
    file('c.key.pub', 'of somebody else');
    expect(complaint(() => writeKeys(at('c.key')))).toBe(`${at('c.key.pub')}: is there already, and a key is never overwritten`);
    expect([existsSync(at('c.key')), readFileSync(at('c.key.pub'), 'utf8')]).toEqual([false, 'of somebody else']);
  });

  it('needs a directory', () => {
    expect(complaint(() => writeKeys(at('none/a.key')))).toBe(`${at('none/a.key')}: there is no directory ${at('none')}`);
  });
});

describe('a key that cannot sign', () => {
  it.each<[string, () => string, RegExp]>([
    ['that is not there', () => at('none'), /none: there is no such file$/],
    ['that is a directory', () => dir, /is a directory: name the key$/],
    ['that is no key', () => file('text', 'hello'), /holds no private key \(PEM, PKCS#8\); stormproof keygen makes one$/],
    ['that is cut short', () => file('cut', readFileSync(at('a.key')).subarray(0, 60)), /holds no private key/],
    ['that is its public half', () => file('public', readFileSync(at('a.key.pub'))), /holds no private key/],
    ['of another kind', () => file('rsa', rsa.privateKey.export({ type: 'pkcs8', format: 'pem' })), /of the kind rsa, and .* Ed25519$/],
    ['that is locked', () => file('locked', locked), /locked with a passphrase/],
    ['that is huge', () => file('huge', Buffer.alloc(20_000)), /20000 bytes are too many for a key$/],
  ])('is refused: one %s', (_what, path, words) => {
    expect(complaint(() => readSigner(path()))).toMatch(words);
  });

  it.each(['640', '604', '620'])('is refused where others have a hand in it: mode %s', (mode) => {
    const path = file(`open-${mode}`, readFileSync(at('a.key')));
    chmodSync(path, Number.parseInt(mode, 8));
    expect(complaint(() => readSigner(path))).toContain(`others may read it (mode ${mode}), so it is no secret: chmod 600 ${path}`);
  });

  it('is never told', () => {
    const [, body = ''] = readFileSync(at('a.key'), 'utf8').split('\n');
    const said = [file('half', `-----BEGIN PRIVATE KEY-----\n${body.slice(0, 30)}\n-----END PRIVATE KEY-----\n`), at('a.key')].map((path) =>
      complaint(() => readTrusted(path)),
    );
    expect(said).toEqual([expect.stringContaining('holds a private key'), expect.stringContaining('holds a private key')]);
    expect(said.join()).not.toContain(body.slice(0, 12));
  });
});

describe('a key that is not to be trusted', () => {
  it.each<[string, () => string, RegExp]>([
    ['a private one', () => at('a.key'), /holds a private key; name its public half/],
    ['one of another kind', () => file('rsa.pub', rsa.publicKey.export({ type: 'spki', format: 'pem' })), /of the kind rsa/],
    [
      'two in one file',
      () => file('two.pub', Buffer.concat([readFileSync(at('a.key.pub')), readFileSync(at('b.key.pub'))])),
      /one PEM block/,
    ],
    ['none', () => file('empty.pub', ''), /holds no public key/],
    [
      'one that is damaged',
      () => file('damaged.pub', readFileSync(at('a.key.pub'), 'utf8').replace('MCow', 'MCoX')),
      /holds no public key/,
    ],
  ])('is refused: %s', (_what, path, words) => {
    expect(complaint(() => readTrusted(path()))).toMatch(words);
  });
});
