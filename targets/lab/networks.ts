/**
 * The networks of one trial, in network namespaces without any uplink:
 *
 *     front (station, floods) ──veth── head: br-front ── taps of the machines
 *     tail  (station, nbdkit) ──veth── head: br-store ── taps of the machines
 *
 * With a shared link both stations' links end at br-front, which is then the switch in front of the machines, and each machine has one tap:
 *
 *     front (station, floods) ──veth─┐
 *     tail  (station, nbdkit) ──veth─┴ head: br-front ── taps of the machines, at frontRate_bps
 */
import { start } from '../leash.ts';
import type { Forwarding, Network, NetworkName, Topology } from '../target.ts';
import { addressOf, HOST, macOf } from './networks/addresses.ts';
import { LINKS, makeBridge, makeLink, shape, unshape } from './networks/links.ts';
import { type Member, Members, type Wants } from './networks/members.ts';
import { makeRooms, type Room, type Rooms } from './networks/rooms.ts';
import { readWire } from './networks/wire.ts';

export const DEFAULT_MTU_BYTES = 1500;
const NAMES = ['front', 'store'] as const satisfies readonly NetworkName[];

export interface LabNetworks extends AsyncDisposable {
  readonly networks: Readonly<Record<NetworkName, Network>>;
  /** argv prefix that enters a room */
  enter(room: Room): string[];
  /** Makes a machine's taps, and the way to the tenant behind it. Throws InfraError. */
  attach(machine: string, wants: Wants): Promise<Member>;
}

/**
 * A bridge takes for itself what is for all: of a flood of router advertisements from random routers this machine's kernel would make neighbours
 * (net/ipv6/ndisc.c, ndisc_router_discovery(), with `accept_ra` off too), at fifty microseconds each, and the generator would starve.
 */
const DEAF = 'echo 1 > /proc/sys/net/ipv6/conf/br-front/disable_ipv6';

export interface NetworkOptions extends Omit<Topology, 'machines'> {
  readonly run: string;
  readonly seed: string;
  readonly limit_s: number;
}

/** Makes the namespaces and links. Throws InfraError. */
export async function makeNetworks(options: NetworkOptions): Promise<LabNetworks> {
  await using stack = new AsyncDisposableStack();
  const rooms = stack.use(await makeRooms(options));
  const { frontRate_bps, storeRate_bps, sharedLink = false, mtu_bytes = DEFAULT_MTU_BYTES } = options;
  const members = new Members(options.seed, sharedLink);
  const mtu = { front: mtu_bytes, store: sharedLink ? mtu_bytes : DEFAULT_MTU_BYTES };
  const rate = { front: frontRate_bps, store: storeRate_bps };
  const bridge = { front: 'br-front', store: sharedLink ? 'br-front' : 'br-store' };

  for (const name of NAMES) {
    if (name === 'front' || !sharedLink) await makeBridge(rooms, bridge[name], macOf(name, HOST.bridge), mtu[name]);
    // QEMU's own NBD client is there; at the front nobody is
    if (bridge[name] === 'br-store')
      await rooms.ip('head', `address add ${addressOf(members.prefix(name), HOST.bridge)}/64 dev br-store nodad`);
    else await rooms.run('head', ['sh', '-c', DEAF]);
    await makeLink(rooms, name, bridge[name], members.station(name), mtu[name]);
    await shapeLink(rooms, name, rate[name], mtu[name]);
  }

  const attach = async (machine: string, wants: Wants): Promise<Member> => {
    const member = members.add(machine, wants);
    for (const { name, tap } of member.cards) {
      await rooms.ip(
        'head',
        `tuntap add dev ${tap} mode tap`,
        `link set dev ${tap} mtu ${mtu[name]}`,
        `link set dev ${tap} master ${bridge[name]} up`,
      );
      if (name === 'front' && frontRate_bps !== undefined) await shape(rooms, 'head', tap, frontRate_bps, mtu.front);
    }
    if (member.behind !== undefined && ROUTED[member.behind.forwarding])
      await rooms.ip('front', `route add ${member.behind.prefix}::/64 via ${member.address.front} dev front`);
    return member;
  };

  const network = (name: NetworkName): Network => {
    const { station, device, uplink } = LINKS[name];
    let card: 'station' | 'standby' = 'station';
    return {
      name,
      prefix: `${members.prefix(name)}::/64`,
      station: members.station(name),
      consents: (address) => members.consents(name, address),
      consentsPrefix: (prefix) => members.consentsPrefix(name, prefix),
      spawn: (argv, { limit_s }) => start(argv, { run: options.run, limit_s, within: rooms.enter(station) }),
      aim: (machine, at) => members.aim(name, machine, at),
      wire: (machine) =>
        readWire(
          { pid: rooms.pid(station), device },
          { pid: rooms.pid('head'), device: uplink },
          { pid: rooms.pid('head'), device: members.on(name, machine).tap },
        ),
      cut: () => rooms.ip('head', `link set dev ${uplink} down`),
      restore: () => rooms.ip('head', `link set dev ${uplink} up`),
      throttle: (rate_bps) => bothEnds(name, (room, end) => shape(rooms, room, end, rate_bps, mtu[name])),
      unthrottle: () => shapeLink(rooms, name, rate[name], mtu[name]),
      forget: async () => {
        await rooms.run(station, ['ss', '--kill', '--no-header', '--numeric', '--tcp', 'state', 'connected']);
      },
      takeOver: () => {
        card = card === 'station' ? 'standby' : 'station';
        return rooms.ip(station, `link set dev ${device} address ${macOf(name, HOST[card])}`);
      },
    };
  };
  const moved = stack.move();
  return {
    networks: { front: network('front'), store: network('store') },
    enter: rooms.enter,
    attach,
    [Symbol.asyncDispose]: () => moved.disposeAsync(),
  };
}

/** Towards the machines storage is shaped where it enters its link, the front at each machine's own. */
async function shapeLink(rooms: Rooms, name: NetworkName, rate_bps: number | undefined, mtu_bytes: number): Promise<void> {
  await bothEnds(name, async (room, end) => {
    const shaped = rate_bps !== undefined && (name === 'store' || room === 'head');
    await (shaped ? shape(rooms, room, end, rate_bps, mtu_bytes) : unshape(rooms, room, end));
  });
}

/** Does something at both ends of a station's link. */
async function bothEnds(name: NetworkName, work: (room: Room, end: string) => Promise<unknown>): Promise<void> {
  const { station, device, uplink } = LINKS[name];
  await work('head', uplink);
  await work(station, device);
}

/** Whether a tenant stands in a subnet of its own, which its machine is the way to. */
const ROUTED: Readonly<Record<Forwarding, boolean>> = { bridge: false, route: true, conntrack: true };
