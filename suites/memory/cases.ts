/** What is tried on a host's memory, one row each: by which work, on how full a host, and by what the storm is seen to be real. */
import { MEASURES } from '../../results/measures.ts';
import type { Profile } from '../profiles.ts';
import type { FILLED } from './fill.ts';
import { BURST_MiB, type WorkName } from './works.ts';

export interface MemoryCase {
  readonly summary: string;
  /** undefined where its kernel is made to panic instead */
  readonly work?: WorkName;
  /** `empty` as after its boot, `full` as in service, or so `tight` that reclaim is about to begin */
  readonly filled: keyof typeof FILLED;
  /** a host of one node is given a second for it */
  readonly nodes?: number;
  readonly disk_MiB?: number;
  /** by what the storm is seen to be real: what was timed, a counter of the kernel, or what the work counted itself */
  readonly proof:
    | { readonly measure: string; readonly atLeast: number }
    | { readonly counter: string; readonly atLeast: number; readonly of?: 'peak' }
    | { readonly figure: string; readonly atLeast: number };
  /** packets come in meanwhile, as many as a host should hardly notice */
  readonly floods?: true;
  /** kinds of events that it must bring */
  readonly brings?: readonly string[];
  /** packets come in meanwhile: at the watermarks that the kernel has chosen, and then at these shares of its vm.min_free_kbytes */
  readonly lowered?: readonly { readonly share: number; readonly scaleFactor: number }[];
}

export const MEMORY_CASES = {
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
    proof: { counter: 'Ip6InDelivers', atLeast: 10_000 },
    // what uses the memory up asks to be the first that is killed for it, which a kernel may well do: packets are to find room then
    brings: ['oom_kill'],
  },
  fragments: {
    summary: 'what is free lies in single pages, and huge pages are asked for: memory is compacted while packets come in',
    work: 'fragments',
    filled: 'tight',
    floods: true,
    proof: { counter: 'compact_stall', atLeast: 1 },
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
  panic: {
    summary: 'the kernel is made to panic: its log is taken, its memory too where the profile says so, and it comes back by a reset',
    filled: 'empty',
    proof: { measure: MEASURES.panicLog, atLeast: 0.001 },
  },
  hotplug: {
    summary: 'blocks of memory are taken offline and brought back',
    work: 'hotplug',
    filled: 'empty',
    proof: { figure: 'offlined', atLeast: 1 },
  },
} as const satisfies Record<string, MemoryCase>;

/** In minutes what a size alone can break; at night and for a certificate all. */
export const USUAL: Readonly<Record<Profile['memory'], readonly string[]>> = {
  few: ['boot', 'page-cache', 'write-burst', 'atomic-allocations'],
  all: Object.keys(MEMORY_CASES),
};
