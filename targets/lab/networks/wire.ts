/** What passes from a station to a machine's card, by the counters of the devices on the way. */
import { readFileSync } from 'node:fs';
import { explain, InfraError } from '../../../results/errors.ts';
import type { WireCounters } from '../../target.ts';

/** Columns of /proc/net/dev after the colon (net/core/net-procfs.c, dev_seq_printf_stats). */
const COLUMN = { rx_bytes: 0, rx_packets: 1, tx_bytes: 8, tx_packets: 9, tx_dropped: 11 } as const;
type DeviceCounters = Readonly<Record<keyof typeof COLUMN, number>>;

/** The counters of one device in the text of /proc/net/dev. Throws InfraError where it is not among them. */
export function deviceCounters(text: string, device: string): DeviceCounters {
  const line = text.split('\n').find((each) => each.trimStart().startsWith(`${device}:`));
  if (line === undefined) throw new InfraError(`there is no ${device} among the network's devices any more`);
  const figures = line
    .slice(line.indexOf(':') + 1)
    .trim()
    .split(/\s+/)
    .map(Number);
  return Object.fromEntries(Object.entries(COLUMN).map(([name, column]) => [name, figures[column]])) as DeviceCounters;
}

/** A device, and the process that holds its namespace: /proc/PID/net shows that one, to whoever may see the process (proc_net(5)). */
export interface Place {
  readonly pid: number;
  readonly device: string;
}

/** Reads a wire from the station's end of its link, over that link's far end, to the machine's tap. Throws InfraError. */
export function readWire(station: Place, uplink: Place, tap: Place): WireCounters {
  const texts = new Map<number, string>();
  // the nearest to the machine first: what passes between two looks shows as under way, not as come from nowhere
  const [at, far, near] = [tap, uplink, station].map(({ pid, device }) => {
    const text = texts.get(pid) ?? readDevices(pid);
    texts.set(pid, text);
    return deviceCounters(text, device);
  }) as [DeviceCounters, DeviceCounters, DeviceCounters];
  return {
    sent: { packets: near.tx_packets, bytes: near.tx_bytes },
    unsent_packets: near.tx_dropped,
    arrived: { packets: far.rx_packets, bytes: far.rx_bytes },
    taken: { packets: at.tx_packets, bytes: at.tx_bytes },
    dropped_packets: at.tx_dropped,
  };
}

function readDevices(pid: number): string {
  try {
    return readFileSync(`/proc/${pid}/net/dev`, 'utf8');
  } catch (cause) {
    throw new InfraError(`the counters of a network cannot be read: ${explain(cause)}`, { cause });
  }
}
