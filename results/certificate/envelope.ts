/**
 * The envelope of a certificate: DSSE v1 (https://github.com/secure-systems-lab/dsse, protocol.md and envelope.md), one line of JSON.
 *
 * What is signed is the payload and its type. The rest of the file is signed by nobody, so it is accepted in one form only, the one that is
 * written here: no other spacing, no key twice, no base64 with bits to spare, no signature that nobody vouches for. Then no byte of a certificate can be
 * changed without being noticed, and no two readers can take it for different things.
 */
import { z } from 'zod';
import type { Signer, TrustedKey } from './keys.ts';
import { asJson, complaintOf } from './one-form.ts';
import type { Refusal } from './refusal.ts';

/** The media type of in-toto statements (in-toto/attestation, spec/v1/envelope.md). */
export const PAYLOAD_TYPE = 'application/vnd.in-toto+json';

/** A certificate of a run of thousands of files has less than one. */
export const MOST_MIB = 64;
const MOST_SIGNATURES = 16;

const Envelope = z.strictObject({
  payload: z.string(),
  payloadType: z.string(),
  signatures: z
    .array(z.strictObject({ keyid: z.string(), sig: z.string() }))
    .min(1)
    .max(MOST_SIGNATURES),
});
type Envelope = z.infer<typeof Envelope>;

/** What is signed, the pre-authentication encoding: `DSSEv1 <length of type> <type> <length of payload> <payload>`, lengths in bytes. */
export function pae(payloadType: string, payload: Uint8Array): Buffer {
  return Buffer.concat([Buffer.from(`DSSEv1 ${Buffer.byteLength(payloadType)} ${payloadType} ${payload.length} `), payload]);
}

/** The text of a certificate: `payload`, signed. */
export function seal(payload: Uint8Array, { keyid, sign }: Signer): string {
  return written({
    payload: Buffer.from(payload).toString('base64'),
    payloadType: PAYLOAD_TYPE,
    signatures: [{ keyid, sig: sign(pae(PAYLOAD_TYPE, payload)).toString('base64') }],
  });
}

const written = ({ payload, payloadType, signatures }: Envelope): string =>
  `${JSON.stringify({ payload, payloadType, signatures: signatures.map(({ keyid, sig }) => ({ keyid, sig })) })}\n`;

/** What a certificate holds, and who signed it; or why nothing in it is to be believed. Each of its signatures must be that of a trusted key. */
export function open(certificate: Uint8Array, trusted: readonly TrustedKey[]): { payload: Buffer; keyids: string[] } | Refusal {
  const refuse = (why: string): Refusal => ({ check: 'envelope', why });
  if (certificate.length > MOST_MIB * 2 ** 20)
    return refuse(`it has ${certificate.length} bytes, and no certificate has more than ${MOST_MIB} MiB`);
  const json = asJson(certificate);
  if ('why' in json) return refuse(json.why);
  const parsed = Envelope.safeParse(json.value);
  if (!parsed.success) return refuse(`it is no certificate: ${complaintOf(parsed.error)}`);
  const { data: envelope } = parsed;
  if (json.text !== written(envelope))
    return refuse('it is not in the one form that certificates have: a key stands in it twice, or what is around was changed');
  if (envelope.payloadType !== PAYLOAD_TYPE) return refuse(`its payload is of the type "${envelope.payloadType}", not ${PAYLOAD_TYPE}`);
  const payload = fromBase64(envelope.payload);
  if (payload === undefined) return refuse('its payload is not in canonical base64');
  const signed = pae(envelope.payloadType, payload);
  const keyids: string[] = [];
  for (const { keyid, sig } of envelope.signatures) {
    const why = complaintOfSignature(sig, signed, keyid, trusted);
    if (why !== undefined) return { check: 'signature', why };
    if (keyids.includes(keyid)) return { check: 'signature', why: `the key ${keyid} signed it twice` };
    keyids.push(keyid);
  }
  return { payload, keyids };
}

function complaintOfSignature(sig: string, signed: Uint8Array, keyid: string, trusted: readonly TrustedKey[]): string | undefined {
  const key = trusted.find((each) => each.keyid === keyid);
  if (key === undefined) return `it is signed with the key ${keyid}, and trusted are ${trusted.map((each) => each.keyid).join(', ')}`;
  const signature = fromBase64(sig);
  if (signature === undefined) return 'a signature is not in canonical base64';
  return key.verifies(signed, signature)
    ? undefined
    : `the signature is not that of the key ${keyid}: something was changed after it was signed`;
}

/** RFC 4648 section 4 with padding; undefined for any other spelling of the same bytes. */
function fromBase64(text: string): Buffer | undefined {
  const bytes = Buffer.from(text, 'base64');
  return bytes.toString('base64') === text ? bytes : undefined;
}
