/**
 * Nights as a small lab has them, for tests of comparisons: what `certify` leaves with the profile `quick`, in numbers that behave like measured ones. All
 * draws follow from a seed.
 *
 * The noise: what a night has of its own (a neighbour on the same machine) makes everything 10 % slower or faster, log-normally; each trial has 8 % of its
 * own beside that, as recoveries have that wait for TCP's timers; tail latencies have 50 %, with the long tail of latencies. Recoveries and stalls come in
 * steps of 0.1 s, as the judge tells them; most recoveries are the same 0 each time, or 0 but for a night in ten.
 */
import { Run, type TrialResult } from '../model.ts';

const NIGHT = 0.1;
const TRIAL = 0.08;
const TAIL = 0.5;

export interface Kernel {
  readonly release: string;
  /** name of a case -> its storage recovers so many times slower */
  readonly slower?: Readonly<Record<string, number>>;
  /** what its console says -> in which case, in what share of the nights */
  readonly events?: Readonly<Record<string, { readonly in: string; readonly share: number }>>;
}

export interface Night {
  readonly id: string;
  readonly seed: number;
  readonly kernels: readonly Kernel[];
  readonly change?: Partial<Run>;
}

export function nightOf({ id, seed, kernels, change }: Night): Run {
  const draw = drawsOf(seed);
  const night = draw.around(1, NIGHT);
  return Run.parse({
    schema: 1,
    id,
    name: 'nightly',
    argv: ['certify', ...kernels.flatMap(({ release }) => ['--kernel', `deb:${release}`]), '--out', `runs/${id}`],
    started: new Date(Date.UTC(2026, 0, 1) + seed * 86_400_000).toISOString(),
    finished: new Date(Date.UTC(2026, 0, 1, 1) + seed * 86_400_000).toISOString(),
    profile: 'quick',
    notes: [],
    seed,
    target: 'lab',
    candidates: kernels.map(({ release }) => ({ asked: `deb:${release}`, release, version: release, files: [] })),
    versions: { stormproof: '0.1.0' },
    host: { name: 'lab1', cpus: 2, cpu: 'x', accelerator: 'tcg' },
    verdict: 'pass',
    reasons: [],
    trials: kernels.flatMap((kernel, index) => trialsOf(kernel, kernels.length > 1 ? `@k${index + 1}-${kernel.release}` : '', night, draw)),
    ...change,
  } satisfies Run);
}

/** So many nights, each from a seed of its own. */
export const nightsOf = (count: number, seed: number, night: Omit<Night, 'id' | 'seed'>): Run[] =>
  Array.from({ length: count }, (_, index) => nightOf({ ...night, id: `night-${seed + index}`, seed: seed + index }));

/** The same runs, with something else in each trial; `index` is that of its run. */
export const changed = (runs: readonly Run[], change: (trial: TrialResult, index: number) => Partial<TrialResult>): Run[] =>
  runs.map((run, index) => ({ ...run, trials: run.trials.map((trial) => ({ ...trial, ...change(trial, index) })) }));

/** One run of `--against`: both kernels in turn, forth and back, so often; each turn has its own drift. The second kernel is the reference. */
export function interleavedOf(repeats: number, seed: number, kernels: readonly [Kernel, Kernel]): Run {
  const turns = nightsOf(repeats, seed, { kernels });
  const trials = turns.flatMap((turn, index) => {
    const halves = [
      turn.trials.filter((trial) => trial.candidate === kernels[0].release),
      turn.trials.filter((trial) => trial.candidate === kernels[1].release),
    ];
    return (index % 2 === 0 ? halves : halves.toReversed()).flat().map((trial) => ({
      ...trial,
      name: `${trial.name}@r${index + 1}`,
      repeat: index + 1,
      ...(trial.candidate === kernels[1].release && { reference: true as const }),
    }));
  });
  return { ...(turns[0] as Run), id: `against-${seed}`, trials };
}

function trialsOf({ release, slower = {}, events = {} }: Kernel, suffix: string, night: number, draw: Draws): TrialResult[] {
  return CASES.map(({ suite, case: name, machines, storage_s, extra }) => {
    const form = `${suite}/${name}`;
    const around = (value: number, spread = TRIAL) => draw.around(value * night, spread);
    const hiccup = () => (draw.uniform() < 0.1 ? steps(around(0.4, TAIL)) : 0);
    return {
      name: `${suite}.${name.replaceAll('/', '.')}${suffix}`,
      suite,
      case: name,
      class: '1G',
      seed: 1,
      candidate: release,
      verdict: 'pass',
      reasons: [],
      objectives: [
        { name: 'no_crash', verdict: 'pass', measured: '0 events', threshold: 'no crash event', reason: '' },
        {
          name: 'management_p90_ms',
          verdict: 'pass',
          measured: `${around(12, TAIL).toFixed(1)} ms`,
          threshold: 'p90 <= 1000 ms',
          reason: '',
        },
        {
          name: 'network_stall_s',
          verdict: 'pass',
          measured: `${steps(around(0.15, TAIL)).toFixed(1)} s`,
          threshold: '<= 5 s',
          reason: '',
        },
      ],
      recovery: machines.flatMap((machine) => [
        { machine, probe: 'network' as const, seconds: 0, how: 'self' as const },
        {
          machine,
          probe: 'storage' as const,
          seconds: storage_s === undefined ? hiccup() : steps(around(storage_s * (slower[form] ?? 1))),
          how: 'self' as const,
        },
        { machine, probe: 'management' as const, seconds: hiccup(), how: 'self' as const },
      ]),
      measures: machines.map((machine) => ({ machine, name: 'boot', seconds: around(4.2) })),
      events: Object.entries(events)
        .filter(([, { in: where, share }]) => where === form && draw.uniform() < share)
        .map(([title]) => ({ machine: machines[0] as string, kind: 'hung_task', class: 'hang' as const, title, t: 20, count: 3 })),
      seconds: around(45),
      ...extra?.(around),
    };
  });
}

