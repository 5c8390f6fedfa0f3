import { spawnSync } from 'node:child_process';
import { lstatSync, mkdtempSync, readFileSync, readlinkSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { cpio, type Entry } from './cpio.ts';

const CPIO = spawnSync('cpio', ['--version']).error === undefined;

interface Unpacked {
  readonly path: string;
  readonly mode: number;
  readonly inode: number;
  readonly mtime: number;
  readonly device: string;
  readonly data: Buffer;
}

/** Reads an archive as the kernel does (init/initramfs.c): every header on a multiple of four bytes, until the trailer. */
function unpack(archive: Buffer): Unpacked[] {
  const found: Unpacked[] = [];
  for (let at = 0; ; ) {
    expect(archive.toString('latin1', at, at + 6)).toBe('070701');
    const field = (index: number) => Number.parseInt(archive.toString('latin1', at + 6 + index * 8, at + 14 + index * 8), 16);
    const [inode, mode, mtime, size, nameSize] = [field(0), field(1), field(5), field(6), field(11)];
    const path = archive.toString('utf8', at + 110, at + 110 + nameSize - 1);
    expect(archive[at + 110 + nameSize - 1]).toBe(0);
    const start = Math.ceil((at + 110 + nameSize) / 4) * 4;
    if (path === 'TRAILER!!!') {
      expect(start + size).toBe(archive.length);
      return found;
    }
    found.push({ path, mode, inode, mtime, device: `${field(9)}:${field(10)}`, data: archive.subarray(start, start + size) });
    at = Math.ceil((start + size) / 4) * 4;
  }
}

const SAMPLE: readonly Entry[] = [
  { kind: 'directory', path: 'bin' },
  { kind: 'file', path: 'bin/tool', data: '#!/bin/sh\n', mode: 0o755 },
  { kind: 'file', path: 'empty', data: '' },
  { kind: 'file', path: 'secret', data: Buffer.from([0, 1, 2, 0xff, 0x0a]), mode: 0o600 },
  { kind: 'link', path: 'bin/sh', to: 'tool' },
  { kind: 'device', path: 'console', major: 5, minor: 1, mode: 0o600 },
];

describe('an archive', () => {
  it.runIf(CPIO)('is listed by cpio(1) with types, permissions and device numbers', () => {
    const { stdout, stderr, status } = spawnSync('cpio', ['-tv', '--quiet', '--numeric-uid-gid'], {
      input: cpio(SAMPLE),
      encoding: 'utf8',
    });
    expect([stderr, status]).toEqual(['', 0]);
    const lines = stdout.trim().split('\n');
    expect(lines.map((line) => line.split(/\s+/)[0])).toEqual([
      'drwxr-xr-x',
      '-rwxr-xr-x',
      '-rw-r--r--',
      '-rw-------',
      'lrwxrwxrwx',
      'crw-------',
    ]);
    expect(lines.map((line) => /19\d\d (.*)$/.exec(line)?.[1])).toEqual([
      'bin',
      'bin/tool',
      'empty',
      'secret',
      'bin/sh -> tool',
      'console',
    ]);
    expect(lines.at(-1)).toMatch(/ 5, +1 /);
  });

  it.runIf(CPIO)('is unpacked by cpio(1) to the same files', () => {
    const dir = mkdtempSync(join(tmpdir(), 'cpio-'));
    try {
      const archive = cpio(SAMPLE.filter(({ kind }) => kind !== 'device'));
      const { stderr, status } = spawnSync('cpio', ['-i', '--quiet', '--no-preserve-owner'], {
        input: archive,
        cwd: dir,
        encoding: 'utf8',
      });
      expect([stderr, status]).toEqual(['', 0]);
      expect(readFileSync(join(dir, 'secret'))).toEqual(Buffer.from([0, 1, 2, 0xff, 0x0a]));
      expect(readFileSync(join(dir, 'bin/tool'), 'utf8')).toBe('#!/bin/sh\n');
      expect(lstatSync(join(dir, 'bin/tool')).mode & 0o777).toBe(0o755);
      expect(lstatSync(join(dir, 'secret')).mode & 0o777).toBe(0o600);
      expect(readlinkSync(join(dir, 'bin/sh'))).toBe('tool');
    } finally {
      rmSync(dir, { recursive: true });
    }
  });

  it('is the same bytes for the same entries', () => {
    expect(cpio(SAMPLE)).toEqual(cpio(SAMPLE));
    expect(unpack(cpio(SAMPLE)).every(({ mtime }) => mtime === 0)).toBe(true);
  });

  it('gives back whatever files it was made of, in their order and aligned', () => {
    const path = fc.string({ unit: 'binary', minLength: 1, maxLength: 20 }).map((text) => text.toWellFormed().replaceAll(/[\0/]/g, '_'));
    const mode = fc.integer({ min: 0, max: 0o7777 });
    const entry: fc.Arbitrary<Entry> = fc.oneof(
      fc.record({
        kind: fc.constant('file' as const),
        path,
        mode,
        data: fc.uint8Array({ maxLength: 50 }).map((bytes) => Buffer.from(bytes)),
      }),
      fc.record({ kind: fc.constant('directory' as const), path, mode }),
      fc.record({ kind: fc.constant('link' as const), path, to: path }),
      fc.record({ kind: fc.constant('device' as const), path, major: fc.nat(255), minor: fc.nat(255) }),
    );
    fc.assert(
      fc.property(fc.array(entry, { maxLength: 8 }), (entries) => {
        const archive = cpio(entries);
        // so that the archive of a machine can stand behind the candidate's
        expect(archive.length % 4).toBe(0);
        const found = unpack(archive);
        expect(found.map(({ path: name }) => name)).toEqual(entries.map(({ path: name }) => name));
        expect(new Set(found.map(({ inode }) => inode)).size).toBe(found.length);
        for (const [index, each] of entries.entries()) {
          const { mode: bits, data, device } = found[index] as Unpacked;
          const type = { directory: 0o04, file: 0o10, link: 0o12, device: 0o02 }[each.kind];
          expect(bits >> 12).toBe(type);
          if (each.mode !== undefined) expect(bits & 0o7777).toBe(each.mode);
          expect(data.toString('latin1')).toBe(
            Buffer.from(each.kind === 'file' ? each.data : each.kind === 'link' ? each.to : '').toString('latin1'),
          );
          expect(device).toBe(each.kind === 'device' ? `${each.major}:${each.minor}` : '0:0');
        }
      }),
    );
  });
});
