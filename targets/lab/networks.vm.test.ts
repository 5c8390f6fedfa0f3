/** The networks of a trial as they really are: namespaces, links and addresses of this machine's kernel. */
import { spawn } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { existsSync, readdirSync, readFileSync, readlinkSync } from 'node:fs';
import { join } from 'node:path';
import { execa } from 'execa';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { MARK } from '../leash.ts';
import type { Job, NetworkName } from '../target.ts';
import { type LabNetworks, makeNetworks, type Room, subnet } from './networks.ts';

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

async function make(seed: string, name = run): Promise<LabNetworks> {
  const networks = await makeNetworks({ run: name, seed, limit_s: 60, storeRate_bps: STORE_BPS });
  made.push(networks);
  return networks;
}

/** What a program prints inside a room. */
async function inside(networks: LabNetworks, room: Room, ...argv: string[]): Promise<string> {
  const [file, ...args] = [...networks.enter(room), ...argv] as [string, ...string[]];
  const { stdout } = await execa(file, args, { timeout: 20_000, env: { PATH: `${process.env.PATH}:/usr/sbin:/sbin`, LC_ALL: 'C.UTF-8' } });
  return stdout;
}

/** How many of three pings are answered. */
async function answered(networks: LabNetworks, room: Room, address: string): Promise<number> {
  const argv = ['ping', '-6', '-n', '-c', '3', '-i', '0.2', '-W', '1', address];
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
      expect(await inside(networks, room, 'ip', '-6', 'route', 'show', 'default')).toBe('');
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

  it('shape the storage link to its rate, at both ends', async () => {
    const networks = await make('e');
    for (const [room, device] of [
      ['tail', 'store'],
      ['head', 'store-up'],
    ] as const)
      expect(await inside(networks, room, 'tc', 'qdisc', 'show', 'dev', device)).toMatch(/qdisc tbf .* rate 200Mbit/);
    expect(await inside(networks, 'front', 'tc', 'qdisc', 'show', 'dev', 'front')).not.toContain('tbf');
  });

  it('give each machine a tap, a link-layer address and an address that consents, and nothing else does', async () => {
    const networks = await make('f');
    const { front } = networks.networks;
    expect(() => front.link('head')).toThrow(/head has no card on the front network/);
    const first = await networks.attach('front', 'head');
    const second = await networks.attach('front', 'tenant1');
    expect(new Set([first.mac, second.mac, front.link('head').source]).size).toBe(3);
    expect(front.link('tenant1')).toMatchObject({ device: 'front', destination: second.mac });
    expect(await inside(networks, 'head', 'ip', '-o', 'link', 'show', 'master', 'br-front')).toContain(`${second.tap}:`);
    expect([first, second].every(({ address }) => front.consents(address))).toBe(true);
    for (const address of [
      front.station,
      bridgeOf(networks, 'front'),
      '::1',
      '',
      first.address.toUpperCase().replace('2001', '2002'),
      `${first.address}0`,
    ])
      expect(front.consents(address)).toBe(false);
    expect(networks.networks.store.consents(first.address)).toBe(false);
  });

  it('run programs at their stations', async () => {
    const networks = await make('g');
    const job = networks.networks.store.spawn(['ip', '-o', 'link'], { limit_s: 10 });
    expect(await output(job)).toMatch(/store(@\S+)?:/);
    expect(await job.done).toMatchObject({ code: 0 });
  });

  it('do not collide with those of another run, not even with the same addresses', async () => {
    const [one, two] = await Promise.all([make('same'), make('same', `${run}-2`)]);
    expect(one.networks.front.prefix).toBe(two.networks.front.prefix);
    await one.networks.front.cut();
    expect(await answered(one, 'head', one.networks.front.station)).toBe(0);
    expect(await answered(two, 'head', two.networks.front.station)).toBe(3);
    const apart = await make('other', `${run}-3`);
    expect(apart.networks.front.prefix).not.toBe(one.networks.front.prefix);
  });

  it('leave no process and no link behind', async () => {
    const before = await hostLinks();
    const networks = await make('h');
    const pids = marked(run);
    expect(pids.length).toBeGreaterThanOrEqual(3);
    networks.networks.front.spawn(['sleep', '300'], { limit_s: 60 });
    await networks.attach('front', 'head');
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
    const script = `import { makeNetworks } from ${JSON.stringify(join(import.meta.dirname, 'networks.ts'))};
      import { execa } from 'execa';
      await using networks = await makeNetworks({ run: ${JSON.stringify(run)}, seed: 'j', limit_s: 60, storeRate_bps: ${STORE_BPS} });
      const [file, ...enter] = networks.enter('head');
      for (const name of ['front', 'store']) {
        const { stdout } = await execa(file, [...enter, 'ping', '-6', '-n', '-c', '3', '-i', '0.2', '-W', '1', networks.networks[name].station]);
        console.log(name, /(\\d+) received/.exec(stdout)?.[1]);
      }`;
    const { stdout, stderr, exitCode } = await execa(process.execPath, ['--input-type=module', '-e', script], {
      ...nobody,
      cwd: join(import.meta.dirname, '../..'),
      reject: false,
      timeout: 60_000,
    });
    expect([stdout, exitCode], stderr).toEqual(['front 3\nstore 3', 0]);
    expect(marked(run)).toEqual([]);
  });
});
