/**
 * The networks of one trial, in network namespaces without any uplink:
 *
 *     front (station, floods) ──veth── head: br-front ── taps of the machines
 *     tail  (station, nbdkit) ──veth── head: br-store ── taps of the machines
 *
 * A namespace lives as long as the process that holds it, so that nothing of it is left when the run has died. Without root everything
 * stands in a user namespace. Addresses are from 2001:2::/48, the benchmarking prefix of RFC 5180.
 */
import { createHash } from 'node:crypto';
import { readlinkSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import { explain, InfraError } from '../../results/errors.ts';
import { run, start, startBare } from '../leash.ts';
import type { Job, Network, NetworkName } from '../target.ts';

export type Room = 'front' | 'head' | 'tail';

/** Where each network's station stands, and the bridge it reaches in the head's room. */
const NETWORKS = {
  front: { station: 'front', device: 'front', uplink: 'front-up', bridge: 'br-front', group: 0xf },
  store: { station: 'tail', device: 'store', uplink: 'store-up', bridge: 'br-store', group: 0x5 },
} as const satisfies Record<NetworkName, { station: Room; device: string; uplink: string; bridge: string; group: number }>;

const MACHINE_BASE = 0x10;
const COMMAND_LIMIT_S = 20;

export interface LabNetworks extends AsyncDisposable {
  readonly networks: Readonly<Record<NetworkName, Network>>;
  /** argv prefix that enters a room */
  enter(room: Room): string[];
  /** Makes the machine's tap on a network; returns its name, link-layer address and IPv6 address. */
  attach(network: NetworkName, machine: string): Promise<{ tap: string; mac: string; address: string }>;
}

/** Makes the namespaces and links. `storeRate_bps` shapes the storage link in both directions with tbf. Throws InfraError. */
export async function makeNetworks(options: {
  readonly run: string;
  readonly seed: string;
  readonly limit_s: number;
  readonly storeRate_bps?: number | undefined;
}): Promise<LabNetworks> {
  const holders: (Job & { readonly pid: number | undefined })[] = [];
  const pids = new Map<Room, number>();
  const rootless = process.getuid?.() !== 0;
  const enter = (room: Room): string[] => [
    'nsenter',
    ...['-t', String(pids.get(room))],
    ...(rootless ? ['-U', '--preserve-credentials'] : []),
    ...['-n', '--'],
  ];
  const dispose = async (): Promise<void> => {
    for (const holder of holders.reverse()) await holder.stop();
  };
  const inRoom = (room: Room, argv: readonly string[], input?: string): Promise<string> =>
    run(argv, { run: options.run, limit_s: COMMAND_LIMIT_S, within: enter(room), ...(input === undefined ? {} : { input }) });

  try {
    for (const room of ['front', 'head', 'tail'] as const) {
      // the first room makes the user namespace where one is needed, the others are made inside it
      const unshare = rootless && holders.length === 0 ? ['unshare', '-U', '-r', '-n'] : ['unshare', '-n'];
      const within = rootless && holders.length > 0 ? enter('front').slice(0, -2) : [];
      const holder = startBare(
        ['setpriv', '--pdeathsig', 'KILL', '--', ...within, ...unshare, 'sleep', String(Math.ceil(options.limit_s))],
        options.run,
      );
      holders.push(holder);
      pids.set(room, await ready(holder, rootless));
    }
    const subnets = { front: subnet(options.seed, 'front'), store: subnet(options.seed, 'store') };
    for (const room of ['head', 'front', 'tail'] as const) await inRoom(room, ['ip', '-batch', '-'], `link set lo up\n`);
    for (const name of ['front', 'store'] as const) {
      const { station, device, uplink, bridge } = NETWORKS[name];
      const prefix = subnets[name];
      await inRoom(
        'head',
        ['ip', '-batch', '-'],
        [
          `link add ${bridge} type bridge stp_state 0 forward_delay 0 mcast_snooping 0`,
          // bridges take a port's address unless told: a later port must not change it
          `link set ${bridge} address ${macOf(name, 2)}`,
          `link set ${bridge} up`,
          `address add ${prefix}::2/64 dev ${bridge} nodad`,
          '',
        ].join('\n'),
      );
      await inRoom(
        station,
        ['ip', '-batch', '-'],
        [
          `link add ${device} address ${macOf(name, 1)} type veth peer name ${uplink} netns ${pids.get('head')}`,
          `link set ${device} up`,
          `address add ${prefix}::1/64 dev ${device} nodad`,
          '',
        ].join('\n'),
      );
      await inRoom('head', ['ip', '-batch', '-'], `link set ${uplink} master ${bridge}\nlink set ${uplink} up\n`);
    }
    if (options.storeRate_bps !== undefined) {
      // a burst of 2 ms at the rate, at least a few full frames; 50 ms of queue, a shallow switch's
      const burst = Math.max(16_384, Math.ceil(options.storeRate_bps / 8 / 500));
      for (const [room, device] of [
        ['tail', NETWORKS.store.device],
        ['head', NETWORKS.store.uplink],
      ] as const)
        await inRoom(room, [
          'tc',
          'qdisc',
          'add',
          'dev',
          device,
          'root',
          'tbf',
          'rate',
          `${options.storeRate_bps}bit`,
          'burst',
          `${burst}b`,
          'latency',
          '50ms',
        ]);
    }

    const members: Record<NetworkName, string[]> = { front: [], store: [] };
    const network = (name: NetworkName): Network => {
      const { station, device, uplink } = NETWORKS[name];
      const setLink = (state: 'up' | 'down') => inRoom('head', ['ip', 'link', 'set', uplink, state]);
      return {
        name,
        prefix: `${subnets[name]}::/64`,
        station: `${subnets[name]}::1`,
        consents: (address) => members[name].some((_, index) => address === addressOf(subnets[name], index)),
        spawn: (argv, { limit_s }) => start(argv, { run: options.run, limit_s, within: enter(station) }),
        link: (machine) => {
          const index = members[name].indexOf(machine);
          if (index < 0) throw new InfraError(`${machine} has no card on the ${name} network`);
          return { device, source: macOf(name, 1), destination: macOf(name, MACHINE_BASE + index) };
        },
        cut: async () => {
          await setLink('down');
        },
        restore: async () => {
          await setLink('up');
        },
      };
    };
    return {
      networks: { front: network('front'), store: network('store') },
      enter,
      attach: async (name, machine) => {
        const index = members[name].push(machine) - 1;
        const tap = `${name}${index}`;
        await inRoom(
          'head',
          ['ip', '-batch', '-'],
          [`tuntap add dev ${tap} mode tap`, `link set ${tap} master ${NETWORKS[name].bridge}`, `link set ${tap} up`, ''].join('\n'),
        );
        return { tap, mac: macOf(name, MACHINE_BASE + index), address: addressOf(subnets[name], index) };
      },
      [Symbol.asyncDispose]: dispose,
    };
  } catch (error) {
    await dispose();
    throw error;
  }
}

/** Waits until the holder stands in namespaces of its own. */
async function ready(holder: Job & { readonly pid: number | undefined }, rootless: boolean): Promise<number> {
  let ended: { stderr: string } | undefined;
  void holder.done.then((how) => {
    ended = how;
  });
  const own = readlinkSync('/proc/self/ns/net');
  for (let tries = 0; tries < 200; tries += 1) {
    if (ended !== undefined || holder.pid === undefined) {
      const advice = rootless
        ? '; run as root, or allow user namespaces (sysctl user.max_user_namespaces, kernel.unprivileged_userns_clone)'
        : '';
      throw new InfraError(`cannot make a network namespace: ${ended?.stderr ?? 'unshare did not start'}${advice}`);
    }
    try {
      if (readlinkSync(`/proc/${holder.pid}/ns/net`) !== own && readlinkSync(`/proc/${holder.pid}/exe`).endsWith('/sleep'))
        return holder.pid;
    } catch (error) {
      // it ended between two looks: the next turn reports it
      if ((error as NodeJS.ErrnoException).code !== 'ENOENT')
        throw new InfraError(`cannot look at a namespace: ${explain(error)}`, { cause: error });
    }
    await sleep(10);
  }
  throw new InfraError('a network namespace was not ready in 2 s');
}

/** A /64 of 2001:2::/48 that is this run's own: 16 bits of a hash, even for the front, odd for the store. */
export function subnet(seed: string, name: NetworkName): string {
  const bits = (createHash('sha256').update(seed).digest().readUInt16BE(0) | 0x8000) & 0xfffe;
  return `2001:2:0:${(bits | (name === 'store' ? 1 : 0)).toString(16)}`;
}

/** Addresses as the kernel would print them: /64 prefixes here never end in a zero group. */
function addressOf(prefix: string, index: number): string {
  return `${prefix}::${(MACHINE_BASE + index).toString(16)}`;
}

/** Locally administered link-layer addresses (the 02 bit), telling network and host part. */
function macOf(name: NetworkName, host: number): string {
  return `02:53:50:00:0${NETWORKS[name].group.toString(16)}:${host.toString(16).padStart(2, '0')}`;
}
