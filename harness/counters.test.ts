import { readFileSync } from 'node:fs';
import { execa } from 'execa';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { InfraError } from '../results/errors.ts';
import { CLASSES } from '../suites/classes.ts';
import { SUITES } from '../suites/index.ts';
import { PROFILES } from '../suites/profiles.ts';
import type { Suite } from '../suites/suite.ts';
import type { Channel } from '../targets/target.ts';
import { meterArgv, parseCounters, readCounters, readings } from './counters.ts';

/** From a lab head (Debian 6.1.0-56-cloud-amd64), shortened to what is read; the last section is from a kernel that has it. */
const HEAD = `=== /proc/net/dev
Inter-|   Receive                                                |  Transmit
 face |bytes    packets errs drop fifo frame compressed multicast|bytes    packets errs drop fifo colls carrier compressed
    lo:       0       0    0    0    0     0          0         0        0       0    0    0    0     0       0          0
 front: 123456789  600123    1    2    0     0          0         0    99000     901    3    4    0     0       0          0
store:5000      50    0    0    0     0          0         0    6000      60    0    0    0     0       0          0

=== /proc/net/softnet_stat
00000a10 00000001 00000002 00000000 00000000 00000000 00000000 00000000 00000000 00000000 00000000 00000000 00000000
0000ffff 00000000 0000000f 00000000 00000000 00000000 00000000 00000000 00000000 00000000 00000000 00000001 00000000

=== /proc/vmstat
nr_free_pages 12345
nr_dirty 17
oom_kill 1
pgmajfault 203

=== /proc/sys/kernel/hung_task_detect_count
2

=== /proc/net/snmp6
Ip6InReceives                   	600123
Icmp6OutMsgs                    	12
UdpLite6InErrors                	9

=== /proc/net/snmp
Tcp: RtoAlgorithm RtoMin RtoMax MaxConn ActiveOpens
Tcp: 1 200 120000 -1 7

=== /proc/net/netstat
TcpExt: SyncookiesSent SyncookiesRecv
TcpExt: 51 0
IpExt: InNoRoutes
IpExt: 3

=== /proc/net/sockstat6
TCP6: inuse 3
FRAG6: inuse 40 memory 81920

=== /proc/net/stat/ndisc_cache
entries  allocs   destroys hash_grows lookups  hits     res_failed rcv_probes_mcast rcv_probes_ucast periodic_gc_runs forced_gc_runs unresolved_discards table_fulls
0000001a 00003979 00003c74 00000004   0000034b 00000227 00000204   000000c4         000000ed         00000676         00000001       0000005b            00000001
0000001a 0000347a 00003165 00000003   0000037b 0000024f 000000e4   000000ca         0000012f         00000000         00000000       0000005f            00000002

=== /proc/net/rt6_stats
0009 0006 000f 0007 0010 0004 0000

=== /proc/net/if_inet6
00000000000000000000000000000001 01 80 10 80       lo
20010002000080000000000000000010 02 40 00 80    front

=== /proc/stat
cpu  30 0 60 900 1 0 9 0 0 0
cpu0 10 0 20 450 1 0 4 0 0 0
cpu1 20 0 40 450 0 0 5 0 0 0
intr 12 3

=== /proc/uptime
1234.56 2345.67
`;

/** A channel to this very machine. */
const here: Pick<Channel, 'run'> = {
  run: async ([file, ...args]) => {
    const { exitCode, stdout, stderr } = await execa(file as string, args, { reject: false, stripFinalNewline: false });
    return { code: exitCode ?? 1, stdout, stderr };
  },
};

