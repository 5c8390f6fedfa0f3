/** The neighbour table: 1024 entries at most (`net.ipv6.neigh.default.gc_thresh3`), none of which may go in its first 5 s (net/core/neighbour.c). */
import type { Aim } from '../../../targets/target.ts';
import { addressBytes, LINK_LOCAL, macBytes, solicitedNode } from '../address.ts';
import { neighbourSolicitation } from '../icmpv6.ts';
import { type Addresses, aimed, frame } from '../packet.ts';
import type { Effect, Vector } from '../vector.ts';
import { filled, grew, nothing } from './evidence.ts';
import { datagram } from './udp.ts';

/** Half of what the table holds, and refusals after that. */
const OVERFLOW: readonly Effect[] = [
  filled('neighbours_grew', 'neighbour_entries', 512),
  { name: 'neighbour_table_full', counter: 'neighbour_table_fulls', of: 'growth', atLeast: 100 },
];

/** RFC 4861, section 7.1.1: a solicitation is heard only with this hop limit, that is, from its own link. */
const FROM_THIS_LINK = 255;

function solicitation(aim: Aim): Addresses {
  const target = addressBytes(aim.destination);
  return { source: LINK_LOCAL, varied: ['source'], destination: solicitedNode(target), hopLimit: FROM_THIS_LINK };
}

export const neighboursSolicited: Vector = {
  summary: 'neighbour solicitations from random sources, each of which makes an entry: the table overflows',
  paths: ['to', 'bridge'],
  streams: (aim) => [
    {
      frames: [frame(aim, solicitation(aim), [neighbourSolicitation(addressBytes(aim.destination), macBytes(aim.sourceMac))])],
      share: 1,
    },
  ],
  prepare: nothing,
  // a tenant in a namespace of the head shares the table with it (net/ipv6/ndisc.c, nd_tbl)
  effects: (path) => (path === 'to' ? [grew('solicitations_received', 'Icmp6InNeighborSolicits'), ...OVERFLOW] : OVERFLOW),
};

/** RFC 6583: a router has to look for every address of its links that somebody sends to. */
export const neighboursScanned: Vector = {
  summary: "a scan of the tenants' /64: the head looks for every address, and the table overflows with what nobody answers",
  paths: ['route', 'conntrack'],
  streams: (aim) => [
    { frames: [datagram(aim, 66, { ...aimed(aim), destination: addressBytes(`${aim.prefix}::1`), varied: ['destination'] })], share: 1 },
  ],
  prepare: nothing,
  effects: () => OVERFLOW,
};
