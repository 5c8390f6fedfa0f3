/**
 * The record: what a run leaves behind, as zod schemas. `history.jsonl` holds one `HistoryRecord` a line, `run.json` one `Run`.
 * Everything that judges or reports reads these and nothing else. Times `t` are seconds on the run's one monotonic clock,
 * zero at the run's start (see `Run.started` for the wall clock of that moment).
 */
import { z } from 'zod';
import { IoAccount } from './accounting.ts';
import { recordedCounts } from './blocks.ts';
import { Culprits } from './culprit.ts';
import { Curve, Outcome, SearchPlan, SystemRecovery } from './curve.ts';
import { Grade, Grades, Trying } from './grades.ts';
import { MemoryState } from './memory.ts';
import { CutOff, Outage, OutageSearchPlan } from './outage.ts';
import { Pool } from './pool.ts';
import { ProbeName } from './probe-name.ts';
import { Rate } from './rates.ts';
import { Reserve } from './reserve.ts';
import { Measure, Scaling } from './scaling.ts';
import { WaivedEvents, Waiver, WaiverResult } from './waiver.ts';

export { ProbeName } from './probe-name.ts';

/** Of the whole record; what becomes of older ones stands in `record.ts`. */
export const SCHEMA_VERSION = 1;

export const Verdict = z.enum(['pass', 'fail', 'unknown', 'skip']);
export type Verdict = z.infer<typeof Verdict>;

/** From the one that counts most to the one that counts least. */
export const BY_WEIGHT = ['fail', 'unknown', 'skip', 'pass'] as const satisfies readonly Verdict[];

export const Seat = z.enum(['head', 'tail', 'tenant']);
export type Seat = z.infer<typeof Seat>;

/** What a machine's disk carries; `raw` is no file system at all. */
export const FileSystemName = z.enum(['ext4', 'xfs', 'btrfs', 'raw']);
export type FileSystemName = z.infer<typeof FileSystemName>;

/** The family of an event; objectives are stated on families. */
export const EventClass = z.enum(['crash', 'hang', 'memory', 'network', 'storage', 'hardware', 'lifecycle']);
export type EventClass = z.infer<typeof EventClass>;

export const Severity = z.enum(['fatal', 'error', 'warning', 'info']);
export type Severity = z.infer<typeof Severity>;

/** Something recognised in a console. `line` and `endLine` count from 1, `byteOffset` from 0, both in that machine's console. */
export const KernelEvent = z.object({
  id: z.int().min(1),
  kind: z.string(),
  class: EventClass,
  severity: Severity,
  /** the same for the same bug, different for different ones: no address, number or name of a task stands in it */
  title: z.string(),
  /** other titles that mean the same bug */
  altTitles: z.array(z.string()).default([]),
  function: z.string().optional(),
  task: z.string().optional(),
  pid: z.int().optional(),
  seconds: z.number().optional(),
  /** id of the event that this one merely follows from */
  consequenceOf: z.int().optional(),
  /** the report is cut short or mixed with another's: it was seen, but its function and its lines are not to be trusted */
  corrupted: z.boolean().default(false),
  /** the letters of `Tainted:` in the report (Documentation/admin-guide/tainted-kernels.rst) */
  taints: z.string().optional(),
  /** the modules that `Modules linked in:` names */
  modules: z.array(z.string()).optional(),
  /** the host's name, in a log that collects those of several */
  machine: z.string().optional(),
  /** the kernel's own timestamp in seconds since its boot, where the line had one */
  time: z.number().optional(),
  line: z.int().min(1),
  endLine: z.int().min(1),
  byteOffset: z.int().min(0),
  report: z.array(z.string()),
});
export type KernelEvent = z.infer<typeof KernelEvent>;

export const PHASES = ['provision', 'boot', 'arm', 'baseline', 'storm', 'recovery', 'check', 'collect', 'release'] as const;
export const Phase = z.enum(PHASES);
export type Phase = z.infer<typeof Phase>;

