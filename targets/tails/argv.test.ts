/** What each server is started with. */
import { describe, expect, it } from 'vitest';
import { flexnbdArgv, innerPort } from './flexnbd.ts';
import { TAILS, type TailName } from './index.ts';
import { nbdServerArgv, nbdServerConfig } from './nbd-server.ts';
import { nbdkitArgv } from './nbdkit.ts';
import { failingCommands, rateCommands, storageDaemonArgv } from './qemu-storage-daemon.ts';
import type { TailKind } from './tail.ts';

const PLACE = { dir: '/run/tail', host: '2001:2:0:8001::1', port: 10_809, exportName: '' };
const FILE = { kind: 'file', size_MiB: 1 } as const;
const filters = (argv: readonly string[]) =>
  argv.filter((word) => word.startsWith('--filter=')).map((word) => word.slice('--filter='.length));

describe("nbdkit's command line", () => {
  it('has the filters outermost first: nothing is answered through a shut gate, and the gate waits for nothing slow', () => {
    const argv = nbdkitArgv(PLACE, { words: ['file', '/run/tail/disk'] });
    expect(filters(argv)).toEqual(['rate', 'pause', 'error', 'exportname']);
    expect(argv.join(' ')).toContain('--ipaddr 2001:2:0:8001::1 --port 10809');
    expect(argv).toContain('pause-control=/run/tail/pause');
    // without a file there is no error: the share alone says that then every request fails
    expect(argv.filter((word) => word.startsWith('error'))).toEqual(['error=EIO', 'error-rate=1', 'error-file=/run/tail/error']);
    // plain digits: nbdkit would read 1e+12 as another figure
    expect(argv).toContain('rate=1000000000000');
    expect(argv.filter((word) => word.startsWith('exportname'))).toEqual([
      'exportname=',
      'exportname-list=explicit',
      'exportname-strict=true',
    ]);
  });

  it('has the log outermost, where a reply leaves, and what a plugin wants closest to it', () => {
    const argv = nbdkitArgv({ ...PLACE, log: true }, { filters: ['retry'], words: ['nbd', 'uri=nbd://[::1]:1'] });
    expect(filters(argv)).toEqual(['log', 'rate', 'pause', 'error', 'exportname', 'retry']);
    expect(argv).toContain('logfile=/run/tail/requests.log');
    expect(argv).toContain('logappend=true');
  });

  it('has the error, the certificates and the binary that it was told', () => {
    const argv = nbdkitArgv(
      { ...PLACE, tls: '/tls', failing: { errno: 'ENOSPC', share: 0.05 }, program: '/opt/nbdkit' },
      { words: ['memory', 'size=8M'] },
    );
    expect(argv[0]).toBe('/opt/nbdkit');
    expect(argv).toEqual(
      expect.arrayContaining(['--tls=require', '--tls-certificates=/tls', '--tls-verify-peer', 'error=ENOSPC', 'error-rate=0.05']),
    );
  });
});

