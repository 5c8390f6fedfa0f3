/**
 * Connections to a machine's tail that say nothing: a port scan, a monitoring check gone wrong, clients of a host that was cloned. A server that has
 * places for so many clients (flexnbd: 16) has none left for whoever must connect again.
 */
import { join } from 'node:path';
import { InfraError } from '../../results/errors.ts';
import type { Tail } from '../../targets/tails/tail.ts';
import type { Job } from '../../targets/target.ts';
import { type Fault, machineOf } from './fault.ts';

export interface ConnectionFloodParams {
  readonly connections: number;
}

/** They end by themselves after so long, whoever is left to end them. */
const LIMIT_S = 3600;
const PROGRAM = join(import.meta.dirname, 'idle-connections.ts');

/** What is held open now, and for whom. */
const held = new WeakMap<Tail, { readonly job: Job; readonly open_connections: number }>();

export const connectionFlood: Fault<ConnectionFloodParams> = {
  summary: "idle connections take the places of a tail's clients",
  breaks: 'storage',
  inWords: ({ connections }) => `${connections} connections`,
  async inject(site, on, { connections }) {
    const tail = site.tailOf(machineOf(site, on).name);
    if (held.has(tail)) return;
    // to the run's own tail and to nothing else, from the network on which it stands
    const { hostname, port } = new URL(tail.uri);
    const address = hostname.replace(/^\[|\]$/g, '');
    const job = site.networks.store.spawn([process.execPath, PROGRAM, address, port, String(connections), String(LIMIT_S)], {
      limit_s: LIMIT_S,
    });
    held.set(tail, { job, open_connections: await opened(job) });
  },
  figures(site, on) {
    const { open_connections = 0 } = held.get(site.tailOf(on)) ?? {};
    return { open_connections };
  },
  async heal(site, on) {
    const tail = site.tailOf(on);
    const flood = held.get(tail);
    held.delete(tail);
    await flood?.job.stop();
  },
};

/** Its word, once all have been tried. Throws InfraError where it ends without one. */
function opened(job: Job): Promise<number> {
  return new Promise((resolve, reject) => {
    job.stdout.once('data', (text: Buffer) => resolve(Number(text.toString())));
    void job.done.then(({ stderr, code }) => reject(new InfraError(`idle connections could not be opened: ${stderr || `exit ${code}`}`)));
  });
}