describe('the counters of a machine', () => {
  it('are read by card and direction, summed over processors, and by the names of the kernel', () => {
    expect(parseCounters(HEAD)).toMatchObject({
      front_rx_bytes: 123_456_789,
      front_rx_packets: 600_123,
      front_rx_errors: 1,
      front_rx_dropped: 2,
      front_tx_bytes: 99_000,
      front_tx_packets: 901,
      front_tx_errors: 3,
      front_tx_dropped: 4,
      store_rx_bytes: 5000,
      store_rx_packets: 50,
      softnet_processed: 0xa10 + 0xffff,
      softnet_dropped: 1,
      softnet_squeezed: 0x11,
      nr_free_pages: 12_345,
      oom_kill: 1,
      hung_task_detect_count: 2,
      Ip6InReceives: 600_123,
      Icmp6OutMsgs: 12,
      TcpActiveOpens: 7,
      TcpExtSyncookiesSent: 51,
      IpExtInNoRoutes: 3,
      fragment_queues: 40,
      fragment_memory_bytes: 81_920,
      neighbour_entries: 0x1a,
      neighbour_table_fulls: 3,
      neighbour_unresolved_discards: 0x5b + 0x5f,
      route_entries: 7,
      route_exceptions: 16,
      dst_entries: 4,
      addresses: 2,
      cpu0_softirq_ticks: 4,
      cpu0_ticks: 485,
      cpu1_softirq_ticks: 5,
    });
    for (const name of ['nr_mapped', 'UdpLite6InErrors', 'conntrack_entries', 'multicast_groups', 'cpu_ticks'])
      expect(parseCounters(HEAD)).not.toHaveProperty(name);
  });

  it.each([
    ['that a kernel does not have are left out', HEAD.replace(/^=== .*hung_task_detect_count\n2\n/m, ''), 'hung_task_detect_count'],
    ['of a card that is gone are left out', HEAD.replace(/^store:.*\n/m, ''), 'store_rx_bytes'],
  ])('%s', (_what, text, name) => {
    expect(parseCounters(HEAD)).toHaveProperty(name);
    expect(parseCounters(text)).not.toHaveProperty(name);
  });

  it('of this machine are those of its /proc', async () => {
    const counters = await readCounters(here as Channel);
    const cards = [...readFileSync('/proc/net/dev', 'utf8').matchAll(/^\s*([^:\s]+):/gm)].map(([, card]) => card);
    expect(cards).toContain('lo');
    for (const card of cards)
      for (const what of ['rx_bytes', 'rx_packets', 'rx_errors', 'rx_dropped', 'tx_bytes', 'tx_packets', 'tx_errors', 'tx_dropped'])
        expect(Number.isInteger(counters[`${card}_${what}`]), `${card}_${what}`).toBe(true);
    // counted over sysfs too, which reads the same device (net/core/net-sysfs.c)
    const later = Number(readFileSync('/sys/class/net/lo/statistics/rx_packets', 'utf8'));
    expect(counters.lo_rx_packets).toBeLessThanOrEqual(later);
    expect(counters.lo_rx_packets).toBeGreaterThanOrEqual(later - 100_000);
    expect(counters.softnet_processed).toBeGreaterThan(0);
    expect(counters.oom_kill).toBeGreaterThanOrEqual(0);
    expect(Object.values(counters).every(Number.isInteger)).toBe(true);
  });

  it('that were torn off in the middle of a line are none', () => {
    const torn = parseCounters(HEAD.replace('TcpExt: 51 0\nIpExt: InNoRoutes\nIpExt: 3\n', 'TcpExt: 51'));
    expect(torn).toHaveProperty('TcpExtSyncookiesSent');
    expect(torn).not.toHaveProperty('TcpExtSyncookiesRecv');
    for (const [rest, gone] of [
      [/(?<=99000) .*/, 'front_tx_packets'],
      [/(?<=cpu1 20 0 40 450 0 0 5) .*/, 'cpu1_ticks'],
      [/(?<=0000001a 00003979) .*/, 'neighbour_table_fulls'],
    ] as const) {
      expect(parseCounters(HEAD)).toHaveProperty(gone);
      expect(parseCounters(HEAD.replace(rest, ''))).not.toHaveProperty(gone);
    }
  });

  it.each([
    ['of a command that ran out of time', 124, HEAD.slice(0, HEAD.indexOf('51 0')), 'a machine did not tell its counters: not within 30 s'],
    ['of a command that failed', 2, HEAD, 'a machine did not tell its counters: exit 2'],
    // sed(1), whose exit code is that of the pipeline, knows nothing of a tail(1) that the OOM killer took
    ['of which the end is missing', 0, HEAD.slice(0, HEAD.indexOf('51 0')), 'a machine told only part of its counters'],
    ['of which the last line is torn', 0, HEAD.slice(0, -2), 'a machine told only part of its counters'],
    ['of a machine that says nothing', 0, '', 'a machine told only part of its counters'],
  ])('%s are not believed', async (_what, code, stdout, message) => {
    const channel: Pick<Channel, 'run'> = { run: async () => ({ code, stdout, stderr: '' }) };
    await expect(readCounters(channel as Channel)).rejects.toThrow(new InfraError(message));
  });

  it('come from a command whose exit code says nothing of files that a kernel lacks', async () => {
    const less: Pick<Channel, 'run'> = {
      run: (argv, options) =>
        here.run(
          argv.map((arg) => arg.replace('/proc/net/rt6_stats', '/proc/net/not_there')),
          options,
        ),
    };
    const counters = await readCounters(less as Channel);
    expect(counters.softnet_processed).toBeGreaterThan(0);
    expect(counters).not.toHaveProperty('route_entries');
  });

  it('are none of a text that holds none, and never anything but finite numbers', () => {
    expect(parseCounters('')).toEqual({});
    const mangled = fc.tuple(fc.nat(HEAD.length), fc.nat(HEAD.length)).map(([from, to]) => HEAD.slice(0, from) + HEAD.slice(to));
    fc.assert(
      fc.property(fc.oneof(mangled, fc.string({ unit: 'binary' })), (text) => {
        for (const value of Object.values(parseCounters(text))) expect(Number.isFinite(value)).toBe(true);
      }),
    );
  });
});

