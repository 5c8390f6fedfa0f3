import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { InfraError } from '../../results/errors.ts';
import type { Aim } from './engine.ts';
import { trafgen } from './trafgen.ts';

const AIM: Aim = {
  device: 'front',
  sourceMac: '02:53:50:00:0f:01',
  destinationMac: '02:53:50:00:0f:10',
  source: '2001:2:0:8000::1',
  destination: '2001:2:0:8000::10',
};

/** Closing words of trafgen 0.6.8. */
const CLOSING = `     1 packets to schedule
    62 bytes in total
Running! Hang up with ^C!


      600000 packets outgoing
    37200000 bytes outgoing
          10 sec, 2757 usec on CPU0 (600000 packets)
`;

describe("trafgen's command", () => {
  it('sends what the rate makes in the time, from one process, to one machine', () => {
    const { argv, input } = trafgen.command({ frame_bytes: 66, rate_pps: 60_000, port: 9 }, 10, AIM);
    expect(argv.join(' ')).toBe('trafgen --dev front --in - --cpus 1 --num 600000 --rate 60000pps --no-sock-mem');
    expect(input).toBe(
      '{ eth(saddr=02:53:50:00:0f:01, daddr=02:53:50:00:0f:10), ipv6(saddr=2001:2:0:8000::1, daddr=2001:2:0:8000::10), udp(sport=drnd(), dport=9) }\n',
    );
  });

  it('fills a frame up to its size, its FCS counted: 1518 bytes are 1452 of payload', () => {
    expect(trafgen.command({ frame_bytes: 1518, rate_pps: 1, port: 9 }, 1, AIM).input).toMatch(/udp\(.*\), fill\(0x42, 1452\) \}\n$/);
  });

  it.each([65, 64, 0, -1])('refuses a frame of %d bytes, which IPv6/UDP cannot be', (frame_bytes) => {
    expect(() => trafgen.command({ frame_bytes, rate_pps: 1, port: 9 }, 1, AIM)).toThrow(InfraError);
  });

  it('refuses to send at nobody', () => {
    expect(() => trafgen.command({ frame_bytes: 66, rate_pps: 1, port: 9 }, 1, undefined)).toThrow(InfraError);
  });

  it('never asks for a count at which trafgen would spin for ever, and never for more time than was given', () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 1_000_000 }), fc.double({ min: 0.001, max: 3600, noNaN: true }), (rate_pps, for_s) => {
        const { argv } = trafgen.command({ frame_bytes: 128, rate_pps, port: 9 }, for_s, AIM);
        const count = Number(argv[argv.indexOf('--num') + 1]);
        const processes = Number(argv[argv.indexOf('--cpus') + 1]);
        expect(Number.isInteger(count)).toBe(true);
        expect(count).toBeGreaterThan(processes);
        expect(count).toBeLessThan(rate_pps * for_s + 3);
      }),
    );
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
});
