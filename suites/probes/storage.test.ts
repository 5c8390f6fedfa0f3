import { spawn, spawnSync } from 'node:child_process';
import { closeSync, mkdtempSync, openSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { eachLine } from './lines.ts';
import type { Sample } from './probe.ts';
import { BLOCKS, blocksPath, writerSample } from './storage.ts';

const WRITER = join(import.meta.dirname, '../../targets/lab/guest/writer.py');
const PYTHON = spawnSync('python3', ['--version']).error === undefined;

describe('the blocks', () => {
  it.each([
    ['/dev/vda', 'ext4', '/mnt/disk/blocks'],
    ['/dev/nbd0', 'btrfs', '/mnt/disk/blocks'],
    ['/dev/nbd0', 'raw', '/dev/nbd0'],
  ] as const)('of %s with %s are written to %s', (disk, fileSystem, path) => {
    expect(blocksPath({ disk, fileSystem })).toBe(path);
  });
});

describe('a line of the writer', () => {
  it.each([
    ['an acknowledgement, in microseconds', '17 1532', { ms: 1.532, seq: 17 }],
    ['the very first', '0 7', { ms: 0.007, seq: 0 }],
    ['a refusal, which acknowledges nothing', '18 error EIO', { ms: null }],
    ['a full disk', '19 error ENOSPC', { ms: null }],
    ['half a line', '17', undefined],
    ['a word of Python', 'Traceback (most recent call last):', undefined],
    ['an account of the check', '100 100 0 0 0', undefined],
    ['a blank', '', undefined],
  ])('that is %s', (_what, line, sample) => {
    expect(writerSample(line)).toEqual(sample);
  });

  it.runIf(PYTHON)('is read as the real writer prints it: every block once, in order, from where it was told', async () => {
    const dir = mkdtempSync(join(tmpdir(), 'writer-'));
    try {
      const file = join(dir, 'blocks');
      closeSync(openSync(file, 'w'));
      const writer = spawn('python3', [WRITER, 'write', file, 'tenant1', '100', String(BLOCKS.slots), '40'], {
        stdio: ['ignore', 'pipe', 'inherit'],
        timeout: 15_000,
      });
      const samples: Sample[] = [];
      await new Promise<void>((resolve) => {
        writer.on('close', () => resolve());
        eachLine(writer.stdout, (line) => {
          const sample = writerSample(line);
          if (sample !== undefined) samples.push(sample);
          if (samples.length === 10) writer.kill('SIGKILL');
        });
      });
      expect(samples.slice(0, 10).map(({ seq }) => seq)).toEqual([40, 41, 42, 43, 44, 45, 46, 47, 48, 49]);
      for (const { ms } of samples) expect(ms).toBeGreaterThan(0);
    } finally {
      rmSync(dir, { recursive: true });
    }
  });
});
