import { describe, expect, it } from 'vitest';
import { ANYWHERE } from '../flood/anywhere.ts';
import { VECTORS, type VectorName } from '../flood/vectors.ts';
import { pktgen } from './pktgen.ts';

const params = (vector: VectorName, from_pps = 1000, to_pps = from_pps) => ({
  vector,
  seed: 1,
  load: [{ at_s: 0, for_s: 5, from_pps, to_pps }],
});
/** What /proc/net/pktgen/DEVICE says after a run (Debian 6.1). */
const CLOSING = `Params: count 2000  min_pkt_size: 124  max_pkt_size: 124
Current:
     pkts-sofar: 2000  errors: 0
     started: 27441930us  stopped: 31444046us idle: 3970134us
Result: OK: 4002116(c3970134+d31981) usec, 2000 (124byte,0frags)
  499pps 0Mb/sec (495008bps) errors: 0
`;

describe('pktgen', () => {
  it('sends what the load makes in its time, with the addresses and the size of the frame', () => {
    const script = pktgen.command(params('udp-128'), 5, ANYWHERE).argv.join('\n');
    for (const line of [
      'echo pkt_size 124 > front',
      'echo count 5000 > front',
      'echo ratep 1000 > front',
      'echo dst_mac 02:53:50:00:0f:10 > front',
      'echo dst6 2001:2:0:8000::10 > front',
      'echo udp_dst_min 9 > front',
    ])
      expect(script).toContain(line);
  });

  it('takes the vectors of plain UDP, and refuses every other', () => {
    const taken = (Object.keys(VECTORS) as VectorName[]).filter((vector) => pktgen.refuses?.(params(vector), ANYWHERE) === undefined);
    expect(taken).toEqual([
      'udp-66',
      'udp-128',
      'udp-256',
      'udp-512',
      'udp-1024',
      'udp-1280',
      'udp-1518',
      'udp-4096',
      'udp-9018',
      'udp-9216',
    ]);
  });

  it('refuses a load that is not one rate', () => {
    expect(pktgen.refuses?.(params('udp-66', 10, 20), ANYWHERE)).toBe('it holds one rate only');
  });

  it.each([
    ['what it says at its end', CLOSING, { sent_packets: 2000 }],
    ['nothing', '', {}],
  ])('reads %s', (_what, text, figures) => {
    expect(pktgen.figures(text)).toEqual(figures);
  });
});
