/** Where the packets of a flood went, from what its engine sent, what the wire counted, and what the machine's kernel says. Nothing is judged by it. */
import type { Flow } from '../../results/model.ts';
import { softirqShares } from '../softirq.ts';
import { type Evidence, growthOf, lastCounters } from './evidence.ts';
import { floodsOf } from './offered.ts';

/** Places behind the card at which packets are lost: counters of the machine, added up. */
const LOST = {
  /** the backlog of a processor was full (net/core/dev.c, enqueue_to_backlog) */
  softnet: ['softnet_dropped'],
  /** IPv6 refused them: header, address, no memory for it (RFC 4293) */
  ipv6: ['Ip6InHdrErrors', 'Ip6InTooBigErrors', 'Ip6InNoRoutes', 'Ip6InAddrErrors', 'Ip6InTruncatedPkts', 'Ip6InDiscards'],
  reassembly: ['Ip6ReasmFails'],
  socket: ['Udp6RcvbufErrors', 'TcpExtListenDrops', 'TcpExtTCPBacklogDrop'],
  conntrack: ['conntrack_drop'],
} as const;

/** Undefined for a trial without a flood, and for one that flooded several machines, which share links: nobody could tell whose packets were lost. */
export function flowOf(evidence: Evidence): Flow | undefined {
  const floods = floodsOf(evidence);
  const machine = floods[0]?.on;
  if (machine === undefined || floods.some(({ on }) => on !== machine) || evidence.about.search !== undefined) return undefined;
  const sum = (figure: string) => floods.reduce((total, { figures }) => total + (figures[figure] ?? 0), 0);
  const grown = (counters: readonly string[]) =>
    counters.reduce((total, counter) => total + Math.max(0, growthOf(evidence, machine, counter) ?? 0), 0);
  const seconds = floods.reduce((total, flood) => total + flood.seconds, 0);
  if (!(seconds > 0)) return undefined;
  const { line_pps } = evidence.about;
  const before = lastCounters(evidence, machine, 'before');
  const ended = lastCounters(evidence, machine, 'ended') ?? lastCounters(evidence, machine, 'after');
  const offered_packets = floods.reduce((total, { packets }) => total + packets, 0);
  const lost = {
    // what an engine says that it sent, and what never came out of the link
    link: sum('unsent_packets') + Math.max(0, sum('sent_packets') - offered_packets),
    ring: sum('card_dropped_packets'),
  };
  // the kernel counts what a full backlog drops as dropped by the card too (net/core/dev.c, enqueue_to_backlog)
  const card = grown(['front_rx_errors']) + Math.max(0, grown(['front_rx_dropped']) - grown(LOST.softnet));
  return {
    machine,
    engine: floods[0]?.name ?? '',
    offered_packets,
    ...(line_pps === undefined ? {} : { offeredShareOfLine: offered_packets / seconds / line_pps }),
    taken_packets: sum('taken_packets'),
    received_packets: grown(['front_rx_packets']),
    delivered_packets: grown(['Ip6InDelivers']),
    forwarded_packets: grown(['Ip6OutForwDatagrams']),
    lost: { ...lost, card, ...Object.fromEntries(Object.entries(LOST).map(([place, counters]) => [place, grown(counters)])) },
    softirqShares: before === undefined || ended === undefined ? [] : softirqShares(before.values, ended.values),
  };
}
