/** For tests of engines: networks without machines, whose receiver is the front's bridge. */
import { execa } from 'execa';
import type { Aim } from '../target.ts';
import type { Room } from './networks/rooms.ts';
import { type LabNetworks, makeNetworks, type NetworkOptions } from './networks.ts';

const PATH = `${process.env.PATH}:/usr/sbin:/sbin`;

/** Shell text for somebody who answers where no machine is: the front's bridge, which is deaf else, gets IPv6 and an address in each network. */
export const answering = (...networks: readonly { readonly prefix: string }[]): string =>
  [
    'echo 0 > /proc/sys/net/ipv6/conf/br-front/disable_ipv6',
    ...networks.map(({ prefix }) => `ip address add ${prefix.replace('::/64', '::2/64')} dev br-front nodad`),
  ].join('\n');

/** What a program prints inside a room. */
export async function inside(networks: LabNetworks, room: Room, ...argv: string[]): Promise<string> {
  const [file, ...args] = [...networks.enter(room), ...argv] as [string, ...string[]];
  return (await execa(file, args, { timeout: 20_000, env: { PATH, LC_ALL: 'C.UTF-8' } })).stdout;
}

/** Networks, and the aim at a receiver whose stack takes everything. */
export async function makeReceiver(options: NetworkOptions): Promise<{ networks: LabNetworks; aim: Aim }> {
  const networks = await makeNetworks(options);
  const { front } = networks.networks;
  await inside(networks, 'head', 'sh', '-ec', answering(front));
  const [{ address }] = JSON.parse(await inside(networks, 'head', 'ip', '-j', 'link', 'show', 'dev', 'br-front'));
  const prefix = front.prefix.replace('::/64', '');
  const [source, destination] = [front.station, `${prefix}::2`];
  return { networks, aim: { device: 'front', sourceMac: '02:53:50:00:0f:01', destinationMac: address, source, destination, prefix } };
}
