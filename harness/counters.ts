/**
 * Counters of a machine: read before the storm and after it, and every second in between. Names are the kernel's own (`Ip6InReceives`,
 * `TcpExtSyncookiesSent`, `oom_kill`), `<card>_<direction>_<what>`, or those of the tables below.
 */
import { InfraError } from '../results/errors.ts';
import type { Channel } from '../targets/target.ts';

const COMMAND_LIMIT_S = 30;

type Counters = Record<string, number>;

/** Of the kernel's own counters of memory (mm/vmstat.c) those that tell something here. */
const VMSTAT =
  /^(oom_kill|pswpout|nr_free_pages|nr_dirty|nr_writeback|nr_slab_reclaimable|pgscan_(kswapd|direct)|allocstall_\w+|compact_(stall|fail|success)|thp_(fault_alloc|collapse_alloc|split_page|split_pmd)|pgmigrate_success|numa_pages_migrated|drop_(pagecache|slab))$/;

/** What is read, each with the parser of its text. A file that a kernel lacks is empty, and gives nothing. */
const SOURCES: Readonly<Record<string, (text: string, into: Counters) => void>> = {
  '/proc/net/dev': cards,
  '/proc/net/softnet_stat': perCpu({ softnet_processed: 0, softnet_dropped: 1, softnet_squeezed: 2 }),
  '/proc/vmstat': picked(VMSTAT),
  '/proc/sys/kernel/hung_task_detect_count': alone('hung_task_detect_count'),
  '/proc/net/snmp6': picked(/^(Ip6|Icmp6|Udp6)/),
  '/proc/net/snmp': paired,
  '/proc/net/netstat': paired,
  '/proc/net/sockstat6': fragments,
  // net/core/neighbour.c, neigh_stat_seq_show: the number of entries stands in every line, the others are each CPU's own
  '/proc/net/stat/ndisc_cache': perCpu({ neighbour_table_fulls: 12, neighbour_unresolved_discards: 11 }, { neighbour_entries: 0 }),
  // net/netfilter/nf_conntrack_standalone.c, ct_cpu_seq_show
  '/proc/net/stat/nf_conntrack': perCpu(
    { conntrack_insert_failed: 9, conntrack_drop: 10, conntrack_early_drop: 11 },
    { conntrack_entries: 0 },
  ),
  '/proc/net/rt6_stats': routes,
  '/proc/net/if_inet6': lines('addresses'),
  '/proc/net/igmp6': lines('multicast_groups'),
  '/proc/stat': processors,
  '/proc/diskstats': disks,
};

/** Every kernel has it, and its form is known to the end (fs/proc/uptime.c): read last, it proves that what comes before it is whole. */
const LAST = '/proc/uptime';
const FILES = [...Object.keys(SOURCES), LAST];
/** sets the files apart, which nothing in them looks like */
const MARK = '=== ';
const LAST_WORDS = new RegExp(`\\n${MARK}${LAST}\\n\\d+\\.\\d\\d \\d+\\.\\d\\d\\n$`);

/**
 * Prints all files, each under its name. With one program, since starting one takes a hundredth of a second on an emulated machine. The exit
 * code is that of sed: tail(1) ends with 1 where a file does not exist, and of one that the OOM killer took midway nothing is seen.
 */
const PRINT = `tail -v -n +1 ${FILES.join(' ')} 2>/dev/null | sed 's/^==> \\(.*\\) <==$/${MARK}\\1/'`;
/** Ends one reading of many. */
const END = `${MARK}end`;

/** Reads all counters of a machine. Throws InfraError where it did not tell them to the end: half of a figure is a wrong one. */
export async function readCounters(channel: Channel): Promise<Counters> {
  const { code, stdout } = await channel.run(['sh', '-c', PRINT], { limit_s: COMMAND_LIMIT_S });
  if (code !== 0) throw new InfraError(`a machine did not tell its counters: ${ended(code)}`);
  if (!isWhole(stdout)) throw new InfraError('a machine told only part of its counters');
  return parseCounters(stdout);
}

/** timeout(1) ends with 124 where it ended the command. */
const ended = (code: number): string => (code === 124 ? `not within ${COMMAND_LIMIT_S} s` : `exit ${code}`);

const isWhole = (text: string): boolean => LAST_WORDS.test(text);

/** The shell command that prints a reading every `every_s` seconds, for `readings` to parse. */
export const meterArgv = (every_s: number): string[] => ['sh', '-c', `while :; do ${PRINT}; echo '${END}'; sleep ${every_s}; done`];

/** Takes the output of `meterArgv` piece by piece; gives every whole reading to `take`, and passes over those that were torn. */
export function readings(take: (values: Counters) => void): (text: string) => void {
  let rest = '';
  return (text) => {
    const whole = (rest + text).split(`${END}\n`);
    rest = whole.pop() ?? '';
    for (const each of whole) if (isWhole(each)) take(parseCounters(each));
  };
}

/** Pure part of `readCounters`; what is not known, or has no finite figure, is passed over. */
export function parseCounters(text: string): Counters {
  const counters: Counters = {};
  for (const section of text.split(MARK)) {
    const end = section.indexOf('\n');
    SOURCES[section.slice(0, end)]?.(section.slice(end + 1).trimEnd(), counters);
  }
  // JSON has no NaN: one in the history would be a line that cannot be read
  return Object.fromEntries(Object.entries(counters).filter(([, figure]) => Number.isFinite(figure)));
}

