/**
 * A tail served by nbd-server(1), the reference implementation. By itself it goes into the background, where nobody bounds it or hears it; so
 * socat(1) takes the connections, and each becomes an nbd-server of its own, as under inetd(8): its main process would fork for each one too.
 */
import { writeFileSync } from 'node:fs';
import { isIP } from 'node:net';
import { join } from 'node:path';
import { InfraError } from '../../results/errors.ts';
import { startServer } from './server.ts';
import type { TailKind, TailOptions } from './tail.ts';

/** The argv; pure. Throws InfraError for a path that socat would not take as it is. */
export function nbdServerArgv(
  { host, port, program = 'nbd-server' }: Pick<TailOptions, 'host' | 'port' | 'program'>,
  config: string,
): string[] {
  for (const path of [program, config])
    if (!/^[\w./+-]+$/.test(path)) throw new InfraError(`socat cannot be told to run nbd-server with the path ${JSON.stringify(path)}`);
  // -d: not into the background
  return [
    'socat',
    `TCP${isIP(host)}-LISTEN:${port},bind=${isIP(host) === 6 ? `[${host}]` : host},reuseaddr,fork,nodelay`,
    `EXEC:${program} -d -C ${config},nofork`,
  ];
}

/** The text of its configuration, nbd-server(5); pure. Port 0 is the connection that inetd(8) hands over. */
export function nbdServerConfig({ exportName, tls }: Pick<TailOptions, 'exportName' | 'tls'>, path: string): string {
  const certificates =
    tls === undefined ? [] : [`certfile = ${tls}/server-cert.pem`, `keyfile = ${tls}/server-key.pem`, `cacertfile = ${tls}/ca-cert.pem`];
  const disk = [`exportname = ${path}`, 'flush = true', 'fua = true', 'trim = true', ...(tls === undefined ? [] : ['force_tls = true'])];
  return `${['[generic]', 'port = 0', ...certificates, `[${exportName}]`, ...disk].join('\n')}\n`;
}

export const nbdServer: TailKind = {
  name: 'nbd-server',
  summary: 'nbd-server(1), the reference implementation',
  programs: ['nbd-server', 'socat'],
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
    startServer(nbdServer, options, (path = '') => {
      const config = join(options.dir, 'config');
      return {
        programs: [{ argv: nbdServerArgv(options, config), port: options.port }],
        prepare: () => writeFileSync(config, nbdServerConfig(options, path)),
      };
    }),
};
