/**
 * A writer of "newc" cpio archives, the format of an initramfs.
 * Source: Linux, Documentation/driver-api/early-userspace/buffer-format.rst.
 */

export type Entry = { readonly path: string; readonly mode?: number } & (
  | { readonly kind: 'directory' }
  | { readonly kind: 'file'; readonly data: Buffer | string }
  | { readonly kind: 'link'; readonly to: string }
  | { readonly kind: 'device'; readonly major: number; readonly minor: number }
);

/** File type bits of st_mode (inode(7)) and default permissions for each kind. */
const TYPE = { directory: 0o040755, file: 0o100644, link: 0o120777, device: 0o020600 } as const;

/** Packs `entries` in their order (a directory before what is in it). The kernel accepts several archives one after the other. */
export function cpio(entries: readonly Entry[]): Buffer {
  const parts: Buffer[] = [];
  for (const [index, entry] of [...entries, { path: 'TRAILER!!!', kind: 'file' as const, data: '', mode: 0 }].entries()) {
    const data = entry.kind === 'file' ? Buffer.from(entry.data) : entry.kind === 'link' ? Buffer.from(entry.to) : Buffer.alloc(0);
    const mode = entry.mode === undefined ? TYPE[entry.kind] : (TYPE[entry.kind] & 0o170000) | entry.mode;
    const name = Buffer.from(`${entry.path}\0`);
    const fields = [
      index + 1, // inode
      mode,
      0, // uid
      0, // gid
      entry.kind === 'directory' ? 2 : 1, // links
      0, // mtime: the same input gives the same bytes
      data.length,
      0, // device of the file
      0,
      entry.kind === 'device' ? entry.major : 0,
      entry.kind === 'device' ? entry.minor : 0,
      name.length,
      0, // checksum, unused in this variant
    ];
    const header = Buffer.from(`070701${fields.map((field) => field.toString(16).padStart(8, '0')).join('')}`);
    parts.push(padded(Buffer.concat([header, name])), padded(data));
  }
  return Buffer.concat(parts);
}

function padded(data: Buffer): Buffer {
  const rest = data.length % 4;
  return rest === 0 ? data : Buffer.concat([data, Buffer.alloc(4 - rest)]);
}
