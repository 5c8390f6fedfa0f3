/** A tenant behind a lab machine: reached through the candidate's own tap, bridge, forwarding and connection tracking. */
import { expect, test } from 'vitest';
import type { Channel, Forwarding, Machine, MachineSpec, Network, Site } from '../target.ts';
import { openLab } from './lab.testing.ts';

const HEAD = { name: 'head', seat: 'head', cpus: 2, memory_MiB: 512 } as const satisfies MachineSpec;
const FORWARDINGS = ['bridge', 'route', 'conntrack'] as const satisfies readonly Forwarding[];

function headOf(site: Site): Machine {
  const head = site.machines.get('head');
  if (head === undefined) throw new Error('no head');
  return head;
}

/** How many of three pings from a network's station are answered. */
async function answered(network: Network, address: string, ...more: string[]): Promise<number> {
  const job = network.spawn(['ping', '-6', '-n', '-c', '3', '-i', '0.2', '-W', '2', ...more, address], { limit_s: 20 });
  let text = '';
  job.stdout.on('data', (chunk: Buffer) => {
    text += chunk.toString();
  });
  await job.done;
  return Number(/(\d+) received/.exec(text)?.[1] ?? 0);
}

const shell = (channel: Channel, text: string) => channel.run(['sh', '-c', text], { limit_s: 60 });

test.for([
  ...FORWARDINGS.map((behind) => [behind, 'deb:linux-image-cloud-amd64'] as const),
  // a routed tenant is part of a tracked one
  ['bridge', 'deb:linux-image-6.12-cloud-amd64'],
  ['conntrack', 'deb:linux-image-6.12-cloud-amd64'],
] as const)('is there once the machine is ready, also after a reset: %s, %s', async ([behind, kernel]) => {
  await using site = await openLab({ machines: [{ ...HEAD, behind }] }, { kernel });
  const { front } = site.networks;
  const head = headOf(site);
  const aim = front.aim('head', 'behind');
  expect([aim.destination, aim.prefix]).toEqual([head.behind?.address, head.behind?.prefix]);
  await head.boot(120);
  expect(await answered(front, aim.destination)).toBe(3);
  expect(await answered(front, front.aim('head', 'to').destination)).toBe(3);

  const channel = await head.manage();
  const { stdout } = await shell(
    channel,
    `cat /proc/net/dev; ip -n tenant -o link show dev front; ip -n tenant -o -6 address show dev front; ip -6 route show default
       cat /proc/sys/net/netfilter/nf_conntrack_count 2>/dev/null || echo none`,
  );
  expect(stdout).toContain(`link/ether ${head.behind?.mac} `);
  expect(stdout).toContain(`inet6 ${head.behind?.address}/64`);
  expect(stdout).toMatch(new RegExp(`^default via ${front.station} dev ${behind === 'bridge' ? 'br0' : 'front'} `, 'm'));
  // three requests at least went into the tap, and as many answers came out
  const [, received = 0, sent = 0] = /^ *tap0: *\d+ +(\d+)(?: +\d+){7} +(\d+)/m.exec(stdout)?.map(Number) ?? [];
  expect(Math.min(received, sent)).toBeGreaterThanOrEqual(3);
  const tracked = stdout.trim().split('\n').at(-1);
  if (behind === 'conntrack') expect(Number(tracked)).toBeGreaterThan(0);
  else expect(tracked).toBe('none');

  await head.power.reset();
  await head.rejoin(120);
  expect(await answered(front, aim.destination)).toBe(3);
  expect(site.faults).toEqual([]);
});

