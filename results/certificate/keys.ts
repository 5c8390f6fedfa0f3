/**
 * Ed25519 keys of certificates, in PEM files that openssl(1) reads too (RFC 8410): the private one as PKCS#8, the public one as SPKI. A private key
 * goes into its file and nowhere else; what signs with it is a function.
 */
import { createPrivateKey, createPublicKey, generateKeyPairSync, hash, type KeyObject, sign, verify } from 'node:crypto';
import { closeSync, fstatSync, fsyncSync, openSync, readFileSync, rmSync, writeSync } from 'node:fs';
import { dirname } from 'node:path';
import { explain, InfraError, UsageError, whyUnmade, whyUnread } from '../errors.ts';

/** Who signs. */
export interface Signer {
  readonly keyid: string;
  sign(bytes: Uint8Array): Buffer;
}

/** Whose signature counts. */
export interface TrustedKey {
  readonly keyid: string;
  verifies(bytes: Uint8Array, signature: Uint8Array): boolean;
}

/** A PEM file of one Ed25519 key has some 120 bytes. */
const MOST_BYTES = 16_384;
const OTHERS = 0o077;
const PUBLIC_PEM = /^-----BEGIN PUBLIC KEY-----[A-Za-z0-9+/=\s]+-----END PUBLIC KEY-----$/;

/** What a key is called: the sha256 of its public half as SPKI in DER, in hexadecimal. */
const keyidOf = (key: KeyObject): string => hash('sha256', key.export({ type: 'spki', format: 'der' }));

/**
 * Makes a key and writes it to `path` (for its owner alone) and `path`.pub; returns what it is called. Throws UsageError where one of them is there
 * already, for a key is never overwritten, or cannot be there; InfraError where the disk refuses. Then neither is left.
 */
export function writeKeys(path: string): string {
  const { privateKey, publicKey } = generateKeyPairSync('ed25519');
  create(path, privateKey.export({ type: 'pkcs8', format: 'pem' }), 0o600);
  try {
    create(`${path}.pub`, publicKey.export({ type: 'spki', format: 'pem' }), 0o644);
  } catch (error) {
    rmSync(path);
    throw error;
  }
  return keyidOf(publicKey);
}

/** Signs with the private key of a file, which messages call `said`. Throws UsageError, which never tells what is in it, for one that is no such key or that others may read. */
export function readSigner(path: string, said: string = path): Signer {
  const { pem, mode } = readKeyFile(path, said);
  let key: KeyObject;
  if (/ENCRYPTED/.test(pem)) throw new UsageError(`${said}: the key is locked with a passphrase, which cannot be asked for in the night`);
  try {
    key = createPrivateKey(pem);
  } catch {
    // what OpenSSL says of it is of no use to a person
    throw new UsageError(`${said}: holds no private key (PEM, PKCS#8); stormproof keygen makes one`);
  }
  if ((mode & OTHERS) !== 0)
    throw new UsageError(`${said}: others may read it (mode ${mode.toString(8)}), so it is no secret: chmod 600 ${path}`);
  refuseOtherKinds(said, key);
  return { keyid: keyidOf(createPublicKey(key)), sign: (bytes) => sign(null, bytes, key) };
}

/** Trusts the public key of a file, which messages call `said`. Throws UsageError for one that holds anything else, a private key among it. */
export function readTrusted(path: string, said: string = path): TrustedKey {
  const { pem } = readKeyFile(path, said);
  if (/PRIVATE KEY-----/.test(pem))
    throw new UsageError(`${said}: holds a private key; name its public half, which keygen writes beside it as .pub`);
  const wrong = new UsageError(`${said}: holds no public key (one PEM block, SPKI)`);
  if (!PUBLIC_PEM.test(pem.trim())) throw wrong;
  let key: KeyObject;
  try {
    key = createPublicKey(pem);
  } catch {
    throw wrong; // as above
  }
  refuseOtherKinds(said, key);
  return { keyid: keyidOf(key), verifies: (bytes, signature) => verify(null, bytes, key, signature) };
}

function refuseOtherKinds(said: string, { asymmetricKeyType }: KeyObject): void {
  if (asymmetricKeyType !== 'ed25519')
    throw new UsageError(`${said}: the key is of the kind ${asymmetricKeyType}, and certificates are signed with Ed25519`);
}

function readKeyFile(path: string, said: string): { pem: string; mode: number } {
  let fd: number | undefined;
  try {
    fd = openSync(path, 'r');
    const { mode, size } = fstatSync(fd);
    if (size > MOST_BYTES) throw new UsageError(`${said}: ${size} bytes are too many for a key`);
    return { pem: readFileSync(fd, 'latin1'), mode: mode & 0o777 };
  } catch (cause) {
    if (cause instanceof UsageError) throw cause;
    throw new UsageError(`${said}: ${whyUnread(cause, 'name the key')}`);
  } finally {
    if (fd !== undefined) closeSync(fd);
  }
}

/** Only where nothing is: neither a file nor a link, whatever it points to. */
function create(path: string, text: string | Buffer, mode: number): void {
  let fd: number;
  try {
    fd = openSync(path, 'wx', mode);
  } catch (cause) {
    const there = (cause as NodeJS.ErrnoException).code === 'EEXIST';
    throw new UsageError(`${path}: ${there ? 'is there already, and a key is never overwritten' : whyUnmade(cause, dirname(path))}`);
  }
  try {
    writeSync(fd, text.toString());
    fsyncSync(fd);
  } catch (cause) {
    rmSync(path);
    throw new InfraError(`cannot write ${path}: ${explain(cause)}`, { cause });
  } finally {
    closeSync(fd);
  }
}