interface Case {
  readonly suite: string;
  readonly case: string;
  readonly machines: readonly string[];
  /** where it takes any time */
  readonly storage_s?: number;
  readonly extra?: (around: (value: number, spread?: number) => number) => Partial<TrialResult>;
}

const CASES: readonly Case[] = [
  { suite: 'ipv6-flood', case: 'udp-66', machines: ['head'], extra: (around) => floodOf(around(0.6)) },
  { suite: 'ipv6-flood', case: 'mixed', machines: ['head'], storage_s: 0.8, extra: (around) => floodOf(around(0.1)) },
  { suite: 'io-storm', case: 'randwrite-16', machines: ['stormer', 'victim'], storage_s: 1.1, extra: poolOf },
  { suite: 'storage-cutoff', case: 'cut', machines: ['tenant1', 'tenant2'], storage_s: 0.3 },
  { suite: 'storage-cutoff', case: 'cut/kernel', machines: ['tenant1', 'tenant2'], storage_s: 4.2 },
];

const floodOf = (share: number): Partial<TrialResult> => ({
  flow: {
    ...{ machine: 'head', engine: 'xdp-frames', offered_packets: 600_000, taken_packets: 0, delivered_packets: 0, forwarded_packets: 0 },
    received_packets: Math.round(600_000 * Math.min(1, share)),
    lost: {},
    softirqShares: [],
  },
});

function poolOf(around: (value: number, spread?: number) => number): Partial<TrialResult> {
  const one = (value: number) => ({ median: value, low: null, high: null, of: 1 });
  const work = (writes_per_s: number) => ({
    ...{ counts: 'writes' as const, writes_per_s, bytes_per_s: 4096 * writes_per_s },
    ...{ p50_ms: null, p99_ms: null, p999_ms: null, p9999_ms: null, longest_ms: 50 },
  });
  const share = (tenant: string, storms: boolean) => ({
    ...{ tenant, storms, counts: 'writes' as const, writes_per_s: one(around(100)), bytes_per_s: one(around(4e5)) },
    ...{ p50_ms: null, p99_ms: one(around(40, TAIL)), p9999_ms: null, longest_ms: 60, share: null },
    ...{ held: one(around(0.4)), isolation: null, starved_s: 0 },
  });
  return {
    pool: {
      alone: [
        { tenant: 'stormer', storms: true, work: work(around(340)) },
        { tenant: 'victim', storms: false, work: work(around(80)) },
      ],
      policies: [
        {
          ...{ policy: null, rounds: 1, tenants: [share('stormer', true), share('victim', false)], jain: null, jainByWeight: null },
          ...{ victims_p99_ms: null, victims_p99_ratio: null, conserved: one(around(0.9)) },
        },
      ],
      notTried: [],
    },
  };
}

/** Rounded up to 0.1 s. */
const steps = (seconds: number): number => Math.ceil(seconds * 10) / 10;

interface Draws {
  readonly uniform: () => number;
  /** log-normal: the median, and the standard deviation of its logarithm */
  readonly around: (median: number, spread: number) => number;
}

/** The sequence of a seed: splitmix32, begun at a mixed place, lest one seed's is the next one's shifted; and G. Box's and M. Muller's normal deviates. */
export function drawsOf(seed: number): Draws {
  let state = mixed(mixed(seed) ^ 0x5bd1e995);
  const uniform = () => {
    state = (state + 0x9e3779b9) | 0;
    return (mixed(state) >>> 0) / 2 ** 32;
  };
  const normal = () => Math.sqrt(-2 * Math.log(1 - uniform())) * Math.cos(2 * Math.PI * uniform());
  return { uniform, around: (median, spread) => median * Math.exp(spread * normal()) };
}

function mixed(state: number): number {
  let value = Math.imul(state ^ (state >>> 16), 0x21f0aaad);
  value = Math.imul(value ^ (value >>> 15), 0x735a2d97);
  return value ^ (value >>> 15);
}