/**
 * A pass criterion as data, so that an old run can be judged again.
 * `effect` is the proof that the storm was real: where it is missed, the verdict is `unknown`, never `fail` and never `pass`.
 */
export const Objective = z.discriminatedUnion('kind', [
  z.object({
    kind: z.literal('no_event'),
    name: z.string(),
    classes: z.array(EventClass).min(1),
    /**
     * kinds that a storm of such a length must bring, as an outage longer than the hung-task timeout brings hung tasks: they count only where they come
     * later than one such timeout after the machine was back
     */
    tolerates: z.array(z.string()).optional(),
    /** a fault that makes them likely on purpose: what comes while it lasts, or right after, is told and no failure */
    exceptDuring: z.string().optional(),
  }),
  z.object({
    kind: z.literal('recovery'),
    name: z.string(),
    probe: ProbeName,
    atMost_s: z.number().positive(),
    /** the storm takes something away for good, so that a machine which came back only after a reset has met it */
    resetAllowed: z.boolean().optional(),
  }),
  z.object({ kind: z.literal('stall'), name: z.string(), probe: ProbeName, machine: z.string(), atMost_s: z.number().positive() }),
  /** a machine's management answers within so long of its power on */
  z.object({ kind: z.literal('boot'), name: z.string(), machine: z.string(), atMost_s: z.number().positive() }),
  /** of 100 answers of a probe so many come within so long, from the storm's begin to its end */
  z.object({
    kind: z.literal('latency'),
    name: z.string(),
    probe: ProbeName,
    machine: z.string(),
    percentile: z.number().positive().max(100),
    atMost_ms: z.number().positive(),
  }),
  z.object({ kind: z.literal('no_data_loss'), name: z.string() }),
  z.object({ kind: z.literal('clean_file_system'), name: z.string() }),
  /** what was promised to a grade's tenants is held on an idle host: a rate in at least `leastShare` of the seconds, a latency over all of them */
  z.object({ kind: z.literal('promise'), name: z.string(), grade: z.string(), leastShare: z.number().positive().max(1) }),
  z.object({
    kind: z.literal('effect'),
    name: z.string(),
    evidence: z.discriminatedUnion('of', [
      /** growth of a counter on a machine between the two readings */
      z.object({ of: z.literal('counter'), machine: z.string(), counter: z.string(), atLeast: z.number() }),
      /** its highest reading in the storm less the one before */
      z.object({ of: z.literal('peak'), machine: z.string(), counter: z.string(), atLeast: z.number() }),
      /** a figure that an engine reported when it ended; where it ran several times that of one of them, or of `every` */
      z.object({ of: z.literal('engine'), engine: z.string(), figure: z.string(), every: z.boolean().optional(), atLeast: z.number() }),
      /** the seconds that something took which was timed on a machine */
      z.object({ of: z.literal('measure'), machine: z.string(), measure: z.string(), atLeast: z.number() }),
      /** a figure that a fault on a network or a machine reported */
      z.object({ of: z.literal('fault'), on: z.string(), figure: z.string(), atLeast: z.number() }),
      /** the longest time without an answer from a probe, in seconds */
      z.object({ of: z.literal('stall'), probe: ProbeName, machine: z.string(), atLeast: z.number() }),
    ]),
  }),
]);
export type Objective = z.infer<typeof Objective>;

/** How steadiness is judged; see harness/recovery.ts. */
export const Tolerance = z.object({
  /** a sample is good when it is at most max(2 x baseline p99, this) */
  floor_ms: z.number().positive(),
  /** how long it must stay good, in seconds */
  hold_s: z.number().positive(),
  /** given up after this many seconds */
  limit_s: z.number().positive(),
});
export type Tolerance = z.infer<typeof Tolerance>;

/**
 * What is proven of every machine, each by an `armed` record of this name: that the kernel's settings below /proc/sys/kernel, and the
 * parameters MODULE.NAME below /sys/module, are those that its detectors need, and that its console is heard, before the storm and after it.
 * The judge asks for each of them by name.
 */
