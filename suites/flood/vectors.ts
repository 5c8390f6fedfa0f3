/** The registry of vectors: add one by a file under `vectors/` and a line here. */
import type { Vector } from './vector.ts';
import { echo, multicastListener, packetTooBigs, routerAdvertisements } from './vectors/control.ts';
import { extensionHeaders } from './vectors/extension-headers.ts';
import { fragmentsFirst, fragmentsLast, fragmentsNever, fragmentsOverlap } from './vectors/fragments.ts';
import { mixed } from './vectors/mixed.ts';
import { neighboursScanned, neighboursSolicited } from './vectors/neighbours.ts';
import { tcpSynCookies, tcpSynNoCookies } from './vectors/tcp.ts';
import { randomSources, UDP_SIZES, udpImix, udpWithHopByHop } from './vectors/udp.ts';

/** What can go together: each leaves the head so that the others still work, and its frames fit where 1518 bytes do. */
const TOGETHER = {
  'udp-66': UDP_SIZES['udp-66'],
  'udp-imix': udpImix,
  'udp-hbh-10': udpWithHopByHop(10),
  'tcp-syn': tcpSynCookies,
  'fragments-first': fragmentsFirst,
  'fragments-last': fragmentsLast,
  'fragments-overlap': fragmentsOverlap,
  'ext-headers': extensionHeaders,
  'neighbours-ns': neighboursSolicited,
  'neighbours-scan': neighboursScanned,
  'router-advertisements': routerAdvertisements,
  'multicast-listener': multicastListener,
  'packet-too-big': packetTooBigs,
  echo,
  'random-sources': randomSources,
} as const satisfies Record<string, Vector>;

export const VECTORS = {
  ...UDP_SIZES,
  ...TOGETHER,
  'udp-hbh-1': udpWithHopByHop(1),
  'udp-hbh-50': udpWithHopByHop(50),
  'tcp-syn-nocookies': tcpSynNoCookies,
  // its queues outlive the storm, so they would keep the others' fragments out
  'fragments-never': fragmentsNever,
  mixed: mixed(TOGETHER),
} as const satisfies Record<string, Vector>;

export type VectorName = keyof typeof VECTORS;
