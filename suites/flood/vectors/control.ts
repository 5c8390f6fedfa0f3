/** The control plane: messages that change what the head knows of its links and paths, and echo requests. */
import { ALL_MLDV2_ROUTERS, ALL_NODES, addressBytes, LINK_LOCAL, macBytes, SPOOFED } from '../address.ts';
import { hopByHop, routerAlert } from '../headers.ts';
import { echoRequest, listenerQuery, listenerReport, packetTooBig, routerAdvertisement } from '../icmpv6.ts';
import { aimed, frame } from '../packet.ts';
import { PATHS, type Vector } from '../vector.ts';
import { filled, grew, nothing, sysctl, THROUGH } from './evidence.ts';

/** Advertised prefixes are unique local ones (RFC 4193), so that they lie beside every network here; 65536 of them. */
const ADVERTISED = addressBytes('fd53:5052:4d00::');
/** So the routes and addresses that were learnt end soon after the storm. */
const LIFETIME_S = 60;

export const routerAdvertisements: Vector = {
  summary: 'router advertisements from random routers with random prefixes: default routes, prefix routes, addresses',
  paths: ['to'],
  streams: (aim) => [
    {
      frames: [
        frame(aim, { source: LINK_LOCAL, varied: ['source'], destination: ALL_NODES, hopLimit: 255 }, [
          routerAdvertisement({ prefix: ADVERTISED, mac: macBytes(aim.sourceMac), lifetime_s: LIFETIME_S }),
        ]),
      ],
      share: 1,
    },
  ],
  // 2 accepts them on a host that forwards as well (Documentation/networking/ip-sysctl.rst, accept_ra)
  prepare: () => [sysctl('net.ipv6.conf.front.accept_ra', 2)],
  effects: () => [
    { name: 'advertisements_received', counter: 'Icmp6InRouterAdvertisements', of: 'growth', atLeast: 200 },
    filled('routes_grew', 'route_entries', 200),
    // 16 at most: `net.ipv6.conf.front.max_addresses`
    filled('addresses_grew', 'addresses', 8),
  ],
};

/** MLD is heard from link-local sources, with hop limit 1 and a router alert (RFC 3810, section 5). */
const MLD = { source: LINK_LOCAL, varied: ['source'], hopLimit: 1 } as const;
const ALERT = hopByHop([routerAlert('mld')]);
/** Groups of the link's scope that are not assigned (RFC 4291, section 2.7). */
const TRANSIENT_GROUP = addressBytes('ff12::1');

export const multicastListener: Vector = {
  summary: 'MLD queries, which ask for reports, and reports of random groups, which a snooping bridge keeps',
  paths: ['to', 'bridge'],
  streams: (aim) => [
    { frames: [frame(aim, { ...MLD, destination: ALL_NODES }, [ALERT, listenerQuery()])], share: 1 },
    { frames: [frame(aim, { ...MLD, destination: ALL_MLDV2_ROUTERS }, [ALERT, listenerReport(TRANSIENT_GROUP)])], share: 1 },
  ],
  prepare: nothing,
  effects: (path) =>
    path === 'to'
      ? [
          grew('queries_received', 'Icmp6InGroupMembQueries'),
          // queries are answered from a work queue, which gets what time the flood leaves; a host that nobody asks sends none (net/ipv6/mcast.c)
          { name: 'reports_sent', counter: 'Icmp6OutMLDv2Reports', of: 'growth', atLeast: 1 },
        ]
      : [THROUGH.bridge],
};

/** The smallest MTU that a path can have (RFC 8200, section 5). */
const LEAST_MTU = 1280;

export const packetTooBigs: Vector = {
  summary: 'packet too big for answers that were never given: exceptions of routes, each with a path MTU',
  paths: ['to'],
  // net/ipv6/icmp.c, icmpv6_err(): for a quoted echo reply no socket is looked for, any destination is believed
  streams: (aim) => [
    {
      frames: [frame(aim, aimed(aim), [packetTooBig({ mtu: LEAST_MTU, source: addressBytes(aim.destination), destination: SPOOFED })])],
      share: 1,
    },
  ],
  // the exceptions are of the route that leads to the quoted destination: the head's default route
  prepare: nothing,
  effects: () => [grew('errors_received', 'Icmp6InPktTooBigs'), filled('route_exceptions_grew', 'route_exceptions', 200)],
};

export const echo: Vector = {
  summary: 'echo requests (ping flood): each is answered, answers are not limited',
  paths: PATHS,
  streams: (aim) => [{ frames: [frame(aim, aimed(aim), [echoRequest()])], share: 1 }],
  prepare: nothing,
  effects: (path) => (path === 'to' ? [grew('echoes_answered', 'Icmp6OutEchoReplies')] : [THROUGH[path]]),
};