export const ARM_CHECKS = [
  'printk',
  'hung_task_timeout_secs',
  'hung_task_warnings',
  'hung_task_panic',
  'hung_task_check_interval_secs',
  'hung_task_check_count',
  'soft_watchdog',
  'watchdog_thresh',
  'rcupdate.rcu_cpu_stall_suppress',
  'rcupdate.rcu_cpu_stall_timeout',
  'rcupdate.rcu_exp_cpu_stall_timeout',
  'workqueue.watchdog_thresh',
  'console',
  'console after the storm',
] as const;
export type ArmCheck = (typeof ARM_CHECKS)[number];

/** `trial` is empty for what concerns the whole run. */
const at = { t: z.number().min(0), trial: z.string() };

/** Which of several trials of the same one is: none of it is there where it is the only one. */
const repetition = {
  /** from 1 on; trials of the same number are a pair where kernels are compared */
  repeat: z.int().optional(),
  /** of the kernel that the candidate is compared with */
  reference: z.literal(true).optional(),
  /** the trial in whose place it was tried, since our own side had failed there */
  retryOf: z.string().optional(),
};

/**
 * What others took of all the lab host's processors in the `for_s` seconds before, 0 to 1, where none was left idle. All of them where the controller
 * itself was `stopped` meanwhile: what probes said lay unread, and faults unhealed.
 */
export const Contention = z.object({ for_s: z.number().min(0), others: z.number().min(0).max(1), stopped: z.literal(true).optional() });
export type Contention = z.infer<typeof Contention>;

