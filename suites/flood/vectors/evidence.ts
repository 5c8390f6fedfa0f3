/** Effects and preparations that several vectors share. */
import type { Effect, Path, Preparation } from '../vector.ts';

/** discard (RFC 863): no datagram is expected there, so each that gets so far is answered with an error, as far as those are not limited */
export const PORT = 9;

/**
 * The share of the offered packets that must have got as far as a vector wants them. A small emulated machine takes a tenth of what it is
 * offered, and less of what costs it more; none of these counters grows by so much without the vector.
 */
export const LEAST_SHARE = 0.002;
/** The tap of a tenant is read by a program of the head, which gets what time the flood leaves. */
const LEAST_THROUGH = 0.001;

/** So much of what was offered must have been counted. */
export const grew = (name: string, counter: string, share = LEAST_SHARE): Effect => ({ name, counter, of: 'growth', atLeast: { share } });
/** A table must have held so many more entries than before. */
export const filled = (name: string, counter: string, atLeast: number): Effect => ({ name, counter, of: 'peak', atLeast });

/** What shows that packets went through the head: what its tap gave to the tenant (see targets/target.ts, Behind), or IPv6 forwarded. */
export const THROUGH: Readonly<Record<Exclude<Path, 'to'>, Effect>> = {
  bridge: grew('frames_bridged', 'tap0_tx_packets', LEAST_THROUGH),
  route: grew('packets_forwarded', 'Ip6OutForwDatagrams', LEAST_THROUGH),
  conntrack: grew('packets_forwarded', 'Ip6OutForwDatagrams', LEAST_THROUGH),
};

/** Entries of many flows, of which each packet makes one, far above what a host has by itself. */
export const MANY_FLOWS = 1000;

/** On the way to the head, what it counts; on a way through it, what went through, and the connections that it keeps. */
export const arrived =
  (...to: readonly Effect[]) =>
  (path: Path): readonly Effect[] => {
    if (path === 'to') return to;
    return path === 'conntrack' ? [THROUGH.conntrack, filled('connections_tracked', 'conntrack_entries', MANY_FLOWS)] : [THROUGH[path]];
  };

/** Sets a variable of the kernel; `name` as under /proc/sys, with dots. */
export const sysctl = (name: string, value: number): Preparation => ({
  name: `${name} = ${value}`,
  argv: ['sh', '-c', `echo ${value} > /proc/sys/${name.replaceAll('.', '/')}`],
});

export const nothing = (): readonly Preparation[] => [];
