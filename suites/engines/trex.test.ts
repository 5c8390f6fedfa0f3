import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { InfraError } from '../../results/errors.ts';
import { ANYWHERE } from '../flood/anywhere.ts';
import { dissect } from '../flood/dissect.testing.ts';
import type { Checksum, Frame } from '../flood/frame.ts';
import type { Load } from '../flood/load.ts';
import { packetsOf } from '../flood/load.ts';
import { SHAPES } from '../flood/shapes.ts';
import { VECTORS, type VectorName } from '../flood/vectors.ts';
import type { FloodParams } from './flood.ts';
import { anyFrame, receivedSum } from './frames.testing.ts';
import { type Burst, burstsOf, trex } from './trex.ts';

const steady = (pps: number, for_s = 10): Load => [{ at_s: 0, for_s, from_pps: pps, to_pps: pps }];
const params = (change: Partial<FloodParams> = {}): FloodParams => ({ vector: 'udp-66', load: steady(60_000), seed: 7, ...change });
const bursts = (asked: FloodParams): Burst[] => JSON.parse(trex.command(asked, 10, ANYWHERE).input ?? '').bursts;
const names = Object.keys(VECTORS) as VectorName[];

/** What TRex's field engine makes of a burst (src/stx/stl/trex_stl_stream_vm.h, inc_mod and dec_mod, with a step of one). */
function* sent({ packet, variables, packets }: Burst, most = packets): Generator<Buffer> {
  const values = variables.map(({ first }) => first);
  for (let count = 0; count < Math.min(packets, most); count += 1) {
    const one = Buffer.from(packet, 'base64');
    for (const [index, { at, bytes, goes, least, most: top }] of variables.entries()) {
      const value = values[index] as number;
      one.writeUIntBE(value, at, bytes);
      values[index] = goes === 'inc' ? (value === top ? least : value + 1) : value === least ? top : value - 1;
    }
    yield one;
  }
}

describe("TRex's packets", () => {
  const one = (frame: Frame, seed: number): Burst => burstsOf([{ frames: [frame], share: 1 }], steady(50, 1), seed)[0] as Burst;

  it('differ in each of their fields and in nothing else, and the checksum of each is right, whatever the frame', () => {
    fc.assert(
      fc.property(anyFrame({ min: 100, max: 1500 }), fc.maxSafeNat(), (frame, seed) => {
        const packets = [...sent(one(frame, seed))];
        const { checksum, varied } = frame;
        for (const packet of packets) {
          if (checksum !== undefined) expect(receivedSum(packet, checksum)).toBe(0xffff);
          const rest = Buffer.from(packet);
          for (const { at, bytes } of [...varied, ...(checksum === undefined ? [] : [{ at: checksum.at, bytes: 2 }])])
            Buffer.from(frame.bytes).copy(rest, at, at, at + bytes);
          expect(rest.equals(frame.bytes)).toBe(true);
        }
        for (const { at, bytes } of varied)
          expect(new Set(packets.map((packet) => packet.toString('hex', at, at + bytes))).size).toBe(packets.length);
      }),
      { numRuns: 200 },
    );
  });

  it.each<[VectorName, Checksum, at: number]>([
    ['udp-66', { at: 60, from: 54, protocol: 17 }, 54],
    ['tcp-syn', { at: 70, from: 54, protocol: 6 }, 58],
  ])('of %s stay right where a variable begins anew, and the checksum is never zero', (vector, checksum, at) => {
    const [burst] = bursts(params({ vector, load: steady(70_000, 1) })) as [Burst];
    const values = new Set<number>();
    let wrong = 0;
    for (const packet of sent(burst)) {
      values.add(packet.readUInt16BE(at));
      if (receivedSum(packet, checksum) !== 0xffff || packet.readUInt16BE(checksum.at) === 0) wrong += 1;
    }
    expect(values.size).toBeGreaterThanOrEqual(0xffff);
    expect(wrong).toBe(0);
  });

  it('come from four thousand million sources where sources are random', () => {
    const [{ variables }] = bursts(params({ vector: 'random-sources' })) as [Burst];
    expect(variables.filter(({ at }) => at < 54)).toMatchObject([
      { at: 30, bytes: 4, goes: 'inc', least: 0, most: 2 ** 32 - 1 },
      { at: 34, bytes: 4, goes: 'dec', least: 0, most: 2 ** 32 - 1 },
    ]);
  });

  it.each(names)('of %s are valid', (vector) => {
    for (const burst of bursts(params({ vector }))) for (const packet of sent(burst, 20)) dissect(packet);
  });

  it('of one datagram have one identification, whichever fragment', () => {
    const [head, tail] = bursts(params({ vector: 'fragments-overlap' })).map((burst) =>
      [...sent(burst, 20)].map((packet) => packet.toString('hex', 58, 62)),
    );
    expect(head).toEqual(tail);
    expect(new Set(head).size).toBe(20);
  });

  it('are others for another seed, and the same for the same', () => {
    const texts = [{}, {}, { seed: 8 }, { packetSeed: 8 }].map((change) => trex.command(params(change), 10, ANYWHERE).input);
    expect(texts[1]).toBe(texts[0]);
    expect(texts.slice(2)).not.toContain(texts[0]);
  });
});

