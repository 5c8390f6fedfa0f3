/**
 * A tail served by nbdkit(1), and its filters, which other tails are given too (flexnbd.ts). They stand in this order, outermost first:
 *
 *     log → rate → pause → error → exportname → the disk
 *
 * so that a reply is logged when it leaves, nothing is answered through a shut gate, and a gate can be shut at once: the pause filter waits for
 * the requests behind it, which must not be slow. Idle filters cost nothing measurable.
 */
import { renameSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { Gate } from './gate.ts';
import { readLog } from './nbdkit-log.ts';
import { type Server, startServer } from './server.ts';
import type { Failing, TailFault, TailFaultKind, TailKind, TailOptions } from './tail.ts';

/** `rate-file` has no word for unlimited: a rate that no link here reaches. */
const UNLIMITED_BPS = 1e12;
const EVERY_REQUEST: Failing = { errno: 'EIO', share: 1 };

export type FilterOptions = Pick<TailOptions, 'dir' | 'host' | 'port' | 'exportName' | 'tls' | 'log' | 'failing'>;

/** What the filters stand in front of: nbdkit's plugin with its words, and further filters close to it. */
export interface Plugin {
  readonly filters?: readonly string[];
  readonly words: readonly string[];
}

/** The argv; pure. */
export function nbdkitArgv(options: FilterOptions & { readonly program?: string | undefined }, plugin: Plugin): string[] {
  const { dir, host, port, exportName, tls, log = false, failing = EVERY_REQUEST, program = 'nbdkit' } = options;
  const filters = [...(log ? ['log'] : []), 'rate', 'pause', 'error', 'exportname', ...(plugin.filters ?? [])];
  return [
    ...[program, '--foreground', '--ipaddr', host, '--port', String(port)],
    ...(tls === undefined ? [] : ['--tls=require', `--tls-certificates=${tls}`, '--tls-verify-peer']),
    ...filters.map((name) => `--filter=${name}`),
    ...plugin.words,
    ...(log ? [`logfile=${logOf(dir)}`, 'logappend=true'] : []),
    ...[`rate=${UNLIMITED_BPS}`, `rate-file=${join(dir, 'rate')}`],
    ...[`pause-control=${join(dir, 'pause')}`],
    ...[`error=${failing.errno}`, `error-rate=${failing.share}`, `error-file=${join(dir, 'error')}`],
    ...[`exportname=${exportName}`, 'exportname-list=explicit', 'exportname-strict=true'],
  ];
}

const logOf = (dir: string): string => join(dir, 'requests.log');

export const nbdkit: TailKind = {
  name: 'nbdkit',
  summary: 'nbdkit(1) with its filters: every fault, and a log of every request',
  programs: ['nbdkit'],
  faults: new Set(['pause', 'delay', 'error', 'rate', 'kill']),
  logs: true,
  start: (options) =>
    startServer(nbdkit, options, (path = '') => {
      const { backing, port } = options;
      const words = backing.kind === 'memory' ? ['memory', `size=${backing.size_MiB}M`] : ['file', path];
      return { programs: [{ argv: nbdkitArgv(options, { words }), port }], ...filtersOf(options) };
    }),
};

/** What the filters can do, for the server that they stand in front of. */
export function filtersOf(options: FilterOptions): Omit<Server, 'programs'> & { readonly set: NonNullable<Server['set']> } {
  const { dir, failing = EVERY_REQUEST } = options;
  const gate = new Gate(join(dir, 'pause'));
  const errorFile = join(dir, 'error');
  return {
    pausesItself: true,
    forget: () => gate.forget(),
    // what comes back is told its faults anew
    prepare: () => rmSync(errorFile, { force: true }),
    async set(kind: TailFaultKind, fault: TailFault | undefined) {
      if (kind === 'pause') return gate.pause(fault !== undefined);
      if (kind === 'delay') return gate.delay(fault?.kind === 'delay' ? fault.delay_ms : 0);
      if (kind === 'rate') return setRate(dir, fault?.kind === 'rate' ? fault.rate_bps : UNLIMITED_BPS);
      if (kind === 'error') return fault === undefined ? rmSync(errorFile, { force: true }) : writeFileSync(errorFile, '');
    },
    refuses(fault) {
      if (fault.kind !== 'error' || (fault.errno === failing.errno && fault.share === failing.share)) return undefined;
      const [asked, fixed] = [fault, failing].map(({ errno, share }) => `${errno} to ${share * 100} % of the requests`);
      return `nbdkit's error filter is fixed when it starts, here to ${fixed}: it cannot give ${asked}`;
    },
    ...(options.log === true ? { requests: () => readLog(logOf(dir)) } : {}),
  };
}

/** The filter is read by rename, so that no half-written figure is seen; its units are binary, plain digits are bits per second. */
function setRate(dir: string, rate_bps: number): void {
  const partial = join(dir, 'rate.partial');
  writeFileSync(partial, `${Math.round(rate_bps)}\n`);
  renameSync(partial, join(dir, 'rate'));
}
