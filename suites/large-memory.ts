/**
 * Large memory: what changes with a host's size. A case for each thing that its kernel does with memory: initialise it, cache in it, write from it,
 * reclaim, compact, collapse, migrate and lose it; and a flood while there is almost none left for the packets.
 */
import { UsageError } from '../results/errors.ts';
import type { Objective } from '../results/model.ts';
import { type HostClass, headOf } from './classes.ts';
import { ANYWHERE } from './flood/anywhere.ts';
import { SHAPES } from './flood/shapes.ts';
import { lineRate_pps, mixOf } from './flood/sizes.ts';
import { VECTORS } from './flood/vectors.ts';
import { BURST_MiB, type MemoryWork, WORKS, type WorkName } from './memory/works.ts';
import { commonObjectives } from './objectives.ts';
import type { Profile } from './profiles.ts';
import { DISK_MiB } from './storage-settings.ts';
import type { Action, Suite } from './suite.ts';

const PROBES = ['network', 'storage', 'management'] as const;
const HEAD = 'head';

interface Case {
  readonly summary: string;
  readonly work: WorkName;
  /** as full as a host in service; else empty, as after its boot */
  readonly full: boolean;
  /** a host of one node is given a second for it */
  readonly nodes?: number;
  readonly disk_MiB?: number;
  /** what it writes to beside what a full host leaves */
  readonly touched_MiB?: number;
  /** by what the storm is seen to be real: a counter of the kernel, or what the work counted itself */
  readonly proof:
    | { readonly counter: string; readonly atLeast: number; readonly of?: 'peak' }
    | { readonly figure: string; readonly atLeast: number };
  /** kinds of events that it must bring */
  readonly brings?: readonly string[];
  /** packets come in meanwhile, at these shares of the watermarks that the kernel has chosen */
  readonly flood?: { readonly watermarks: readonly number[] };
}

const CASES = {
  boot: {
    summary: 'page structures are initialised, caches dropped and memory compacted: how long each takes',
    work: 'chores',
    full: false,
    proof: { counter: 'drop_slab', atLeast: 1 },
  },
  'page-cache': {
    summary: 'more is read than there is memory left: the page cache is reclaimed all the time',
    work: 'page-cache',
    full: true,
    proof: { counter: 'pgscan_kswapd', atLeast: 10_000 },
  },
  'write-burst': {
    summary: 'more is written than may be dirty, to a disk on a tail: writers are held up',
    work: 'write-burst',
    full: true,
    disk_MiB: 2 * BURST_MiB,
    proof: { counter: 'nr_dirty', of: 'peak', atLeast: 10_000 },
  },
  'atomic-allocations': {
    summary: 'a flood while the page cache leaves no more free than the watermarks, which are lowered step by step',
    work: 'page-cache',
    full: true,
    flood: { watermarks: [1 / 4, 1 / 16, 1 / 64] },
    proof: { counter: 'pgscan_kswapd', atLeast: 10_000 },
  },
  'huge-pages': {
    summary: 'huge pages are made, collapsed and split',
    work: 'huge-pages',
    full: true,
    proof: { counter: 'thp_split_pmd', atLeast: 1 },
  },
  nodes: {
    summary: 'memory is migrated between nodes',
    work: 'nodes',
    full: true,
    nodes: 2,
    proof: { counter: 'pgmigrate_success', atLeast: 100 },
  },
  slab: {
    summary: 'dentries and inodes grow, and go',
    work: 'slab',
    full: true,
    proof: { counter: 'nr_slab_reclaimable', of: 'peak', atLeast: 2000 },
  },
  forks: {
    summary: 'a process with large page tables forks, over and over',
    work: 'forks',
    full: true,
    proof: { figure: 'forks', atLeast: 10 },
  },
  'group-limit': {
    summary: 'a control group takes more than its limit, and is killed within it, over and over',
    work: 'group-limit',
    full: true,
    proof: { counter: 'oom_kill', atLeast: 1 },
    brings: ['oom_kill'],
  },
  hotplug: {
    summary: 'blocks of memory are taken offline and brought back',
    work: 'hotplug',
    full: false,
    proof: { figure: 'offlined', atLeast: 1 },
  },
} as const satisfies Record<string, Case>;

/** In minutes what a size alone can break; at night and for a certificate all. */
const USUAL: Readonly<Record<Profile['memory'], readonly string[]>> = {
  few: ['boot', 'page-cache', 'write-burst', 'atomic-allocations'],
  all: Object.keys(CASES),
};

