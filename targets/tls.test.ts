import { spawnSync } from 'node:child_process';
import { X509Certificate } from 'node:crypto';
import { mkdtempSync, readFileSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { InfraError } from '../results/errors.ts';
import { makeCertificates } from './tls.ts';

const missing = spawnSync('openssl', ['version']).error !== undefined;

describe.skipIf(missing)(`certificates for a run${missing ? ' (skipped: there is no openssl here)' : ''}`, () => {
  const dir = mkdtempSync(join(tmpdir(), 'tls-test-'));
  const options = { run: 'tls-test', limit_s: 20 };
  afterAll(() => rmSync(dir, { recursive: true }));
  const certificate = (at: string, name: string) => new X509Certificate(readFileSync(join(dir, at, `${name}-cert.pem`)));

  it.each([
    ['2001:2::1', 'IP Address:2001:2:0:0:0:0:0:1'],
    ['127.0.0.1', 'IP Address:127.0.0.1'],
    ['tail.example', 'DNS:tail.example'],
  ])('are signed by their own authority, the server for %s and each for its own purpose', async (address, name) => {
    await makeCertificates(join(dir, address), address, options);
    const [authority, server, client] = ['ca', 'server', 'client'].map((each) => certificate(address, each)) as [
      X509Certificate,
      X509Certificate,
      X509Certificate,
    ];
    expect([authority.ca, server.ca, client.ca]).toEqual([true, false, false]);
    for (const leaf of [server, client]) expect([leaf.checkIssued(authority), leaf.verify(authority.publicKey)]).toEqual([true, true]);
    expect(server.subjectAltName).toBe(name);
    expect([server.keyUsage, client.keyUsage]).toEqual([['1.3.6.1.5.5.7.3.1'], ['1.3.6.1.5.5.7.3.2']]); // serverAuth, clientAuth (RFC 5280)
    expect(Date.parse(server.validTo) - Date.now()).toBeLessThan(3 * 86_400_000);
    expect(statSync(join(dir, address, 'server-key.pem')).mode & 0o077).toBe(0);
  });

  it('that openssl cannot make are our own failure', async () => {
    await expect(makeCertificates(join(dir, 'bad'), 'not a name,IP:nor this', options)).rejects.toThrow(InfraError);
  });
});
