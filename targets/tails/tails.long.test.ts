/** What every tail does while nothing is wrong with it, and how it tells what is wrong at its start. */
import { spawnSync } from 'node:child_process';
import { copyFileSync, mkdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { InfraError } from '../../results/errors.ts';
import { makeCertificates } from '../tls.ts';
import {
  answers,
  client,
  EACH_KIND,
  freePort,
  HOST,
  io,
  MiB,
  missingFor,
  SIZE_bytes,
  sizeSeen,
  tailOf,
  tlsClient,
} from './tails.testing.ts';

describe.each(EACH_KIND)('a tail served by %s', (_title, kind) => {
  const here = missingFor(kind) === undefined;
  const on = tailOf(kind);

  it.runIf(here)('listens as soon as it is there, with a disk of the size that was asked for', () => {
    expect(sizeSeen(on.tail.uri)).toBe(String(SIZE_bytes));
    // sparse: a lab has more disks than space
    expect(statSync(on.tail.backing as string).size).toBe(SIZE_bytes);
    expect(statSync(on.tail.backing as string).blocks * 512).toBeLessThan(MiB);
  });

  it.runIf(here)('keeps what is written in its backing file, and gives it back', async () => {
    const { said } = await io(on.tail, 'write -P 0x5a 8192 4096', 'flush', 'read -P 0x5a 8192 4096', 'read -P 0 0 4096');
    expect(said).not.toMatch(/fail|error|cannot/i);
    expect(new Set(readFileSync(on.tail.backing as string).subarray(8192, 12_288))).toEqual(new Set([0x5a]));
  });

  it.runIf(here)('serves the export that it was told to, and no other', async () => {
    const named = await on.bench.start(kind, { exportName: 'volume-7' });
    expect(named.uri).toMatch(/\/volume-7$/);
    expect(sizeSeen(named.uri)).toBe(String(SIZE_bytes));
    expect(sizeSeen(named.uri.replace('volume-7', 'volume-8'))).toMatch(/volume-8/);
    expect(sizeSeen(named.uri.replace('volume-7', ''))).toMatch(/no export|not found/i);
    await named[Symbol.asyncDispose]();
  });

  it.runIf(here)('with TLS takes a client that shows its certificate, and no other', async () => {
    const tls = join(on.bench.dir, 'tls');
    await makeCertificates(tls, HOST, { run: on.bench.run, limit_s: 20 });
    const options = await on.bench.options(kind, { tls });
    const safe = await on.bench.start(kind, options);
    expect(safe.uri).toMatch(/^nbds:/);
    expect((await tlsClient(options, tls, 'write 0 4096', 'read 0 4096')).said).toMatch(/wrote 4096\/4096.*read 4096\/4096/s);
    expect((await client(safe.uri.replace('nbds:', 'nbd:'), 'read 0 4096').done).said).toMatch(/TLS|tls|not available|not present/);
    // it trusts the server, but comes with a certificate of its own making
    const strange = join(on.bench.dir, 'strange');
    await makeCertificates(strange, HOST, { run: on.bench.run, limit_s: 20 });
    copyFileSync(join(tls, 'ca-cert.pem'), join(strange, 'ca-cert.pem'));
    expect((await tlsClient(options, strange, 'read 0 4096')).said).not.toContain('read 4096/4096');
    await safe[Symbol.asyncDispose]();
  });

  it.runIf(here)('is gone once it is disposed', async () => {
    const port = await freePort();
    const other = await on.bench.start(kind, { port });
    expect(await answers(port)).toBe(true);
    await other[Symbol.asyncDispose]();
    expect(await answers(port)).toBe(false);
  });

  it.runIf(here)('that cannot listen is our own failure, in the words of the server', async () => {
    const port = Number(new URL(on.tail.uri).port);
    const attempt = on.bench.start(kind, { port });
    await expect(attempt).rejects.toThrow(InfraError);
    // nbd-server gives its words to syslog alone
    const words = kind.name === 'nbd-server' ? /syslog; perhaps its address is in use/ : /[Aa]ddress already in use/;
    await expect(attempt).rejects.toThrow(new RegExp(`^${kind.name} did not start: .*${words.source}`, 's'));
  });

  it.runIf(here)('whose disk cannot be made is our own failure', async () => {
    mkdirSync(join(on.bench.dir, 'place'), { recursive: true });
    writeFileSync(join(on.bench.dir, 'place', 'file'), '');
    const dir = join(on.bench.dir, 'place', 'file');
    await expect(on.bench.start(kind, { dir })).rejects.toThrow(/^cannot make the tail's disk in .*place\/file: /);
  });

  it.runIf(here)('serves from its memory, or says beforehand that it cannot', async () => {
    const backing = { kind: 'memory', size_MiB: 8 } as const;
    const why = kind.refuses?.({ backing, exportName: 'disk' });
    if (why !== undefined) {
      expect(why).toMatch(/ in its memory$/);
      return expect(on.bench.start(kind, { backing })).rejects.toThrow(why);
    }
    const volatile = await on.bench.start(kind, { backing });
    expect([sizeSeen(volatile.uri), volatile.backing]).toEqual([String(8 * MiB), undefined]);
    expect(volatile.faults.has('kill')).toBe(false);
    await expect(volatile.inject({ kind: 'kill' })).rejects.toThrow(/in its memory/);
    await volatile[Symbol.asyncDispose]();
  });

  it.runIf(here)('serves a block device', async ({ skip }) => {
    const { stdout: device, stderr } = loopDevice(join(on.bench.dir, 'image'));
    if (device === '') return skip(`no loop device can be had here: ${stderr}`);
    try {
      const onDevice = await on.bench.start(kind, { backing: { kind: 'device', path: device } });
      expect([sizeSeen(onDevice.uri), onDevice.backing]).toEqual([String(4 * MiB), device]);
      expect((await io(onDevice, 'write -P 7 4096 4096', 'flush', 'read -P 7 4096 4096')).said).toMatch(/wrote 4096.*read 4096/s);
      await onDevice[Symbol.asyncDispose]();
    } finally {
      spawnSync('losetup', ['--detach', device], { timeout: 10_000 });
    }
  });

  it.runIf(here)('logs its requests, or says beforehand that it cannot', async () => {
    const { logs } = kind;
    if (!logs) {
      expect(kind.refuses?.({ backing: { kind: 'file', size_MiB: 1 }, exportName: 'disk', log: true })).toMatch(/keeps no log/);
      expect(await on.tail.requests()).toBeUndefined();
      return;
    }
    const logging = await on.bench.start(kind, { log: true });
    const from = Date.now();
    await io(logging, 'write 8192 4096', 'read 512 1024');
    const requests = (await logging.requests()) ?? [];
    const [write, read] = ['write', 'read'].map((op) => requests.filter((each) => each.op === op));
    expect(write).toMatchObject([{ what: 'request', offset: 8192, bytes: 4096 }, { what: 'reply' }]);
    expect(read).toMatchObject([{ what: 'request', offset: 512, bytes: 1024 }, { what: 'reply' }]);
    for (const { at_ms } of requests) expect(at_ms).toBeGreaterThanOrEqual(from - 5);
    for (const { at_ms } of requests) expect(at_ms).toBeLessThanOrEqual(Date.now() + 5);
    await logging[Symbol.asyncDispose]();
  });
});

/** The name of a new loop device on a new file; none where this machine gives none, and why. */
function loopDevice(path: string): { stdout: string; stderr: string } {
  writeFileSync(path, Buffer.alloc(4 * MiB));
  const { stdout, stderr, error } = spawnSync('losetup', ['--find', '--show', path], { encoding: 'utf8', timeout: 10_000 });
  return { stdout: stdout?.trim() ?? '', stderr: stderr?.trim() ?? String(error) };
}
