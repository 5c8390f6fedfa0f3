/**
 * xdp-frames: our own generator, since nothing packaged comes near its rates. The kernel's own test run of a BPF program makes the packets
 * and sends them (Documentation/bpf/bpf_prog_run.rst). It takes Linux 5.18, CAP_BPF and CAP_NET_ADMIN outside of user namespaces; and whoever
 * receives on a veth must have GRO or XDP on, else all is dropped without a word.
 */
import { fileURLToPath } from 'node:url';
import { InfraError } from '../../../results/errors.ts';
import type { Aim } from '../../../targets/target.ts';
import type { Load } from '../../flood/load.ts';
import type { Engine } from '../engine.ts';
import { type FloodParams, floodInWords, packetSeedOf, streamsOf } from '../flood.ts';
import { type Job, Sent } from './job.ts';
import { LANES } from './lanes.ts';

const ARGV = ['env', `UV_THREADPOOL_SIZE=${LANES}`, process.execPath, fileURLToPath(new URL('./main.ts', import.meta.url))];

export const xdpFrames: Engine<FloodParams> = {
  name: 'xdp-frames',
  package: 'koffi',
  place: 'station',
  inWords: floodInWords,
  attempt: (params, aim) => ({ argv: ARGV, input: JSON.stringify(jobOf(params, aim, [])) }),
  command(params, _for_s, aim) {
    if (aim === undefined) throw new InfraError('a flood needs somebody to aim at');
    return { argv: ARGV, input: JSON.stringify(jobOf(params, aim, params.load)) };
  },
  figures(stdout) {
    if (stdout.trim() === '') return {};
    const sent = Sent.safeParse(parsed(stdout));
    if (!sent.success) throw new InfraError('xdp-frames printed something that is not its own', { cause: sent.error });
    const { sent_packets, sent_bytes, asked_packets } = sent.data;
    return { sent_packets, sent_bytes, asked_packets };
  },
};

function jobOf(params: FloodParams, aim: Aim, load: Load): Job {
  return {
    device: aim.device,
    seed: packetSeedOf(params),
    load: [...load],
    streams: streamsOf(params, aim).map(({ share, frames }) => ({
      share,
      frames: frames.map(({ bytes, varied, checksum }) => ({
        bytes: Buffer.from(bytes).toString('base64'),
        varied: [...varied],
        ...(checksum === undefined ? {} : { checksum }),
      })),
    })),
  };
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined; // the schema says that it is not a job's answer
  }
}
