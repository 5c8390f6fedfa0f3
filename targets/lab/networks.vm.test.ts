/** The networks of a trial as they really are: namespaces, links and addresses of this machine's kernel. */
import { spawn } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { existsSync, readdirSync, readFileSync, readlinkSync, statSync } from 'node:fs';
import { cpus } from 'node:os';
import { join } from 'node:path';
import { execa } from 'execa';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { MARK } from '../leash.ts';
import type { Job, NetworkName } from '../target.ts';
import { subnet } from './networks/addresses.ts';
import type { Room } from './networks/rooms.ts';
import { answering, inside } from './networks.testing.ts';
import { type LabNetworks, makeNetworks, type NetworkOptions } from './networks.ts';

const ROOMS = ['front', 'head', 'tail'] as const satisfies readonly Room[];
const STORE_BPS = 200_000_000;

let run: string;
let made: LabNetworks[];
beforeEach(() => {
  run = `networks-test-${randomBytes(4).toString('hex')}`;
  made = [];
});
afterEach(async () => {
  for (const each of made) await each[Symbol.asyncDispose]();
});

async function make(seed: string, { name = run, ...more }: { name?: string } & Partial<NetworkOptions> = {}): Promise<LabNetworks> {
  const networks = await makeNetworks({ run: name, seed, limit_s: 60, storeRate_bps: STORE_BPS, ...more });
  made.push(networks);
  const { front, store } = networks.networks;
  await inside(networks, 'head', 'sh', '-ec', answering(...(more.sharedLink ? [front, store] : [front])));
  return networks;
}

const DEAF = '/proc/sys/net/ipv6/conf/br-front/disable_ipv6';

/** How many of three pings are answered. */
async function answered(networks: LabNetworks, room: Room, address: string, ...more: string[]): Promise<number> {
  const argv = ['ping', '-6', '-n', '-c', '3', '-i', '0.2', '-W', '1', ...more, address];
  const [file, ...args] = [...networks.enter(room), ...argv] as [string, ...string[]];
  const { stdout } = await execa(file, args, { timeout: 20_000, reject: false });
  return Number(/(\d+) received/.exec(stdout)?.[1] ?? 0);
}

/** The head's end of a network, where the bridge of the machines stands. */
const bridgeOf = (networks: LabNetworks, name: NetworkName): string => networks.networks[name].prefix.replace('::/64', '::2');
const hostLinks = async (): Promise<string[]> => {
  const { stdout } = await execa('ip', ['-o', 'link'], { env: { PATH: `${process.env.PATH}:/usr/sbin:/sbin` } });
  return stdout.split('\n').map((line) => line.split(':').slice(0, 2).join().trim());
};
const marked = (name: string): string[] =>
  readdirSync('/proc').filter((pid) => {
    try {
      return readFileSync(`/proc/${pid}/environ`, 'latin1').split('\0').includes(`${MARK}=${name}`);
    } catch {
      return false; // no process, or one that ended while we looked
    }
  });
const output = async (job: Job): Promise<string> => {
  let text = '';
  job.stdout.on('data', (chunk: Buffer) => {
    text += chunk.toString();
  });
  await job.done;
  return text;
};