export const HistoryRecord = z.discriminatedUnion('k', [
  /** of the whole run, before its first trial: a waiver, and the wall clock when the run began, against which its expiry is held */
  z.object({ ...at, k: z.literal('waiver'), ...Waiver.shape, began: z.iso.datetime() }),
  /** first record of a trial: everything the judge must know of what was asked */
  z.object({
    ...at,
    k: z.literal('trial'),
    suite: z.string(),
    /** which of the suite's cases, where it has several */
    case: z.string().optional(),
    /** what was changed on the candidate before the baseline: `gro=off`; and what that set is called, where several are compared */
    tweaks: z.array(z.string()).optional(),
    variant: z.string().optional(),
    ...repetition,
    class: z.string(),
    seed: z.int(),
    candidate: z.string(),
    machines: z.array(
      z.object({
        name: z.string(),
        seat: Seat,
        probes: z.array(ProbeName),
        /** of its disk, where it has one; the oldest records do not say */
        fileSystem: FileSystemName.optional(),
      }),
    ),
    objectives: z.array(Objective),
    tolerance: Tolerance,
    hungTaskTimeout_s: z.number(),
    sabotage: z.string().optional(),
    /** the objectives of which one must fail for the sabotage to have been seen */
    expects: z.array(z.string()).optional(),
    /** the storm is a search over offered load */
    search: SearchPlan.optional(),
    /** or over the length of an outage */
    outageSearch: OutageSearchPlan.optional(),
    /** frames/s of the suite's traffic that its link carries */
    line_pps: z.number().optional(),
    /** what was promised of each grade of storage, where that is tried */
    grades: z.array(Grade).optional(),
  }),
  z.object({ ...at, k: z.literal('phase'), phase: Phase, state: z.enum(['begin', 'end']) }),
  /** the detectors of a machine were proven to work, or not */
  z.object({ ...at, k: z.literal('armed'), machine: z.string(), check: z.string(), ok: z.boolean(), detail: z.string() }),
  z.object({
    ...at,
    k: z.literal('action'),
    /** `load` is a tenant's own work: the storm is over without it, since what a fault holds up ends only when the host is well again */
    what: z.enum(['engine', 'load', 'fault', 'policy', 'reset', 'sabotage']),
    name: z.string(),
    on: z.string(),
    state: z.enum(['begin', 'end', 'failed']),
    detail: z.string().optional(),
    figures: z.record(z.string(), z.number()).optional(),
    /** of a fault: what it breaks */
    breaks: z.enum(['storage', 'machine']).optional(),
    /** of a tenant that shares a pool: what it does when it is alone, or with all others; and how the pool is shared out then, where that is compared */
    round: z.enum(['alone', 'together']).optional(),
    tenant: z.string().optional(),
    policy: z.string().optional(),
    /** and which promise of its grade is tried, where it has one */
    trying: Trying.optional(),
  }),
  z.object({ ...at, k: z.literal('event'), machine: z.string(), event: KernelEvent }),
  /** one probe result: `ms` is its latency, null when no answer came within its limit; `t` is when the answer (or its absence) was known */
  z.object({
    ...at,
    k: z.literal('sample'),
    probe: ProbeName,
    machine: z.string(),
    ms: z.number().min(0).nullable(),
    /** storage only: the highest sequence number now acknowledged */
    seq: z.int().optional(),
  }),
  z.object({
    ...at,
    k: z.literal('counters'),
    machine: z.string(),
    /**
     * `idle` at the beginning of the baseline, `before` at its end; every second `during` the storm, and then only what is of interest; as it `ended`,
     * of a machine that could tell; `after` the recovery
     */
    when: z.enum(['idle', 'before', 'during', 'ended', 'after']),
    values: z.record(z.string(), z.number()),
  }),
  /** who used which device of a machine for how much, in the `for_s` seconds before it was told */
  z.object({ ...at, k: z.literal('io'), machine: z.string(), ...IoAccount.shape }),
  z.object({ ...at, k: z.literal('contention'), ...Contention.shape }),
  /** a machine's memory: once it is set up, right after the storm where it could tell, and after its recovery */
  z.object({ ...at, k: z.literal('memory'), machine: z.string(), when: z.enum(['ready', 'ended', 'after']), ...MemoryState.shape }),
  /** what of the machine was timed */
  z.object({ ...at, k: z.literal('measure'), ...Measure.shape }),
  /** one trial of a search over offered load; see results/curve.ts */
  z.object({
    ...at,
    k: z.literal('search'),
    machine: z.string(),
    /** the load as it was asked for, and for how long (the engine's own record has that as `asked_s`) */
    pps: z.number(),
    for_s: z.number(),
    stage: z.enum(['short', 'final']),
    /** what its packets were drawn from: another number for each load, so that none sees a packet again */
    packetSeed: z.int().optional(),
    /** what came in that time, of as many seconds as were asked for; of these the host received so many */
    offered_packets: z.number(),
    received_packets: z.number(),
    lossRatio: z.number(),
    /** `ok` says nothing of loss, which is in the figures */
    outcome: Outcome.exclude(['loss']),
    why: z.string().optional(),
    took_s: z.number(),
    /** null where the machine did not tell its counters right after the flood */
    softirqShare: z.number().nullable(),
    probes: z.record(z.string(), z.number().nullable()),
  }),
  /** the first reply that left a machine's tail after a fault was healed, as the tail itself tells it; both on this clock */
  z.object({ ...at, k: z.literal('firstReply'), machine: z.string(), healed: z.number(), at: z.number() }),
  z.object({ ...at, k: z.literal('systemRecovery'), machine: z.string(), ...SystemRecovery.shape }),
  /** how a machine came back after the storm: by itself, only after a reset, or not at all */
  z.object({ ...at, k: z.literal('recovered'), machine: z.string(), how: z.enum(['self', 'after reset', 'not recovered']) }),
  z.object({
    ...at,
    k: z.literal('data'),
    machine: z.string(),
    ...recordedCounts,
    detail: z.string(),
  }),
  /** what a file system's own checker found on it, once it was unmounted; `unknown` where it could not be asked */
  z.object({
    ...at,
    k: z.literal('fsck'),
    machine: z.string(),
    fileSystem: FileSystemName.exclude(['raw']),
    verdict: z.enum(['clean', 'damaged', 'unknown']),
    detail: z.string(),
  }),
  z.object({ ...at, k: z.literal('fact'), machine: z.string().optional(), name: z.string(), value: z.string() }),
  z.object({ ...at, k: z.literal('skipped'), reason: z.string() }),
  /** the trial could not go on; `fault` says whose fault that was */
  z.object({
    ...at,
    k: z.literal('failure'),
    phase: Phase,
    fault: z.enum(['candidate', 'infrastructure', 'interrupted']),
    message: z.string(),
  }),
]);
export type HistoryRecord = z.infer<typeof HistoryRecord>;
export type Fsck = Extract<HistoryRecord, { k: 'fsck' }>;
/** A record as its author writes it: the clock and the trial are added by the history. */
export type HistoryEntry = HistoryRecord extends infer R ? (R extends HistoryRecord ? Omit<R, 't' | 'trial'> : never) : never;

