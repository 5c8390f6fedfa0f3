import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { UsageError } from '../../results/errors.ts';
import { SAMPLE_BANNER, SAMPLE_RELEASE, sampleBzImage } from './bzimage.sample.ts';
import { parseHeader } from './header.ts';

const parse = (bytes: Buffer) => parseHeader(bytes, bytes.length, '/boot/vmlinuz');

function changed(change: (image: Buffer) => void): Buffer {
  const image = sampleBzImage();
  change(image);
  return image;
}

function withMagic(at: number, magic: string): Buffer {
  const bytes = Buffer.alloc(4096);
  bytes.write(magic, at, 'latin1');
  return bytes;
}

test('release and version are those of the banner inside the image', () => {
  expect(parse(sampleBzImage())).toEqual({ release: SAMPLE_RELEASE, version: SAMPLE_BANNER });
});

test('an image longer than its header promises is whole: a Secure Boot signature stands at its end', () => {
  expect(parse(Buffer.concat([sampleBzImage(), Buffer.alloc(1500, 7)])).release).toBe(SAMPLE_RELEASE);
});

describe('what is no whole x86-64 bzImage is refused in one line that names the file and what it is', () => {
  test.each([
    ['an empty file', Buffer.alloc(0), /is empty/],
    ['an arm64 Image', withMagic(0x38, 'ARM\x64'), /arm64 kernel/],
    ['an arm64 Image with an EFI stub', changed((image) => image.fill(0, 0x200).write('ARM\x64', 0x38, 'latin1')), /arm64 kernel/],
    ['a RISC-V Image', withMagic(0x38, 'RSC\x05'), /RISC-V kernel/],
    ['a vmlinux', withMagic(0, '\x7fELF'), /ELF.*give arch\/x86\/boot\/bzImage/],
    ['a gzip file', withMagic(0, '\x1f\x8b'), /gzip-compressed: unpack/],
    ['a disk image', withMagic(0, 'QFI\xfb'), /qcow2/],
    ['a unified kernel image', withMagic(0, 'MZ'), /EFI program/],
    ['a text', Buffer.from('hello\n'.repeat(200)), /not a kernel/],
    ['a boot sector of something else', changed((image) => image.fill(0, 0, 2).write('GRUB', 0x202, 'latin1')), /not a kernel/],
    ['a 32-bit kernel', changed((image) => image.writeUInt16LE(0x003e, 0x236)), /32-bit x86 kernel.*CONFIG_64BIT/],
    ['a kernel of before Linux 3.8', changed((image) => image.writeUInt16LE(0x020b, 0x206)), /32-bit x86 kernel/],
    ['the first 300 bytes', sampleBzImage().subarray(0, 300), /cut short: it ends after 300 bytes/],
    ['all but the last byte', sampleBzImage().subarray(0, -1), /cut short: its header promises 3584 bytes and it has 3583/],
    ['no banner', changed((image) => image.writeUInt16LE(0, 0x20e)), /damaged/],
    ['a banner past the end', changed((image) => image.writeUInt16LE(0xffff, 0x20e)), /damaged/],
    ['a release that would be a path', sampleBzImage('6.1/../../etc #1'), /damaged/],
  ])('%s', (_, bytes, reason) => {
    expect(() => parse(bytes)).toThrow(UsageError);
    expect(() => parse(bytes)).toThrow(reason);
    expect(() => parse(bytes)).toThrow(/^\/boot\/vmlinuz is [^\n]+$/);
  });
});

/** Either an answer or a UsageError: anything else fails the property. */
function answersOrRefuses(bytes: Buffer): boolean {
  try {
    const { release, version } = parse(bytes);
    return version.startsWith(release) && /^[\x21-\x2e\x30-\x7e]+$/.test(release);
  } catch (error) {
    return error instanceof UsageError && !error.message.includes('\n');
  }
}

describe('whatever the bytes are, the answer is a version or a UsageError', () => {
  test('random bytes', () => {
    fc.assert(fc.property(fc.uint8Array({ maxLength: 4096 }), (bytes) => answersOrRefuses(Buffer.from(bytes))));
  });

  test('an image with bytes changed and its end cut off', () => {
    const patch = fc.record({ at: fc.integer({ min: 0x1f0, max: 0x480 }), value: fc.integer({ min: 0, max: 255 }) });
    fc.assert(
      fc.property(fc.array(patch, { maxLength: 20 }), fc.nat(3584), (patches, length) =>
        answersOrRefuses(
          changed((image) => {
            for (const { at, value } of patches) image.writeUInt8(value, at);
          }).subarray(0, length),
        ),
      ),
    );
  });
});
