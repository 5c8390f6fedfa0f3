/**
 * Large memory: what changes with a host's size. A case for each thing that its kernel does with memory: initialise it, cache in it, write from it,
 * reclaim, compact, collapse, migrate and lose it; and a flood while there is almost none left for the packets.
 */
import { UsageError } from '../results/errors.ts';
import type { Objective } from '../results/model.ts';
import { type HostClass, headOf } from './classes.ts';
import { SHAPES } from './flood/shapes.ts';
import { lineRate_pps } from './flood/sizes.ts';
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
  /** `empty` as after its boot, `full` as in service, or so `tight` that reclaim is about to begin */
  readonly filled: keyof typeof FILLED;
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
  /** packets come in meanwhile: at the watermarks that the kernel has chosen, and then at these shares of its vm.min_free_kbytes */
  readonly lowered?: readonly { readonly share: number; readonly scaleFactor: number }[];
}

const CASES = {
  boot: {
    summary: 'page structures are initialised, caches dropped and memory compacted: how long each takes',
    work: 'chores',
    filled: 'empty',
    proof: { counter: 'drop_slab', atLeast: 1 },
  },
  'page-cache': {
    summary: 'more is read than there is memory left: the page cache is reclaimed all the time',
    work: 'page-cache',
    filled: 'tight',
    proof: { counter: 'pgscan_kswapd', atLeast: 10_000 },
  },
  'write-burst': {
    summary: 'more is written than may be dirty, to a disk on a tail: writers are held up',
    work: 'write-burst',
    filled: 'full',
    disk_MiB: 2 * BURST_MiB,
    proof: { counter: 'nr_dirty', of: 'peak', atLeast: 10_000 },
  },
  'atomic-allocations': {
    summary: 'packets come in and wait while no more is free than the watermarks keep, and these are lowered step by step',
    work: 'short',
    filled: 'tight',
    lowered: [
      { share: 1 / 4, scaleFactor: 5 },
      { share: 1 / 16, scaleFactor: 2 },
      { share: 1 / 64, scaleFactor: 1 },
    ],
    proof: { counter: 'Udp6InDatagrams', atLeast: 1000 },
  },
  'huge-pages': {
    summary: 'huge pages are made, collapsed and split',
    work: 'huge-pages',
    filled: 'full',
    proof: { counter: 'thp_split_pmd', atLeast: 1 },
  },
  nodes: {
    summary: 'memory is migrated between nodes',
    work: 'nodes',
    filled: 'full',
    nodes: 2,
    proof: { counter: 'pgmigrate_success', atLeast: 100 },
  },
  slab: {
    summary: 'dentries and inodes grow, and go',
    work: 'slab',
    filled: 'full',
    proof: { counter: 'nr_slab_reclaimable', of: 'peak', atLeast: 2000 },
  },
  forks: {
    summary: 'a process with large page tables forks, over and over',
    work: 'forks',
    filled: 'full',
    proof: { figure: 'forks', atLeast: 10 },
  },
  'group-limit': {
    summary: 'a control group takes more than its limit, and is killed within it, over and over',
    work: 'group-limit',
    filled: 'full',
    proof: { counter: 'oom_kill', atLeast: 1 },
    brings: ['oom_kill'],
  },
  hotplug: {
    summary: 'blocks of memory are taken offline and brought back',
    work: 'hotplug',
    filled: 'empty',
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
    const { filled, nodes = 1, disk_MiB = DISK_MiB, brings } = found;
    const unused_MiB = FILLED[filled](size);
    const floods = floodsOf(found, size, profile, seed);
    const lasts_s = (filled === 'tight' ? fillTime_s(size) : 0) + profile.storm_s;
    const storm_s = floods.length === 0 ? lasts_s : Math.max(...floods.map(({ at_s, for_s }) => at_s + for_s)) + 1;
    return {
      topology: {
        machines: [
          {
            ...headOf(size, { unused_MiB }),
            nodes: Math.max(nodes, size.nodes),
            touched_MiB: unused_MiB ?? EMPTY_TOUCHED_MiB,
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
        // a flood alone may drown an emulated host
        ...(floods.length === 0 ? boundsOf(size) : []),
        proofOf(found),
      ],
    };
  },
};

const paramsOf = ({ work }: Case, size: HostClass) => ({ work, args: (WORKS[work] as MemoryWork).args?.(size) ?? [] });

/** One at the watermarks that the kernel has chosen, and one at each of those that are lowered. */
function floodsOf({ lowered }: Case, size: HostClass, profile: Profile, seed: number): Action[] {
  if (lowered === undefined) return [];
  const { flood_s } = profile;
  const line_pps = lineRate_pps(size.linkRate_bps, FRAME_BYTES);
  const load = SHAPES.sustained({ peak_pps: Math.min(line_pps, LOAD_PPS), for_s: flood_s, seed });
  const step_s = fillTime_s(size) + flood_s + 2 * MARGIN_S;
  return [undefined, ...lowered].flatMap((step, index): Action[] => {
    const at_s = index * step_s + fillTime_s(size);
    const on = { station: 'front', to: HEAD, at: 'to' } as const;
    const attack: Action = { at_s, for_s: flood_s, kind: 'flood', on, params: { vector: 'udp-1518', load, seed } };
    if (step === undefined) return [attack];
    const params = { minFree_kB: Math.max(LEAST_kB, Math.round(step.share * usualMinFree_kB(size))), scaleFactor: step.scaleFactor };
    // it is there while the memory fills up again, and as long as the packets come
    const [from_s, for_s] = [at_s - fillTime_s(size) + MARGIN_S, fillTime_s(size) + flood_s];
    return [{ at_s: from_s, for_s, kind: 'fault', fault: 'watermarks', on: HEAD, params }, attack];
  });
}

const FRAME_BYTES = 1518;
/** What an emulated host takes and a real one does not notice: some 40 MB/s of memory, as long as nobody reads it. */
const LOAD_PPS = 20_000;
const MARGIN_S = 2;
/** An emulated host writes to so much memory for the first time in a second, and less while packets come in. */
const FILL_MiB_PER_S = 60;
/** The least that a kernel chooses for itself (mm/page_alloc.c, calculate_min_free_kbytes()). */
const LEAST_kB = 128;

/** Four times the square root of the memory in kB, and no more than 256 MiB (mm/page_alloc.c, calculate_min_free_kbytes()). */
const usualMinFree_kB = ({ memory_MiB }: HostClass): number => Math.min(262_144, Math.floor(Math.sqrt(16 * memory_MiB * 1024)));

/** Where reclaim begins, and where it ends: a thousandth of the memory above the reserve, and two (vm.watermark_scale_factor is 10). */
const lowMark_MiB = (size: HostClass): number => usualMinFree_kB(size) / 1024 + size.memory_MiB / 1000;
const highMark_MiB = (size: HostClass): number => usualMinFree_kB(size) / 1024 + size.memory_MiB / 500;
/** What is free above the high watermark on a host of which reclaim is about to begin. */
const TIGHT_SLACK_MiB = 256;
/** What a kernel without ballast writes to beside its page structures in the little that is done to it. */
const EMPTY_TOUCHED_MiB = 1536;

/** How much of a host is left. */
const FILLED = {
  empty: () => undefined,
  full: ({ unused_MiB }: HostClass) => unused_MiB,
  tight: (size: HostClass) => Math.min(size.memory_MiB / 2, Math.ceil(highMark_MiB(size)) + TIGHT_SLACK_MiB),
} as const satisfies Record<string, (size: HostClass) => number | undefined>;

/** Until what is left of a tight host is used up. */
const fillTime_s = (size: HostClass): number => Math.ceil((highMark_MiB(size) + TIGHT_SLACK_MiB - lowMark_MiB(size) / 2) / FILL_MiB_PER_S);

/** What a host of that size has to keep to while its memory is short. */
function boundsOf({ bounds }: HostClass): Objective[] {
  return [
    { kind: 'boot', name: 'boot_s', machine: HEAD, atMost_s: bounds.boot_s },
    { kind: 'stall', name: 'network_stall_s', probe: 'network', machine: HEAD, atMost_s: bounds.stall_s },
    { kind: 'stall', name: 'management_stall_s', probe: 'management', machine: HEAD, atMost_s: bounds.stall_s },
    { kind: 'latency', name: 'management_p90_ms', probe: 'management', machine: HEAD, percentile: 90, atMost_ms: bounds.latency_ms },
  ];
}

function proofOf({ proof }: Case): Objective {
  const evidence =
    'figure' in proof
      ? ({ of: 'engine', engine: 'memory-work', figure: proof.figure, atLeast: proof.atLeast } as const)
      : ({ of: proof.of ?? 'counter', machine: HEAD, counter: proof.counter, atLeast: proof.atLeast } as const);
  return { kind: 'effect', name: 'memory_stirred', evidence };
}