describe('what suites take for evidence', () => {
  const counters = Object.values<Suite>(SUITES).flatMap((suite) =>
    [undefined, ...Object.keys(suite.cases?.all ?? {})].flatMap((name) =>
      suite
        .plan(CLASSES['1G'], PROFILES.quick, 1, name)
        .objectives.flatMap((objective) =>
          objective.kind === 'effect' && (objective.evidence.of === 'counter' || objective.evidence.of === 'peak')
            ? [objective.evidence.counter]
            : [],
        ),
    ),
  );
  /** What a head has and this machine need not: its cards, and connections that are tracked. */
  const MORE = `=== /proc/net/dev
 front: 1 1 0 0 0 0 0 0 1 1 0 0 0 0 0 0
  tap0: 1 1 0 0 0 0 0 0 1 1 0 0 0 0 0 0
=== /proc/net/stat/nf_conntrack
entries  clashres found new invalid ignore delete chainlength insert insert_failed drop early_drop icmp_error  expect_new expect_create expect_delete search_restart
00000040  00000000 00000000 00000000 00000000 00000000 00000000 00000000 00000000 00000001 00000002 00000003 00000000  00000000 00000000 00000000 00000000
`;

  it('is read off a machine: its kernel has all those counters', async () => {
    const given = { ...parseCounters(MORE), ...(await readCounters(here as Channel)) };
    expect(new Set(counters).size).toBeGreaterThan(10);
    expect([...new Set(counters)].filter((name) => !(name in given))).toEqual([]);
  });

  it('holds for connections that are tracked', () => {
    expect(parseCounters(MORE)).toMatchObject({
      conntrack_entries: 0x40,
      conntrack_insert_failed: 1,
      conntrack_drop: 2,
      conntrack_early_drop: 3,
      tap0_tx_packets: 1,
    });
  });
});

describe('the readings of a meter', () => {
  /** Another reading of the same machine: so many packets later. */
  const later = (packets: number) => HEAD.replace(' 600123 ', ` ${packets} `);
  const TEXT = [1, 2, 3].map((packets) => `${later(packets)}=== end\n`).join('');
  const taken = (pieces: readonly string[]): ReturnType<typeof parseCounters>[] => {
    const seen: ReturnType<typeof parseCounters>[] = [];
    const take = readings((values) => seen.push(values));
    for (const piece of pieces) take(piece);
    return seen;
  };
  const WHOLE = [1, 2, 3].map((packets) => parseCounters(later(packets)));

  it('are all of them, each once, wherever the pieces are cut', () => {
    expect(WHOLE.map(({ front_rx_packets }) => front_rx_packets)).toEqual([1, 2, 3]);
    fc.assert(
      fc.property(fc.array(fc.nat(TEXT.length), { maxLength: 12 }), (cuts) => {
        const at = [0, ...cuts.toSorted((a, b) => a - b), TEXT.length];
        expect(taken(at.slice(1).map((end, index) => TEXT.slice(at[index], end)))).toEqual(WHOLE);
      }),
    );
    expect(taken([...TEXT])).toEqual(WHOLE);
  });

  it('are only those that are whole: nothing is made of what a drowned machine began to say', () => {
    fc.assert(
      fc.property(fc.nat(TEXT.length - 1), (length) => {
        const seen = taken([TEXT.slice(0, length)]);
        expect(seen).toEqual(WHOLE.slice(0, TEXT.slice(0, length).split('=== end\n').length - 1));
      }),
    );
  });

  it('are passed over where one was torn: its end is told by the shell all the same', () => {
    const torn = later(2).slice(0, later(2).indexOf('51 0') + 1);
    expect(taken([`${later(1)}=== end\n${torn}=== end\n${later(3)}=== end\n`])).toEqual([WHOLE[0], WHOLE[2]]);
  });

  it('come from this very machine, one after the other, as the command prints them', async () => {
    const [file, ...args] = meterArgv(0.1) as [string, ...string[]];
    const seen: ReturnType<typeof parseCounters>[] = [];
    const meter = execa(file, args, { reject: false, buffer: false, detached: true });
    const take = readings((values) => seen.push(values));
    meter.stdout.setEncoding('utf8').on('data', take);
    await expect.poll(() => seen.length, { timeout: 10_000 }).toBeGreaterThan(2);
    process.kill(-(meter.pid as number), 'SIGKILL');
    await meter;
    for (const values of seen) expect(values.softnet_processed).toBeGreaterThan(0);
    expect(seen[1]?.softnet_processed).toBeGreaterThanOrEqual(seen[0]?.softnet_processed as number);
  });
});
