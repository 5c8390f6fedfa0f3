import { spawnSync } from 'node:child_process';
import { describe, expect, it } from 'vitest';
import { pingReader, pingSample } from './network.ts';

/** ping(8) of iputils 20221126 with `-n -O`, to a machine that answers, then to one whose address nobody has. */
const ANSWERED = `PING 2001:2:0:8000::10(2001:2:0:8000::10) 56 data bytes
64 bytes from 2001:2:0:8000::10: icmp_seq=1 ttl=64 time=0.027 ms
64 bytes from 2001:2:0:8000::10: icmp_seq=2 ttl=64 time=0.1 ms
64 bytes from 2001:2:0:8000::10: icmp_seq=3 ttl=64 time=1204 ms

--- 2001:2:0:8000::10 ping statistics ---
3 packets transmitted, 3 received, 0% packet loss, time 411ms
rtt min/avg/max/mdev = 0.027/0.038/0.045/0.008 ms`;
const UNANSWERED = `PING 2001:2:0:8000::10(2001:2:0:8000::10) 56 data bytes
no answer yet for icmp_seq=5
From 2001:2:0:8000::1 icmp_seq=1 Destination unreachable: Address unreachable
no answer yet for icmp_seq=6

--- 2001:2:0:8000::10 ping statistics ---
9 packets transmitted, 0 received, +6 errors, 100% packet loss, time 4112ms
`;

const samplesOf = (text: string) => text.split('\n').flatMap((line) => pingSample(line) ?? []);

describe('a line of ping', () => {
  it.each([
    ['an answer', '64 bytes from 2001:2:0:8000::10: icmp_seq=1 ttl=64 time=0.531 ms', { ms: 0.531 }],
    ['a slow answer', '64 bytes from ::1: icmp_seq=12 ttl=64 time=1204 ms', { ms: 1204 }],
    ['an answer that did not come in time', 'no answer yet for icmp_seq=6', { ms: null }],
    ['a refusal', 'From 2001:db8::1: icmp_seq=2 Destination unreachable: Address unreachable', { ms: null }],
    ['a refusal without a colon', 'From 2001:db8::1 icmp_seq=2 Destination unreachable: Administratively prohibited', { ms: null }],
    ['the heading', 'PING ::1(::1) 56 data bytes', undefined],
    ['the statistics', '3 packets transmitted, 3 received, 0% packet loss, time 411ms', undefined],
    ['the spread', 'rtt min/avg/max/mdev = 0.027/0.038/0.045/0.008 ms', undefined],
    ['a blank', '', undefined],
  ])('that is %s', (_what, line, sample) => {
    expect(pingSample(line)).toEqual(sample);
  });

  it('is a result or is none, over whole outputs', () => {
    expect(samplesOf(ANSWERED)).toEqual([{ ms: 0.027 }, { ms: 0.1 }, { ms: 1204 }]);
    expect(samplesOf(UNANSWERED)).toEqual([{ ms: null }, { ms: null }, { ms: null }]);
  });

  const argv = ['-6', '-n', '-O', '-i', '0.2', '-W', '1', '-c', '3', '::1'];
  const ping = spawnSync('ping', argv, { encoding: 'utf8', timeout: 10_000, env: { ...process.env, LC_ALL: 'C.UTF-8' } });
  it.runIf(ping.status === 0)('is read as the ping of this machine prints it', () => {
    const samples = samplesOf(ping.stdout);
    expect(samples).toHaveLength(3);
    for (const { ms } of samples) expect(ms).toBeGreaterThan(0);
  });
});

describe('the lines of one ping', () => {
  const answer = (number: number) => `64 bytes from ::1: icmp_seq=${number} ttl=64 time=${number % 7}.5 ms`;
  const loss = (number: number) => `no answer yet for icmp_seq=${number}`;
  const kept = (lines: readonly string[]) => {
    const read = pingReader();
    return lines.filter((line) => read(line) !== undefined);
  };

  it('count once for each number, by their first word', () => {
    const lines = [answer(1), loss(2), answer(3), answer(2), 'From ::1 icmp_seq=2 Destination unreachable: Address unreachable', loss(4)];
    expect(kept(lines)).toEqual([answer(1), loss(2), answer(3), loss(4)]);
  });

  it('count on where the numbers begin anew', () => {
    const numbers = Array.from({ length: 3 * 65_536 }, (_, count) => (count + 1) % 65_536);
    expect(kept(numbers.map(answer))).toHaveLength(numbers.length);
    const lines = [...numbers.slice(0, 65_534).map(answer), loss(65_535), answer(0), answer(65_535), answer(1), answer(0)];
    expect(kept(lines).slice(-3)).toEqual([loss(65_535), answer(0), answer(1)]);
  });
});
