/** trafgen(8) of netsniff-ng: raw frames by packet socket, past the qdiscs. */
import { InfraError } from '../../results/errors.ts';
import type { Engine } from './engine.ts';

export interface TrafgenParams {
  /** frame size in bytes with its FCS, as RFC 5180 counts; at least 66, the smallest IPv6/UDP frame */
  readonly frame_bytes: number;
  readonly rate_pps: number;
  /** UDP destination port */
  readonly port: number;
}

/** Ethernet 14, IPv6 40, UDP 8, FCS 4. */
const HEADERS_BYTES = 66;

export const trafgen: Engine<TrafgenParams> = {
  name: 'trafgen',
  package: 'netsniff-ng',
  place: 'station',
  command(params, for_s, aim) {
    if (aim === undefined) throw new InfraError('trafgen needs somebody to aim at');
    // one process: with a count that is not above the number of processes trafgen 0.6.8 spins for ever, deaf to SIGTERM
    const count = Math.max(2, Math.ceil(params.rate_pps * for_s));
    return {
      argv: [
        'trafgen',
        '--dev',
        aim.device,
        '--in',
        '-',
        '--cpus',
        '1',
        '--num',
        String(count),
        '--rate',
        `${params.rate_pps}pps`,
        '--no-sock-mem',
      ],
      input: packet(params, aim),
    };
  },
  figures(stdout) {
    const sent = /(\d+) packets outgoing/.exec(stdout)?.[1];
    return sent === undefined ? {} : { sent_packets: Number(sent) };
  },
};

/** A UDP datagram over IPv6 in trafgen's packet language; the source port varies, so that packets are of many flows. */
function packet(params: TrafgenParams, aim: NonNullable<Parameters<typeof trafgen.command>[2]>): string {
  const payload = params.frame_bytes - HEADERS_BYTES;
  if (payload < 0) throw new InfraError(`a frame of ${params.frame_bytes} bytes is smaller than IPv6/UDP can be (${HEADERS_BYTES})`);
  const parts = [
    `eth(saddr=${aim.sourceMac}, daddr=${aim.destinationMac})`,
    `ipv6(saddr=${aim.source}, daddr=${aim.destination})`,
    `udp(sport=drnd(), dport=${params.port})`,
    ...(payload > 0 ? [`fill(0x42, ${payload})`] : []),
  ];
  return `{ ${parts.join(', ')} }\n`;
}
