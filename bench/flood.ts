/**
 * How fast packets can be made: xdp-frames and trafgen, each from one network namespace to a sink in another over a veth pair, at every frame
 * size; counted at the receiver, which drops them as early as it can. Rounds are interleaved, and turned each time. Nothing leaves this machine.
 */
import { readFileSync } from 'node:fs';
import { availableParallelism } from 'node:os';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Command, Engine } from '../suites/engines/engine.ts';
import type { FloodParams } from '../suites/engines/flood.ts';
import { trafgen } from '../suites/engines/trafgen.ts';
import { xdpFrames } from '../suites/engines/xdp-frames/index.ts';
import { ETHERNET_SIZES } from '../suites/flood/sizes.ts';
import type { VectorName } from '../suites/flood/vectors.ts';
import { run, start, startBare } from '../targets/leash.ts';
import type { Aim } from '../targets/target.ts';
import { type Spread, show, spread } from './statistics.ts';

const ROUNDS = 5;
const LIMIT_S = 1800;
/** Of a generator's time, the beginning is left aside. */
const WARM_MS = 400;
const WINDOW_MS = 1200;
/** More than anything can send. */
const FLAT_OUT_PPS = 20_000_000;
const SIZES = [...ETHERNET_SIZES, 4096, 9216] as const;
/** Loads that both processors can make. */
const PACES_PPS = [1000, 10_000, 60_000, 300_000, 1_000_000] as const;
const PACED_S = 3;
const MTU_BYTES = 9300;

/** What is promised: of xdp-frames at two sizes, against trafgen at all, of trafgen against a line by hand, and of a load that was asked for. */
const BOUND = { small_Mpps: 2, large_Gbps: 20, factor: 2, byHand: 0.95, pace: 0.02 } as const;

const AIM: Omit<Aim, 'destinationMac'> = {
  device: 'source',
  sourceMac: '02:53:50:00:0f:01',
  source: '2001:2:0:8000::1',
  destination: '2001:2:0:8000::10',
  prefix: '2001:2:0:8000',
};

type Generator = 'xdp-frames' | 'trafgen' | 'by hand';

/** `npm run bench -- flood`. Prints the figures; exit 1 where one misses what is promised. */
export async function flood(): Promise<number> {
  const mark = `bench-${process.pid}`;
  const holders = ['source', 'sink'].map(() =>
    startBare(['setpriv', '--pdeathsig', 'KILL', '--', 'unshare', '-n', 'sleep', String(LIMIT_S)], mark),
  );
  try {
    await sleep(300);
    const [source, sink] = holders.map(({ pid }) => pid as number) as [number, number];
    const within = (pid: number) => ['nsenter', '-t', String(pid), '-n', '--'];
    const queues = `numrxqueues ${availableParallelism()} numtxqueues ${availableParallelism()}`;
    const inside = (pid: number, argv: readonly string[], input?: string) =>
      run(argv, { run: mark, limit_s: 20, within: within(pid), ...(input === undefined ? {} : { input }) });
    await inside(
      source,
      ['ip', '-batch', '-'],
      [
        'link set lo up',
        `link add source mtu ${MTU_BYTES} address ${AIM.sourceMac} ${queues} type veth peer name sink mtu ${MTU_BYTES} ${queues} netns ${sink}`,
        'link set source up',
        '',
      ].join('\n'),
    );
    await inside(sink, ['ip', 'link', 'set', 'sink', 'up']);
    await inside(sink, ['ethtool', '-K', 'sink', 'gro', 'on']);
    const drop = 'table netdev bench {\n chain early_drop {\n type filter hook ingress device "sink" priority 0; policy drop;\n }\n}\n';
    await inside(sink, ['nft', '-f', '-'], drop);
    const aim: Aim = { ...AIM, destinationMac: macOf(await inside(sink, ['ip', 'link', 'show', 'sink'])) };
    const received = () => receivedBy(sink);

    /** Packets a second at the receiver, flat out. */
    const rate = async (generator: Generator, vector: VectorName): Promise<number> => {
      const { argv, input } = commandOf(generator, vector, aim, FLAT_OUT_PPS, 30);
      const job = start(argv, { run: mark, limit_s: 40, within: within(source) });
      job.stdout.resume();
      job.stdin?.end(input ?? '');
      const before = received();
      for (let tries = 0; received() === before; tries += 1) {
        if (tries > 300) throw new Error(`${generator} sends nothing: ${(await job.done).stderr}`);
        await sleep(20);
      }
      await sleep(WARM_MS);
      const [from, from_ms] = [received(), performance.now()];
      await sleep(WINDOW_MS);
      const pps = ((received() - from) * 1000) / (performance.now() - from_ms);
      await job.stop();
      return pps;
    };
    /** The share by which the receiver counted more or less than was asked for. */
    const pace = async (rate_pps: number): Promise<number> => {
      const { argv, input } = commandOf('xdp-frames', 'udp-66', aim, rate_pps, PACED_S);
      const before = received();
      const job = start(argv, { run: mark, limit_s: 20, within: within(source) });
      job.stdout.resume();
      job.stdin?.end(input ?? '');
      await job.done;
      return (received() - before) / (rate_pps * PACED_S) - 1;
    };
    return await report({ rate, pace });
  } finally {
    for (const holder of holders) await holder.stop();
  }
}

