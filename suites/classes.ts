/** The sizes of host that can be certified. Add one by a line here, or of your own below `classes` in stormproof.yaml. */
import { LARGE_FROM_MiB } from '../results/memory.ts';
import type { MachineSpec } from '../targets/target.ts';

export interface HostClass {
  readonly name: string;
  readonly summary: string;
  readonly memory_MiB: number;
  /** nodes of NUMA, among which memory and processors are shared out evenly */
  readonly nodes: number;
  readonly cpus: number;
  /** what tenants and ballast leave of the memory on a full host, in MiB; undefined where the host is tried empty */
  readonly unused_MiB?: number;
  /** memory and CPUs of each tenant beside it */
  readonly tenant: { readonly memory_MiB: number; readonly cpus: number };
  /** rate of its front link, against which offered loads are counted */
  readonly linkRate_bps: number;
  /** rate of the link between heads and tails */
  readonly storeRate_bps: number;
  /** of that, what the tenants of an I/O storm have: little enough that they compete for it, and not for processors that may be emulated */
  readonly poolRate_bps: number;
  readonly bounds: Bounds;
  /** the suites that `certify` runs for it */
  readonly suites: readonly string[];
}

/** What a host of the class must keep to; where its profile allows more time for a recovery, that counts. */
export interface Bounds {
  /** from power on until its management answers */
  readonly boot_s: number;
  readonly recovery_s: number;
  /** the longest time without an answer from a probe while memory is short */
  readonly stall_s: number;
  /** 90 of 100 answers of its management come within this time then, in milliseconds */
  readonly latency_ms: number;
}

/** In the lab all classes have a link of the rate that a host of that size has; an emulated machine is drowned long before. */
const TEN_GIGABIT = 10_000_000_000;
const LAB_LINK = { linkRate_bps: 1_000_000_000, storeRate_bps: 200_000_000, poolRate_bps: 20_000_000 } as const;
const TENANT = { memory_MiB: 512, cpus: 1 } as const;
const GiB = 1024;

/** A class in a few figures, as in stormproof.yaml. */
export type ClassSketch = { readonly [B in keyof Bounds]?: Bounds[B] | undefined } & {
  readonly memory_GiB: number;
  readonly nodes?: number | undefined;
  /** those of the lab, one for each node where it is not said: more than it has would wait for each other */
  readonly cpus?: number | undefined;
  readonly unused_GiB?: number | undefined;
  readonly link_bps?: number | undefined;
  readonly store_bps?: number | undefined;
  readonly suites?: readonly string[] | undefined;
};

/** The class of a host of that size; what is not said is as it is usual for one. */
export function classOf(name: string, sketch: ClassSketch): HostClass {
  const { memory_GiB, nodes = 1, unused_GiB = Math.min(4, memory_GiB / 4) } = sketch;
  return {
    name,
    summary: `a host of ${memory_GiB} GiB on ${nodes === 1 ? 'one node' : `${nodes} nodes`} of NUMA, full but for ${unused_GiB} GiB`,
    memory_MiB: Math.round(memory_GiB * GiB),
    nodes,
    cpus: sketch.cpus ?? Math.max(2, nodes),
    unused_MiB: Math.round(unused_GiB * GiB),
    tenant: TENANT,
    linkRate_bps: sketch.link_bps ?? TEN_GIGABIT,
    storeRate_bps: sketch.store_bps ?? TEN_GIGABIT,
    poolRate_bps: LAB_LINK.poolRate_bps,
    bounds: {
      // an emulated host takes some 10 s, and 30 ms for each GiB whose page structures it initialises
      boot_s: sketch.boot_s ?? 60 + Math.ceil(memory_GiB / 8),
      recovery_s: sketch.recovery_s ?? 60,
      stall_s: sketch.stall_s ?? 5,
      latency_ms: sketch.latency_ms ?? 1000,
    },
    suites: sketch.suites ?? ['large-memory', 'ipv6-flood', 'storage-cutoff', 'storage-cutoff/cut/dirty'],
  };
}

export const CLASSES = {
  '1G': {
    name: '1G',
    summary: 'a lab host of 1 GiB with two CPUs: fits anywhere, certifies a kernel and no size',
    memory_MiB: GiB,
    nodes: 1,
    cpus: 2,
    tenant: TENANT,
    ...LAB_LINK,
    bounds: { boot_s: 60, recovery_s: 30, stall_s: 5, latency_ms: 1000 },
    suites: ['ipv6-flood', 'io-storm', 'storage-cutoff'],
  },
  '64G': classOf('64G', { memory_GiB: 64 }),
  '128G': classOf('128G', { memory_GiB: 128, nodes: 2 }),
  '384G': classOf('384G', { memory_GiB: 384, nodes: 2 }),
  '768G': classOf('768G', { memory_GiB: 768, nodes: 2 }),
  '1536G': classOf('1536G', { memory_GiB: 1536, nodes: 4 }),
} as const satisfies Record<string, HostClass>;

export const DEFAULT_CLASS: keyof typeof CLASSES = '1G';

/** Whether a host is tried itself; a smaller one stands for its tenants. */
export const isLarge = ({ memory_MiB }: Pick<HostClass, 'memory_MiB'>): boolean => memory_MiB >= LARGE_FROM_MiB;

type HeadSpec = Pick<MachineSpec, 'name' | 'seat' | 'cpus' | 'memory_MiB' | 'nodes' | 'unused_MiB'>;

/** A head of that size, as empty as after its boot. */
export const emptyHeadOf = ({ cpus, memory_MiB, nodes }: HostClass): HeadSpec => ({ name: 'head', seat: 'head', cpus, memory_MiB, nodes });

/** As full as one in service, where nothing else is said. */
export const headOf = (size: HostClass, unused_MiB = size.unused_MiB): HeadSpec => ({
  ...emptyHeadOf(size),
  ...(unused_MiB === undefined ? {} : { unused_MiB }),
});
