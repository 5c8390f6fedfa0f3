import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { Aim } from '../../targets/target.ts';
import { type Dissected, dissect } from './dissect.testing.ts';
import type { Frame } from './frame.ts';
import { checksumOf } from './packet.ts';
import { IPV6_IMIX, meanFrame_bytes, mixOf } from './sizes.ts';
import { PATHS, type Vector } from './vector.ts';
import { VECTORS } from './vectors.ts';

/** As the lab aims: at the head, and at a tenant in a /64 of its own behind it. */
const AIMS: readonly Aim[] = [
  {
    device: 'front',
    sourceMac: '02:53:50:00:0f:01',
    destinationMac: '02:53:50:00:0f:10',
    source: '2001:2:0:8a3c::1',
    destination: '2001:2:0:8a3c::10',
    prefix: '2001:2:0:8a3c',
  },
  {
    device: 'front',
    sourceMac: '02:53:50:00:0f:01',
    destinationMac: '02:53:50:00:0f:10',
    source: '2001:2:0:fffe::1',
    destination: '2001:2:0:ff3d::10',
    prefix: '2001:2:0:ff3d',
  },
];
const SEED = 7;
const vectors: readonly (readonly [string, Vector])[] = Object.entries(VECTORS);
const framesOf = (vector: Vector): readonly Frame[] => AIMS.flatMap((aim) => vector.streams(aim, SEED).flatMap(({ frames }) => frames));

/** The frame of a packet: random values in what varies, and the checksum after them. */
function packet({ bytes, varied, checksum }: Frame, values: readonly bigint[]): Uint8Array {
  const made = Buffer.from(bytes);
  for (const [index, { at, bytes: width }] of varied.entries())
    made.write(
      (values[index] ?? 0n)
        .toString(16)
        .padStart(16, '0')
        .slice(-2 * width),
      at,
      'hex',
    );
  if (checksum !== undefined) made.writeUInt16BE(checksumOf(made, checksum), checksum.at);
  return made;
}
const anyValues = fc.array(fc.bigInt({ min: 0n, max: 2n ** 64n - 1n }), { minLength: 8, maxLength: 8 });

const digits = (prefix: string): string =>
  prefix
    .split(':')
    .map((group) => group.padStart(4, '0'))
    .join('');

/** What is wrong with where a packet says it comes from and goes to. */
function astray({ source, destination, hopLimit, chain, upper }: Dissected, aim: Aim): string[] {
  const [linkScope, discovery] = [/^ff02/.test(destination), chain.at(-1) === 58 && [133, 134, 135, 136, 137].includes(upper[0] ?? 0)];
  return [
    ...(linkScope || destination.startsWith(digits(aim.prefix)) ? [] : [`to ${destination}`]),
    ...(/^20010002000[0-9a-f]/.test(source) || /^fe80/.test(source) ? [] : [`from ${source}`]),
    ...(discovery && hopLimit !== 255 ? ['neighbour discovery from another link'] : []),
    ...(linkScope && !/^fe80/.test(source) ? ['to this link, but not from it'] : []),
  ];
}

