/** JSON of which there is one reading. */
import type { z } from 'zod';
import { explain } from '../errors.ts';

/** The value that the bytes spell, and their text; or why they spell none. */
export function asJson(bytes: Uint8Array): { value: unknown; text: string } | { why: string } {
  try {
    const text = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(bytes);
    return { value: JSON.parse(text), text };
  } catch (cause) {
    return {
      why: bytes.length === 0 ? 'it is empty' : `it is cut short or damaged: ${cause instanceof SyntaxError ? 'not JSON' : explain(cause)}`,
    };
  }
}

/** The first thing that is wrong with a value, and where it is. */
export function complaintOf({ issues: [first] }: z.ZodError): string {
  const where = first?.path.map(String).join('.') ?? '';
  return `${where === '' ? '' : `${where}: `}${first?.message ?? 'not what it should be'}`;
}
