/**
 * TRex of Cisco, stateless (https://trex-tgn.cisco.com/trex/doc/trex_stateless.html): for generator machines of real hardware, whose owner
 * has put an unpacked release into /opt/trex, or where STORMPROOF_TREX says. `trex.py` starts a server of its own at the station and
 * drives it.
 *
 * An interface of the kernel is driven by packet socket, for which TRex needs nothing else. A card that is named by its PCI address is
 * driven by DPDK: then its owner has bound it to a driver for that, reserved huge pages, and said in /etc/trex_cfg.yaml which processors
 * TRex may have. No such card was there to try that with.
 */
import { fileURLToPath } from 'node:url';
import { InfraError } from '../../results/errors.ts';
import type { Aim } from '../../targets/target.ts';
import { advanced, mixed } from '../flood/draw.ts';
import type { Checksum, Frame, Stream, VariedField } from '../flood/frame.ts';
import { type Load, lengthOf } from '../flood/load.ts';
import { checksumOf } from '../flood/packet.ts';
import { ADDRESSES, FIELD } from './draw.ts';
import type { Engine } from './engine.ts';
import { type FloodParams, floodInWords, packetSeedOf, streamsOf } from './flood.ts';

/** Packets of one frame, at one rate: a stream of TRex. */
export interface Burst {
  /** the frame in base64 */
  readonly packet: string;
  readonly variables: readonly Variable[];
  /** counted from the begin of the load */
  readonly begins_us: number;
  readonly rate_pps: number;
  readonly packets: number;
}

/** A variable of TRex's field engine: from packet to packet one up or down, from one end round to the other; in network byte order. */
interface Variable {
  readonly at: number;
  readonly bytes: 2 | 4;
  readonly goes: 'inc' | 'dec';
  readonly first: number;
  readonly least: number;
  readonly most: number;
}

export const trex: Engine<FloodParams> = {
  name: 'trex',
  // TRex itself is in no distribution; it is driven in Python
  package: 'python3',
  place: 'station',
  // each would take the other's control port
  oneAtATime: true,
  inWords: floodInWords,
  refuses: ({ load }) => (load.every(({ from_pps, to_pps }) => from_pps === to_pps) ? undefined : 'its rates change by steps only'),
  attempt: (_params, { device }) => ({ argv: [...argvFor(device), '--attempt', device] }),
  command(params, _for_s, aim) {
    if (aim === undefined) throw new InfraError('a flood needs somebody to aim at');
    const { device, sourceMac, destinationMac } = aim;
    const bursts = burstsOf(streamsOf(params, aim), params.load, packetSeedOf(params));
    return { argv: argvFor(device), input: JSON.stringify({ device, sourceMac, destinationMac, length_s: lengthOf(params.load), bursts }) };
  },
  figures(stdout) {
    if (stdout.trim() === '') return {};
    const sent = /^\{"sent_packets": (\d+)\}$/.exec(stdout.trim())?.[1];
    if (sent === undefined) throw new InfraError('TRex printed something that is not its own');
    return { sent_packets: Number(sent) };
  },
};

/**
 * In a PID namespace, so that everything of it ends with the job, and with mounts of its own, so that no file of it is left. What DPDK
 * drives needs no interface: there the control port stands alone in a network namespace.
 */
function argvFor(device: Aim['device']): string[] {
  const alone = device.includes(':') ? ['--net'] : [];
  const script = fileURLToPath(new URL('./trex.py', import.meta.url));
  return ['unshare', '--mount', '--pid', '--fork', '--kill-child', ...alone, 'python3', '-B', '-W', 'ignore', script];
}

/** What TRex is told to send: of each frame a burst for each step of the load, and those that have the same rate in turn. */
export function burstsOf(streams: readonly Stream[], load: Load, seed: number): Burst[] {
  const shares = streams.reduce((sum, { share }) => sum + share, 0);
  const all = streams.flatMap(({ share, frames }, stream) =>
    frames.map((frame) => ({ frame, stream, part: share / shares / frames.length })),
  );
  return load
    .filter(({ from_pps }) => from_pps > 0)
    .flatMap(({ at_s, for_s, from_pps }, step) =>
      all.map(({ frame, stream, part }, place): Burst => {
        const packets = Math.max(1, Math.round(for_s * from_pps * part));
        const rate_pps = packets / for_s;
        const begins_us = 1e6 * (at_s + (place + 0.5) / all.length / rate_pps);
        return { ...programmed(frame, advanced(BigInt(seed), 1 + stream * 2 ** 40 + step)), begins_us, rate_pps, packets };
      }),
    );
}

/**
 * The frame as its first packet has it, and the variables that make the next ones. TRex's field engine makes no checksum behind extension
 * headers, and others only by a card that can. So the checksum is kept right by what varies: a field of four or eight bytes goes up in one
 * half and down in the other, which is the same sum; where a field of two bytes goes up, the checksum goes down. Those two leave out zero,
 * which in ones' complement is 0xffff (RFC 1071, section 2), and so come round together.
 */
function programmed({ bytes, varied, checksum }: Frame, counter: bigint): Pick<Burst, 'packet' | 'variables'> {
  const packet = Buffer.from(bytes);
  const variables: Variable[] = [];
  /** what a packet adds to the sum of the one before it */
  let drift = 0;
  for (const [index, field] of varied.entries()) {
    const drawn = Number(mixed(counter + BigInt(index) * FIELD) >> 32n);
    const summed = checksum !== undefined && isSummed(field, checksum);
    if (field.bytes === 2) {
      const goes = summed && drift > 0 ? 'dec' : 'inc';
      variables.push({ at: field.at, bytes: 2, goes, ...NOT_ZERO, first: 1 + (drawn % NOT_ZERO.most) });
      if (summed) drift += goes === 'inc' ? 1 : -1;
    } else if (field.bytes === 4 && !summed) variables.push({ at: field.at, bytes: 4, goes: 'inc', first: drawn, ...LIMITS[4] });
    else variables.push(...opposed(field.at, field.bytes === 8 ? 4 : 2, drawn));
  }
  for (const { at, bytes: width, first } of variables) packet.writeUIntBE(first, at, width);
  if (checksum !== undefined) {
    const first = checksumOf(packet, checksum);
    packet.writeUInt16BE(first, checksum.at);
    if (drift > 0) variables.push({ at: checksum.at, bytes: 2, goes: 'dec', first, ...NOT_ZERO });
  }
  return { packet: packet.toString('base64'), variables };
}

const NOT_ZERO = { least: 1, most: 0xffff } as const;
const LIMITS = { 2: { least: 0, most: 0xffff }, 4: { least: 0, most: 0xffff_ffff } } as const;

/** Two halves of a field whose sum is always the same: one up, one down. */
function opposed(at: number, bytes: 2 | 4, drawn: number): Variable[] {
  const { most } = LIMITS[bytes];
  const first = drawn % (most + 1);
  return [
    { at, bytes, goes: 'inc', first, ...LIMITS[bytes] },
    { at: at + bytes, bytes, goes: 'dec', first: most - first, ...LIMITS[bytes] },
  ];
}

/** Whether a checksum is over the field: it stands in the addresses or in the upper layer. */
const isSummed = ({ at }: VariedField, { from }: Checksum): boolean => at >= from || (at >= ADDRESSES.from && at < ADDRESSES.to);
