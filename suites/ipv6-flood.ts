/**
 * IPv6 flood: one vector at a time against the head, or through it to a tenant. The head keeps its own disk on the storage network, through
 * its own NBD driver, so that a flood at the front which starves storage is seen.
 */
import { UsageError } from '../results/errors.ts';
import type { Objective } from '../results/model.ts';
import { type HostClass, headOf } from './classes.ts';
import { ANYWHERE } from './flood/anywhere.ts';
import { type Load, packetsOf } from './flood/load.ts';
import { ratePps } from './flood/offered.ts';
import { SHAPES } from './flood/shapes.ts';
import { lineRate_pps, mixOf } from './flood/sizes.ts';
import { type Effect, PATHS, type Path, type Preparation, type Vector } from './flood/vector.ts';
import { VECTORS, type VectorName } from './flood/vectors.ts';
import { commonObjectives } from './objectives.ts';
import type { Profile } from './profiles.ts';
import { DISK_MiB } from './storage-settings.ts';
import type { Action, Suite } from './suite.ts';

/** The share of the offered packets that must have reached the head's network card for the flood to count as real. */
const LEAST_RECEIVED = 0.01;
/** What a frame has beside its packet: Ethernet header and FCS. */
const LINK_BYTES = 18;
const USUAL_MTU_BYTES = 1500;

/** `udp-66` is at the head, `udp-66/route` goes through it. */
const caseOf = (vector: string, path: Path): string => (path === 'to' ? vector : `${vector}/${path}`);

interface Case {
  readonly vector: VectorName | typeof ESTABLISHED;
  readonly path: Path;
}

/** What no flood of frames can be: both ends keep state. */
const ESTABLISHED = 'tcp-established';
const TCP = {
  summary: 'established TCP, many flows at once',
  flows: 16,
  port: 5201,
  /** segments that the head, or whoever is behind it, must have taken each second */
  least_pps: 100,
} as const;

const CASES: ReadonlyMap<string, Case> = new Map(
  [
    ...(Object.keys(VECTORS) as VectorName[]).flatMap((vector) =>
      (VECTORS[vector] as Vector).paths.map((path): Case => ({ vector, path })),
    ),
    ...PATHS.map((path): Case => ({ vector: ESTABLISHED, path })),
  ].map((each) => [caseOf(each.vector, each.path), each]),
);

const WHERE: Readonly<Record<Path, string>> = {
  to: 'at the head',
  bridge: 'bridged to a tenant',
  route: 'forwarded to a tenant',
  conntrack: 'forwarded to a tenant, each connection tracked',
};

/** In minutes the smallest frames and everything together; at night what goes together, each by itself; for a certificate all at the head. */
const USUAL: Readonly<Record<Profile['floods'], readonly string[]>> = {
  few: ['udp-66', 'mixed'],
  many: [
    ...['udp-66', 'udp-1518', 'udp-imix', 'udp-hbh-10', 'tcp-syn', 'fragments-first', 'fragments-overlap', 'ext-headers'],
    ...[
      'neighbours-ns',
      'neighbours-scan/route',
      'router-advertisements',
      'multicast-listener',
      'packet-too-big',
      'echo',
      'tcp-established',
    ],
    ...['random-sources', 'mixed', 'mixed/bridge', 'mixed/conntrack'],
  ],
  all: [...CASES].flatMap(([name, { vector, path }]) =>
    path === 'to' || vector === 'mixed' || vector === 'neighbours-scan' ? [name] : [],
  ),
};

/** What a case does, and by what it is seen. */
interface Attack {
  readonly prepare: readonly Preparation[];
  readonly action: Action;
  readonly effects: readonly Objective[];
  /** frames/s that the link carries; undefined where both ends decide on the load */
  readonly line_pps?: number;
  readonly largest_bytes?: number;
}