export const largeMemory: Suite = {
  name: 'large-memory',
  summary: "what changes with a host's memory: boot, reclaim, writeback, allocations that cannot wait, huge pages, nodes",
  seat: 'head',
  cases: {
    all: Object.fromEntries(Object.entries(CASES).map(([name, { summary }]) => [name, summary])),
    usual: ({ memory }) => USUAL[memory],
  },
  plan(size, profile, seed, name = 'boot') {
    const found: Case | undefined = CASES[name as keyof typeof CASES];
    if (found === undefined) throw new UsageError(`large-memory has no case "${name}"`);
    const { full, nodes = 1, disk_MiB = DISK_MiB, brings } = found;
    const floods = floodsOf(found, size, profile, seed);
    const storm_s = floods.length === 0 ? profile.storm_s : Math.max(...floods.map(({ at_s, for_s }) => at_s + for_s)) + 1;
    const { unused_MiB = size.memory_MiB } = size;
    return {
      topology: {
        machines: [
          {
            ...headOf(size, { full }),
            nodes: Math.max(nodes, size.nodes),
            touched_MiB: full ? unused_MiB : Math.min(unused_MiB, 1024),
            disk: { attach: 'kernel', size_MiB: disk_MiB },
          },
        ],
        storeRate_bps: size.storeRate_bps,
      },
      probes: { [HEAD]: PROBES },
      schedule: [
        { at_s: 0, for_s: storm_s, kind: 'engine', engine: 'memory-work', on: { machine: HEAD }, params: paramsOf(found, size) },
        ...floods,
      ],
      objectives: [
        ...commonObjectives(profile, PROBES).map((each) =>
          each.kind === 'no_event' && each.classes.includes('memory')
            ? {
                ...each,
                ...(brings === undefined ? {} : { tolerates: [...brings] }),
                ...(floods.length === 0 ? {} : { exceptDuring: 'watermarks' }),
              }
            : each,
        ),
        ...boundsOf(size),
        proofOf(found),
      ],
    };
  },
};

const paramsOf = ({ work }: Case, size: HostClass) => ({ work, args: (WORKS[work] as MemoryWork).args?.(size) ?? [] });

/** One at the watermarks that the kernel has chosen, and one at each share of them. */
function floodsOf({ flood }: Case, size: HostClass, profile: Profile, seed: number): Action[] {
  if (flood === undefined) return [];
  const vector = 'mixed';
  const line_pps = lineRate_pps(size.linkRate_bps, mixOf(VECTORS[vector].streams(ANYWHERE, seed)));
  const load = SHAPES.sustained({ peak_pps: Math.min(line_pps, 60_000), for_s: profile.flood_s, seed });
  return [1, ...flood.watermarks].flatMap((share, index): Action[] => {
    const at_s = FILL_S + index * (profile.flood_s + BETWEEN_S);
    const attack: Action = {
      at_s,
      for_s: profile.flood_s,
      kind: 'flood',
      on: { station: 'front', to: HEAD, at: 'to' },
      params: { vector, load, seed },
    };
    if (share === 1) return [attack];
    const minFree_kB = Math.max(LEAST_kB, Math.round(share * usualMinFree_kB(size)));
    return [
      {
        at_s: at_s - BETWEEN_S / 2,
        for_s: profile.flood_s + BETWEEN_S,
        kind: 'fault',
        fault: 'watermarks',
        on: HEAD,
        params: { minFree_kB },
      },
      attack,
    ];
  });
}

/** The page cache takes what is free in this time, and a flood's leavings are gone after that. */
const FILL_S = 6;
const BETWEEN_S = 3;
/** The least that a kernel chooses for itself (mm/page_alloc.c, calculate_min_free_kbytes()). */
const LEAST_kB = 128;

/** Four times the square root of the memory in kB, and no more than 256 MiB (mm/page_alloc.c, calculate_min_free_kbytes()). */
const usualMinFree_kB = ({ memory_MiB }: HostClass): number => Math.min(262_144, Math.floor(Math.sqrt(16 * memory_MiB * 1024)));

/** What a host of that size has to keep to while its memory is short. */
function boundsOf({ bounds }: HostClass): Objective[] {
  return [
    { kind: 'boot', name: 'boot_s', machine: HEAD, atMost_s: bounds.boot_s },
    { kind: 'stall', name: 'network_stall_s', probe: 'network', machine: HEAD, atMost_s: bounds.stall_s },
    { kind: 'stall', name: 'management_stall_s', probe: 'management', machine: HEAD, atMost_s: bounds.stall_s },
    { kind: 'latency', name: 'management_p99_ms', probe: 'management', machine: HEAD, atMost_ms: bounds.latency_ms },
  ];
}

function proofOf({ proof }: Case): Objective {
  const evidence =
    'figure' in proof
      ? ({ of: 'engine', engine: 'memory-work', figure: proof.figure, atLeast: proof.atLeast } as const)
      : ({ of: proof.of ?? 'counter', machine: HEAD, counter: proof.counter, atLeast: proof.atLeast } as const);
  return { kind: 'effect', name: 'memory_stirred', evidence };
}