export const ObjectiveResult = z.object({
  name: z.string(),
  verdict: Verdict,
  /** the measured figure in words, for example `4.2 s` or `0 events` */
  measured: z.string(),
  /** the bound in words, for example `<= 30 s`; empty where there is none */
  threshold: z.string(),
  reason: z.string(),
});
export type ObjectiveResult = z.infer<typeof ObjectiveResult>;

export const Recovery = z.object({
  machine: z.string(),
  probe: ProbeName,
  /** seconds from the end of the storm, in steps of 0.1; null when it did not recover */
  seconds: z.number().nullable(),
  how: z.enum(['self', 'after reset', 'not recovered']),
});
export type Recovery = z.infer<typeof Recovery>;

/** Where the packets of a flood went: offered, taken by the machine's card, received, delivered; and lost at which place. */
export const Flow = z.object({
  machine: z.string(),
  /** the engine that made it */
  engine: z.string(),
  offered_packets: z.number(),
  /** of what the class's link carries of such frames; 1 is line rate */
  offeredShareOfLine: z.number().optional(),
  /** by the machine's card, from whomever they came */
  taken_packets: z.number(),
  /** by the kernel, and given to protocols of its own, or passed on; from whomever they came */
  received_packets: z.number(),
  delivered_packets: z.number(),
  forwarded_packets: z.number(),
  /** place -> packets; see harness/judge/flow.ts */
  lost: z.record(z.string(), z.number()),
  /** of each processor's time during the flood, 0 to 1 */
  softirqShares: z.array(z.number()),
});
export type Flow = z.infer<typeof Flow>;

export const TrialResult = z.object({
  name: z.string(),
  suite: z.string(),
  case: z.string().optional(),
  tweaks: z.array(z.string()).optional(),
  variant: z.string().optional(),
  ...repetition,
  /** a failure of our own side's left it without a verdict, and it was tried again: another trial stands for it */
  superseded: z.literal(true).optional(),
  class: z.string(),
  seed: z.int(),
  candidate: z.string(),
  verdict: Verdict,
  /** why, most important first; for a pass, empty */
  reasons: z.array(z.string()),
  objectives: z.array(ObjectiveResult),
  recovery: z.array(Recovery),
  /** where a flood's packets went, where the trial was one */
  flow: Flow.optional(),
  /** what the search found, where the trial was one */
  curve: Curve.optional(),
  /** what became of its hosts in each outage of their storage, where the trial had any; and where a search for the longest ended */
  outages: z.array(Outage).optional(),
  cutOff: CutOff.optional(),
  /** what each tenant got of the pool, where several shared one */
  pool: Pool.optional(),
  /** who brought the storm over the others, where machines told of their I/O */
  culprits: Culprits.optional(),
  /** what was held of each grade's promises, where these were tried */
  grades: Grades.optional(),
  /** of the machines that told it, once they were set up */
  memory: z.record(z.string(), MemoryState).optional(),
  /** what became of allocations that cannot wait, where watermarks were lowered */
  reserve: Reserve.optional(),
  /** what of its machines was timed */
  measures: z.array(Measure).optional(),
  /** of the memory of the lab host, what the run took at its peak */
  peakResident_MiB: z.number().optional(),
  /**
   * seconds in which others took processors of the lab host and left none idle, how much of all processors they took then, 0 to 1, and for how long the
   * controller stood still, where it did
   */
  contention: z.object({ seconds: z.number(), others: z.number(), stopped_s: z.number().optional() }).optional(),
  /** equal ones of a machine together; `expected` of them are what the storm brings with any kernel, and no failure */
  events: z.array(
    z.object({
      ...{ machine: z.string(), kind: z.string(), class: EventClass, title: z.string(), t: z.number(), count: z.int() },
      expected: z.int().optional(),
    }),
  ),
  /** those that would have failed it, but for a waiver */
  waived: z.array(WaivedEvents).optional(),
  seconds: z.number(),
});
export type TrialResult = z.infer<typeof TrialResult>;

