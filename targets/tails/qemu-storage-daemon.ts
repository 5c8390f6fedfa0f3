/**
 * A tail served by qemu-storage-daemon(1), QEMU's block layer without a machine:
 *
 *     NBD export → `top` (throttle) → `disk` (raw) → [`failing` (blkdebug) →] `file`
 *
 * The rate is a property of the throttle group; to fail, blkdebug is put in between and taken out again.
 */
import { join } from 'node:path';
import { Qmp } from '../lab/qmp.ts';
import { startServer } from './server.ts';
import type { Failing, TailFault, TailFaultKind, TailKind, TailOptions } from './tail.ts';

const PROGRAM = 'qemu-storage-daemon';
const QMP_LIMIT_MS = 2_000;
/** Not `flush`, with which QEMU itself begins when the node is to go; nbdkit's error filter lets flushes through too. */
const FAILING = ['read', 'write', 'write-zeroes', 'discard', 'block-status'];
/** blkdebug wants the numbers (include/uapi/asm-generic/errno-base.h). */
const ERRNO: Readonly<Record<Failing['errno'], number>> = { EIO: 5, ENOSPC: 28 };

/** The argv; pure. Options are given as JSON, in which a comma of a path means nothing. */
export function storageDaemonArgv(
  options: Pick<TailOptions, 'host' | 'port' | 'exportName' | 'tls' | 'program' | 'backing'>,
  qmp: string,
  path: string,
): string[] {
  const { host, port, exportName, tls, program = PROGRAM, backing } = options;
  const chardev = `socket,id=qmp,path=${qmp.replaceAll(',', ',,')},server=on,wait=off`;
  const credentials = { 'qom-type': 'tls-creds-x509', id: 'tls', endpoint: 'server', dir: tls, 'verify-peer': true };
  const listen = {
    addr: { type: 'inet', host, port: String(port) },
    'max-connections': 0,
    ...(tls === undefined ? {} : { 'tls-creds': 'tls' }),
  };
  const node = (driver: string, name: string, more: object) => ['--blockdev', JSON.stringify({ driver, 'node-name': name, ...more })];
  return [
    ...[program, '--chardev', chardev, '--monitor', 'chardev=qmp'],
    ...['--object', JSON.stringify({ 'qom-type': 'throttle-group', id: 'rate' })],
    ...(tls === undefined ? [] : ['--object', JSON.stringify(credentials)]),
    ...node(backing.kind === 'device' ? 'host_device' : 'file', 'file', { filename: path, discard: 'unmap' }),
    ...node('raw', 'disk', { file: 'file', discard: 'unmap' }),
    ...node('throttle', 'top', { file: 'disk', 'throttle-group': 'rate', discard: 'unmap' }),
    ...['--nbd-server', JSON.stringify(listen)],
    ...['--export', JSON.stringify({ type: 'nbd', id: 'export', 'node-name': 'top', name: exportName, writable: true })],
  ];
}

interface Command {
  readonly execute: string;
  readonly args: Record<string, unknown>;
}

/** What limits the rate of each direction, undefined for none; pure. */
export function rateCommands(rate_bps: number | undefined): Command[] {
  const bps = rate_bps === undefined ? 0 : Math.max(1, Math.round(rate_bps / 8)); // bytes, and zero is unlimited
  return [{ execute: 'qom-set', args: { path: '/objects/rate', property: 'limits', value: { 'bps-read': bps, 'bps-write': bps } } }];
}

/** What puts the node `after` between the disk and its file, undefined for none, and takes out what stood there before; pure. */
export function failingCommands(before: string | undefined, after: { node: string; errno: Failing['errno'] } | undefined): Command[] {
  const failing = (node: string, errno: number) => ({
    ...{ driver: 'blkdebug', 'node-name': node, image: 'file', discard: 'unmap' },
    'inject-error': FAILING.map((iotype) => ({ event: 'none', iotype, errno, once: false })),
  });
  return [
    ...(after === undefined ? [] : [{ execute: 'blockdev-add', args: failing(after.node, ERRNO[after.errno]) }]),
    {
      execute: 'blockdev-reopen',
      args: { options: [{ driver: 'raw', 'node-name': 'disk', file: after?.node ?? 'file', discard: 'unmap' }] },
    },
    ...(before === undefined ? [] : [{ execute: 'blockdev-del', args: { 'node-name': before } }]),
  ];
}

/** QEMU's server tells a failed read only where it fails at its first step, which asks for holes; halfway it drops the client. */
const NO_SHARE = `${PROGRAM} cuts clients off whose reads fail halfway: all requests can fail, but not a share of them`;

export const qemuStorageDaemon: TailKind = {
  name: PROGRAM,
  summary: "qemu-storage-daemon(1): QEMU's own block layer and NBD server",
  programs: [PROGRAM],
  faults: new Set(['pause', 'error', 'rate', 'kill']),
  logs: false,
  refuses({ backing, log, failing }) {
    if (backing.kind === 'memory') return `${PROGRAM} keeps no disk in its memory`;
    if (log === true) return `${PROGRAM} keeps no log of its requests`;
    return failing === undefined || failing.share === 1 ? undefined : NO_SHARE;
  },
  start: (options) =>
    startServer(qemuStorageDaemon, options, (path = '') => {
      const socket = join(options.dir, 'qmp');
      const commandsFor = faultCommands();
      return {
        programs: [{ argv: storageDaemonArgv(options, socket, path), port: options.port }],
        prepare: () => commandsFor.forget(),
        async set(kind, fault) {
          const qmp = await Qmp.connect(socket, QMP_LIMIT_MS);
          try {
            for (const { execute, args } of commandsFor.of(kind, fault)) await qmp.command(execute, args);
          } finally {
            qmp.close();
          }
        },
        refuses: (fault) => (fault.kind === 'error' && fault.share !== 1 ? NO_SHARE : undefined),
      };
    }),
};

/** The commands for one fault after the other: to take a node out, its name must be remembered. */
function faultCommands() {
  let node: string | undefined;
  let nodes = 0;
  return {
    of(kind: TailFaultKind, fault: TailFault | undefined): Command[] {
      if (kind === 'rate') return rateCommands(fault?.kind === 'rate' ? fault.rate_bps : undefined);
      const after = fault?.kind === 'error' ? { node: `failing${nodes++}`, errno: fault.errno } : undefined;
      const commands = failingCommands(node, after);
      node = after?.node;
      return commands;
    },
    forget() {
      node = undefined;
    },
  };
}
