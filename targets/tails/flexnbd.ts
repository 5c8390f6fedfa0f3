/**
 * A tail served by flexnbd, whose handshake is the old one. Clients are given a bridge, nbdkit in front of it, which speaks the new one and
 * TLS and does with its filters what flexnbd cannot:
 *
 *     client → host:port nbdkit (filters → retry → plugin nbd) → host:innerPort(port) flexnbd
 *
 * The bridge opens a connection for each client, and opens it again when flexnbd was replaced, as after a mirror. flexnbd takes 16 at a time.
 */
import { rmSync } from 'node:fs';
import { join } from 'node:path';
import { filtersOf, nbdkitArgv } from './nbdkit.ts';
import { startServer } from './server.ts';
import type { TailKind, TailOptions } from './tail.ts';

const LARGEST_PORT = 65_535;
const PORTS_APART = 20_000;
/** A request is tried again after 1, 2, 4 and 8 s. */
const RETRY = ['retries=4', 'retry-delay=1'];

/** Where flexnbd itself listens; clients of a bridge on another port are not in its way. */
export const innerPort = (port: number): number => (port + PORTS_APART > LARGEST_PORT ? port - PORTS_APART : port + PORTS_APART);

/** Its control socket (flexnbd-control.ts). */
export const controlSocket = (dir: string): string => join(dir, 'ctl');

/** The argv; pure. */
export function flexnbdArgv(
  { dir, host, port, program = 'flexnbd' }: Pick<TailOptions, 'dir' | 'host' | 'port' | 'program'>,
  path: string,
): string[] {
  return [program, 'serve', '-l', host, '-p', String(innerPort(port)), '-f', path, '-s', controlSocket(dir)];
}

export const flexnbd: TailKind = {
  name: 'flexnbd',
  summary: 'flexnbd behind a bridge of nbdkit, which does the faults and keeps the log',
  programs: ['flexnbd', 'nbdkit'],
  faults: new Set(['pause', 'delay', 'error', 'rate', 'kill']),
  logs: true,
  refuses: ({ backing }) => (backing.kind === 'memory' ? 'flexnbd keeps no disk in its memory' : undefined),
  start: (options) =>
    startServer(flexnbd, options, (path = '') => {
      const { dir, host, port } = options;
      const inner = innerPort(port);
      const words = ['nbd', `uri=nbd://[${host}]:${inner}`, ...RETRY];
      const filters = filtersOf(options);
      return {
        ...filters,
        programs: [
          { argv: flexnbdArgv(options, path), port: inner },
          { argv: nbdkitArgv({ ...options, program: undefined }, { filters: ['retry'], words }), port },
        ],
        // flexnbd itself stands still, with the bridge
        pausesItself: false,
        prepare() {
          filters.prepare?.();
          rmSync(controlSocket(dir), { force: true });
        },
      };
    }),
};