/** The name of the candidate as it is, among sets of tweaks that are compared. */
export const UNTWEAKED = 'untweaked';

/** Whether a trial is one of the candidate as it is. */
export const isUntweaked = ({ variant }: Pick<TrialResult, 'variant'>): boolean => variant === undefined || variant === UNTWEAKED;

/** Whether a trial is one that the run's verdict rests on: sets of tweaks, and a kernel that is the reference, are for comparison alone. */
export const decides = ({ variant, reference, superseded }: Pick<TrialResult, 'variant' | 'reference' | 'superseded'>): boolean =>
  isUntweaked({ variant }) && reference !== true && superseded !== true;

export const CandidateRecord = z.object({
  asked: z.string(),
  release: z.string(),
  version: z.string(),
  files: z.array(z.object({ role: z.string(), name: z.string(), sha256: z.string(), bytes: z.int() })),
});
export type CandidateRecord = z.infer<typeof CandidateRecord>;

export const Run = z.object({
  schema: z.literal(SCHEMA_VERSION),
  id: z.string(),
  name: z.string(),
  argv: z.array(z.string()),
  started: z.iso.datetime(),
  finished: z.iso.datetime().optional(),
  /** it came to a verdict without having carried out all that was planned: a signal ended it, or our own side broke it off */
  interrupted: z.literal(true).optional(),
  profile: z.string(),
  /** what the profile changes against a kernel's defaults, in words: lowered timeouts and so on */
  notes: z.array(z.string()),
  /** of these, in what it was kinder or harsher than its profile, or its kernel was changed */
  departures: z.array(z.string()).optional(),
  seed: z.int(),
  sabotage: z.string().optional(),
  target: z.string(),
  /** what was tried is not what is in service: in what it differs. A figure holds for that and no more */
  scope: z.object({ kind: z.string(), emulated: z.array(z.string()) }).optional(),
  candidates: z.array(CandidateRecord),
  /** versions of everything that took part: stormproof, node, qemu, nbdkit, trafgen … */
  versions: z.record(z.string(), z.string()),
  /** the machine that ran the lab: CPU model, CPUs, memory, kernel, accelerator and why */
  host: z.record(z.string(), z.union([z.string(), z.number()])),
  verdict: Verdict.optional(),
  reasons: z.array(z.string()),
  trials: z.array(TrialResult),
  /** the known issues that the run was told of */
  waivers: z.array(WaiverResult).optional(),
  /** what was timed over the sizes of host, where the trials were of several */
  scaling: Scaling.optional(),
  /** how often trials failed that were repeated */
  rates: z.array(Rate).optional(),
});
export type Run = z.infer<typeof Run>;

/** The candidate of a trial: where a run has several of one release, the place in the trial's name tells them apart (see harness/plan.ts). */
export function candidateOf(
  { candidates }: Pick<Run, 'candidates'>,
  { name, candidate }: Pick<TrialResult, 'name' | 'candidate'>,
): CandidateRecord | undefined {
  const place = /@k(\d+)-/.exec(name)?.[1];
  return place === undefined ? candidates.find(({ release }) => release === candidate) : candidates[Number(place) - 1];
}
