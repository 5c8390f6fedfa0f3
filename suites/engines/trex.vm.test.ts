/**
 * TRex as it really is: what it says it sent is counted by a receiver's own IP stack, in network namespaces of this test. All but its
 * refusal is skipped where no TRex is installed (see `trex.ts`).
 */
import { randomBytes } from 'node:crypto';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { execa } from 'execa';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { inside as insideOf, makeReceiver } from '../../targets/lab/networks.testing.ts';
import type { LabNetworks } from '../../targets/lab/networks.ts';
import { MARK } from '../../targets/leash.ts';
import type { Aim } from '../../targets/target.ts';
import type { Load } from '../flood/load.ts';
import type { VectorName } from '../flood/vectors.ts';
import type { FloodParams } from './flood.ts';
import { trex } from './trex.ts';

const ROOT = process.getuid?.() === 0;
const DIRECTORY = process.env.STORMPROOF_TREX ?? '/opt/trex';
const INSTALLED = existsSync(join(DIRECTORY, '_t-rex-64'));
/** What was sent last has been counted after so long. */
const SETTLE_MS = 300;
const PATH = `${process.env.PATH}:/usr/sbin:/sbin`;
const RUN = `trex-test-${randomBytes(4).toString('hex')}`;

let networks: LabNetworks;
/** at the receiver, whose stack takes everything: the bridge in the room of the machines */
let aim: Aim;

beforeAll(async () => {
  if (!ROOT) return;
  ({ networks, aim } = await makeReceiver({ run: RUN, seed: RUN, limit_s: 300, mtu_bytes: 9198 }));
});
afterAll(() => networks?.[Symbol.asyncDispose]());

const inside = (room: 'front' | 'head', ...argv: string[]) => insideOf(networks, room, ...argv);

/** The receiver's counters (net/ipv6/proc.c). */
async function counted(): Promise<Record<string, number>> {
  const text = await inside('head', 'cat', '/proc/net/snmp6');
  return Object.fromEntries([...text.matchAll(/^(\w+)\s+(\d+)$/gm)].map(([, name, figure]) => [name, Number(figure)]));
}
const delivered = async (): Promise<number> => (await counted()).Udp6NoPorts as number;

/** Waits until so many datagrams have been delivered in all, and returns how many and when. */
async function reached(least: number): Promise<{ readonly count: number; readonly at_ms: number }> {
  for (const end_ms = performance.now() + 30_000; performance.now() < end_ms; await sleep(2)) {
    const count = await delivered();
    if (count >= least) return { count, at_ms: performance.now() };
  }
  throw new Error(`${least} datagrams were not delivered in 30 s`);
}

const steady = (pps: number, for_s: number): Load => [{ at_s: 0, for_s, from_pps: pps, to_pps: pps }];
const params = (vector: VectorName, load: Load): FloodParams => ({ vector, load, seed: 7 });

/** Starts the engine as a storm does. */
function start({ argv, input }: { readonly argv: readonly string[]; readonly input?: string }) {
  const job = networks.networks.front.spawn(argv, { limit_s: 60 });
  let stdout = '';
  job.stdout.on('data', (chunk: Buffer) => {
    stdout += chunk.toString();
  });
  job.stdin?.end(input ?? '');
  return { ...job, done: job.done.then((how) => ({ ...how, stdout })) };
}

/** Floods the receiver; what the engine said, and by how much the receiver's counters grew. */
async function flood(asked: FloodParams) {
  const before = await counted();
  const { code, stderr, stdout } = await start(trex.command(asked, 0, aim)).done;
  expect([stderr, code]).toEqual(['', 0]);
  await sleep(SETTLE_MS);
  const grown = Object.entries(await counted()).map(([name, figure]) => [name, figure - (before[name] ?? 0)]);
  return { figures: trex.figures(stdout), grown: Object.fromEntries(grown) as Record<string, number> };
}

/** What of this test's processes is TRex, or drives it. */
const processes = (): string[] =>
  readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name))
    .filter((pid) => {
      try {
        return (
          readFileSync(`/proc/${pid}/environ`, 'utf8').includes(`${MARK}=${RUN}`) &&
          /trex/.test(readFileSync(`/proc/${pid}/cmdline`, 'utf8'))
        );
      } catch {
        return false; // it ended between two looks
      }
    });

describe.runIf(ROOT)('where TRex is not installed', () => {
  it('is refused within a second, in one line', async () => {
    const { argv } = trex.attempt?.(params('udp-66', steady(1000, 1)), aim) ?? { argv: [] };
    const begun = performance.now();
    const { code, stderr } = await start({ argv: ['env', 'STORMPROOF_TREX=/nonexistent', ...argv] }).done;
    expect([code, stderr]).toEqual([1, 'no TRex is installed in /nonexistent; STORMPROOF_TREX names another directory']);
    expect(performance.now() - begun).toBeLessThan(1000);
  });
});

