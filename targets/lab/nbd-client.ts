/** How a machine's own kernel attaches its disk: by nbd-client(8), in the clear or over TLS. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { DiskSpec, NbdSettings } from '../target.ts';
import type { Arrangement } from './machine.ts';

export const NBD_DEVICE = '/dev/nbd0';

export interface Served {
  readonly host: string;
  readonly port: number;
  readonly exportName: string;
  /** a directory of certificates as targets/tls.ts makes it; in the clear where it is not said */
  readonly tls: string | undefined;
}

/** Where the machine keeps its certificates, and which it needs. */
const GUEST_TLS = '/run/stormproof/tls';
const CLIENT_FILES = ['ca-cert.pem', 'client-cert.pem', 'client-key.pem'] as const;
const WRITE = `umask 077; mkdir -p ${GUEST_TLS}; cd ${GUEST_TLS}; ${CLIENT_FILES.map((file, index) => `printf %s "$${index + 1}" > ${file}`).join('; ')}`;

/** What is done on the machine after each boot. */
export function attachment({ nbd }: DiskSpec, served: Served): Arrangement[] {
  const { tls } = served;
  const disk = { what: 'its disk', argv: nbdClient(served, nbd) };
  if (tls === undefined) return [disk];
  const texts = CLIENT_FILES.map((file) => readFileSync(join(tls, file), 'utf8'));
  return [{ what: 'its certificates', argv: ['sh', '-c', WRITE, 'sh', ...texts] }, disk];
}

function nbdClient(
  { host, port, exportName, tls }: Served,
  { timeout_s = 0, connections = 1, persist = true }: NbdSettings = {},
): string[] {
  const [ca, certificate, key] = CLIENT_FILES.map((file) => `${GUEST_TLS}/${file}`) as [string, string, string];
  return [
    ...['sh', '-c', 'modprobe nbd && exec nbd-client "$@"', 'nbd-client', host, String(port), NBD_DEVICE],
    ...['-name', exportName, '-timeout', String(timeout_s), '-C', String(connections), ...(persist ? ['-persist'] : []), '-nofork'],
    ...(tls === undefined ? [] : ['-enable-tls', '-cacertfile', ca, '-certfile', certificate, '-keyfile', key]),
  ];
}
