/** Ed25519 keys for management, made per run and never kept. */
import { generateKeyPairSync } from 'node:crypto';

/** A key in the forms that its users want. */
export interface Key {
  /** OpenSSH private key, for ssh2 */
  readonly private: string;
  /** `ssh-ed25519 AAAA…`, for authorized_keys */
  readonly public: string;
  /** dropbear's host key file: string "ssh-ed25519", then the 64 bytes of seed and public key (dropbear, ed25519.c) */
  readonly dropbear: Buffer;
}

const TYPE = 'ssh-ed25519';

/** Makes a new key. */
export function makeKey(): Key {
  const jwk = generateKeyPairSync('ed25519').privateKey.export({ format: 'jwk' });
  const seed = Buffer.from(jwk.d as string, 'base64url');
  const point = Buffer.from(jwk.x as string, 'base64url');
  const wire = Buffer.concat([string(Buffer.from(TYPE)), string(point)]);
  return {
    private: openssh(seed, point, wire),
    public: `${TYPE} ${wire.toString('base64')}`,
    dropbear: Buffer.concat([string(Buffer.from(TYPE)), string(Buffer.concat([seed, point]))]),
  };
}

/** The OpenSSH private key format without a passphrase (openssh-portable, PROTOCOL.key). */
function openssh(seed: Buffer, point: Buffer, wire: Buffer): string {
  const check = Buffer.alloc(8, 0x5a);
  const body = Buffer.concat([check, wire, string(Buffer.concat([seed, point])), string(Buffer.alloc(0))]);
  const fill = Buffer.from(Array.from({ length: (8 - (body.length % 8)) % 8 }, (_, index) => index + 1));
  const none = string(Buffer.from('none'));
  const count = Buffer.from([0, 0, 0, 1]);
  const blob = Buffer.concat([
    Buffer.from('openssh-key-v1\0'),
    none,
    none,
    string(Buffer.alloc(0)),
    count,
    string(wire),
    string(Buffer.concat([body, fill])),
  ]);
  return `-----BEGIN OPENSSH PRIVATE KEY-----\n${blob.toString('base64').replaceAll(/(.{70})/g, '$1\n')}\n-----END OPENSSH PRIVATE KEY-----\n`;
}

/** RFC 4251 section 5: a length in four bytes, then the bytes. */
function string(bytes: Buffer): Buffer {
  const length = Buffer.alloc(4);
  length.writeUInt32BE(bytes.length);
  return Buffer.concat([length, bytes]);
}

/** Whether a host key blob, as ssh2 gives it to `hostVerifier`, is `key`'s. */
export function isHostKey(blob: Buffer, key: Key): boolean {
  return blob.toString('base64') === key.public.split(' ')[1];
}