function flood(name: VectorName, path: Path, size: HostClass, profile: Profile, seed: number): Attack {
  const vector: Vector = VECTORS[name];
  const mix = mixOf(vector.streams(ANYWHERE, seed));
  const line_pps = lineRate_pps(size.linkRate_bps, mix);
  const peak_pps = ratePps(profile.floodLoad, mix, size.linkRate_bps);
  const load: Load = SHAPES[profile.floodShape]({ peak_pps, for_s: profile.flood_s, seed });
  return {
    line_pps,
    prepare: vector.prepare(path),
    action: { at_s: 0, for_s: profile.flood_s, kind: 'flood', on: towards(path), params: { vector: name, load, seed } },
    effects: [
      effect('flood_received', 'counter', 'front_rx_packets', LEAST_RECEIVED * packetsOf(load)),
      ...vector.effects(path).map((each) => effectOf(each, packetsOf(load))),
    ],
    ...(vector.largest_bytes === undefined ? {} : { largest_bytes: vector.largest_bytes }),
  };
}

/** iperf3 to a server on the head, or in the namespace of the tenant behind it. */
function established(path: Path, profile: Profile): Attack {
  const { flows, port, least_pps } = TCP;
  const server = ['iperf3', '--server', '--version6', '--port', String(port)];
  const least = least_pps * profile.flood_s;
  return {
    prepare: [{ name: 'a TCP server', argv: path === 'to' ? server : ['ip', 'netns', 'exec', 'tenant', ...server], stays: true }],
    action: { at_s: 0, for_s: profile.flood_s, kind: 'engine', engine: 'iperf3', on: towards(path), params: { flows, port } },
    effects: [
      effect('flood_received', 'counter', 'front_rx_packets', least),
      path === 'to'
        ? effect('segments_received', 'counter', 'TcpInSegs', least)
        : effect('segments_passed_on', 'counter', 'tap0_tx_packets', least),
    ],
  };
}

const towards = (path: Path) => ({ station: 'front', to: 'head', at: path === 'to' ? 'to' : 'behind' }) as const;

export const ipv6Flood: Suite = {
  name: 'ipv6-flood',
  summary: 'IPv6 floods at the head and through it, while its storage is watched',
  seat: 'head',
  cases: {
    all: Object.fromEntries(
      [...CASES].map(([name, { vector, path }]) => [name, `${(vector === ESTABLISHED ? TCP : VECTORS[vector]).summary}, ${WHERE[path]}`]),
    ),
    usual: ({ floods }) => USUAL[floods],
  },
  plan(size, profile, seed, name = 'udp-66') {
    const found = CASES.get(name);
    if (found === undefined) throw new UsageError(`ipv6-flood has no case "${name}"`);
    const { vector, path } = found;
    const probes = ['network', ...(path === 'to' ? [] : (['tenant'] as const)), 'storage', 'management'] as const;
    const attack = vector === ESTABLISHED ? established(path, profile) : flood(vector, path, size, profile, seed);
    const { prepare, action, effects, line_pps, largest_bytes = 0 } = attack;
    return {
      ...(line_pps === undefined ? {} : { line_pps }),
      topology: {
        machines: [
          {
            ...headOf(size),
            disk: { attach: 'kernel', size_MiB: DISK_MiB },
            ...(path === 'to' ? {} : { behind: path }),
          },
        ],
        storeRate_bps: size.storeRate_bps,
        mtu_bytes: Math.max(USUAL_MTU_BYTES, largest_bytes - LINK_BYTES),
      },
      prepare: prepare.map((each) => ({ ...each, on: 'head' })),
      probes: { head: probes },
      schedule: [action],
      objectives: [...commonObjectives(profile, probes), ...effects],
      waivable: effects.slice(1).map((each) => each.name),
    };
  },
};

function effectOf({ name, counter, of, atLeast }: Effect, offered_packets: number): Objective {
  const least = typeof atLeast === 'number' ? atLeast : Math.ceil(atLeast.share * offered_packets);
  return effect(name, of === 'growth' ? 'counter' : 'peak', counter, least);
}

const effect = (name: string, of: 'counter' | 'peak', counter: string, atLeast: number): Objective => ({
  kind: 'effect',
  name,
  evidence: { of, machine: 'head', counter, atLeast },
});
