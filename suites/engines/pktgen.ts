/**
 * pktgen of the kernel (Documentation/networking/pktgen.rst): UDP only, one thread for each processor that is asked for. It is a module of most
 * distributions' kernels; each network namespace has its own, under /proc/net/pktgen.
 */
import { InfraError } from '../../results/errors.ts';
import type { Frame } from '../flood/frame.ts';
import { isOneRate, lengthOf, packetsOf } from '../flood/load.ts';
import type { Engine } from './engine.ts';
import { type FloodParams, floodInWords, streamsOf } from './flood.ts';

/** Where the headers of an untagged IPv6/UDP frame stand. */
const AT = {
  destination: 0,
  source: 6,
  nextHeader: 20,
  sourceAddress: 22,
  destinationAddress: 38,
  sourcePort: 54,
  destinationPort: 56,
} as const;
const UDP = 17;

export const pktgen: Engine<FloodParams> = {
  name: 'pktgen',
  package: 'linux-image',
  place: 'station',
  // all share the control file of a namespace, and the thread of a processor
  oneAtATime: true,
  inWords: floodInWords,
  // it is not loaded for this: a host's modules are its owner's
  attempt: () => ({
    argv: ['sh', '-c', 'echo reset 2>/dev/null > /proc/net/pktgen/pgctrl || { echo "it is not loaded here" >&2; exit 1; }'],
  }),
  refuses: ({ vector, load }, aim) => {
    const streams = streamsOf({ vector, load, seed: 0 }, aim);
    const frame = streams[0]?.frames[0];
    if (streams.length !== 1 || frame === undefined || !isPlainUdp(frame)) return `it makes UDP datagrams only, not ${vector}`;
    return isOneRate(load) ? undefined : 'it holds one rate only';
  },
  command(params, _for_s, aim) {
    if (aim === undefined) throw new InfraError('a flood needs somebody to aim at');
    const frame = streamsOf(params, aim)[0]?.frames[0] as Frame;
    const bytes = Buffer.from(frame.bytes);
    const settings = [
      `pkt_size ${bytes.length}`,
      `count ${Math.ceil(packetsOf(params.load))}`,
      `ratep ${Math.max(1, Math.round(packetsOf(params.load) / lengthOf(params.load)))}`,
      `dst_mac ${mac(bytes, AT.destination)}`,
      `src_mac ${mac(bytes, AT.source)}`,
      `dst6 ${aim.destination}`,
      `src6 ${aim.source}`,
      `udp_dst_min ${bytes.readUInt16BE(AT.destinationPort)}`,
      `udp_dst_max ${bytes.readUInt16BE(AT.destinationPort)}`,
      'udp_src_min 1',
      'udp_src_max 65535',
      // a datagram over IPv6 must have a checksum (RFC 8200, section 8.1)
      'flag UDPSRC_RND',
      'flag UDPCSUM',
    ];
    const script = [
      'cd /proc/net/pktgen',
      'echo rem_device_all > kpktgend_0',
      `echo add_device ${aim.device} > kpktgend_0`,
      ...settings.map((setting) => `echo ${setting} > ${aim.device}`),
      'echo start > pgctrl',
      `cat ${aim.device}`,
      'echo reset > pgctrl',
    ];
    return { argv: ['sh', '-ec', script.join('\n')] };
  },
  figures(stdout) {
    const sent = /pkts-sofar: (\d+)/.exec(stdout)?.[1];
    return sent === undefined ? {} : { sent_packets: Number(sent) };
  },
};

/** A datagram of which nothing but its port varies. */
const isPlainUdp = ({ bytes, varied }: Frame): boolean =>
  bytes[AT.nextHeader] === UDP && varied.every(({ at, bytes: width }) => at === AT.sourcePort && width === 2);

const mac = (bytes: Buffer, at: number): string =>
  bytes
    .subarray(at, at + 6)
    .toString('hex')
    .replaceAll(/..(?=.)/g, '$&:');
