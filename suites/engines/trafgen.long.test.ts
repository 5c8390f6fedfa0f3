import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { availableParallelism, tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { InfraError } from '../../results/errors.ts';
import { ANYWHERE } from '../flood/anywhere.ts';
import { dissect } from '../flood/dissect.testing.ts';
import type { Load } from '../flood/load.ts';
import { lengthOf, packetsOf } from '../flood/load.ts';
import type { Vector } from '../flood/vector.ts';
import { VECTORS, type VectorName } from '../flood/vectors.ts';
import type { FloodParams } from './flood.ts';
import { trafgen } from './trafgen.ts';

const steady = (pps: number, for_s = 10): Load => [{ at_s: 0, for_s, from_pps: pps, to_pps: pps }];
const params = (change: Partial<FloodParams> = {}): FloodParams => ({ vector: 'udp-66', load: steady(60_000), seed: 7, ...change });
const argvOf = (asked: FloodParams): readonly string[] => trafgen.command(asked, lengthOf(asked.load), ANYWHERE).argv;
/** The packets that are written down for trafgen, in their order, as its language has it: bytes between braces. */
const packetsFor = (asked: FloodParams): Buffer[] =>
  (trafgen.command(asked, lengthOf(asked.load), ANYWHERE).input ?? '')
    .trimEnd()
    .split('\n')
    .map((line) => Buffer.from((/^\{ (\d+(?:, \d+)*) \}$/.exec(line)?.[1] ?? '256').split(', ').map(Number)));
const option = (argv: readonly string[], name: string): number => Number(argv[argv.indexOf(name) + 1]);

const vectors: readonly (readonly [VectorName, Vector])[] = Object.entries(VECTORS) as [VectorName, Vector][];

/** Closing words of trafgen 0.6.8. */
const CLOSING = `     1 packets to schedule
    62 bytes in total
Running! Hang up with ^C!


      600000 packets outgoing
    37200000 bytes outgoing
          10 sec, 2757 usec on CPU0 (600000 packets)
`;

describe("trafgen's command", () => {
  it.each<[string, Partial<FloodParams>, string]>([
    ['a small load from one process, at its rate', {}, '--cpus 1 --num 600000 --rate 60000pps'],
    ['a ramp at its mean rate', { load: [{ at_s: 0, for_s: 10, from_pps: 0, to_pps: 1000 }] }, '--cpus 1 --num 5000 --rate 500pps'],
    ['a load of next to nothing', { load: steady(0.1, 1) }, '--cpus 1 --num 2 --rate 1pps'],
    [
      'more than it can pace as fast as it goes, from all processors',
      { load: steady(400_000) },
      `--cpus ${availableParallelism()} --num 4000000`,
    ],
    ['frames that are larger than its slots', { vector: 'udp-9018' }, '--cpus 1 --num 600000 --rate 60000pps --jumbo-support'],
    ['frames that fill a slot', { vector: 'udp-1518' }, '--cpus 1 --num 600000 --rate 60000pps'],
  ])('sends %s', (_what, change, options) => {
    expect(argvOf(params(change)).join(' ')).toBe(`trafgen --dev front --in - --no-sock-mem ${options}`);
  });

  it('refuses to send at nobody', () => {
    expect(() => trafgen.command(params(), 1, undefined)).toThrow(InfraError);
  });

  it('never asks for a count at which trafgen would spin for ever, and never for more packets than the load has', () => {
    const rate = fc.double({ min: 0, max: 2_000_000, noNaN: true });
    const anyLoad = fc
      .array(fc.record({ for_s: fc.double({ min: 0.001, max: 600, noNaN: true }), from_pps: rate, to_pps: rate }), {
        minLength: 1,
        maxLength: 4,
      })
      .map((steps): Load => steps.map((each, index) => ({ ...each, at_s: index * 600 })));
    fc.assert(
      fc.property(anyLoad, (load) => {
        const argv = argvOf(params({ load }));
        const [count, processes] = [option(argv, '--num'), option(argv, '--cpus')];
        expect(Number.isInteger(count)).toBe(true);
        expect(count).toBeGreaterThan(processes);
        expect(count).toBeLessThanOrEqual(Math.max(processes + 1, Math.ceil(packetsOf(load))));
        if (argv.includes('--rate')) expect(argv.join(' ')).toMatch(/--rate [1-9]\d*pps/);
      }),
      { numRuns: 20 },
    );
  });
});

describe("trafgen's packets", () => {
  it.each(vectors)('of %s are written down byte by byte, each valid, different, and not too many of them', (vector, { streams }) => {
    const packets = packetsFor(params({ vector }));
    for (const packet of packets) dissect(packet);
    const bytes = packets.reduce((sum, { length }) => sum + length, 0);
    const frames = streams(ANYWHERE, 7).reduce((sum, stream) => sum + stream.frames.length, 0);
    expect(packets.length).toBeGreaterThanOrEqual(Math.max(60, frames));
    expect(packets.length).toBeLessThanOrEqual(4096 + frames);
    expect(bytes).toBeLessThan(1.2 * 2 ** 20);
    // what is random of a packet may be as little as a port: hence not all of them
    expect(new Set(packets.map((packet) => packet.toString('latin1'))).size).toBeGreaterThan(0.9 * packets.length);
  });

  it('are in the proportions of the streams, dealt evenly: so it is in every part of them too', () => {
    const sizes = packetsFor(params({ vector: 'udp-imix' })).map(({ length }) => length + 4);
    for (const part of [sizes, sizes.slice(0, sizes.length / 4), sizes.slice(-sizes.length / 4)]) {
      const share = (size: number) => part.filter((each) => each === size).length / part.length;
      expect(share(78)).toBeCloseTo(28 / 48, 1);
      expect(share(570)).toBeCloseTo(16 / 48, 1);
      expect(share(1518)).toBeCloseTo(4 / 48, 1);
    }
  });

  it('of fragments follow one another, those of one datagram together', () => {
    const packets = packetsFor(params({ vector: 'fragments-overlap' }));
    const datagrams = packets.map((packet) => packet.toString('hex', 58, 62));
    for (let at = 0; at < packets.length; at += 2) {
      expect(datagrams[at]).toBe(datagrams[at + 1]);
      expect([packets[at], packets[at + 1]].map((packet) => dissect(packet as Buffer).fragment?.offset_bytes)).toEqual([0, 32]);
    }
    expect(new Set(datagrams).size).toBe(packets.length / 2);
  });

  it('are others for another seed, and the same for the same', () => {
    const texts = [7, 7, 8].map((seed) => trafgen.command(params({ seed }), 10, ANYWHERE).input);
    expect(texts[1]).toBe(texts[0]);
    expect(texts[2]).not.toBe(texts[0]);
  });

  it('are others for another seed of the packets too, in the same proportions', () => {
    const [first = [], second = []] = [8, 9].map((packetSeed) => packetsFor(params({ vector: 'mixed', packetSeed })));
    expect(second.map(({ length }) => length)).toEqual(first.map(({ length }) => length));
    const again = new Set(first.map(String)).intersection(new Set(second.map(String)));
    expect(again.size).toBeLessThan(0.02 * first.length);
  });
});

describe('an attempt of trafgen', () => {
  const attempt = (path: string) => {
    const [file = '', ...args] = trafgen.attempt?.(params(), ANYWHERE).argv ?? [];
    return spawnSync(file, args, { encoding: 'utf8', env: { PATH: path } });
  };
  let dir: string;
  beforeEach(() => {
    dir = mkdtempSync(join(tmpdir(), 'trafgen-'));
    symlinkSync('/bin/sh', join(dir, 'sh'));
  });
  afterEach(() => rmSync(dir, { recursive: true }));

  it('goes well where it is installed, and does not start it: for all that it can say without sending it ends with 1', () => {
    writeFileSync(join(dir, 'trafgen'), '#!/bin/sh\necho started >&2\nexit 1\n', { mode: 0o755 });
    expect(attempt(dir)).toMatchObject({ status: 0, stderr: '' });
  });

  it('says where it is not installed', () => {
    expect(attempt(dir)).toMatchObject({ status: 1, stderr: 'not installed\n' });
  });
});

describe("trafgen's figures", () => {
  it.each([
    ['its closing words', CLOSING, { sent_packets: 600_000 }],
    ['the line alone', '      600000 packets outgoing', { sent_packets: 600_000 }],
    ['one that was killed before it closed', CLOSING.slice(0, 60), {}],
    ['nothing', '', {}],
  ])('are read off %s', (_what, text, figures) => {
    expect(trafgen.figures(text)).toEqual(figures);
  });

  it('and its load are told to a person', () => {
    expect(trafgen.inWords?.(params())).toBe('udp-66, 60000 packets/s for 10 s');
  });
});
