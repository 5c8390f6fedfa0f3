/** The sizes of host that can be certified. Add one by a line here. */
export interface HostClass {
  readonly name: string;
  readonly summary: string;
  readonly memory_MiB: number;
  readonly cpus: number;
  /** memory and CPUs of each tenant beside it */
  readonly tenant: { readonly memory_MiB: number; readonly cpus: number };
  /** rate of its front link, against which offered loads are counted */
  readonly linkRate_bps: number;
  /** rate of the link between heads and tails */
  readonly storeRate_bps: number;
  /** of that, what the tenants of an I/O storm have: little enough that they compete for it, and not for processors that may be emulated */
  readonly poolRate_bps: number;
  /** the suites that `certify` runs for it */
  readonly suites: readonly string[];
}

const SPINE = ['ipv6-flood', 'io-storm', 'storage-cutoff'] as const;

export const CLASSES = {
  '1G': {
    name: '1G',
    summary: 'a lab host of 1 GiB with two CPUs: fits anywhere, certifies a kernel and no size',
    memory_MiB: 1024,
    cpus: 2,
    tenant: { memory_MiB: 512, cpus: 1 },
    linkRate_bps: 1_000_000_000,
    storeRate_bps: 200_000_000,
    poolRate_bps: 20_000_000,
    suites: SPINE,
  },
} as const satisfies Record<string, HostClass>;

export type ClassName = keyof typeof CLASSES;
export const DEFAULT_CLASS: ClassName = '1G';
