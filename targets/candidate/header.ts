/**
 * The x86 boot protocol header of a bzImage (Documentation/arch/x86/boot.rst; offsets as in "The Real-Mode Kernel Header"), and what else a
 * file may be that was given in its place. Pure: bytes in, words out.
 */
import { UsageError } from '../../results/errors.ts';

/** As many bytes of a file as the header may refer to: `kernel_version` is a 16-bit offset past the boot sector. */
export const HEADER_BYTES = 0x1_0000 + 0x200 + 512;

export interface KernelVersion {
  /** as `uname -r` prints it */
  readonly release: string;
  /** the whole banner: release, builder, `#1 SMP …` */
  readonly version: string;
}

interface Signature {
  readonly at: number;
  readonly magic: string;
  readonly is: string;
}

/** Magic numbers of what people give instead; the first that fits names it. */
const SIGNATURES: readonly Signature[] = [
  { at: 0x38, magic: 'ARM\x64', is: 'an arm64 kernel, and a candidate must be an x86-64 bzImage' },
  { at: 0x38, magic: 'RSC\x05', is: 'a RISC-V kernel, and a candidate must be an x86-64 bzImage' },
  { at: 0x24, magic: '\x18\x28\x6f\x01', is: 'a 32-bit ARM zImage, and a candidate must be an x86-64 bzImage' },
  { at: 4, magic: 'zimg', is: 'an EFI zboot image of another architecture, and a candidate must be an x86-64 bzImage' },
  { at: 0, magic: '\x7fELF', is: 'an ELF file (vmlinux?): give arch/x86/boot/bzImage of the same build' },
  { at: 0, magic: '!<arch>\n', is: 'an ar archive: a package must have a name that ends in .deb' },
  { at: 0, magic: '\x1f\x8b', is: 'gzip-compressed: unpack it first, or give the bzImage' },
  { at: 0, magic: '\xfd7zXZ', is: 'xz-compressed: unpack it first, or give the bzImage' },
  { at: 0, magic: '\x28\xb5\x2f\xfd', is: 'zstd-compressed: unpack it first, or give the bzImage' },
  { at: 0, magic: 'QFI\xfb', is: 'a qcow2 disk image, no kernel' },
  { at: 0, magic: 'MZ', is: 'an EFI program without a Linux boot header (a unified kernel image?): give the bzImage inside it' },
];

/** XLF_KERNEL_64 of `xloadflags`: the kernel has the 64-bit entry point at 0x200. The field came with protocol 2.12 (Linux 3.8). */
const XLF_KERNEL_64 = 1;
const PROTOCOL_WITH_XLOADFLAGS = 0x020c;

const BOOT_SECTOR_END = 0x1fe;
const HEADER_END = 0x238;

/**
 * Reads release and version from the first `HEADER_BYTES` of a bzImage of `size_bytes`; `file` names it in errors.
 * Throws UsageError for everything that is not a whole x86-64 bzImage.
 */
export function parseHeader(head: Buffer, size_bytes: number, file: string): KernelVersion {
  if (head.length < HEADER_END || head.readUInt16LE(BOOT_SECTOR_END) !== 0xaa55 || !holds(head, 0x202, 'HdrS')) {
    throw new UsageError(`${file} is ${size_bytes === 0 ? 'empty' : nameOf(head, size_bytes)}`);
  }
  if (head.readUInt16LE(0x206) < PROTOCOL_WITH_XLOADFLAGS || (head.readUInt16LE(0x236) & XLF_KERNEL_64) === 0) {
    throw new UsageError(`${file} is a 32-bit x86 kernel, and a candidate must be an x86-64 bzImage (CONFIG_64BIT=y)`);
  }
  // boot.rst: "if the setup_sects field contains 0, the real value is 4"; the boot sector comes on top; syssize counts 16-byte paragraphs
  const least_bytes = ((head.readUInt8(0x1f1) || 4) + 1) * 512 + head.readUInt32LE(0x1f4) * 16;
  if (size_bytes < least_bytes) {
    throw new UsageError(`${file} is cut short: its header promises ${least_bytes} bytes and it has ${size_bytes}; copy or build it again`);
  }
  const version = banner(head);
  const release = version.split(' ', 1)[0] ?? '';
  // it names directories and goes on command lines; setlocalversion makes nothing else
  if (!/^[0-9]+\.[\w.+~-]+$/.test(release)) throw new UsageError(`${file} is damaged: its header holds no kernel release`);
  return { release, version };
}

/** What a file that is no bzImage is, for the end of the sentence `FILE is …`. */
function nameOf(head: Buffer, size_bytes: number): string {
  // every bzImage with an EFI stub begins so, also the first bytes of one
  if (size_bytes < HEADER_END && holds(head, 0, 'MZ')) return `cut short: it ends after ${size_bytes} bytes; copy or build it again`;
  return SIGNATURES.find(({ at, magic }) => holds(head, at, magic))?.is ?? 'not a kernel: it has no Linux boot header (HdrS at 0x202)';
}

const holds = (head: Buffer, at: number, magic: string): boolean => head.toString('latin1', at, at + magic.length) === magic;

/** `kernel_version` points at a NUL-terminated string, less 0x200; 0 is "none". Control characters would spoil every report. */
function banner(head: Buffer): string {
  const pointer = head.readUInt16LE(0x20e);
  if (pointer === 0) return '';
  const text = head.toString('latin1', pointer + 0x200, pointer + 0x200 + 512);
  return (text.split('\0', 1)[0] ?? '').replaceAll(/[^\x20-\x7e]+/g, ' ').trim();
}
