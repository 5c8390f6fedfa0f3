/** How long and how hard. Add one by a line here. */
import type { Grade } from '../results/grades.ts';
import type { OutageSearchPlan } from '../results/outage.ts';
import type { Offered } from './flood/offered.ts';
import type { ShapeName } from './flood/shapes.ts';
import type { PolicyName } from './policies/index.ts';

export interface Profile {
  readonly name: string;
  readonly summary: string;
  /** a phase of a storm: one frame size, one I/O pattern */
  readonly storm_s: number;
  /** how many tenants storm a pool beside how many steady ones, and the ways of sharing it out that are compared, the first being the reference */
  readonly pool: {
    readonly stormers: number;
    readonly victims: number;
    readonly policies: readonly PolicyName[];
    /** what is promised of it */
    readonly grades: readonly Grade[];
  };
  /** which shapes of I/O storm are tried where nobody names any */
  readonly storms: 'few' | 'many' | 'all';
  /** outages of the storage network, in seconds, each in a schedule of its own */
  readonly outages_s: readonly number[];
  /** which ways of losing storage are tried where nobody names any */
  readonly cutoffs: 'few' | 'many' | 'all';
  /** which things that a kernel does with memory are tried on a large host where nobody names any */
  readonly memory: 'few' | 'all';
  /** the search for the longest outage that a host bears */
  readonly outageSearch: OutageSearchPlan;
  /** pause between two outages: TCP's backoff after an outage is as long as the outage was, and more */
  readonly betweenOutages_s: number;
  /** `kernel.hung_task_timeout_secs`; the kernel's default is 120 */
  readonly hungTaskTimeout_s: number;
  readonly recovery: { readonly limit_s: number; readonly hold_s: number; readonly atMost_s: number };
  readonly baseline: { readonly least_s: number; readonly limit_s: number };
  readonly bootLimit_s: number;
  /** how long a flood lasts */
  readonly flood_s: number;
  /** its offered load at its peak, as far as the link carries it: a TCG machine takes about 40,000 small packets/s, so this drowns it */
  readonly floodLoad: Offered;
  readonly floodShape: ShapeName;
  /** which cases of the flood are run where nobody names any */
  readonly floods: 'few' | 'many' | 'all';
  /** how long the incident is played: it lasted for most of an hour */
  readonly incident_s: number;
  /** for how long a soak begins new rounds */
  readonly soak_s: number;
  /** the search for the load at which a host gives way: its trials, and its budget */
  readonly search: {
    readonly least_pps: number;
    readonly short_s: number;
    readonly final_s: number;
    /** full-length trials that decide on a load */
    readonly repeats: number;
    /** how close the bounds must come, relative */
    readonly resolution: number;
    readonly mostTrials: number;
    readonly most_s: number;
  };
  /**
   * A panic always leaves the kernel's log in the artefacts; `vmcore`: and a core of the kernel's own pages. Each may take so long, and so much of what is
   * kept: 3.1 GB is that of a host of 768 GB that does nothing (struct page and little else).
   */
  readonly dump: { readonly vmcore: boolean; readonly limit_s: number; readonly most_bytes: number };
}

const MIBI = 2 ** 20;
const GIBI = 2 ** 30;

/** Where nobody says what is promised, something must be tried: examples, of a size for the pool of class 1G, which carries some 600 commits/s. */
const EXAMPLE_GRADES: readonly Grade[] = [
  { name: 'bronze', iops: 50, p99_ms: 250 },
  { name: 'silver', iops: 200, bytes_per_s: 1_000_000, p99_ms: 250 },
];

/** One tenant storms, the other suffers it; nothing is compared. */
const ONE_STORMS: Profile['pool'] = { stormers: 1, victims: 1, policies: [], grades: EXAMPLE_GRADES };

export const PROFILES = {
  quick: {
    name: 'quick',
    summary: 'minutes: every suite once, with the hung-task timeout lowered to 10 s',
    storm_s: 10,
    pool: ONE_STORMS,
    storms: 'few',
    outages_s: [5],
    cutoffs: 'few',
    memory: 'few',
    outageSearch: { least_s: 1, most_s: 40, resolution: 0.15, repeats: 2, mostTrials: 16, budget_s: 900 },
    betweenOutages_s: 15,
    hungTaskTimeout_s: 10,
    recovery: { limit_s: 60, hold_s: 3, atMost_s: 30 },
    baseline: { least_s: 4, limit_s: 25 },
    bootLimit_s: 120,
    flood_s: 10,
    floodLoad: { kind: 'packets', rate_pps: 60_000 },
    floodShape: 'sustained',
    floods: 'few',
    incident_s: 20,
    soak_s: 60,
    search: { least_pps: 1000, short_s: 1, final_s: 2, repeats: 2, resolution: 0.1, mostTrials: 40, most_s: 600 },
    dump: { vmcore: false, limit_s: 120, most_bytes: 64 * MIBI },
  },
  nightly: {
    name: 'nightly',
    summary: 'two and a half hours: longer storms, several outages, hung-task timeout of 30 s',
    storm_s: 60,
    pool: ONE_STORMS,
    storms: 'many',
    outages_s: [1, 5, 15],
    cutoffs: 'many',
    memory: 'all',
    outageSearch: { least_s: 1, most_s: 90, resolution: 0.1, repeats: 3, mostTrials: 30, budget_s: 3600 },
    betweenOutages_s: 45,
    hungTaskTimeout_s: 30,
    recovery: { limit_s: 180, hold_s: 10, atMost_s: 60 },
    baseline: { least_s: 10, limit_s: 60 },
    bootLimit_s: 180,
    flood_s: 60,
    floodLoad: { kind: 'packets', rate_pps: 120_000 },
    floodShape: 'sustained',
    floods: 'many',
    incident_s: 300,
    soak_s: 7200,
    search: { least_pps: 1000, short_s: 2, final_s: 10, repeats: 3, resolution: 0.05, mostTrials: 80, most_s: 3600 },
    dump: { vmcore: true, limit_s: 600, most_bytes: 4 * GIBI },
  },
  full: {
    name: 'full',
    summary: "eighteen hours: long storms, outages of up to 90 s, the kernel's own hung-task timeout of 120 s",
    storm_s: 180,
    pool: ONE_STORMS,
    storms: 'all',
    outages_s: [1, 5, 15, 40, 90],
    cutoffs: 'all',
    memory: 'all',
    outageSearch: { least_s: 1, most_s: 300, resolution: 0.05, repeats: 5, mostTrials: 60, budget_s: 21_600 },
    betweenOutages_s: 180,
    hungTaskTimeout_s: 120,
    recovery: { limit_s: 600, hold_s: 30, atMost_s: 120 },
    baseline: { least_s: 30, limit_s: 120 },
    bootLimit_s: 300,
    flood_s: 120,
    floodLoad: { kind: 'packets', rate_pps: 240_000 },
    floodShape: 'sustained',
    floods: 'all',
    incident_s: 3000,
    soak_s: 43_200,
    search: { least_pps: 1000, short_s: 5, final_s: 60, repeats: 3, resolution: 0.05, mostTrials: 120, most_s: 21600 },
    dump: { vmcore: true, limit_s: 600, most_bytes: 8 * GIBI },
  },
} as const satisfies Record<string, Profile>;

export type ProfileName = keyof typeof PROFILES;
export const DEFAULT_PROFILE: ProfileName = 'quick';
