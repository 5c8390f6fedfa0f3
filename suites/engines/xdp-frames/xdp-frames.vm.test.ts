/** The engine as it really is: what it says it sent is counted by a receiver's own IP stack, in network namespaces of this test. */
import { randomBytes } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import { execa } from 'execa';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { inside as insideOf, makeReceiver } from '../../../targets/lab/networks.testing.ts';
import type { LabNetworks } from '../../../targets/lab/networks.ts';
import type { Aim } from '../../../targets/target.ts';
import type { VectorName } from '../../flood/vectors.ts';
import type { FloodParams } from '../flood.ts';
import { xdpFrames } from './index.ts';
import type { Sent } from './job.ts';

const ROOT = process.getuid?.() === 0;
/** What was sent last has been counted after so long. */
const SETTLE_MS = 300;
const JUMBO_MTU_BYTES = 9000;
const PATH = `${process.env.PATH}:/usr/sbin:/sbin`;

let networks: LabNetworks;
/** at the receiver, whose stack takes everything: the bridge in the room of the machines */
let aim: Aim;

beforeAll(async () => {
  if (!ROOT) return;
  const run = `xdp-frames-test-${randomBytes(4).toString('hex')}`;
  ({ networks, aim } = await makeReceiver({ run, seed: run, limit_s: 120, mtu_bytes: JUMBO_MTU_BYTES }));
});
afterAll(() => networks?.[Symbol.asyncDispose]());

const inside = (room: 'front' | 'head', ...argv: string[]) => insideOf(networks, room, ...argv);

/** The receiver's counters (net/ipv6/proc.c). */
async function counted(): Promise<Record<string, number>> {
  const text = await inside('head', 'cat', '/proc/net/snmp6');
  return Object.fromEntries([...text.matchAll(/^(\w+)\s+(\d+)$/gm)].map(([, name, figure]) => [name, Number(figure)]));
}

const params = (vector: VectorName, pps: number, for_s: number): FloodParams => ({
  vector,
  load: for_s === 0 ? [] : [{ at_s: 0, for_s, from_pps: pps, to_pps: pps }],
  seed: 7,
});
const commandOf = (asked: FloodParams, at = aim) => xdpFrames.command(asked, 0, at);

function start(argv: readonly string[], input: string | undefined, within = networks.enter('front')) {
  const [file, ...args] = [...within, ...argv] as [string, ...string[]];
  return execa(file, args, { env: { PATH }, input: input ?? '', reject: false, timeout: 30_000, killSignal: 'SIGKILL' });
}

/** Floods the receiver; what the engine said, and by how much the receiver's counters grew. */
async function flood(asked: FloodParams) {
  const { argv, input } = commandOf(asked);
  const before = await counted();
  const { stdout, stderr, exitCode } = await start(argv, input);
  expect([stderr, exitCode]).toEqual(['', 0]);
  await sleep(SETTLE_MS);
  const after = await counted();
  const grown = Object.fromEntries(Object.entries(after).map(([name, figure]) => [name, figure - (before[name] ?? 0)]));
  return { sent: JSON.parse(String(stdout)) as Sent, grown };
}

