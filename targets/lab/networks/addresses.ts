/** Who is called what in a trial's networks; pure. All addresses are from 2001:2::/48, the benchmarking prefix of RFC 5180. */
import { createHash } from 'node:crypto';
import { InfraError } from '../../../results/errors.ts';
import type { NetworkName } from '../../target.ts';

/** A subnet of a run: of one of its networks, or behind its n-th machine. */
export type Subnet = NetworkName | { readonly behind: number };

/** Subnets that a run may have: the last hexadecimal digit of the fourth group tells which. */
const SUBNETS = 16;
const FIRST_BEHIND = 2;
/** Host parts of addresses and of link-layer addresses: machines count from the first, tenants on a bridged front from the second. */
export const HOST = { station: 1, bridge: 2, standby: 3, machine: 0x10, tenant: 0x80 } as const;
/** More machines than this would have no host part in a link-layer address of their own. */
export const MOST_MACHINES = HOST.tenant - HOST.machine;

/** The first four groups of a /64 that is this run's own: 11 bits of a hash, and which. Throws InfraError for too many. */
export function subnet(seed: string, which: Subnet): string {
  const ordinal = which === 'front' ? 0 : which === 'store' ? 1 : FIRST_BEHIND + which.behind;
  if (ordinal >= SUBNETS) throw new InfraError(`at most ${SUBNETS - FIRST_BEHIND} machines of a run can have a routed tenant behind them`);
  const bits = (createHash('sha256').update(seed).digest().readUInt16BE(0) | 0x8000) & ~(SUBNETS - 1);
  return `2001:2:0:${(bits | ordinal).toString(16)}`;
}

/** An address as the kernel prints it: no fourth group here is zero. */
export const addressOf = (prefix: string, host: number): string => `${prefix}::${host.toString(16)}`;

const GROUP = { front: 0xf, store: 0x5, tenant: 0xb } as const;

/** Locally administered link-layer addresses (the 02 bit), telling network and host part. */
export function macOf(group: keyof typeof GROUP, host: number): string {
  return `02:53:50:00:0${GROUP[group].toString(16)}:${host.toString(16).padStart(2, '0')}`;
}