describe('a vector', () => {
  it.each(vectors)('%s: every packet is one that a receiver takes for valid, whatever the random values are', (_name, vector) => {
    for (const frame of framesOf(vector)) {
      expect(() => dissect(frame.bytes)).not.toThrow();
      fc.assert(
        fc.property(anyValues, (values) => void dissect(packet(frame, values))),
        { numRuns: 20 },
      );
    }
  });

  it.each(vectors)(
    '%s: goes where it is aimed or to groups of that link, from addresses for benchmarks or of the link',
    (_name, vector) => {
      for (const aim of AIMS)
        for (const frame of vector.streams(aim, SEED).flatMap(({ frames }) => frames))
          fc.assert(
            fc.property(anyValues, (values) => {
              const dissected = dissect(packet(frame, values));
              expect(astray(dissected, aim)).toEqual([]);
              const group = dissected.destination.startsWith('ff');
              expect(dissected.destinationMac).toBe(group ? `3333${dissected.destination.slice(-8)}` : '025350000f10');
            }),
            { numRuns: 20 },
          );
    },
  );

  it.each(vectors)('%s: says truly what varies, and whether the checksum follows it', (_name, vector) => {
    for (const { bytes, varied, checksum } of framesOf(vector)) {
      expect(varied.length).toBeGreaterThan(0);
      for (const [index, { at, bytes: width }] of varied.entries()) {
        expect(at % 2).toBe(0);
        expect(at).toBeGreaterThanOrEqual((varied[index - 1]?.at ?? 0) + (varied[index - 1]?.bytes ?? 14));
        expect(at + width).toBeLessThanOrEqual(bytes.length);
      }
      if (checksum === undefined) continue;
      expect([checksum.at % 2, checksum.from % 2]).toEqual([0, 0]);
      expect(checksum.at).toBeGreaterThanOrEqual(checksum.from);
    }
  });

  it.each(vectors)('%s: has streams that are offered, each of frames with equally many fields', (_name, vector) => {
    for (const aim of AIMS) {
      const streams = vector.streams(aim, SEED);
      expect(streams.length).toBeGreaterThan(0);
      for (const { frames, share } of streams) {
        expect(share).toBeGreaterThan(0);
        expect(new Set(frames.map(({ varied }) => varied.map(({ bytes }) => bytes).join())).size).toBe(1);
      }
    }
  });

  it.each(vectors)('%s: fits into what it says the head must take', (_name, vector) => {
    const largest = Math.max(...framesOf(vector).map(({ bytes }) => bytes.length + 4));
    expect(largest).toBeLessThanOrEqual(vector.largest_bytes ?? 1518);
    if (vector.largest_bytes !== undefined) expect(largest).toBe(vector.largest_bytes);
  });

  it.each(vectors)('%s: has evidence on every path that it takes, of counters that can be read, and each thing once', (_name, vector) => {
    expect(vector.paths.length).toBeGreaterThan(0);
    for (const path of vector.paths) {
      const effects = vector.effects(path);
      expect(effects.length).toBeGreaterThan(0);
      for (const { name, counter, atLeast } of effects) {
        expect(name).toMatch(/^[a-z_]+$/);
        expect(counter).toMatch(COUNTER);
        expect(typeof atLeast === 'number' ? atLeast : atLeast.share).toBeGreaterThan(0);
        // a machine of the lab takes a tenth of what it can be offered
        if (typeof atLeast !== 'number') expect(atLeast.share).toBeLessThanOrEqual(0.02);
      }
      for (const names of [effects, vector.prepare(path)].map((each) => each.map(({ name }) => name)))
        expect(new Set(names).size).toBe(names.length);
      for (const { argv } of vector.prepare(path)) expect(argv.length).toBeGreaterThan(0);
    }
  });

  it.each(vectors)('%s: is the same for the same aim and seed, and leaves both alone', (_name, vector) => {
    for (const aim of AIMS) expect(vector.streams(Object.freeze({ ...aim }), SEED)).toEqual(vector.streams(aim, SEED));
  });
});

/** What harness/counters.ts reads: the kernel's own names, those of tables, and those of cards. */
const COUNTER =
  /^((Ip6|Icmp6|Udp6|TcpExt|Tcp)[A-Z]\w+|neighbour_(entries|table_fulls)|conntrack_entries|fragment_memory_bytes|route_(entries|exceptions)|addresses|tap0_tx_packets)$/;

const AIM = AIMS[0] as Aim;
const streamsOf = (name: keyof typeof VECTORS) => VECTORS[name].streams(AIM, SEED);
const dissectedOf = (name: keyof typeof VECTORS): Dissected[] =>
  streamsOf(name).flatMap(({ frames }) => frames.map(({ bytes }) => dissect(bytes)));

