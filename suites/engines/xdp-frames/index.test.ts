import { existsSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { InfraError } from '../../../results/errors.ts';
import { ANYWHERE } from '../../flood/anywhere.ts';
import type { Vector } from '../../flood/vector.ts';
import { VECTORS, type VectorName } from '../../flood/vectors.ts';
import type { FloodParams } from '../flood.ts';
import { xdpFrames } from './index.ts';
import { Job } from './job.ts';

const params = (vector: VectorName = 'udp-66'): FloodParams => ({
  vector,
  load: [
    { at_s: 0, for_s: 5, from_pps: 0, to_pps: 2000 },
    { at_s: 6, for_s: 1, from_pps: 10, to_pps: 10 },
  ],
  seed: 7,
});
const vectors = Object.entries(VECTORS) as [VectorName, Vector][];

/** What the engine's process printed at its end. */
const ANSWER = '{"sent_packets":6000,"sent_bytes":396000,"asked_packets":6000,"seconds":2.05}\n';

describe('the command of xdp-frames', () => {
  it('is a program of ours, with a thread for each run that goes on', () => {
    const { argv } = xdpFrames.command(params(), 7, ANYWHERE);
    expect(argv.slice(0, 3)).toEqual(['env', expect.stringMatching(/^UV_THREADPOOL_SIZE=\d+$/), process.execPath]);
    expect(existsSync(argv[3] ?? '')).toBe(true);
  });

  it.each(vectors)('tells it of %s all that it sends, and when, in a form that it takes', (vector, { streams }) => {
    const { input = '' } = xdpFrames.command(params(vector), 7, ANYWHERE);
    const { device, load, seed, streams: told } = Job.parse(JSON.parse(input));
    expect({ device, load, seed }).toEqual({ device: 'front', load: params().load, seed: 7 });
    const wanted = streams(ANYWHERE, 7).map(({ share, frames }) => ({
      share,
      frames: frames.map((frame) => ({ ...frame, bytes: Buffer.from(frame.bytes).toString('base64') })),
    }));
    expect(told).toEqual(wanted);
  });

  it('varies the packets by a seed of their own, where there is one: the frames and their proportions stay', () => {
    const [job, other] = [{}, { packetSeed: 8 }].map((change) =>
      Job.parse(JSON.parse(xdpFrames.command({ ...params('mixed'), ...change }, 7, ANYWHERE).input ?? '')),
    );
    expect(other).toEqual({ ...job, seed: 8 });
  });

  it('refuses to send at nobody', () => {
    expect(() => xdpFrames.command(params(), 7, undefined)).toThrow(InfraError);
  });

  it('is the same as an attempt, but for the load: that has none', () => {
    const [command, attempt] = [xdpFrames.command(params(), 7, ANYWHERE), xdpFrames.attempt?.(params(), ANYWHERE)];
    expect(attempt?.argv).toEqual(command.argv);
    expect(JSON.parse(attempt?.input ?? '')).toEqual({ ...JSON.parse(command.input ?? ''), load: [] });
  });
});

describe('the figures of xdp-frames', () => {
  it('are what it says that it sent', () => {
    expect(xdpFrames.figures(ANSWER)).toEqual({ sent_packets: 6000, sent_bytes: 396_000, asked_packets: 6000 });
  });

  it('are none where it was killed', () => {
    expect(xdpFrames.figures('')).toEqual({});
  });

  it.each([
    ['an answer that was cut off', ANSWER.slice(0, 40)],
    ['something else', 'Segmentation fault'],
    ['another answer', '{"sent_packets":"many"}'],
  ])('are not made up from %s', (_what, text) => {
    expect(() => xdpFrames.figures(text)).toThrow(InfraError);
  });

  it('and its load, a ramp and a pause, are told to a person', () => {
    expect(xdpFrames.inWords?.(params())).toBe('udp-66, 716 packets/s for 7 s');
  });
});
