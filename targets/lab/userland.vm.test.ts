/** The guest image is built for real, once, whoever asks at the same time. */
import { mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { execa } from 'execa';
import { expect, test } from 'vitest';

const PROGRAM = `
  import { userland } from ${JSON.stringify(join(import.meta.dirname, 'userland.ts'))};
  const options = { run: 'test-' + process.pid, runtimeDir: process.env.STORMPROOF_CACHE + '/' + process.pid, signal: new AbortController().signal };
  const image = await userland({ ...options, note: (text) => console.error(text) });
  console.log(image);
`;

test('two runs that want the image at once build it once, and both get it whole', async () => {
  const cache = mkdtempSync(join(tmpdir(), 'sp-cache-'));
  try {
    const both = await Promise.all(
      [1, 2].map(() => execa(process.execPath, ['--input-type=module-typescript', '-e', PROGRAM], { env: { STORMPROOF_CACHE: cache } })),
    );
    const images = both.map(({ stdout }) => stdout);
    expect(images[0]).toBe(images[1]);
    expect(
      both
        .map(({ stderr }) => stderr)
        .join()
        .match(/building the guest image/g),
    ).toHaveLength(1);
    const listed = (await execa('unsquashfs', ['-l', images[0] as string])).stdout;
    for (const program of [
      'dropbear',
      'fio',
      'stress-ng',
      'tc',
      'iperf3',
      'nbd-client',
      'mkfs.ext4',
      'mkfs.xfs',
      'modprobe',
      'ethtool',
      'ps',
      'python3',
    ])
      expect(listed, program).toMatch(new RegExp(`/${program}$`, 'm'));
    expect(readdirSync(join(cache, 'userland')).filter((name) => name.endsWith('.partial'))).toEqual([]);
  } finally {
    rmSync(cache, { recursive: true, force: true });
  }
});