describe.runIf(ROOT && INSTALLED)(`a flood by TRex, which ${INSTALLED ? 'is' : 'is not'} installed in ${DIRECTORY}`, () => {
  it.each([
    ['udp-66', 'Udp6NoPorts'],
    ['udp-9216', 'Udp6NoPorts'],
    ['ext-headers', 'Udp6NoPorts'],
    ['random-sources', 'Udp6NoPorts'],
    ['fragments-overlap', 'Ip6ReasmReqds'],
  ] as const)('%s arrives to the last packet, each of them valid', async (vector, counter) => {
    const { figures, grown } = await flood(params(vector, steady(4000, 1)));
    expect([figures, grown[counter]]).toEqual([{ sent_packets: 4000 }, 4000]);
    expect([grown.Udp6InCsumErrors, grown.Udp6InErrors, grown.Ip6InHdrErrors, grown.Ip6InTruncatedPkts]).toEqual([0, 0, 0, 0]);
  });

  it('neighbours-ns arrives to the last packet, each of them valid and from another neighbour', async () => {
    const { figures, grown } = await flood(params('neighbours-ns', steady(2000, 1)));
    expect(figures).toEqual({ sent_packets: 2000 });
    // the station asks for the receiver's address now and then, too
    expect(grown.Icmp6InNeighborSolicits).toBeGreaterThanOrEqual(2000);
    expect([grown.Icmp6InCsumErrors, grown.Icmp6InErrors]).toEqual([0, 0]);
    const neighbours = (await inside('head', 'ip', '-6', 'neigh', 'show', 'dev', 'br-front', 'nud', 'all')).split('\n');
    expect(neighbours.filter((line) => line.startsWith('fe80:')).length).toBeGreaterThan(500);
  });

  it.each([1000, 10_000])('keeps %d packets/s', async (pps) => {
    const before = await delivered();
    const job = start(trex.command(params('udp-128', steady(pps, 5)), 5, aim));
    const first = await reached(before + 1);
    const last = await reached(before + 4.5 * pps);
    const rate_pps = (1000 * (last.count - first.count)) / (last.at_ms - first.at_ms);
    expect(trex.figures((await job.done).stdout)).toEqual({ sent_packets: 5 * pps });
    await sleep(SETTLE_MS);
    expect((await delivered()) - before).toBe(5 * pps);
    expect(Math.abs(rate_pps / pps - 1)).toBeLessThan(0.02);
  });

  it('comes in steps, with a pause between them', async () => {
    const load = [steady(2000, 1), steady(4000, 1)].flatMap((part, index) => part.map((each) => ({ ...each, at_s: 2 * index })));
    const before = await delivered();
    const job = start(trex.command(params('udp-66', load), 3, aim));
    await reached(before + 2000);
    await sleep(500);
    expect((await delivered()) - before).toBe(2000);
    expect(trex.figures((await job.done).stdout)).toEqual({ sent_packets: 6000 });
    await sleep(SETTLE_MS);
    expect((await delivered()) - before).toBe(6000);
  });

  it('of more than it can make ends in its time, and tells what it did', async () => {
    const { figures, grown } = await flood(params('udp-66', steady(5_000_000, 1)));
    expect(figures.sent_packets).toBe(grown.Udp6NoPorts);
    expect(figures.sent_packets).toBeGreaterThan(10_000);
    expect(figures.sent_packets).toBeLessThan(5_000_000);
  });

  it.each(['SIGTERM', 'SIGKILL'] as const)('is over at once when its process group gets %s, and nothing of it is left', async (signal) => {
    const before = await delivered();
    const { argv, input } = trex.command(params('udp-66', steady(5000, 30)), 30, aim);
    const [file, ...args] = [...networks.enter('front'), ...argv] as [string, ...string[]];
    const job = execa(file, args, { env: { PATH, [MARK]: RUN }, input: input ?? '', reject: false, detached: true, timeout: 30_000 });
    await reached(before + 1000);
    expect(processes().length).toBeGreaterThan(2);
    process.kill(-(job.pid as number), signal);
    const begun = performance.now();
    await job;
    expect(performance.now() - begun).toBeLessThan(2000);
    expect(processes()).toEqual([]);
    const after = await delivered();
    await sleep(500);
    expect(await delivered()).toBe(after);
  });

  it('sends nothing when it is only attempted, and does not start TRex', async () => {
    const sent = async () => JSON.parse(await inside('front', 'ip', '-j', '-s', 'link', 'show', 'dev', 'front'))[0].stats64.tx.packets;
    const before = await sent();
    expect(await start(trex.attempt?.(params('udp-66', steady(1000, 1)), aim) ?? { argv: [] }).done).toMatchObject({ code: 0, stdout: '' });
    // the kernel itself may have said a word to its neighbours
    expect((await sent()) - before).toBeLessThan(10);
  });

  it.each<[string, string, readonly string[], RegExp]>([
    ['an interface that is not there', 'nosuch', ['true'], /^TRex did not start: Could not find all interfaces .*$/],
    [
      'a namespace in which others would reach its control port',
      'front',
      ['ip', 'address', 'add', '192.0.2.1/32', 'dev', 'front'],
      /^the control port of TRex would be open on front: .*$/,
    ],
  ])('is not made on %s, which is told in one line', async (_what, device, prepare, words) => {
    await inside('front', ...prepare);
    const { code, stderr, stdout } = await start(trex.command(params('udp-66', steady(1000, 1)), 1, { ...aim, device })).done;
    expect([code, stdout, stderr]).toEqual([1, '', expect.stringMatching(words)]);
  });
});
