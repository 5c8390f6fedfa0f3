/**
 * Throw-away certificates for TLS between tails and their clients, made with openssl(1): Node can read certificates, not make them. The names of
 * the files are those that QEMU (`tls-creds-x509`), nbdkit (`--tls-certificates`) and libnbd look for in a directory.
 */
import { mkdirSync, writeFileSync } from 'node:fs';
import { isIP } from 'node:net';
import { join } from 'node:path';
import { type LeashOptions, run } from './leash.ts';

/** Long enough for any run; clocks of machines may be off by less than what openssl dates back. */
const VALID_DAYS = '2';
const NEW_KEY = ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:P-256', '-nodes'];
const SIGNING = 'basicConstraints=critical,CA:TRUE\nkeyUsage=critical,keyCertSign\n';
const LEAF = 'basicConstraints=critical,CA:FALSE\nkeyUsage=critical,digitalSignature,keyEncipherment\n';

/**
 * Makes `ca-cert.pem`, `server-cert.pem` and `server-key.pem`, `client-cert.pem` and `client-key.pem` in the directory, which is made. The server's
 * certificate is for `address`, an IP address or a host name. Throws InfraError with the words of openssl.
 */
export async function makeCertificates(dir: string, address: string, options: LeashOptions): Promise<void> {
  mkdirSync(dir, { recursive: true, mode: 0o700 });
  const at = (name: string) => join(dir, name);
  const openssl = (...words: string[]) => run(['openssl', ...words], options);
  const extensions = (name: string, text: string): string => {
    writeFileSync(at(name), text);
    return at(name);
  };
  const config = extensions('ca.cnf', `[req]\ndistinguished_name=dn\nx509_extensions=ca\n[dn]\n[ca]\n${SIGNING}`);
  const authority = ['-keyout', at('ca-key.pem'), '-out', at('ca-cert.pem')];
  await openssl('req', '-x509', '-config', config, ...NEW_KEY, '-subj', '/CN=stormproof', '-days', VALID_DAYS, ...authority);
  const name = `${isIP(address) === 0 ? 'DNS' : 'IP'}:${address}`;
  const leaves = {
    server: `${LEAF}extendedKeyUsage=serverAuth\nsubjectAltName=${name}\n`,
    client: `${LEAF}extendedKeyUsage=clientAuth\n`,
  };
  for (const [leaf, text] of Object.entries(leaves)) {
    const request = at(`${leaf}.csr`);
    const signing = ['-CA', at('ca-cert.pem'), '-CAkey', at('ca-key.pem'), '-CAcreateserial', '-days', VALID_DAYS];
    await openssl('req', '-new', '-config', config, ...NEW_KEY, '-subj', `/CN=${leaf}`, '-keyout', at(`${leaf}-key.pem`), '-out', request);
    await openssl('x509', '-req', '-in', request, ...signing, '-extfile', extensions(`${leaf}.cnf`, text), '-out', at(`${leaf}-cert.pem`));
  }
}