/** The columns of /proc/net/dev that tell something here (net/core/net-procfs.c): index among the figures after the colon. */
const NET_DEV = {
  rx_bytes: 0,
  rx_packets: 1,
  rx_errors: 2,
  rx_dropped: 3,
  tx_bytes: 8,
  tx_packets: 9,
  tx_errors: 10,
  tx_dropped: 11,
} as const;

function cards(text: string, into: Counters): void {
  for (const line of text.split('\n')) {
    const [card, rest] = line.split(':');
    if (card === undefined || rest === undefined) continue;
    const figures = words(rest).map(Number);
    for (const [name, column] of Object.entries(NET_DEV)) into[`${card.trim()}_${name}`] = at(figures, column);
  }
}

/** A line of hexadecimal figures per CPU (under a heading, or none): columns to add up, and columns that are the same in each. */
function perCpu(summed: Readonly<Record<string, number>>, same: Readonly<Record<string, number>> = {}) {
  return (text: string, into: Counters) => {
    for (const line of text.split('\n').filter((each) => /^[0-9a-f]/.test(each) && !each.startsWith('entries'))) {
      const figures = words(line).map((word) => Number.parseInt(word, 16));
      for (const [name, column] of Object.entries(summed)) into[name] = (into[name] ?? 0) + at(figures, column);
      for (const [name, column] of Object.entries(same)) into[name] = at(figures, column);
    }
  };
}

/** `name figure` lines, those of the list or the pattern. */
function picked(wanted: readonly string[] | RegExp) {
  return (text: string, into: Counters) => {
    for (const line of text.split('\n')) {
      const [name = '', figure] = words(line);
      if (figure !== undefined && (wanted instanceof RegExp ? wanted.test(name) : wanted.includes(name))) into[name] = Number(figure);
    }
  };
}

/** A line of names and a line of their figures, both after the same prefix (net/ipv4/proc.c). */
function paired(text: string, into: Counters): void {
  const all = text.split('\n').map(words);
  for (const [index, names] of all.entries()) {
    const figures = all[index + 1];
    if (index % 2 === 1 || figures === undefined) continue;
    const prefix = names[0]?.replace(':', '') ?? '';
    for (const [column, name] of names.entries()) if (column > 0) into[prefix + name] = Number(figures[column]);
  }
}

/** `FRAG6: inuse 3 memory 4096` (net/ipv6/proc.c, sockstat6_seq_show). */
function fragments(text: string, into: Counters): void {
  const found = /^FRAG6: inuse (\d+) memory (\d+)/m.exec(text);
  if (found === null) return;
  into.fragment_queues = Number(found[1]);
  into.fragment_memory_bytes = Number(found[2]);
}

/** net/ipv6/route.c, rt6_stats_seq_show: seven hexadecimal figures. */
function routes(text: string, into: Counters): void {
  const figures = words(text).map((word) => Number.parseInt(word, 16));
  for (const [name, column] of Object.entries({ route_entries: 3, route_exceptions: 4, dst_entries: 5 })) into[name] = at(figures, column);
}

/** Of `cpuN user nice system idle iowait irq softirq steal …` in ticks (fs/proc/stat.c), all that a processor's time is made of. */
const TICKS: readonly number[] = [0, 1, 2, 3, 4, 5, 6, 7];

function processors(text: string, into: Counters): void {
  for (const line of text.split('\n')) {
    const [name = '', ...ticks] = words(line);
    if (!/^cpu\d+$/.test(name)) continue;
    into[`${name}_softirq_ticks`] = Number(ticks[6]);
    into[`${name}_ticks`] = TICKS.reduce((sum, column) => sum + Number(ticks[column]), 0);
  }
}

/** Fields behind major, minor and name (Documentation/admin-guide/iostats.rst), of all disks together; a partition is part of one, and counted there. */
const DISKSTATS = { disk_writes: 4, disk_discards: 11, disk_flushes: 15 } as const;
const PSEUDO_DISK = /^(loop|ram|sr|fd)\d|^(sd|vd|xvd)[a-z]+\d|^(nvme\d+n|nbd|mmcblk)\d+p\d/;

function disks(text: string, into: Counters): void {
  for (const line of text.split('\n')) {
    const [, , name = '', ...figures] = words(line);
    if (name === '' || PSEUDO_DISK.test(name)) continue;
    for (const [counter, column] of Object.entries(DISKSTATS)) into[counter] = (into[counter] ?? 0) + Number(figures[column] ?? 0);
  }
}

function lines(name: string) {
  return (text: string, into: Counters) => {
    into[name] = text === '' ? 0 : text.split('\n').length;
  };
}

function alone(name: string) {
  return (text: string, into: Counters) => {
    if (/^\d+$/.test(text)) into[name] = Number(text);
  };
}

/** A column that a kernel does not have, or that was torn off, has no figure. */
const at = (figures: readonly number[], column: number): number => figures[column] ?? Number.NaN;

const words = (text: string): string[] => text.trim().split(/\s+/);
