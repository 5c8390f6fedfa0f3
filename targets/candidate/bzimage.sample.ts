/**
 * A small file with the structure of a bzImage, for tests: boot sector, setup header and as many bytes as the header promises.
 */
const SETUP_SECTORS = 4;
const SYSTEM_PARAGRAPHS = 64;
const BANNER_AT = 0x400;

export const SAMPLE_RELEASE = '6.1.0-56-cloud-amd64';
export const SAMPLE_BANNER = `${SAMPLE_RELEASE} (debian-kernel@lists.debian.org) #1 SMP PREEMPT_DYNAMIC Debian 6.1.192-2 (2026-11-16)`;

export function sampleBzImage(banner: string = SAMPLE_BANNER): Buffer {
  const image = Buffer.alloc((SETUP_SECTORS + 1) * 512 + SYSTEM_PARAGRAPHS * 16);
  image.write('MZ', 0, 'latin1');
  image.writeUInt8(SETUP_SECTORS, 0x1f1);
  image.writeUInt32LE(SYSTEM_PARAGRAPHS, 0x1f4);
  image.writeUInt16LE(0xaa55, 0x1fe);
  image.write('HdrS', 0x202, 'latin1');
  image.writeUInt16LE(0x020f, 0x206);
  image.writeUInt16LE(BANNER_AT - 0x200, 0x20e);
  image.writeUInt16LE(0x003f, 0x236);
  image.write(`${banner}\0`, BANNER_AT, 'latin1');
  return image;
}