describe("TRex's bursts", () => {
  it.each(names)('of %s are the packets that the load makes, in its time', (vector) => {
    const all = bursts(params({ vector }));
    expect(Math.abs(all.reduce((sum, { packets }) => sum + packets, 0) - 600_000)).toBeLessThanOrEqual(all.length / 2);
    for (const { begins_us, packets, rate_pps } of all) {
      expect(begins_us).toBeGreaterThan(0);
      expect(begins_us / 1e6 + (packets - 1) / rate_pps).toBeLessThan(10);
    }
  });

  it('are in the proportions of the streams', () => {
    expect(bursts(params({ vector: 'udp-imix', load: steady(4800, 1) })).map(({ packets }) => packets)).toEqual([2800, 1600, 400]);
  });

  it('of the same rate take turns: first fragments before second ones, at equal distances', () => {
    expect(bursts(params({ vector: 'fragments-never', load: steady(2000) })).map(({ begins_us }) => begins_us)).toEqual([250, 750]);
  });

  it.each(['sustained', 'step', 'burst'] as const)('make a load of the shape %s, each part of it at its time', (shape) => {
    const load = SHAPES[shape]({ peak_pps: 3000, for_s: 20, seed: 1 });
    const all = bursts(params({ load }));
    expect(trex.refuses?.(params({ load }), ANYWHERE)).toBeUndefined();
    expect(all.map(({ rate_pps }) => Math.round(rate_pps))).toEqual(load.map(({ from_pps }) => from_pps));
    expect(all.map(({ begins_us }) => Math.floor(begins_us / 1e5))).toEqual(load.map(({ at_s }) => Math.floor(10 * at_s)));
    expect(all.reduce((sum, { packets }) => sum + packets, 0)).toBe(packetsOf(load));
  });

  it('of a load of next to nothing are one packet, and of a step of nothing there is none', () => {
    expect(bursts(params({ load: steady(0.1, 1) }))).toMatchObject([{ packets: 1, rate_pps: 1 }]);
    expect(bursts(params({ load: [...steady(0, 1), { at_s: 1, for_s: 1, from_pps: 5, to_pps: 5 }] }))).toMatchObject([{ packets: 5 }]);
  });
});

describe('TRex', () => {
  it('refuses a load whose rate rises evenly', () => {
    const load = SHAPES.ramp({ peak_pps: 3000, for_s: 20, seed: 1 });
    expect(trex.refuses?.(params({ load }), ANYWHERE)).toBe('its rates change by steps only');
  });

  it('refuses to send at nobody', () => {
    expect(() => trex.command(params(), 1, undefined)).toThrow(InfraError);
  });

  it('ends with the job, leaves no file, and stands alone with its control port where it needs no interface', () => {
    const around = (device: string) => {
      const { argv } = trex.command(params(), 10, { ...ANYWHERE, device });
      return argv.slice(0, argv.indexOf('python3')).join(' ');
    };
    expect(around('front')).toBe('unshare --mount --pid --fork --kill-child');
    expect(around('0000:03:00.0')).toBe('unshare --mount --pid --fork --kill-child --net');
  });

  it('is attempted on the device that it is to send by, and given nothing to send', () => {
    const { argv, input } = trex.attempt?.(params(), ANYWHERE) ?? { argv: [] };
    expect([argv.slice(-2), input]).toEqual([['--attempt', 'front'], undefined]);
  });

  it.each([
    ['its closing words', '{"sent_packets": 600000}\n', { sent_packets: 600_000 }],
    ['nothing', '', {}],
  ])('reads %s', (_what, text, figures) => {
    expect(trex.figures(text)).toEqual(figures);
  });

  it('takes nothing else for its own', () => {
    expect(() => trex.figures('{"sent_packets": "many"}')).toThrow(InfraError);
  });
});