test('nobody answers for a source that a flood made up, and a module that is missing is named', async () => {
  await using site = await openLab({ machines: [HEAD] });
  const head = headOf(site);
  await head.boot(120);
  const channel = await head.manage();
  // neither an answer nor an error, to the default route or to an address of the front that nobody has
  const pinged = await shell(channel, `ping -6 -n -c 2 -i 0.2 -W 1 2001:db8::1; ip -6 neigh show ${site.networks.front.station}`);
  expect(pinged.stdout).toContain('100% packet loss');
  expect(pinged.stdout).not.toMatch(/^From|errors/m);
  expect(pinged.stdout).toMatch(/lladdr/);

  const { code, stderr } = await shell(
    channel,
    `mkdir -p /etc/modprobe.d; echo 'install nft_ct /bin/false' > /etc/modprobe.d/lacking.conf
     /run/stormproof/tenant conntrack 02:53:50:00:0b:10 2001:2:0:8000::10 2001:2:0:8000::1 02:53:50:00:0f:10 1500 ${site.networks.front.station}`,
  );
  expect(code).not.toBe(0);
  expect(stderr.trim().split('\n').at(-1)).toBe('this kernel has no nft_ct');
});

test('every frame that a station sends is taken by the card or told as dropped', async () => {
  await using site = await openLab({ machines: [HEAD] });
  const { front } = site.networks;
  await headOf(site).boot(120);
  await answered(front, front.aim('head', 'to').destination);
  const before = front.wire('head');
  await flood(front, { packets: 20_000, rate_pps: 20_000, frame_bytes: 64 });
  // what is in the tap's queue has yet to be taken
  await expect
    .poll(() => {
      const { arrived, taken, dropped_packets } = front.wire('head');
      const gone = taken.packets - before.taken.packets + dropped_packets - before.dropped_packets;
      return Math.abs(arrived.packets - before.arrived.packets - gone);
    })
    .toBeLessThan(10);
  const sent = front.wire('head').sent.packets - before.sent.packets;
  expect(sent - (sent % 10)).toBe(20_000);
});

test('on a shared link a flood starves storage, which is there again after it; jumbo frames reach the tenant', async () => {
  await using site = await openLab({
    machines: [{ ...HEAD, behind: 'bridge', disk: { attach: 'kernel', size_MiB: 64 } }],
    ...{ sharedLink: true, frontRate_bps: 4_000_000, mtu_bytes: 9000 },
  });
  const { front } = site.networks;
  const head = headOf(site);
  await head.boot(120);
  const jumbo = ['-M', 'do', '-s', String(9000 - 48)]; // IPv6 40, ICMPv6 8
  expect(await answered(front, front.aim('head', 'behind').destination, ...jumbo)).toBe(3);

  const channel = await head.manage();
  const read = async (): Promise<number> => {
    const start = performance.now();
    const { code } = await shell(channel, `dd if=${head.disk} of=/dev/null bs=64k count=4 iflag=direct 2>/dev/null`);
    expect(code).toBe(0);
    return (performance.now() - start) / 1000;
  };
  const alone_s = await read();
  const before = front.wire('head').arrived.packets;
  // thirty times what the link can carry
  const storm = flood(front, { packets: 80_000, rate_pps: 10_000, frame_bytes: 1518 });
  await expect.poll(() => front.wire('head').arrived.packets - before, { timeout: 10_000 }).toBeGreaterThan(4000);
  const starved_s = await read();
  await storm;
  expect(starved_s).toBeGreaterThan(3 * alone_s);
  expect(await read()).toBeLessThan(starved_s / 2);
});

/**
 * Frames of an experimental type to the machine's card: they cost it a look each, and nothing answers. Sizes are with FCS. Evenly: with a rate
 * trafgen (0.6.8) sends what is due in a second at once, and then rests.
 */
async function flood(network: Network, size: { packets: number; rate_pps: number; frame_bytes: number }): Promise<void> {
  const { device, destinationMac, sourceMac } = network.aim('head', 'to');
  const header = `${destinationMac}:${sourceMac}:88:b5`.split(':').map((byte) => `0x${byte}`); // local experimental, IEEE 802
  const argv = [
    'trafgen',
    '--dev',
    device,
    '--in',
    '-',
    '--cpus',
    '1',
    '--num',
    String(size.packets),
    '--gap',
    `${Math.round(1e6 / size.rate_pps)}us`,
  ];
  const job = network.spawn([...argv, '--no-sock-mem'], { limit_s: 30 });
  job.stdout.resume();
  job.stdin?.end(`{ ${header.join(', ')}, fill(0, ${size.frame_bytes - header.length - 4}) }`);
  expect((await job.done).code).toBe(0);
}
