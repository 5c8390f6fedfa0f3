/**
 * The engine's process: reads a job from stdin, sends its frames at their times, says on stdout what was sent. It runs in the network
 * namespace of its interface, bounds itself by the job's load, and may be killed at any moment: the kernel looks for signals between two frames.
 *
 * Every tick it sends what has become due, by one run of the kernel's. Runs go side by side in lanes, one for each processor, each with programs
 * of its own: two processors that step one counter would wait for each other.
 */
import { availableParallelism } from 'node:os';
import { text } from 'node:stream/consumers';
import { setTimeout as sleep } from 'node:timers/promises';
import { explain, InfraError } from '../../../results/errors.ts';
import { advanced } from '../../flood/draw.ts';
import { lengthOf, packetsOf } from '../../flood/load.ts';
import { interfaceIndex, keepAtHand, loadProgram, makeState, send } from './bpf.ts';
import { Job, type Sent } from './job.ts';
import { LANES } from './lanes.ts';
import { leaving, programOf, type Way, wayOf } from './program.ts';

/** Two runs begin no closer than this, so that small loads come evenly and not in heaps. */
const TICK_MS = 1;
/** The most packets of one run: all lanes together are through with theirs in a fraction of a second. */
const MOST_PACKETS = 65_536;
/**
 * Of frames that belong together, so many of the first are sent before the second ones: a host must still hold them then, and by default its 4 MiB
 * for fragments hold some 2,800 (net.ipv6.ip6frag_high_thresh).
 */
const MOST_TOGETHER = 1024;
/** A generator that was held up catches up with so much of the past and no more: a heap is not the load that was asked for. */
const DEBT_S = 0.25;
/** What a small load may be behind by, whatever its rate. */
const TICK_PACKETS = 64;
/** What is still due when the time is up is sent within this time, or not at all. */
const LATE_S = 0.1;

/** Counted with a frame, since a real link would add it. */
const FCS_BYTES = 4;

/** What the kernel keeps at hand of programs, for all of this machine, is 48 (BPF_DISPATCHER_MAX, include/linux/bpf.h); some are left to others. */
const MOST_PROGRAMS = 40;

interface Loaded {
  readonly program: number;
  readonly way: Way;
  readonly bytes: Buffer;
}

/** In a lane, each frame's program counts its packets from the same state on, so that the n-th of one goes with the n-th of another. */
interface LoadedStream {
  readonly frames: readonly Loaded[];
  /** packets so far */
  issued: number;
}

type Lane = readonly LoadedStream[];

async function main(): Promise<Sent> {
  const job = jobFrom(await text(process.stdin));
  const ifindex = interfaceIndex(job.device);
  const free = lanesOf(job, ifindex);
  const issued = job.streams.map(({ share }) => ({ share, packets: 0 }));
  const length_s = lengthOf(job.load);
  const running = new Set<Promise<void>>();
  let total = 0;
  let forgiven = 0;
  let sentBytes = 0;
  const start = performance.now();
  for (;;) {
    const now_s = (performance.now() - start) / 1000;
    const asked = packetsOf(job.load, now_s);
    const kept = asked - packetsOf(job.load, now_s - DEBT_S) + TICK_PACKETS;
    forgiven = Math.max(forgiven, Math.floor(asked - kept) - total);
    const due = Math.floor(asked) - forgiven - total;
    if (now_s >= length_s && (due <= 0 || now_s >= length_s + LATE_S)) break;
    const lane = due > 0 ? free.pop() : undefined;
    if (lane !== undefined) {
      const packets = Math.min(due, MOST_PACKETS);
      total += packets;
      const next = furthestBehind(issued);
      (issued[next] as { packets: number }).packets += packets;
      const run = sendStream(lane[next] as LoadedStream, packets).then((bytes) => {
        sentBytes += bytes;
        free.unshift(lane);
        running.delete(run);
      });
      run.catch(() => undefined); // heard of where they are waited for, not wherever this sleeps: it stays among those that run
      running.add(run);
    }
    if (free.length === 0) await Promise.race(running);
    else await sleep(TICK_MS);
  }
  await Promise.all(running);
  const seconds = (performance.now() - start) / 1000;
  return { sent_packets: total, sent_bytes: sentBytes, asked_packets: Math.round(packetsOf(job.load)), seconds };
}

