/** What a kind of trial and a figure are called. */
import type { Kind } from './model.ts';

/** `storage-cutoff/cut/kernel 1G`, with what else tells kinds apart where `whole` asks for it. */
export function kindName({ suite, case: name, class: size, variant, profile, target, accelerator }: Kind, whole = false): string {
  const place = `${name === undefined ? suite : `${suite}/${name}`} ${size}${variant === undefined ? '' : ` (${variant})`}`;
  return whole ? [place, profile, target, accelerator].filter(Boolean).join(', ') : place;
}

/** `recovery of storage, tenant`. */
export const measureName = ({ name, machine }: { readonly name: string; readonly machine?: string | undefined }): string =>
  machine === undefined ? name : `${name}, ${machine}`;
