import { spawnSync } from 'node:child_process';
import { createPrivateKey, createPublicKey, sign, verify } from 'node:crypto';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import ssh2, { type ParsedKey } from 'ssh2';
import { describe, expect, it } from 'vitest';
import { isHostKey, makeKey } from './keys.ts';

const SSH_KEYGEN = spawnSync('ssh-keygen', ['-?']).error === undefined;

function parsed(text: string): ParsedKey {
  const key = ssh2.utils.parseKey(text);
  if (key instanceof Error) throw key;
  return key;
}

describe('a new key', () => {
  const key = makeKey();

  it('is one that ssh2 signs with, and whose public half verifies that', () => {
    const message = Buffer.from('prove it');
    const signature = parsed(key.private).sign(message);
    expect(parsed(key.public).verify(message, signature)).toBe(true);
    expect(parsed(key.public).verify(Buffer.from('something else'), signature)).toBe(false);
    expect(parsed(key.private).getPublicSSH().toString('base64')).toBe(key.public.split(' ')[1]);
  });

  it.runIf(SSH_KEYGEN)('is one that OpenSSH reads, and derives the same public half from', () => {
    const dir = mkdtempSync(join(tmpdir(), 'keys-'));
    try {
      const file = join(dir, 'key');
      writeFileSync(file, key.private, { mode: 0o600 });
      const derived = spawnSync('ssh-keygen', ['-y', '-P', '', '-f', file], { encoding: 'utf8', timeout: 10_000 });
      expect(derived.stderr).toBe('');
      expect(derived.stdout.trim().split(' ').slice(0, 2).join(' ')).toBe(key.public);
      writeFileSync(`${file}.pub`, `${key.public} lab\n`);
      const listed = spawnSync('ssh-keygen', ['-l', '-f', `${file}.pub`], { encoding: 'utf8', timeout: 10_000 });
      expect(listed.stdout).toMatch(/^256 SHA256:\S+ lab \(ED25519\)$/m);
    } finally {
      rmSync(dir, { recursive: true });
    }
  });

  it("is laid out for dropbear as its type and then seed and point, each behind its length, and they are this key's", () => {
    const { dropbear } = key;
    expect(dropbear.readUInt32BE(0)).toBe(11);
    expect(dropbear.toString('latin1', 4, 15)).toBe('ssh-ed25519');
    expect(dropbear.readUInt32BE(15)).toBe(64);
    expect(dropbear).toHaveLength(4 + 11 + 4 + 64);
    const [seed, point] = [dropbear.subarray(19, 51), dropbear.subarray(51)];
    // RFC 8410: what stands before the 32 bytes in the DER form of an Ed25519 private key
    const der = Buffer.concat([Buffer.from('302e020100300506032b657004220420', 'hex'), seed]);
    const fromSeed = createPrivateKey({ key: der, format: 'der', type: 'pkcs8' });
    expect(createPublicKey(fromSeed).export({ format: 'jwk' }).x).toBe(point.toString('base64url'));
    const signature = sign(null, Buffer.from('x'), fromSeed);
    expect(verify(null, Buffer.from('x'), createPublicKey(fromSeed), signature)).toBe(true);
    expect(parsed(key.public).verify(Buffer.from('x'), signature)).toBe(true);
  });

  it('is never the same twice, and knows its own host key blob from another', () => {
    const other = makeKey();
    expect(other.public).not.toBe(key.public);
    const blob = Buffer.from(key.public.split(' ')[1] as string, 'base64');
    expect(isHostKey(blob, key)).toBe(true);
    expect(isHostKey(blob, other)).toBe(false);
    expect(isHostKey(Buffer.alloc(0), key)).toBe(false);
  });

  it('has lines that end where the format wants them to, whatever its bytes are', () => {
    for (let tries = 0; tries < 50; tries += 1) {
      const lines = makeKey().private.trimEnd().split('\n');
      expect([lines.at(0), lines.at(-1)]).toEqual(['-----BEGIN OPENSSH PRIVATE KEY-----', '-----END OPENSSH PRIVATE KEY-----']);
      expect(lines.slice(1, -1).every((line) => /^[A-Za-z0-9+/]{1,70}={0,2}$/.test(line) && line.length <= 70)).toBe(true);
    }
  });
});
