/** trafgen(8) of netsniff-ng: raw frames by packet socket, past the qdiscs. */
import { availableParallelism } from 'node:os';
import { InfraError } from '../../results/errors.ts';
import { advanced } from '../flood/draw.ts';
import type { Stream } from '../flood/frame.ts';
import { isOneRate, lengthOf, packetsOf } from '../flood/load.ts';
import { packetOf } from './draw.ts';
import type { Engine } from './engine.ts';
import { type FloodParams, floodInWords, packetSeedOf, streamsOf } from './flood.ts';

/** Its packets are written down beforehand, since it can mend a checksum after a random field for few protocols only: so many of them, and bytes in all. */
const MOST_PACKETS = 4096;
const MOST_BYTES = 1 << 20;
const LEAST_PACKETS = 64;
/** Above this it sends as fast as it can, on all processors: `--rate` makes it send each packet by a system call of its own. */
const UNPACED_PPS = 400_000;
/** Frames above this need `--jumbo-support`. */
const SLOT_BYTES = 1600;

export const trafgen: Engine<FloodParams> = {
  name: 'trafgen',
  package: 'netsniff-ng',
  place: 'station',
  inWords: floodInWords,
  // trafgen itself has no such command: it ends with 1 for --version and --help too
  attempt: () => ({ argv: ['sh', '-c', 'command -v trafgen || { echo not installed >&2; exit 1; }'] }),
  refuses: ({ load }) => (isOneRate(load) ? undefined : 'it holds one rate only'),
  command(params, _for_s, aim) {
    if (aim === undefined) throw new InfraError('a flood needs somebody to aim at');
    const streams = streamsOf(params, aim);
    const rate_pps = Math.max(1, Math.round(packetsOf(params.load) / lengthOf(params.load)));
    const paced = rate_pps < UNPACED_PPS;
    const processes = paced ? 1 : availableParallelism();
    // with a count that is not above the number of processes trafgen 0.6.8 spins for ever, deaf to SIGTERM
    const count = Math.max(processes + 1, Math.ceil(packetsOf(params.load)));
    return {
      argv: [
        'trafgen',
        ...['--dev', aim.device, '--in', '-', '--no-sock-mem'],
        ...['--cpus', String(processes), '--num', String(count)],
        ...(paced ? ['--rate', `${rate_pps}pps`] : []),
        ...(streams.some(({ frames }) => frames.some(({ bytes }) => bytes.length > SLOT_BYTES)) ? ['--jumbo-support'] : []),
      ],
      input: packets(streams, packetSeedOf(params)),
    };
  },
  figures(stdout) {
    const sent = /(\d+) packets outgoing/.exec(stdout)?.[1];
    return sent === undefined ? {} : { sent_packets: Number(sent) };
  },
};

/** Packets in trafgen's language, sent in turn; the streams in their proportions, and of each so many different ones as there is room for. */
function packets(streams: readonly Stream[], seed: number): string {
  const shares = streams.reduce((sum, { share }) => sum + share, 0);
  const mean_bytes = streams.reduce((sum, { share, frames }) => sum + (share / shares) * meanLength(frames), 0);
  const total = Math.max(LEAST_PACKETS, Math.min(MOST_PACKETS, Math.floor(MOST_BYTES / mean_bytes)));
  const blocks = streams.flatMap(({ share, frames }, stream) => {
    const rounds = Math.max(1, Math.round((total * share) / shares / frames.length));
    return Array.from({ length: rounds }, (_, round) => {
      const counter = advanced(BigInt(seed), 1 + stream * 2 ** 40 + round);
      // its place among the others: streams are dealt evenly, not one after the other
      return { at: (round + 0.5) / rounds, text: frames.map((frame) => `{ ${[...packetOf(frame, counter)].join(', ')} }\n`).join('') };
    });
  });
  return blocks
    .toSorted((a, b) => a.at - b.at)
    .map(({ text }) => text)
    .join('');
}

const meanLength = (frames: Stream['frames']): number => frames.reduce((sum, { bytes }) => sum + bytes.length, 0) / frames.length;