async function report({
  rate,
  pace,
}: {
  rate: (generator: Generator, vector: VectorName) => Promise<number>;
  pace: (rate_pps: number) => Promise<number>;
}): Promise<number> {
  const missed: string[] = [];
  const must = (ok: boolean, what: string) => {
    if (!ok) missed.push(what);
  };
  console.log(`${availableParallelism()} CPUs, veth to a sink that drops early, ${ROUNDS} interleaved rounds, counted at the receiver`);
  console.log('frame     xdp-frames M/s             Gbit/s    trafgen M/s                ratio');
  for (const size of SIZES) {
    const vector = `udp-${size}` as VectorName;
    const rates = { 'xdp-frames': [] as number[], trafgen: [] as number[], 'by hand': [] as number[] };
    const generators: Generator[] = size === 66 || size === 1518 ? ['xdp-frames', 'trafgen', 'by hand'] : ['xdp-frames', 'trafgen'];
    for (let round = 0; round < ROUNDS; round += 1)
      for (const generator of round % 2 === 0 ? generators : generators.toReversed()) rates[generator].push(await rate(generator, vector));
    const ours = spread(rates['xdp-frames'].map((pps) => pps / 1e6));
    const gbps = (ours.median * 8 * size) / 1000;
    const ratio = spread(rates['xdp-frames'].map((pps, round) => pps / (rates.trafgen[round] as number)));
    const theirs = spread(rates.trafgen.map((pps) => pps / 1e6));
    console.log(`${String(size).padEnd(10)}${cell(ours)}${gbps.toFixed(1).padStart(6)}    ${cell(theirs)}${show(ratio, 'x')}`);
    must(ratio.median >= BOUND.factor, `${size} bytes: ${ratio.median.toFixed(2)}x trafgen, ${BOUND.factor}x promised`);
    if (size === 66) must(ours.median >= BOUND.small_Mpps, `66 bytes: ${ours.median.toFixed(2)} M/s, ${BOUND.small_Mpps} promised`);
    if (size === 1518) must(gbps >= BOUND.large_Gbps, `1518 bytes: ${gbps.toFixed(1)} Gbit/s, ${BOUND.large_Gbps} promised`);
    if (rates['by hand'].length > 0) {
      const byHand = spread(rates.trafgen.map((pps, round) => pps / (rates['by hand'][round] as number)));
      console.log(`          trafgen through the suite against trafgen by hand: ${show(byHand, 'x')}`);
      must(
        byHand.median >= BOUND.byHand,
        `${size} bytes: trafgen at ${byHand.median.toFixed(2)}x of itself by hand, ${BOUND.byHand} promised`,
      );
    }
  }
  console.log('asked /s   off by, at the receiver');
  for (const rate_pps of PACES_PPS) {
    const off: number[] = [];
    for (let round = 0; round < ROUNDS; round += 1) off.push(await pace(rate_pps));
    const { median, least, most } = spread(off.map((share) => share * 100));
    console.log(`${String(rate_pps).padEnd(11)}${median.toFixed(2)} % (${least.toFixed(2)} to ${most.toFixed(2)})`);
    must(Math.max(Math.abs(least), Math.abs(most)) <= 100 * BOUND.pace, `${rate_pps} packets/s: off by up to ${most.toFixed(1)} %`);
  }
  for (const line of missed) console.log(`MISSED  ${line}`);
  return missed.length === 0 ? 0 : 1;
}

const cell = (figures: Spread): string => show(figures, '').padEnd(27);

function commandOf(generator: Generator, vector: VectorName, aim: Aim, rate_pps: number, for_s: number): Command {
  if (generator === 'by hand') return byHand(vector, aim, rate_pps * for_s);
  const engine: Engine<FloodParams> = generator === 'trafgen' ? trafgen : xdpFrames;
  const load = [{ at_s: 0, for_s, from_pps: rate_pps, to_pps: rate_pps }];
  return engine.command({ vector, load, seed: 1 }, for_s, aim);
}

/** The line that a person would write, in trafgen's own words. */
function byHand(vector: VectorName, aim: Aim, count: number): Command {
  const size = Number(vector.slice('udp-'.length));
  const payload = size - 66;
  const headers = `eth(saddr=${aim.sourceMac}, daddr=${aim.destinationMac}), ipv6(saddr=${aim.source}, daddr=${aim.destination}), udp(sport=drnd(), dport=9)`;
  return {
    argv: ['trafgen', '--dev', aim.device, '--in', '-', '--num', String(count), '--cpus', String(availableParallelism()), '--no-sock-mem'],
    input: `{ ${headers}${payload > 0 ? `, fill(0x42, ${payload})` : ''} }\n`,
  };
}

/** Packets that the interface `sink` of a process's namespace has received. */
const receivedBy = (pid: number): number => Number(/^\s*sink:\s*\d+\s+(\d+)/m.exec(readFileSync(`/proc/${pid}/net/dev`, 'utf8'))?.[1]);

const macOf = (text: string): string => /link\/ether (\S+)/.exec(text)?.[1] ?? '';