describe('the networks of a trial', () => {
  it.each([false, true])("spend nothing of this machine's time on what is for all at the front (shared link: %s)", async (shared) => {
    const networks = await makeNetworks({ run, seed: 'deaf', limit_s: 60, ...(shared ? { sharedLink: true } : {}) });
    made.push(networks);
    expect((await inside(networks, 'head', 'cat', DEAF)).trim()).toBe('1');
    expect(await inside(networks, 'head', 'ip', '-6', '-o', 'address', 'show', 'dev', 'br-front')).toBe('');
  });

  it.each([
    ['front', 'front'],
    ['store', 'tail'],
  ] as const)('carry packets between both ends of the %s', async (name, station) => {
    const networks = await make('a');
    expect(await answered(networks, station, bridgeOf(networks, name))).toBe(3);
    expect(await answered(networks, 'head', networks.networks[name].station)).toBe(3);
    // the front must not reach the storage network, nor the other way round
    const other = name === 'front' ? 'store' : 'front';
    expect(await answered(networks, station, networks.networks[other].station)).toBe(0);
  });

  it('have no way out: no default route, no forwarding, and no card but those that were made', async () => {
    const before = await hostLinks();
    const networks = await make('b');
    for (const room of ROOMS) {
      // stations drop what is not for them without a word
      const nowhere = room === 'head' ? /^$/ : /^blackhole default dev lo .*$/;
      expect(await inside(networks, room, 'ip', '-6', 'route', 'show', 'default')).toMatch(nowhere);
      expect(await inside(networks, room, 'ip', '-4', 'route', 'show', 'table', 'all')).not.toMatch(/default|via/);
      expect((await inside(networks, room, 'cat', '/proc/sys/net/ipv6/conf/all/forwarding')).trim()).toBe('0');
      expect(await answered(networks, room, '2001:db8::1')).toBe(0);
    }
    const cards = async (room: Room) =>
      (await inside(networks, room, 'ip', '-o', 'link'))
        .split('\n')
        .map((line) => line.split(': ')[1]?.split('@')[0])
        .sort();
    expect(await cards('front')).toEqual(['front', 'lo']);
    expect(await cards('tail')).toEqual(['lo', 'store']);
    expect(await cards('head')).toEqual(['br-front', 'br-store', 'front-up', 'lo', 'store-up']);
    // nothing of it stands in the namespace of this machine itself
    expect(await hostLinks()).toEqual(before);
    const own = readlinkSync('/proc/self/ns/net');
    for (const room of ROOMS) expect((await inside(networks, room, 'readlink', '/proc/self/ns/net')).trim()).not.toBe(own);
  });

  it('have the addresses that they tell', async () => {
    const networks = await make('c');
    for (const [name, room] of [
      ['front', 'front'],
      ['store', 'tail'],
    ] as const) {
      const { station, prefix } = networks.networks[name];
      expect(prefix).toBe(`${subnet('c', name)}::/64`);
      expect(await inside(networks, room, 'ip', '-6', '-o', 'address', 'show', 'scope', 'global')).toContain(`inet6 ${station}/64`);
    }
  });

  it.each(['front', 'store'] as const)('lose every packet of the %s while it is cut, and none once it is restored', async (name) => {
    const networks = await make('d');
    const network = networks.networks[name];
    const other = networks.networks[name === 'front' ? 'store' : 'front'];
    await network.cut();
    await network.cut();
    expect(await answered(networks, 'head', network.station)).toBe(0);
    expect(await answered(networks, 'head', other.station)).toBe(3);
    await network.restore();
    await network.restore();
    expect(await answered(networks, 'head', network.station)).toBe(3);
  });

  it('shape each link to its rate, in both directions, as a medium of that rate would', async () => {
    const networks = await make('e', { frontRate_bps: 50_000_000 });
    const { cards } = await networks.attach('head', { store: true });
    const shaped = async (room: Room, device: string) => inside(networks, room, 'tc', '-d', 'qdisc', 'show', 'dev', device);
    for (const [room, device, rate] of [
      ['tail', 'store', '200Mbit'],
      ['head', 'store-up', '200Mbit'],
      ['head', cards[0]?.tap, '50Mbit'],
      ['head', 'front-up', '50Mbit'],
    ] as const)
      expect(await shaped(room, device ?? '')).toMatch(new RegExp(`qdisc tbf .* rate ${rate} .* mpu 84b .* overhead 24`));
    // a generator must not be held up, or it would offer less than it was asked for
    expect(await shaped('front', 'front')).not.toContain('tbf');
    expect(await shaped('head', cards[1]?.tap ?? '')).not.toContain('tbf');
  });

  it.each(['front', 'store'] as const)(
    'have a queue per CPU on the %s, and GRO where the link comes out, also after a cut',
    async (name) => {
      const networks = await make('m');
      const station = name === 'front' ? 'front' : 'tail';
      await networks.networks[name].cut();
      await networks.networks[name].restore();
      for (const [room, device] of [
        [station, name],
        ['head', `${name}-up`],
      ] as const) {
        const [, now = ''] = (await inside(networks, room, 'ethtool', '-l', device)).split('Current');
        for (const queues of ['RX', 'TX']) expect(Number(new RegExp(`${queues}:\\s+(\\d+)`).exec(now)?.[1])).toBe(cpus().length);
      }
      expect(await inside(networks, 'head', 'ethtool', '-k', `${name}-up`)).toContain('generic-receive-offload: on');
    },
  );

  it('carry next to nothing while they are throttled, and what they carried before once that is over', async () => {
    const networks = await make('throttled');
    const { store, front } = networks.networks;
    const rates = async (room: Room, device: string) =>
      /rate (\S+)/.exec(await inside(networks, room, 'tc', 'qdisc', 'show', 'dev', device))?.[1];
    const both = async (device: 'store' | 'front') => [
      await rates('head', `${device}-up`),
      await rates(device === 'store' ? 'tail' : 'front', device),
    ];
    const before = await both('store');
    expect(before).toEqual(['200Mbit', '200Mbit']);
    for (const network of [store, front]) {
      await network.throttle(1_000_000);
      await network.throttle(100_000);
    }
    expect([await both('store'), await both('front')]).toEqual([
      ['100Kbit', '100Kbit'],
      ['100Kbit', '100Kbit'],
    ]);
    // 58 kB take 4.7 s at 100 kbit/s, but for the burst of 16 KiB that goes through at once; ping waits where the queue is full
    const began = performance.now();
    await inside(networks, 'tail', 'ping', '-6', '-q', '-c', '40', '-i', '0.02', '-s', '1400', bridgeOf(networks, 'store'));
    expect((performance.now() - began) / 1000).toBeGreaterThan(2.5);
    for (const network of [store, front]) {
      await network.unthrottle();
      await network.unthrottle();
    }
    expect([await both('store'), await both('front')]).toEqual([before, [undefined, undefined]]);
    expect(await answered(networks, 'tail', bridgeOf(networks, 'store'))).toBe(3);
  });

  it("forget the station's connections, of which its clients hear by a reset once they say something", async () => {
    const networks = await make('forgetful');
    const { store } = networks.networks;
    const server = store.spawn(['socat', `TCP6-LISTEN:7000,bind=[${store.station}],fork`, 'EXEC:cat'], { limit_s: 20 });
    const client = execa(
      'nsenter',
      [...networks.enter('head').slice(1), 'socat', '-', `TCP6:[${store.station}]:7000,retry=10,interval=0.2`],
      {
        timeout: 20_000,
        reject: false,
        buffer: false,
      },
    );
    const heard = new Promise<string>((resolve) => client.stdout.once('data', (data: Buffer) => resolve(data.toString())));
    client.stdin.write('here\n');
    expect(await heard).toBe('here\n');
    const connections = async (room: Room) =>
      (await inside(networks, room, 'ss', '-H', '-n', '-t', 'state', 'established')).split('\n').filter((line) => line.includes(':7000'));
    expect(await connections('tail')).toHaveLength(1);
    await store.cut();
    await store.forget();
    await store.forget();
    expect([(await connections('tail')).length, (await connections('head')).length]).toEqual([0, 1]);
    await store.restore();
    expect(await connections('head')).toHaveLength(1);
    client.stdin.write('anybody?\n');
    expect((await client).timedOut).toBe(false);
    await server.stop();
  });

  it("give the station's address to another card, and its neighbours know at once", async () => {
    const networks = await make('failover');
    const { store } = networks.networks;
    const neighbour = async () =>
      /lladdr (\S+)/.exec(await inside(networks, 'head', 'ip', '-6', 'neigh', 'show', 'to', store.station))?.[1];
    expect(await answered(networks, 'head', store.station)).toBe(3);
    const first = await neighbour();
    await store.takeOver();
    expect(await answered(networks, 'head', store.station)).toBe(3);
    const second = await neighbour();
    expect([first, second]).toEqual(['02:53:50:00:05:01', '02:53:50:00:05:03']);
    await store.takeOver();
    expect(await answered(networks, 'head', store.station)).toBe(3);
    expect(await neighbour()).toBe(first);
  });

  it('carry packets as large as they were asked to, on the front alone', async () => {
    const networks = await make('n', { mtu_bytes: 9000 });
    const { cards } = await networks.attach('head', { store: true });
    const largest = (mtu_bytes: number) => ['-M', 'do', '-s', String(mtu_bytes - 48)]; // IPv6 40, ICMPv6 8
    expect(await answered(networks, 'front', bridgeOf(networks, 'front'), ...largest(9000))).toBe(3);
    expect(await answered(networks, 'tail', bridgeOf(networks, 'store'), ...largest(1500))).toBe(3);
    expect(await answered(networks, 'tail', bridgeOf(networks, 'store'), ...largest(1501))).toBe(0);
    const links = await inside(networks, 'head', 'ip', '-o', 'link');
    expect(cards.map(({ tap }) => new RegExp(`${tap}: .* mtu (\\d+)`).exec(links)?.[1])).toEqual(['9000', '1500']);
  });

  it('share one bridge and one tap per machine where the link is shared, and are still cut one by one', async () => {
    const networks = await make('o', { sharedLink: true });
    const { cards, address } = await networks.attach('head', { store: true });
    expect(cards.map(({ addresses }) => addresses)).toEqual([[address.front, address.store]]);
    const ports = await inside(networks, 'head', 'ip', '-o', 'link', 'show', 'master', 'br-front');
    for (const port of ['front-up', 'store-up', cards[0]?.tap]) expect(ports).toMatch(new RegExp(`: ${port}[:@]`));
    expect(await inside(networks, 'head', 'ip', '-o', 'link')).not.toContain('br-store');
    const { front, store } = networks.networks;
    for (const [cut, other] of [
      [front, store],
      [store, front],
    ] as const) {
      await cut.cut();
      expect([await answered(networks, 'head', cut.station), await answered(networks, 'head', other.station)]).toEqual([0, 3]);
      await cut.restore();
      expect(await answered(networks, 'head', cut.station)).toBe(3);
    }
    // both stations are on one link, and still not on one network
    expect(await answered(networks, 'front', store.station)).toBe(0);
  });

  it('give each machine a tap, a link-layer address and an address that consents, and nothing else does', async () => {
    const networks = await make('f');
    const { front, store } = networks.networks;
    expect(() => front.aim('head', 'to')).toThrow(/head has no card on the front network/);
    const first = await networks.attach('head', { store: false });
    const second = await networks.attach('tenant1', { store: false });
    const [one, two] = [front.aim('head', 'to'), front.aim('tenant1', 'to')];
    expect(new Set([one.destinationMac, two.destinationMac, one.sourceMac]).size).toBe(3);
    expect(two).toMatchObject({ device: 'front', destinationMac: second.cards[0]?.mac, destination: second.address.front });
    expect(await inside(networks, 'head', 'ip', '-o', 'link', 'show', 'master', 'br-front')).toContain(`${second.cards[0]?.tap}:`);
    expect([one, two].every(({ destination, prefix }) => front.consents(destination) && front.consentsPrefix(prefix))).toBe(true);
    for (const address of [front.station, bridgeOf(networks, 'front'), '::1', '', `${first.address.front}0`])
      expect(front.consents(address)).toBe(false);
    expect(store.consents(one.destination)).toBe(false);
  });

  it.each(['bridge', 'route', 'conntrack'] as const)('know the way to a tenant behind a machine: %s', async (behind) => {
    const networks = await make('p');
    await networks.attach('head', { store: false, behind });
    const aim = networks.networks.front.aim('head', 'behind');
    const routes = await inside(networks, 'front', 'ip', '-6', 'route', 'get', aim.destination);
    expect(routes).toMatch(behind === 'bridge' ? /dev front proto kernel/ : / via \S+::10 dev front /);
  });

  it('count what a station sends', async () => {
    const networks = await make('q');
    await networks.attach('head', { store: false });
    const { front } = networks.networks;
    const send = async () => {
      const { destinationMac, sourceMac, device } = front.aim('head', 'to');
      const bytes = `${destinationMac}:${sourceMac}:86:dd`.split(':').map((byte) => `0x${byte}`);
      const job = front.spawn(['trafgen', '--dev', device, '--in', '-', '--cpus', '1', '--num', '5000', '--no-sock-mem'], { limit_s: 20 });
      job.stdin?.end(`{ ${bytes.join(', ')}, fill(0, 46) }`);
      expect(await output(job)).toMatch(/5000 packets outgoing/);
    };
    const before = front.wire('head');
    await send();
    const after = front.wire('head');
    const sent = after.sent.packets - before.sent.packets;
    // the station's own solicitations may be among them
    expect(sent - 5000).toBeOneOf([0, 1, 2, 3, 4, 5]);
    expect(after.arrived.packets - before.arrived.packets).toBe(sent);
    expect(after.sent.bytes - before.sent.bytes - 5000 * 60).toBeLessThan(5 * 100);
    expect(after.unsent_packets).toBe(before.unsent_packets);
    expect(() => networks.networks.store.wire('head')).toThrow(/head has no card on the store network/);
  });

  it("leave nothing to this machine's own choice: netfilter sees no bridged frame, and TCP backs off as everywhere", async () => {
    const networks = await make('r');
    for (const room of ROOMS) expect(await inside(networks, room, 'cat', '/proc/sys/net/ipv4/tcp_congestion_control')).toBe('reno');
    const calls = await inside(networks, 'head', 'sh', '-c', 'cat /proc/sys/net/bridge/bridge-nf-call-* 2>/dev/null || :');
    expect(calls).not.toContain('1');
  });

  it('run programs at their stations', async () => {
    const networks = await make('g');
    const job = networks.networks.store.spawn(['ip', '-o', 'link'], { limit_s: 10 });
    expect(await output(job)).toMatch(/store(@\S+)?:/);
    expect(await job.done).toMatchObject({ code: 0 });
  });

  it('do not collide with those of another run, not even with the same addresses', async () => {
    const [one, two] = await Promise.all([make('same'), make('same', { name: `${run}-2` })]);
    expect(one.networks.front.prefix).toBe(two.networks.front.prefix);
    await one.networks.front.cut();
    expect(await answered(one, 'head', one.networks.front.station)).toBe(0);
    expect(await answered(two, 'head', two.networks.front.station)).toBe(3);
    const apart = await make('other', { name: `${run}-3` });
    expect(apart.networks.front.prefix).not.toBe(one.networks.front.prefix);
  });

  it('leave no process and no link behind', async () => {
    const before = await hostLinks();
    const networks = await make('h');
    const pids = marked(run);
    expect(pids.length).toBeGreaterThanOrEqual(3);
    networks.networks.front.spawn(['sleep', '300'], { limit_s: 60 });
    await networks.attach('head', { store: false });
    await networks[Symbol.asyncDispose]();
    await networks[Symbol.asyncDispose]();
    expect(pids.filter((pid) => existsSync(`/proc/${pid}/ns/net`) && marked(run).includes(pid))).toEqual([]);
    expect(await hostLinks()).toEqual(before);
  });

  it('go with their controller, even when it is killed', async () => {
    const script = `import { makeNetworks } from ${JSON.stringify(join(import.meta.dirname, 'networks.ts'))};
      await makeNetworks({ run: ${JSON.stringify(run)}, seed: 'i', limit_s: 60 });
      console.log('made');
      setInterval(() => undefined, 1000);`;
    const controller = spawn(process.execPath, ['--input-type=module', '-e', script], { stdio: ['ignore', 'pipe', 'inherit'] });
    await new Promise((resolve) => controller.stdout.once('data', resolve));
    expect(marked(run)).toHaveLength(3);
    controller.kill('SIGKILL');
    await expect.poll(() => marked(run), { timeout: 5000 }).toEqual([]);
  });

  // taps need /dev/net/tun as well, which a machine may keep from its users
  it.runIf(process.getuid?.() === 0)('can be made without root, in a user namespace', async (context) => {
    const nobody = { uid: 65_534, gid: 65_534 };
    const may = await execa('unshare', ['-U', '-r', '-n', 'true'], { ...nobody, reject: false });
    if (may.exitCode !== 0) context.skip(`this machine allows no user namespaces: ${may.stderr}`);
    if ((statSync('/dev/net/tun').mode & 0o006) !== 0o006) context.skip('this machine keeps taps from its users');
    const script = `import { makeNetworks } from ${JSON.stringify(join(import.meta.dirname, 'networks.ts'))};
      import { execa } from 'execa';
      await using networks = await makeNetworks({ run: ${JSON.stringify(run)}, seed: 'j', limit_s: 60, storeRate_bps: ${STORE_BPS} });
      const [file, ...enter] = networks.enter('head');
      await networks.attach('head', { store: true, behind: 'route' });
      const { prefix } = networks.networks.front;
      await execa(file, [...enter, 'sh', '-ec', ${JSON.stringify(answering({ prefix: 'PREFIX' }))}.replace('PREFIX', prefix.replace('::/64', '::2/64'))]);
      for (const name of ['front', 'store']) {
        const before = networks.networks[name].wire('head').sent.packets;
        const { stdout } = await execa(file, [...enter, 'ping', '-6', '-n', '-c', '3', '-i', '0.2', '-W', '1', networks.networks[name].station]);
        console.log(name, /(\\d+) received/.exec(stdout)?.[1], networks.networks[name].wire('head').sent.packets - before >= 3);
      }`;
    const { stdout, stderr, exitCode } = await execa(process.execPath, ['--input-type=module', '-e', script], {
      ...nobody,
      cwd: join(import.meta.dirname, '../..'),
      reject: false,
      timeout: 60_000,
    });
    expect([stdout, exitCode], stderr).toEqual(['front 3 true\nstore 3 true', 0]);
    expect(marked(run)).toEqual([]);
  });
});
