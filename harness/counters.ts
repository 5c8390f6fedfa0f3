/** Counters of a machine, read before and after the storm. */
import type { Channel } from '../targets/target.ts';

const COMMAND_LIMIT_S = 30;

/** Reads network cards, softnet and what the kernel counts of out-of-memory kills and hung tasks. Names are `<card>_<direction>_<what>`, or the kernel's own. */
export async function readCounters(channel: Channel): Promise<Record<string, number>> {
  const script =
    'cat /proc/net/dev; echo ---; cat /proc/net/softnet_stat; echo ---; cat /proc/vmstat; echo ---; cat /proc/sys/kernel/hung_task_detect_count 2>/dev/null';
  const { stdout } = await channel.run(['sh', '-c', script], { limit_s: COMMAND_LIMIT_S });
  return parseCounters(stdout);
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
/**
 * Columns of /proc/net/softnet_stat, hexadecimal, one line per CPU (net/core/net-procfs.c, softnet_seq_show). Nothing is judged by them: they
 * tell a reader where the packets of a flood went that the card received.
 */
const SOFTNET = { softnet_processed: 0, softnet_dropped: 1, softnet_squeezed: 2 } as const;

/** Pure part of `readCounters`; unknown lines are passed over. */
export function parseCounters(text: string): Record<string, number> {
  const [dev = '', softnet = '', vmstat = '', hung = ''] = text.split('---\n');
  const counters: Record<string, number> = {};
  for (const line of dev.split('\n')) {
    const [card, rest] = line.split(':');
    if (card === undefined || rest === undefined) continue;
    const figures = rest.trim().split(/\s+/).map(Number);
    for (const [name, column] of Object.entries(NET_DEV)) counters[`${card.trim()}_${name}`] = figures[column] ?? 0;
  }
  for (const line of softnet.split('\n').filter((each) => each !== '')) {
    const figures = line
      .trim()
      .split(/\s+/)
      .map((word) => Number.parseInt(word, 16));
    for (const [name, column] of Object.entries(SOFTNET)) counters[name] = (counters[name] ?? 0) + (figures[column] ?? 0);
  }
  for (const line of vmstat.split('\n')) {
    const [name, figure] = line.split(' ');
    if (name === 'oom_kill' && figure !== undefined) counters[name] = Number(figure);
  }
  if (/^\d+$/.test(hung.trim())) counters.hung_task_detect_count = Number(hung.trim());
  return counters;
}
