import fc from 'fast-check';
import { afterAll, describe, expect, it } from 'vitest';
import { signedRun } from './certificate.sample.ts';
import { open, PAYLOAD_TYPE, pae, seal } from './envelope.ts';
import { readTrusted } from './keys.ts';

const run = await signedRun();
afterAll(() => run[Symbol.dispose]());
const { signer, stranger, trusted } = run;
const PAYLOAD = Buffer.from('{"a":"é"}');
const sealed = seal(PAYLOAD, signer);
const spelled = JSON.parse(sealed) as { payload: string; payloadType: string; signatures: { keyid: string; sig: string }[] };
const [own] = spelled.signatures as [{ keyid: string; sig: string }];
const refused = (text: string | Uint8Array, keys = trusted): string => {
  const opened = open(Buffer.from(text as string), keys);
  return 'why' in opened ? `${opened.check}: ${opened.why}` : 'opened';
};
const written = (changes: object): string => `${JSON.stringify({ ...spelled, ...changes })}\n`;

describe('the envelope', () => {
  it('signs type and payload as DSSE v1 has it', () => {
    // the example of protocol.md
    expect(pae('http://example.com/HelloWorld', Buffer.from('hello world')).toString()).toBe(
      'DSSEv1 29 http://example.com/HelloWorld 11 hello world',
    );
    expect(pae('é', Buffer.alloc(0)).toString()).toBe('DSSEv1 2 é 0 ');
  });

  it('gives back what was sealed, and who did', () => {
    expect(open(Buffer.from(sealed), trusted)).toEqual({ payload: PAYLOAD, keyids: [signer.keyid] });
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 200 }), (bytes) => {
        expect(open(Buffer.from(seal(bytes, signer)), trusted)).toEqual({ payload: Buffer.from(bytes), keyids: [signer.keyid] });
      }),
      { numRuns: 50 },
    );
  });

  it('opens with any of several trusted keys', () => {
    expect(refused(sealed, [readTrusted(run.strangerPub), ...trusted])).toBe('opened');
    expect(refused(seal(PAYLOAD, stranger))).toMatch(/^signature: it is signed with the key [0-9a-f]{64}, and trusted are [0-9a-f]{64}$/);
    expect(refused(sealed, [])).toMatch(/^signature: /);
  });

  it('is refused at every length short of its own', () => {
    for (let length = 0; length < sealed.length; length += 1) expect(refused(sealed.slice(0, length))).toMatch(/^envelope: it is /);
    expect(refused('')).toBe('envelope: it is empty');
    expect(refused(sealed.slice(0, 100))).toBe('envelope: it is cut short or damaged: not JSON');
  });

  it('is refused with any byte changed, taken away or added', () => {
    const bytes = Buffer.from(sealed);
    for (const index of bytes.keys()) {
      const changed = Buffer.from(bytes);
      for (const flipped of [1, 0x20, 0x80]) {
        changed[index] = (bytes[index] as number) ^ flipped;
        expect(refused(changed)).not.toBe('opened');
      }
      expect(refused(Buffer.concat([bytes.subarray(0, index), bytes.subarray(index + 1)]))).not.toBe('opened');
      expect(refused(Buffer.concat([bytes.subarray(0, index), Buffer.from(' '), bytes.subarray(index)]))).not.toBe('opened');
    }
    fc.assert(
      fc.property(fc.nat(bytes.length - 1), fc.nat(255), (index, byte) => {
        fc.pre(bytes[index] !== byte);
        const changed = Buffer.from(bytes);
        changed[index] = byte;
        expect(refused(changed)).not.toBe('opened');
      }),
    );
  });

  it.each<[string, string, RegExp]>([
    ['no JSON', 'hello', /^envelope: it is cut short or damaged: not JSON$/],
    ['no UTF-8', '\ud800', /^envelope: /],
    ['a list', '[]\n', /^envelope: it is no certificate: /],
    [
      'another type',
      written({ payloadType: 'text/plain' }),
      /^envelope: its payload is of the type "text\/plain", not application\/vnd.in-toto/,
    ],
    ['another spacing', `${JSON.stringify(spelled, null, 2)}\n`, /^envelope: it is not in the one form/],
    ['another order', `${JSON.stringify({ signatures: [own], payload: spelled.payload, payloadType: PAYLOAD_TYPE })}\n`, /one form/],
    ['something behind it', `${sealed}\n`, /^envelope: it is not in the one form/],
    ['a byte order mark', `\ufeff${sealed}`, /^envelope: it is cut short or damaged/],
    ['an escape for a letter', sealed.replace('"payload"', '"\\u0070ayload"'), /one form/],
    ['a key twice', sealed.replace('{"payload":', '{"payload":"e30=","payload":'), /^envelope: .*a key stands in it twice/],
    ['a signature twice in one', sealed.replace('"sig":', '"sig":"","sig":'), /a key stands in it twice/],
    ['a key more', written({ note: 'trust me' }), /^envelope: it is no certificate: Unrecognized key/],
    ['a prototype', sealed.replace('{"payload":', '{"__proto__":{},"payload":'), /^envelope: /],
    ['no signature', written({ signatures: [] }), /^envelope: it is no certificate: signatures: /],
    ['the same signature twice', written({ signatures: [own, own] }), /^signature: the key [0-9a-f]{64} signed it twice$/],
    [
      'a signature of nobody',
      written({ signatures: [own, { keyid: 'x', sig: 'eHg=' }] }),
      /^signature: it is signed with the key x, and trusted/,
    ],
    ['more signatures than anybody makes', written({ signatures: Array(17).fill(own) }), /^envelope: it is no certificate: signatures/],
    ['the key of another', written({ signatures: [{ ...own, keyid: stranger.keyid }] }), /^signature: it is signed with the key/],
    ['an empty signature', written({ signatures: [{ ...own, sig: '' }] }), /^signature: the signature is not that of the key/],
    ['base64 without padding', written({ signatures: [{ ...own, sig: own.sig.replace(/=+$/, '') }] }), /not in canonical base64$/],
    ['base64 for addresses', written({ payload: Buffer.from([251, 255, 254]).toString('base64url') }), /not in canonical base64$/],
    ['base64 with bits to spare', written({ payload: 'e31=' }), /^envelope: its payload is not in canonical base64$/],
    [
      'base64 with a break',
      written({ payload: `${spelled.payload.slice(0, 4)}\n${spelled.payload.slice(4)}` }),
      /not in canonical base64$/,
    ],
    ['another payload', written({ payload: 'e30=' }), /^signature: .*something was changed after it was signed$/],
  ])('is refused: %s', (_what, text, words) => {
    expect(refused(text)).toMatch(words);
  });

  it('may be signed by several, if all of them are trusted', () => {
    const theirs = (JSON.parse(seal(PAYLOAD, stranger)) as typeof spelled).signatures;
    const both = written({ signatures: [own, ...theirs] });
    expect(refused(both)).toMatch(/^signature: it is signed with the key/);
    expect(refused(both, [...trusted, readTrusted(run.strangerPub)])).toBe('opened');
  });

  it('is not read where it is huge', () => {
    expect(refused(new Uint8Array(64 * 2 ** 20 + 1))).toBe('envelope: it has 67108865 bytes, and no certificate has more than 64 MiB');
  });
});