describe("qemu-storage-daemon's command line", () => {
  const parsed = (argv: readonly string[]) => argv.filter((word) => word.startsWith('{')).map((word) => JSON.parse(word));

  it('stacks the nodes so that a rate holds back what can be made to fail', () => {
    const argv = storageDaemonArgv({ ...PLACE, backing: FILE, exportName: 'a' }, '/run/a,b/qmp', '/run/a,b/disk');
    expect(argv).toContain('socket,id=qmp,path=/run/a,,b/qmp,server=on,wait=off');
    expect(parsed(argv)).toMatchObject([
      { 'qom-type': 'throttle-group', id: 'rate' },
      { driver: 'file', 'node-name': 'file', filename: '/run/a,b/disk' },
      { 'node-name': 'disk', file: 'file' },
      { 'node-name': 'top', file: 'disk' },
      { addr: { host: '2001:2:0:8001::1', port: '10809' } },
      { name: 'a', 'node-name': 'top', writable: true },
    ]);
  });

  it('wants a certificate of clients where it has some itself', () => {
    const [, credentials, , , , listen] = parsed(storageDaemonArgv({ ...PLACE, backing: FILE, tls: '/tls' }, '/q', '/disk'));
    expect(credentials).toMatchObject({ dir: '/tls', endpoint: 'server', 'verify-peer': true });
    expect(listen).toMatchObject({ 'tls-creds': credentials.id });
  });

  it('gives a rate in bytes, each direction its own, and none as zero', () => {
    const limits = (rate_bps?: number) => rateCommands(rate_bps).map(({ args }) => args.value);
    expect(limits(8_000_000)).toEqual([{ 'bps-read': 1_000_000, 'bps-write': 1_000_000 }]);
    expect(limits(1)).toEqual([{ 'bps-read': 1, 'bps-write': 1 }]);
    expect(limits()).toEqual([{ 'bps-read': 0, 'bps-write': 0 }]);
  });

  it('takes a failing node out only once nothing leads through it', () => {
    const done = (...args: Parameters<typeof failingCommands>) => failingCommands(...args).map(({ execute }) => execute);
    expect(done(undefined, undefined)).toEqual(['blockdev-reopen']);
    expect(done(undefined, { node: 'a', errno: 'EIO' })).toEqual(['blockdev-add', 'blockdev-reopen']);
    expect(done('a', { node: 'b', errno: 'ENOSPC' })).toEqual(['blockdev-add', 'blockdev-reopen', 'blockdev-del']);
    expect(done('a', undefined)).toEqual(['blockdev-reopen', 'blockdev-del']);
  });
});

describe("nbd-server's command line", () => {
  it('is that of a namespace, of which it cannot get out', () => {
    const argv = nbdServerArgv({ dir: '/run/a b', program: '/opt/nbd-server' });
    expect(argv.slice(0, 5)).toEqual(['unshare', '--pid', '--fork', '--kill-child', 'sh']);
    // paths are words of their own, and never part of the script
    expect(argv.slice(-4)).toEqual(['sh', '/opt/nbd-server', '/run/a b/config', '/run/a b/pid']);
    expect(argv.join('\n').match(/\/run\/a b/g)).toHaveLength(2);
  });

  it('has its configuration in a file', () => {
    expect(nbdServerConfig({ ...PLACE, exportName: 'disk' }, '/d')).toBe(
      '[generic]\nlistenaddr = 2001:2:0:8001::1\nport = 10809\n[disk]\nexportname = /d\nflush = true\nfua = true\ntrim = true\n',
    );
    expect(nbdServerConfig({ ...PLACE, exportName: 'disk', tls: '/tls' }, '/d')).toMatch(
      /port = 10809\ncertfile = \/tls\/server-cert.pem\nkeyfile.*\ncacertfile = \/tls\/ca-cert.pem\n\[disk\][^[]*force_tls = true\n$/s,
    );
  });

  it.each([
    ['', /no default export/],
    ['generic', /cannot name an export "generic"/],
    ['a]\n[b', /cannot name an export/],
    ['volume-7.raw', undefined],
  ])('cannot have every name of an export: %j', (exportName, why) => {
    const said = TAILS['nbd-server'].refuses?.({ backing: { kind: 'file', size_MiB: 1 }, exportName });
    if (why === undefined) expect(said).toBeUndefined();
    else expect(said).toMatch(why);
  });
});

describe("flexnbd's command line", () => {
  it('has a port of its own behind the bridge', () => {
    expect(flexnbdArgv(PLACE, '/d')).toEqual('flexnbd serve -l 2001:2:0:8001::1 -p 30809 -f /d -s /run/tail/ctl'.split(' '));
    for (const port of [1, 10_809, 45_535, 45_536, 65_535]) {
      expect(innerPort(port)).toBeGreaterThan(0);
      expect(innerPort(port)).toBeLessThan(65_536);
      expect(innerPort(port)).not.toBe(port);
    }
  });
});

describe('the registry', () => {
  it.each(Object.entries(TAILS) as [TailName, TailKind][])('names %s as it calls itself', (name, kind) => {
    expect(kind.name).toBe(name);
    expect(kind.programs.length).toBeGreaterThan(0);
  });
});