describe('the vectors', () => {
  it.each([66, 128, 256, 512, 1024, 1280, 1518, 4096, 9018, 9216] as const)('udp-%i is of that size with its FCS', (size) => {
    expect(mixOf(streamsOf(`udp-${size}`))).toEqual([{ frame_bytes: size, share: 1 }]);
  });

  it('udp-imix is the mix', () => {
    expect(mixOf(streamsOf('udp-imix'))).toEqual(IPV6_IMIX);
  });

  it.each([1, 10, 50] as const)('udp-hbh-%i has hop-by-hop options in so many percent of its bits', (percent) => {
    const streams = streamsOf(`udp-hbh-${percent}`);
    const bits = (each: typeof streams) => meanFrame_bytes(mixOf(each)) * each.reduce((sum, { share }) => sum + share, 0);
    const optional = streams.filter(({ frames: [frame] }) => frame !== undefined && dissect(frame.bytes).chain[0] === 0);
    expect(bits(optional) / bits(streams)).toBeCloseTo(percent / 100);
  });

  it('a set of fragments is of one datagram, whatever its number is', () => {
    const [stream] = streamsOf('fragments-never');
    fc.assert(
      fc.property(anyValues, (values) => {
        const numbers = stream?.frames.map((frame) => Buffer.from(packet(frame, values)).toString('hex', 58, 62)) ?? [];
        expect(numbers).toHaveLength(2);
        expect(numbers[0]).toBe(numbers[1]);
      }),
    );
  });

  it.each([
    ['fragments-first', [[0, 64, true]]],
    ['fragments-last', [[128, 192, false]]],
    [
      'fragments-overlap',
      [
        [0, 64, true],
        [32, 192, false],
      ],
    ],
    [
      'fragments-never',
      [
        [0, 64, true],
        [128, 192, false],
      ],
    ],
  ] as const)('%s are from and to %j, and whether more follow', (name, pieces) => {
    expect(
      dissectedOf(name).map(({ fragment, upper }) => [
        fragment?.offset_bytes,
        (fragment?.offset_bytes ?? 0) + upper.length,
        fragment?.more,
      ]),
    ).toEqual(pieces);
  });

  it('ext-headers has every extension header but the fragment, an experimental option in destination options, and a long chain', () => {
    const chains = dissectedOf('ext-headers').map(({ chain }) => chain);
    expect(new Set(chains.flat())).toEqual(new Set([0, 43, 60, 17]));
    expect(Math.max(...chains.map(({ length }) => length))).toBe(25);
    // next header, length, 0x1e, four bytes, "stor"
    for (const { frames } of streamsOf('ext-headers'))
      expect(Buffer.from(frames[0]?.bytes ?? []).toString('latin1')).toContain('\x1e\x04stor');
  });

  it('mixed is all that can go together, none of it more than three times as often as another, otherwise for another seed', () => {
    const shares = (seed: number): number[] => VECTORS.mixed.streams(AIM, seed).map(({ share }) => share);
    expect(shares(1)).not.toEqual(shares(2));
    const whole = new Set(VECTORS.mixed.streams(AIM, 1).map(({ frames }) => Buffer.from(frames[0]?.bytes ?? []).toString('hex')));
    for (const name of ['udp-66', 'tcp-syn', 'fragments-overlap', 'ext-headers', 'neighbours-ns', 'packet-too-big', 'echo'] as const)
      for (const { frames } of streamsOf(name)) expect(whole).toContain(Buffer.from(frames[0]?.bytes ?? []).toString('hex'));
    for (const seed of [1, 2, 3]) {
      const [least, most] = [Math.min(...shares(seed)), Math.max(...shares(seed))];
      // a member's streams share its part: the smallest is a tenth of one (udp-hbh-10)
      expect(most / least).toBeLessThan(3 * 12);
    }
  });

  it('there is one for every path', () => {
    for (const path of PATHS) expect(vectors.filter(([, { paths }]) => paths.includes(path)).length).toBeGreaterThan(10);
  });
});
