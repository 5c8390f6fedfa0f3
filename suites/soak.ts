/**
 * Soak: a head and a tenant for hours, and everything that the other suites do to hosts, one after the other in an order drawn from the seed: floods,
 * outages of storage, storms of I/O, with time to recover between. What a kernel bears once it may not bear for the hundredth time.
 */
import type { Objective } from '../results/model.ts';
import { type HostClass, headOf } from './classes.ts';
import { SHORTEST_OUTAGE_S } from './cutoff/outages.ts';
import { ANYWHERE } from './flood/anywhere.ts';
import { drawer } from './flood/draw.ts';
import { packetsOf } from './flood/load.ts';
import { ratePps } from './flood/offered.ts';
import { SHAPES, type ShapeName } from './flood/shapes.ts';
import { mixOf } from './flood/sizes.ts';
import { VECTORS, type VectorName } from './flood/vectors.ts';
import { commonObjectives } from './objectives.ts';
import type { Profile } from './profiles.ts';
import { DISK_MiB } from './storage-settings.ts';
import { type Action, floodsIn, type Suite } from './suite.ts';

const PROBES = ['network', 'storage', 'management'] as const;
const MACHINES = ['head', 'tenant'] as const;
const LEAD_S = 3;
/** Those that need nothing set up on the host, and so may follow each other. */
const FLOODS = [
  'udp-66',
  'udp-1518',
  'udp-imix',
  'udp-hbh-10',
  'fragments-overlap',
  'ext-headers',
  'neighbours-ns',
  'packet-too-big',
  'echo',
  'random-sources',
] as const satisfies readonly VectorName[];
/** Of the hung-task timeout: an outage is long, and must leave no hung task. */
const LONGEST_OUTAGE = 0.8;
/** Of an outage, so much must be seen by the probes. */
const SEEN = 0.8;
/** The share of all offered packets that must have reached the head's card. */
const LEAST_RECEIVED = 0.01;
const LEAST_WRITES_PER_S = 10;

interface Round {
  readonly for_s: number;
  readonly actions: readonly Action[];
}

/** What a round may be; all that is random of it comes from the drawer. */
type Kind = (draw: () => number, at_s: number, size: HostClass, profile: Profile) => Round;

const KINDS: readonly Kind[] = [flood, outage, storm];

export const soak: Suite = {
  name: 'soak',
  summary: 'floods, outages of storage and storms of I/O one after the other, for hours, in an order drawn from the seed',
  seat: 'head',
  plan(size, profile, seed) {
    const schedule = scheduleOf(size, profile, seed);
    return {
      topology: {
        machines: [
          { ...headOf(size), disk: { attach: 'kernel', size_MiB: DISK_MiB } },
          { name: 'tenant', seat: 'tenant', ...size.tenant, disk: { attach: 'qemu', size_MiB: DISK_MiB } },
        ],
        storeRate_bps: size.storeRate_bps,
        tails: { log: true },
      },
      probes: Object.fromEntries(MACHINES.map((machine) => [machine, PROBES])),
      schedule,
      objectives: [...commonObjectives(profile, PROBES), ...proofsOf(schedule)],
    };
  },
};

/** Rounds until the time is up; of each three in a row one is of each kind. */
function scheduleOf(size: HostClass, profile: Profile, seed: number): Action[] {
  const draw = drawer(seed);
  const schedule: Action[] = [];
  for (let at_s = LEAD_S; at_s < profile.soak_s || schedule.length === 0; )
    for (const kind of shuffled(KINDS, draw)) {
      const { for_s, actions } = kind(draw, at_s, size, profile);
      schedule.push(...actions);
      at_s += for_s + Math.max(profile.betweenOutages_s, for_s);
    }
  return schedule;
}

function flood(draw: () => number, at_s: number, size: HostClass, profile: Profile): Round {
  const vector = pick(FLOODS, draw);
  const shape = pick(Object.keys(SHAPES) as ShapeName[], draw);
  const seed = Math.floor(draw() * 2 ** 31);
  const for_s = profile.flood_s;
  const peak_pps = ratePps(profile.floodLoad, mixOf(VECTORS[vector].streams(ANYWHERE, seed)), size.linkRate_bps);
  const load = SHAPES[shape]({ peak_pps, for_s, seed });
  return {
    for_s,
    actions: [{ at_s, for_s, kind: 'flood', on: { station: 'front', to: 'head', at: 'to' }, params: { vector, load, seed } }],
  };
}

function outage(draw: () => number, at_s: number, _size: HostClass, { hungTaskTimeout_s }: Profile): Round {
  const most_s = Math.max(SHORTEST_OUTAGE_S, LONGEST_OUTAGE * hungTaskTimeout_s);
  const for_s = Math.round(10 * (SHORTEST_OUTAGE_S + draw() * (most_s - SHORTEST_OUTAGE_S))) / 10;
  const paused = MACHINES.map((on): Action => ({ at_s, for_s, kind: 'fault', fault: 'tail', on, params: { kind: 'pause' } }));
  const cut: Action = { at_s, for_s, kind: 'fault', fault: 'link-cut', on: 'store' };
  return { for_s, actions: pick([[cut], paused], draw) };
}

function storm(draw: () => number, at_s: number, _size: HostClass, { storm_s: for_s }: Profile): Round {
  const on = { machine: pick(MACHINES, draw) };
  const shapes = [
    { pattern: 'randwrite', block_bytes: 4096, depth: 16, fsync_every: 1, size_MiB: 8 },
    { pattern: 'write', block_bytes: 131_072, depth: 2, fsync_every: 64, size_MiB: 64 },
  ] as const;
  return { for_s, actions: [{ at_s, for_s, kind: 'engine', engine: 'fio', on, params: pick(shapes, draw) }] };
}

/** What must be seen of each kind: of floods all together, of outages and storms the longest. */
function proofsOf(schedule: readonly Action[]): Objective[] {
  const offered = floodsIn(schedule).reduce((sum, { params }) => sum + packetsOf(params.load), 0);
  const longest = (kind: Action['kind']) => Math.max(...schedule.map((action) => (action.kind === kind ? action.for_s : 0)));
  return [
    {
      kind: 'effect',
      name: 'floods_received',
      evidence: { of: 'counter', machine: 'head', counter: 'front_rx_packets', atLeast: LEAST_RECEIVED * offered },
    },
    ...MACHINES.map(
      (machine): Objective => ({
        kind: 'effect',
        name: `${machine}_was_cut_off`,
        evidence: { of: 'stall', probe: 'storage', machine, atLeast: Math.round(100 * SEEN * longest('fault')) / 100 },
      }),
    ),
    {
      kind: 'effect',
      name: 'storm_written',
      evidence: { of: 'engine', engine: 'fio', figure: 'writes', atLeast: LEAST_WRITES_PER_S * longest('engine') },
    },
  ];
}

/** One of them; there is at least one. */
const pick = <T>(from: readonly T[], draw: () => number): T => from[Math.floor(draw() * from.length)] as T;

/** In drawn order (Fisher and Yates). */
function shuffled<T>(from: readonly T[], draw: () => number): T[] {
  const all = [...from];
  for (let left = all.length - 1; left > 0; left -= 1) {
    const at = Math.floor(draw() * (left + 1));
    [all[left], all[at]] = [all[at] as T, all[left] as T];
  }
  return all;
}