describe.runIf(ROOT)('a flood by xdp-frames', () => {
  it.each([
    ['udp-66', 'Udp6NoPorts', 66],
    ['udp-1518', 'Udp6NoPorts', 1518],
    ['udp-4096', 'Udp6NoPorts', 4096],
    ['udp-9018', 'Udp6NoPorts', 9018],
    ['fragments-overlap', 'Ip6ReasmReqds', 0],
  ] as const)('%s arrives to the last packet, each of them valid', async (vector, counter, frame_bytes) => {
    const { sent, grown } = await flood(params(vector, 3000, 1));
    expect(sent).toMatchObject({ sent_packets: 3000, asked_packets: 3000 });
    expect(grown[counter]).toBe(3000);
    expect([grown.Udp6InCsumErrors, grown.Udp6InErrors, grown.Ip6InHdrErrors, grown.Ip6InTruncatedPkts]).toEqual([0, 0, 0, 0]);
    if (frame_bytes > 0) expect(sent.sent_bytes).toBe(3000 * frame_bytes);
  });

  it('neighbours-ns arrives to the last packet, each of them valid and from another neighbour', async () => {
    const { sent, grown } = await flood(params('neighbours-ns', 3000, 1));
    expect(sent.sent_packets).toBe(3000);
    // the station asks for the receiver's address now and then, too
    expect(grown.Icmp6InNeighborSolicits).toBeGreaterThanOrEqual(3000);
    expect(grown.Icmp6InNeighborSolicits).toBeLessThanOrEqual(3010);
    expect([grown.Icmp6InCsumErrors, grown.Icmp6InErrors]).toEqual([0, 0]);
    const neighbours = (await inside('head', 'ip', '-6', 'neigh', 'show', 'dev', 'br-front', 'nud', 'all')).split('\n');
    expect(neighbours.filter((line) => line.startsWith('fe80:')).length).toBeGreaterThan(500);
  });

  it('keeps the rate that is asked for, below what the host can do, and ends by itself when the time is up', async () => {
    const { argv, input } = commandOf(params('udp-66', 50_000, 2));
    const before = (await counted()).Udp6NoPorts as number;
    const job = start(argv, input);
    while ((await counted()).Udp6NoPorts === before) await sleep(5);
    const begin = performance.now();
    await sleep(1000);
    const half = ((await counted()).Udp6NoPorts as number) - before;
    const half_s = (performance.now() - begin) / 1000;
    const { stdout, exitCode } = await job;
    const { sent_packets, seconds } = JSON.parse(String(stdout)) as Sent;
    await sleep(SETTLE_MS);
    const arrived = ((await counted()).Udp6NoPorts as number) - before;
    expect(exitCode).toBe(0);
    expect(arrived).toBe(sent_packets);
    expect(Math.abs(arrived - 100_000)).toBeLessThanOrEqual(2000);
    expect(seconds).toBeLessThan(3);
    // packets leave in heaps, and later where the host is busy: it is the middle and not the end
    expect(half / half_s).toBeGreaterThan(35_000);
    expect(half / half_s).toBeLessThan(65_000);
  });

  it('stops at once when it is killed', async () => {
    const { argv, input } = commandOf(params('udp-66', 20_000, 20));
    const before = (await counted()).Udp6NoPorts as number;
    const job = start(argv, input);
    while ((await counted()).Udp6NoPorts === before) await sleep(5);
    await sleep(500);
    job.kill('SIGKILL');
    expect((await job).signal).toBe('SIGKILL');
    await sleep(500);
    const after = (await counted()).Udp6NoPorts as number;
    expect(after).toBeGreaterThan(before);
    await sleep(500);
    expect((await counted()).Udp6NoPorts).toBe(after);
  });

  it('sends nothing when it is only attempted', async () => {
    const { argv, input } = xdpFrames.attempt?.(params('udp-66', 50_000, 10), aim) ?? { argv: ['false'] };
    const sent = async () => JSON.parse(await inside('front', 'ip', '-j', '-s', 'link', 'show', 'dev', 'front'))[0].stats64.tx.packets;
    const before = await counted();
    const left = await sent();
    const { exitCode, stdout } = await start(argv, input);
    expect([exitCode, JSON.parse(String(stdout))]).toMatchObject([0, { sent_packets: 0, asked_packets: 0 }]);
    await sleep(SETTLE_MS);
    expect((await counted()).Udp6NoPorts).toBe(before.Udp6NoPorts);
    // the kernel itself may have said a word to its neighbours
    expect((await sent()) - left).toBeLessThan(10);
  });
});

describe.runIf(ROOT)('what keeps xdp-frames from flooding is told in one line', () => {
  const asked = () => commandOf(params('udp-66', 1000, 5));
  it.each<[string, () => string | undefined, RegExp, (() => string[])?]>([
    ['an interface that is not there', () => asked().input?.replace('"front"', '"nosuch"'), /no interface nosuch/],
    ['a job that is no JSON', () => '{', /^what stands on stdin is no job/],
    ['no job', () => '', /^what stands on stdin is no job/],
    ['a job of another form', () => '{"device":"front"}', /^what stands on stdin is no job: streams: /],
    [
      'a root that is one of a user namespace alone',
      () => asked().input?.replace('"front"', '"lo"'),
      /EPERM.*CAP_BPF/,
      () => ['unshare', '-Urn'],
    ],
  ])('%s', async (_what, input, words, within) => {
    const before = (await counted()).Udp6NoPorts;
    const { exitCode, stdout, stderr } = await start(asked().argv, input(), within?.());
    expect([exitCode, stdout]).toEqual([1, '']);
    expect(stderr).toMatch(words);
    expect(String(stderr).trim().split('\n')).toHaveLength(1);
    expect(stderr).not.toMatch(/\bat .*:\d+|node:/);
    expect((await counted()).Udp6NoPorts).toBe(before);
  });
});
