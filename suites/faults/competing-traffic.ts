/** Somebody else's traffic takes a machine's link: frames to it from the station, more than the link carries, made by trafgen(8). */
import { setTimeout as sleep } from 'node:timers/promises';
import { InfraError } from '../../results/errors.ts';
import type { Job, Machine } from '../../targets/target.ts';
import { trafgen } from '../engines/trafgen.ts';
import { SHAPES } from '../flood/shapes.ts';
import { lineRate_pps } from '../flood/sizes.ts';
import { type Fault, machineOf, networkOf } from './fault.ts';

export interface CompetingParams {
  /** what is offered at most, counted as in `Topology`; one processor makes some 25,000 frames/s */
  readonly rate_bps: number;
}

const NETWORK = 'store';
const FRAME_BYTES = 1518;
const SEED = 1;
/** It ends by itself after so long, whoever is left to end it. */
const LIMIT_S = 3600;

/** What is being sent now, and to whom. */
const sending = new WeakMap<Machine, Job>();

export const competingTraffic: Fault<CompetingParams> = {
  summary: "more traffic than a machine's link of the storage network carries",
  breaks: 'storage',
  inWords: ({ rate_bps }) => `${Math.round(rate_bps / 1e6)} Mbit/s`,
  async refuses(site) {
    const tried = site.networks[NETWORK].spawn(['sh', '-c', 'command -v trafgen'], { limit_s: 10 });
    tried.stdout.resume();
    return (await tried.done).code === 0 ? undefined : 'trafgen is not installed (package netsniff-ng)';
  },
  async inject(site, on, { rate_bps }) {
    const machine = machineOf(site, on);
    if (sending.has(machine)) return;
    const network = networkOf(site, NETWORK);
    const pps = lineRate_pps(rate_bps, FRAME_BYTES);
    const aim = network.aim(on, 'to');
    const load = SHAPES.sustained({ peak_pps: pps, for_s: LIMIT_S, seed: SEED });
    const { input } = trafgen.command({ vector: 'udp-1518', load, seed: SEED }, LIMIT_S, aim);
    // with --rate it sends all packets of a second at once, and the link is idle for the rest
    const gap_us = Math.max(1, Math.floor(1e6 / pps));
    const argv = ['trafgen', '--dev', aim.device, '--in', '-', '--no-sock-mem', '--cpus', '1', '--gap', `${gap_us}us`];
    const job = network.spawn(argv, { limit_s: LIMIT_S });
    job.stdout.resume();
    job.stdin?.end(input ?? '');
    sending.set(machine, job);
    const ended = await Promise.race([job.done, sleep(STARTED_MS, undefined)]);
    if (ended !== undefined) throw new InfraError(`trafgen did not start: ${ended.stderr || `exit ${ended.code}`}`);
  },
  async heal(site, on) {
    const machine = machineOf(site, on);
    await sending.get(machine)?.stop();
    sending.delete(machine);
  },
};

/** By then it has said why it cannot. */
const STARTED_MS = 300;