/** Throws InfraError with the first thing that is wrong. */
function jobFrom(told: string): Job {
  let json: unknown;
  try {
    json = JSON.parse(told);
  } catch (cause) {
    throw new InfraError('what stands on stdin is no job', { cause });
  }
  const job = Job.safeParse(json);
  if (job.success) return job.data;
  const [wrong] = job.error.issues;
  throw new InfraError(`what stands on stdin is no job: ${wrong?.path.join('.')}: ${wrong?.message}`);
}

function lanesOf({ streams, seed }: Job, ifindex: number): Lane[] {
  const programs = streams.reduce((sum, { frames }) => sum + frames.length, 0);
  // clones go by short runs and are no XDP programs: while one is on its way back, others are under way
  const cloned = streams.some(({ frames }) =>
    frames.some(({ bytes }) => wayOf({ bytes: Buffer.from(bytes, 'base64'), varied: [] }) === 'clone'),
  );
  const lanes = cloned ? LANES : Math.max(1, Math.min(LANES, availableParallelism(), Math.floor(MOST_PROGRAMS / programs)));
  // far apart, so that no two lanes and streams draw the same
  const state = (lane: number, index: number) => advanced(BigInt(seed), 1 + (lane * streams.length + index) * 2 ** 40);
  return Array.from({ length: lanes }, (_, lane) => streams.map((stream, index) => loadStream(stream, state(lane, index), ifindex)));
}

function loadStream({ frames }: Job['streams'][number], state: bigint, ifindex: number): LoadedStream {
  const loaded = frames.map(({ bytes, varied, checksum }) => {
    const frame = { bytes: Buffer.from(bytes, 'base64'), varied, ...(checksum ? { checksum } : {}) };
    const way = wayOf(frame);
    const program = loadProgram(programOf(frame, { ifindex, map: makeState(state) }), way);
    if (way === 'live') keepAtHand(program);
    return { bytes: Buffer.from(leaving(frame).bytes), way, program };
  });
  return { frames: loaded, issued: 0 };
}

/** The index of the stream that is furthest behind its share. */
const furthestBehind = (issued: readonly { readonly share: number; readonly packets: number }[]): number =>
  issued.reduce((next, { share, packets }, index) => {
    const other = issued[next] as { share: number; packets: number };
    return packets / share < other.packets / other.share ? index : next;
  }, 0);

/** Sends `packets` packets of a stream, its frames in equal numbers; gives the bytes, with the FCS that a real link would add. */
async function sendStream(stream: LoadedStream, packets: number): Promise<number> {
  const { frames } = stream;
  const end = stream.issued + packets;
  let begin = stream.issued;
  stream.issued = end;
  const most = frames.length === 1 ? packets : MOST_TOGETHER * frames.length;
  let bytes = 0;
  for (; begin < end; begin += most) {
    for (const [place, { program, way, bytes: frame }] of frames.entries()) {
      // the first are ahead of the others by one packet at most, however runs are cut
      const until = (issued: number) => Math.ceil((issued - place) / frames.length);
      const now = until(Math.min(end, begin + most)) - until(begin);
      if (now === 0) continue;
      await send(program, way, frame, now);
      bytes += now * (frame.length + FCS_BYTES);
    }
  }
  return bytes;
}

try {
  const sent = await main();
  process.stdout.write(`${JSON.stringify(sent)}\n`);
} catch (error) {
  process.stderr.write(`${explain(error)}\n`);
  process.exitCode = 1;
}
