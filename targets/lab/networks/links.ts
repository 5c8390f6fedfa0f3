/** The links between a station and the bridge of the machines, and their rates. */
import { cpus } from 'node:os';
import type { NetworkName } from '../../target.ts';
import { HOST, macOf } from './addresses.ts';
import type { Room, Rooms } from './rooms.ts';

/** Where each network's station stands, and the link's two ends. */
export const LINKS = {
  front: { station: 'front', device: 'front', uplink: 'front-up' },
  store: { station: 'tail', device: 'store', uplink: 'store-up' },
} as const satisfies Record<NetworkName, { station: Room; device: string; uplink: string }>;

/** What a frame takes of a medium beside its own bytes (FCS 4, preamble 8, gap 12), and the least that it takes; IEEE 802.3. */
const MEDIUM = { overhead_bytes: 24, least_bytes: 84 } as const;

/** Frames that pass this machine's own netfilter on a bridge lose what is malformed in them, or are lost for it (net/bridge/br_netfilter_ipv6.c). */
const PAST_NETFILTER = 'for call in /proc/sys/net/bridge/bridge-nf-call-*; do if [ -e "$call" ]; then echo 0 > "$call"; fi; done';

/** Makes a bridge in the head's room, which passes on whatever comes. */
export async function makeBridge(rooms: Rooms, bridge: string, mac: string, mtu_bytes: number): Promise<void> {
  await rooms.run('head', ['sh', '-c', PAST_NETFILTER]);
  await rooms.ip(
    'head',
    // bridges take a port's address and size unless told: a later port must not change them
    `link add dev ${bridge} address ${mac} mtu ${mtu_bytes} type bridge stp_state 0 forward_delay 0 mcast_snooping 0`,
    `link set dev ${bridge} up`,
  );
}

/**
 * Makes a station's link to a bridge. It has as many queues as this machine has CPUs, and GRO at its far end: that turns NAPI on there, one
 * instance per queue, and without it frames that are redirected into a veth are lost in silence (drivers/net/veth.c, veth_xdp_xmit).
 */
export async function makeLink(rooms: Rooms, name: NetworkName, bridge: string, address: string, mtu_bytes: number): Promise<void> {
  const { station, device, uplink } = LINKS[name];
  const shape = `mtu ${mtu_bytes} numtxqueues ${cpus().length} numrxqueues ${cpus().length}`;
  await rooms.ip(
    station,
    `link add dev ${device} address ${macOf(name, HOST.station)} ${shape} type veth peer name ${uplink} ${shape} netns ${rooms.pid('head')}`,
    `link set dev ${device} up`,
    `address add ${address}/64 dev ${device} nodad`,
    // without a route it would answer what is not for it with "no route" (net/ipv6/route.c, ip6_pkt_drop)
    'route add blackhole ::/0',
  );
  // its neighbours hear of another card that it gets (net/ipv6/ndisc.c, ndisc_netdev_event())
  await rooms.run(station, ['sh', '-c', `echo 1 > /proc/sys/net/ipv6/conf/${device}/ndisc_notify`]);
  await rooms.ip('head', `link set dev ${uplink} master ${bridge}`, `link set dev ${uplink} up`);
  // only of a link that is up already does the other end come to know of it (veth_set_features)
  await rooms.run('head', ['ethtool', '-K', uplink, 'gro', 'on']);
}

/**
 * Shapes what leaves by a device with tbf(8): a burst of 2 ms at the rate, at least a few full frames; 50 ms of queue, a shallow switch's.
 *
 * A frame in that queue still belongs to the socket that sent it. A generator with a ring of 256 slots (trafgen) is so held up by small frames,
 * of which more than 256 have room in the queue, and offers no more than the rate; what XDP redirects belongs to no socket.
 */
export async function shape(rooms: Rooms, room: Room, device: string, rate_bps: number, mtu_bytes: number): Promise<void> {
  const burst_bytes = Math.max(16_384, 2 * mtu_bytes, Math.ceil(rate_bps / 8 / 500));
  await rooms.run(room, [
    ...['tc', 'qdisc', 'replace', 'dev', device, 'root', 'tbf'],
    ...['rate', `${rate_bps}bit`, 'burst', `${burst_bytes}b`, 'latency', '50ms'],
    ...['mpu', String(MEDIUM.least_bytes), 'overhead', String(MEDIUM.overhead_bytes)],
  ]);
}

/** Takes the shape of a device away, where it has one. */
export const unshape = (rooms: Rooms, room: Room, device: string): Promise<string> =>
  rooms.run(room, ['tc', 'qdisc', 'replace', 'dev', device, 'root', 'noqueue']);
