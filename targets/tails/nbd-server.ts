/**
 * A tail served by nbd-server(1), the reference implementation. It goes into the background, out of its process group and away from its parent's
 * death. (What keeps it in the foreground, `-d` or inetd(8), makes each connection look for a Diffie-Hellman prime of its own, for a second.) So it is
 * given a PID namespace, which ends with the shell that is its init, and that shell ends with its leash, and when the server does.
 */
import { rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { startServer } from './server.ts';
import type { TailKind, TailOptions } from './tail.ts';

/** Init of the namespace: an init hears of a signal only what it has a trap for. */
const INIT = [
  "trap 'exit 0' TERM",
  '"$1" -C "$2" -p "$3" || exit',
  // written by the server once it is in the background
  'until [ -s "$3" ]; do sleep 0.01; done',
  'tail --pid="$(cat "$3")" -f /dev/null & wait $!',
  'echo "it has ended, and says why only to syslog; perhaps its address is in use" >&2; exit 1',
].join('\n');

/** The argv; pure. */
export function nbdServerArgv({ dir, program = 'nbd-server' }: Pick<TailOptions, 'dir' | 'program'>): string[] {
  return ['unshare', '--pid', '--fork', '--kill-child', 'sh', '-c', INIT, 'sh', program, configOf(dir), pidFileOf(dir)];
}

const configOf = (dir: string): string => join(dir, 'config');
const pidFileOf = (dir: string): string => join(dir, 'pid');

/** The text of its configuration, nbd-server(5); pure. */
export function nbdServerConfig(
  { host, port, exportName, tls }: Pick<TailOptions, 'host' | 'port' | 'exportName' | 'tls'>,
  path: string,
): string {
  const certificates =
    tls === undefined ? [] : [`certfile = ${tls}/server-cert.pem`, `keyfile = ${tls}/server-key.pem`, `cacertfile = ${tls}/ca-cert.pem`];
  const disk = [`exportname = ${path}`, 'flush = true', 'fua = true', 'trim = true', ...(tls === undefined ? [] : ['force_tls = true'])];
  return `${['[generic]', `listenaddr = ${host}`, `port = ${port}`, ...certificates, `[${exportName}]`, ...disk].join('\n')}\n`;
}

export const nbdServer: TailKind = {
  name: 'nbd-server',
  summary: 'nbd-server(1), the reference implementation',
  programs: ['nbd-server', 'unshare'],
  faults: new Set(['pause', 'kill']),
  logs: false,
  refuses({ backing, exportName, log }) {
    if (backing.kind === 'memory') return 'nbd-server keeps no disk in its memory';
    if (log === true) return 'nbd-server keeps no log of its requests';
    if (exportName === '') return 'nbd-server has no default export: its export needs a name';
    // a section of its configuration, of which one is its own
    if (exportName === 'generic' || !/^[\w.-]+$/.test(exportName)) return `nbd-server cannot name an export ${JSON.stringify(exportName)}`;
    return undefined;
  },
  start: (options) =>
    startServer(nbdServer, options, (path = '') => ({
      programs: [{ argv: nbdServerArgv(options), port: options.port }],
      prepare() {
        writeFileSync(configOf(options.dir), nbdServerConfig(options, path));
        rmSync(pidFileOf(options.dir), { force: true });
      },
    })),
};
