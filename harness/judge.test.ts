import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { BAD_BLOCKS } from '../results/blocks.ts';
import { memoryOf } from '../results/memory.sample.ts';
import { ARM_CHECKS, HistoryRecord, type KernelEvent, PHASES, TrialResult } from '../results/model.ts';
import { judge, LEFT_BEHIND, PLANNED_TRIALS } from './judge.ts';

type Entry = HistoryRecord extends infer R ? (R extends HistoryRecord ? Omit<R, 'trial' | 't'> & { t?: number } : never) : never;

/** Phases of the sound trial: the storm from 20 to 30, its last engine ends at 30, recovery until 40, watched until 60. */
const BEGINS = { provision: 0, boot: 5, arm: 10, baseline: 12, storm: 20, recovery: 30, check: 40, collect: 42, release: 60 };
const ENDS = { provision: 5, boot: 10, arm: 12, baseline: 20, storm: 30, recovery: 40, check: 42, collect: 60, release: 61 };

const about: Entry = {
  t: 0,
  k: 'trial',
  suite: 'storage-cutoff',
  class: '128G',
  seed: 1,
  candidate: 'deb:linux-image-cloud-amd64',
  machines: [{ name: 'head', seat: 'head', probes: ['network', 'storage'] }],
  objectives: [
    { kind: 'no_event', name: 'no_crash', classes: ['crash', 'hang'] },
    { kind: 'recovery', name: 'recovery_network', probe: 'network', atMost_s: 5 },
    { kind: 'stall', name: 'stall_network', probe: 'network', machine: 'head', atMost_s: 9 },
    { kind: 'no_data_loss', name: 'no_data_loss' },
    { kind: 'clean_file_system', name: 'no_file_system_damage' },
    { kind: 'effect', name: 'flooded', evidence: { of: 'engine', engine: 'trafgen', figure: 'frames', atLeast: 1000 } },
  ],
  tolerance: { floor_ms: 10, hold_s: 3, limit_s: 30 },
  hungTaskTimeout_s: 10,
};

function samples(probe: 'network' | 'storage', bad: readonly [number, number] = [22, 28]): Entry[] {
  return Array.from({ length: 280 }, (_, step): Entry => {
    const t = 12.1 + step / 10;
    return { t, k: 'sample', probe, machine: 'head', ms: t > bad[0] && t <= bad[1] ? null : 1 };
  });
}

const phases = PHASES.flatMap((phase): Entry[] => [
  { t: BEGINS[phase], k: 'phase', phase, state: 'begin' },
  { t: ENDS[phase], k: 'phase', phase, state: 'end' },
]);
const armed = ARM_CHECKS.map((check): Entry => ({ t: 11, k: 'armed', machine: 'head', check, ok: true, detail: '' }));
const flood: Entry[] = [
  { t: 20, k: 'action', what: 'engine', name: 'trafgen', on: 'front', state: 'begin' },
  { t: 30, k: 'action', what: 'engine', name: 'trafgen', on: 'front', state: 'end', figures: { frames: 50_000 } },
];
const data = (change: object = {}): Entry =>
  ({ t: 41, k: 'data', machine: 'head', acknowledged: 900, verified: 900, lost: 0, corrupt: 0, stale: 0, detail: '', ...change }) as Entry;

const fsck = (change: object = {}): Entry =>
  ({ t: 41.5, k: 'fsck', machine: 'head', fileSystem: 'ext4', verdict: 'clean', detail: '', ...change }) as Entry;

const SOUND: readonly Entry[] = [about, ...phases, ...armed, ...flood, ...samples('network'), ...samples('storage'), data(), fsck()];

/** Sorted by time, the trial's release last, as the harness writes it. */
function history(entries: readonly Entry[], trial = 't1', planned = '1'): HistoryRecord[] {
  const rank = (entry: Entry) =>
    entry.k === 'trial' ? -1 : entry.k === 'phase' && entry.phase === 'release' && entry.state === 'end' ? 1 : 0;
  const sorted = entries.toSorted((a, b) => rank(a) - rank(b) || (a.t ?? 0) - (b.t ?? 0));
  const fact = { t: 0, trial: '', k: 'fact', name: PLANNED_TRIALS, value: planned };
  return [fact, ...sorted.map((entry) => ({ t: 25, ...entry, trial }))].map((record) => HistoryRecord.parse(record));
}

function event(change: Partial<KernelEvent>, t = 25, machine = 'head'): Entry {
  const base = {
    id: 1,
    kind: 'oops',
    class: 'crash',
    severity: 'fatal',
    title: 'kernel BUG in x',
    line: 1,
    endLine: 1,
    byteOffset: 0,
  } as const;
  return { t, k: 'event', machine, event: { ...base, altTitles: [], corrupted: false, report: [], ...change } };
}

const without = (drop: (entry: Entry) => boolean): Entry[] => SOUND.filter((entry) => !drop(entry));
const noPhase = (phase: string) => without((entry) => entry.k === 'phase' && entry.phase === phase);
const withAbout = (change: object): Entry[] => SOUND.map((entry) => (entry.k === 'trial' ? ({ ...entry, ...change } as Entry) : entry));

describe('a trial', () => {
  it('passes when everything was seen, and says what was measured', () => {
    const { trials, verdict, reasons } = judge(history(SOUND));
    expect(reasons).toEqual([]);
    expect(verdict).toBe('pass');
    expect(() => TrialResult.parse(trials[0])).not.toThrow();
    expect(trials[0]?.objectives.map((objective) => objective.measured)).toEqual([
      '0 events',
      'head 0 s',
      '6.1 s',
      '900 acknowledged, 0 lost',
      '1 clean',
      '50000',
    ]);
    expect(trials[0]?.recovery).toEqual([
      { machine: 'head', probe: 'network', seconds: 0, how: 'self' },
      { machine: 'head', probe: 'storage', seconds: 0, how: 'self' },
    ]);
  });

  const reset: Entry = { t: 24, k: 'action', what: 'reset', name: 'power', on: 'head', state: 'begin' };
  const counters = (values: Readonly<Record<string, readonly [before: number, after: number]>>): Entry[] =>
    (['before', 'after'] as const).map((when, index) => ({
      t: index === 0 ? 19 : 40,
      k: 'counters',
      machine: 'head',
      when,
      values: Object.fromEntries(Object.entries(values).map(([name, readings]) => [name, readings[index] as number])),
    }));
  const unhealed = (['begin', 'failed'] as const).map(
    (state): Entry => ({ t: 26, k: 'action', what: 'fault', name: 'link-cut', on: 'store', state, detail: 'ip: no such device' }),
  );
  const only = (objective: object): Entry[] => withAbout({ objectives: [objective] });
  const withMemory = (exceptDuring?: string): Entry[] =>
    only({ kind: 'no_event', name: 'm', classes: ['memory'], ...(exceptDuring === undefined ? {} : { exceptDuring }) });
  const loweredUntil = (state: 'end' | 'failed') =>
    ([22, 26] as const).map(
      (t, index): Entry => ({ t, k: 'action', what: 'fault', name: 'watermarks', on: 'head', state: index === 0 ? 'begin' : state }),
    );
  const lowered = loweredUntil('end');
  const booted = (seconds: number): Entry => ({ t: 9, k: 'measure', machine: 'head', name: 'boot', seconds });
  const latency = (percentile: number, atMost_ms: number) => ({
    ...{ kind: 'latency', name: 'l', probe: 'network', machine: 'head', percentile, atMost_ms },
  });
  const restart = event({ kind: 'restart', class: 'lifecycle', severity: 'error', title: 'the kernel restarted' });
  const cases: [what: string, entries: readonly Entry[], verdict: string, reason: RegExp][] = [
    // no_event
    ['a crash', [...SOUND, event({})], 'fail', /no_crash: head: "kernel BUG in x"/],
    ['equal events are counted', [...SOUND, event({}), event({ id: 2 })], 'fail', /head: 2 x "kernel BUG in x"/],
    ['an event of another class', [...SOUND, event({ class: 'network' })], 'pass', /^$/],
    ['an event before the boot', [...SOUND, event({}, 4)], 'pass', /^$/],
    ['an event of a machine that is not the trial’s', [...SOUND, event({}, 25, 'elsewhere')], 'pass', /^$/],
    [
      'a consequence is not counted twice',
      [...SOUND, event({}), event({ id: 2, consequenceOf: 1, title: 'panic' })],
      'fail',
      /: head: "kernel BUG in x"$/,
    ],
    [
      'a crash that follows from something nobody asked about is a crash',
      [...SOUND, event({ class: 'memory' }), event({ id: 2, consequenceOf: 1, title: 'panic' })],
      'fail',
      /"panic"/,
    ],
    ['a restart that nobody asked for', [...SOUND, restart], 'fail', /the kernel restarted/],
    ['a restart after our reset', [...SOUND, reset, restart], 'pass', /^$/],
    [
      'a restart in a boot that was tried twice',
      [...SOUND, { t: 24, k: 'fact', machine: 'head', name: 'reset', value: 'by the controller' }, restart],
      'pass',
      /^$/,
    ],
    [
      'a second restart after one reset that was done and told',
      [...SOUND, reset, { t: 24, k: 'fact', machine: 'head', name: 'reset', value: 'by the controller' }, restart, { ...restart, t: 26 }],
      'fail',
      /the kernel restarted/,
    ],
    ['a second restart after one reset', [...SOUND, reset, restart, { ...restart, t: 26 }], 'fail', /the kernel restarted/],
    [
      'the farewell and the banner of one asked restart',
      [...SOUND, reset, restart, event({ id: 2, kind: 'restart', class: 'lifecycle', consequenceOf: 1, title: 'booted again' })],
      'pass',
      /^$/,
    ],
    ['a reset of another machine', [...SOUND, { ...reset, on: 'tail' } as Entry, restart], 'fail', /the kernel restarted/],
    [
      'hung tasks that are no longer printed',
      [...SOUND, event({ kind: 'hung_suppressed', class: 'hang', severity: 'info', title: 'future hung task reports are suppressed' })],
      'unknown',
      /suppressed.*cannot be counted/,
    ],
    [
      'a gap in the log',
      [...SOUND, event({ kind: 'log_gap', class: 'lifecycle', severity: 'warning', title: '12 printk messages dropped' })],
      'unknown',
      /dropped.*cannot be counted/,
    ],
    [
      'a hung task that could not be told yet',
      withAbout({ hungTaskTimeout_s: 15.1 }),
      'unknown',
      /no_crash: watched only 30 s after the storm, 30\.2 s are needed to see a hung task/,
    ],
    [
      'as short a watch where nobody asks about hangs',
      withAbout({ hungTaskTimeout_s: 60, objectives: [{ kind: 'no_event', name: 'c', classes: ['crash'] }] }),
      'pass',
      /^$/,
    ],
    ['a crash seen in a short watch', [...withAbout({ hungTaskTimeout_s: 60 }), event({})], 'fail', /kernel BUG/],
    [
      'hung tasks that only the kernel counted',
      [...SOUND, ...counters({ hung_task_detect_count: [1, 3] })],
      'unknown',
      /head: hung_task_detect_count grew by 2, and no such event was seen/,
    ],
    [
      'hung tasks that were counted and seen',
      [...SOUND, ...counters({ hung_task_detect_count: [1, 3] }), event({ class: 'hang' })],
      'fail',
      /^no_crash/,
    ],
    ['a kernel that counted before the storm', [...SOUND, ...counters({ hung_task_detect_count: [1, 1], oom_kill: [2, 2] })], 'pass', /^$/],
    ['counters that began anew', [...SOUND, ...counters({ hung_task_detect_count: [3, 0] })], 'pass', /^$/],
    ['kills that nobody asks about', [...SOUND, ...counters({ oom_kill: [0, 2] })], 'pass', /^$/],
    [
      'kills that only the kernel counted',
      [...withAbout({ objectives: [{ kind: 'no_event', name: 'm', classes: ['memory'] }] }), ...counters({ oom_kill: [0, 2] })],
      'unknown',
      /m: head: oom_kill grew by 2, and no such event was seen/,
    ],
    ['what a fault brings on purpose', [...withMemory('watermarks'), ...lowered, event({ class: 'memory' }, 25)], 'pass', /^$/],
    ['what is told a moment after such a fault', [...withMemory('watermarks'), ...lowered, event({ class: 'memory' }, 27.9)], 'pass', /^$/],
    ['what comes before it', [...withMemory('watermarks'), ...lowered, event({ class: 'memory' }, 21.9)], 'fail', /^m: head/],
    ['what comes long after it', [...withMemory('watermarks'), ...lowered, event({ class: 'memory' }, 28.1)], 'fail', /^m: head/],
    [
      'what follows from it, and comes long after it',
      [...withMemory('watermarks'), ...lowered, event({ class: 'memory' }, 25), event({ id: 2, consequenceOf: 1, class: 'memory' }, 29)],
      'fail',
      /^m: head/,
    ],
    [
      'what comes long after a fault that could not be undone',
      [...withMemory('watermarks'), ...loweredUntil('failed'), event({ class: 'memory' }, 30)],
      'unknown',
      /fault watermarks on head failed/,
    ],
    ['what comes under another fault', [...withMemory('link-cut'), ...lowered, event({ class: 'memory' }, 25)], 'fail', /^m: head/],
    ['what comes under it where none is excused', [...withMemory(), ...lowered, event({ class: 'memory' }, 25)], 'fail', /^m: head/],
    // boot
    ['a boot in time', [...only({ kind: 'boot', name: 'b', machine: 'head', atMost_s: 20 }), booted(20)], 'pass', /^$/],
    [
      'a boot that took too long',
      [...only({ kind: 'boot', name: 'b', machine: 'head', atMost_s: 20 }), booted(20.1)],
      'fail',
      /^b: head: booted in 20\.1 s, at most 20 s allowed$/,
    ],
    [
      'a boot that nobody timed',
      only({ kind: 'boot', name: 'b', machine: 'head', atMost_s: 20 }),
      'unknown',
      /^b: head: its boot was not timed$/,
    ],
    [
      'a boot of another machine',
      [...only({ kind: 'boot', name: 'b', machine: 'head', atMost_s: 20 }), { ...booted(1), machine: 'tail' } as Entry],
      'unknown',
      /not timed/,
    ],
    // latency: of the answers in the storm four in ten are 1 ms, and six did not come
    ['a percentile that came in time', only(latency(30, 1)), 'pass', /^$/],
    ['a percentile that did not come', only(latency(90, 1000)), 'fail', /^l: head: network p90 is no answer, at most 1000 ms allowed$/],
    ['a percentile that came late', only(latency(30, 0.5)), 'fail', /network p30 is 1\.0 ms, at most 0\.5 ms allowed/],
    ['a percentile of what nobody probed', only({ ...latency(50, 1), probe: 'management' }), 'unknown', /too few answers of management/],
    // sabotage
    [
      'a sabotage that was not noticed',
      withAbout({ sabotage: 'panic', expects: ['no_crash'] }),
      'unknown',
      /^sabotaged with panic, and nothing failed where no_crash should: the control did not work$/,
    ],
    [
      'a sabotage that was',
      [...withAbout({ sabotage: 'panic', expects: ['no_crash'] }), event({})],
      'fail',
      /^no_crash: head: "kernel BUG in x"$/,
    ],
    [
      'a sabotage beside which only something else was noticed',
      [...withAbout({ sabotage: 'corruption', expects: ['no_data_loss'] }), event({})],
      'unknown',
      /^sabotaged with corruption, and only no_crash failed where no_data_loss should: .*\n.*kernel BUG in x/,
    ],
    // detectors and phases
    [
      'a detector that is not armed',
      [...SOUND, { ...armed[0], ok: false, detail: 'nothing came back' } as Entry],
      'unknown',
      /not armed.*nothing came back/,
    ],
    ['a detector that was never tried', without((entry) => entry.k === 'armed'), 'unknown', /head: its detectors were never shown to work/],
    [
      'one of the detectors that was never tried',
      without((entry) => entry.k === 'armed' && entry.check === 'soft_watchdog'),
      'unknown',
      /head: its detectors were never shown to work: soft_watchdog$/,
    ],
    ['no check phase', noPhase('check'), 'unknown', /never came to its check phase/],
    [
      'no release',
      without((entry) => entry.k === 'phase' && entry.phase === 'release' && entry.state === 'end'),
      'unknown',
      /stopped in its release phase/,
    ],
    ['a crash in a trial without a check', [...noPhase('check'), event({})], 'fail', /kernel BUG/],
    [
      'an engine that failed',
      [...SOUND, { k: 'action', what: 'engine', name: 'fio', on: 'head', state: 'failed', detail: 'no such file' }],
      'unknown',
      /fio on head failed: no such file/,
    ],
    [
      'a fault that was never healed',
      [...SOUND, { k: 'action', what: 'fault', name: 'link-cut', on: 'store', state: 'begin' }],
      'unknown',
      /link-cut on store was never confirmed/,
    ],
    ['no objective', withAbout({ objectives: [] }), 'unknown', /no objective/],
    ['no description', without((entry) => entry.k === 'trial'), 'unknown', /does not say what this trial was/],
    // failures
    [
      'a candidate that failed',
      [...SOUND, { k: 'failure', phase: 'boot', fault: 'candidate', message: 'no init after 60 s' }],
      'fail',
      /candidate failed in boot: no init after 60 s/,
    ],
    [
      'our own failure',
      [...SOUND, { k: 'failure', phase: 'storm', fault: 'infrastructure', message: 'disk full' }],
      'unknown',
      /our side failed in storm: disk full/,
    ],
    [
      'an interruption',
      [...SOUND, { k: 'failure', phase: 'storm', fault: 'interrupted', message: 'SIGINT' }],
      'unknown',
      /interrupted in storm/,
    ],
    [
      'a crash before our own failure',
      [...SOUND, event({}), { k: 'failure', phase: 'storm', fault: 'infrastructure', message: 'disk full' }],
      'fail',
      /kernel BUG/,
    ],
    ['a skipped trial', [about, { k: 'skipped', reason: 'the tail cannot pause' }], 'skip', /skipped: the tail cannot pause/],
    // recovery
    [
      'a slow recovery',
      [...without((entry) => entry.k === 'sample'), ...samples('network', [22, 36]), ...samples('storage')],
      'fail',
      /steady again after 6.[01] s, at most 5 s/,
    ],
    [
      'no recovery seen in the time watched',
      [...without((entry) => entry.k === 'sample'), ...samples('network', [22, 40]), ...samples('storage')],
      'fail',
      /not steady yet after (9\.\d|10) s/,
    ],
    ['after a reset', [...SOUND, { t: 39, k: 'recovered', machine: 'head', how: 'after reset' }], 'fail', /came back only after a reset/],
    ['a reset of ours that nobody recorded as one', [...SOUND, { ...reset, t: 33 } as Entry], 'fail', /came back only after a reset/],
    ['not recovered', [...SOUND, { t: 39, k: 'recovered', machine: 'head', how: 'not recovered' }], 'fail', /not recovered, although/],
    [
      'a machine that had to be reset where our side left a fault',
      [...SOUND, ...unhealed, { t: 39, k: 'recovered', machine: 'head', how: 'after reset' }],
      'unknown',
      /recovery_network: head: network: fault link-cut on store failed, so it may last still/,
    ],
    [
      'a machine that did not come back where our side left a fault',
      [...SOUND, ...unhealed, { t: 39, k: 'recovered', machine: 'head', how: 'not recovered' }],
      'unknown',
      /fault link-cut on store failed: ip: no such device/,
    ],
    ['a crash where our side left a fault', [...SOUND, ...unhealed, event({})], 'fail', /^no_crash: head: "kernel BUG in x"\n/],
    [
      'a reset without a baseline',
      [...without((entry) => entry.k === 'sample' && (entry.t ?? 0) <= 20), { t: 39, k: 'recovered', machine: 'head', how: 'after reset' }],
      'fail',
      /came back only after a reset/,
    ],
    ['by itself', [...SOUND, { t: 39, k: 'recovered', machine: 'head', how: 'self' }], 'pass', /^$/],
    ['no baseline', without((entry) => entry.k === 'sample' && (entry.t ?? 0) <= 20), 'unknown', /no steady baseline: 0 sample/],
    ['a storm that ends later', [...SOUND, { t: 33, k: 'action', what: 'sabotage', name: 'late', on: 'head', state: 'end' }], 'pass', /^$/],
    [
      'a recovery that was not watched to its end',
      [
        ...without((e) => e.k === 'phase' && e.phase === 'recovery'),
        { t: 39, k: 'action', what: 'fault', name: 'x', on: 'y', state: 'end' },
      ],
      'unknown',
      /not watched long enough/,
    ],
    [
      'a probe that no machine has',
      withAbout({ objectives: [{ kind: 'recovery', name: 'r', probe: 'management', atMost_s: 5 }] }),
      'unknown',
      /no machine has a management probe/,
    ],
    // stall
    [
      'a stall',
      [...without((entry) => entry.k === 'sample'), ...samples('network', [20, 29.5]), ...samples('storage')],
      'fail',
      /no network answer for 9\.\d s, at most 9 s/,
    ],
    [
      'a stall of what was not watched',
      withAbout({ objectives: [{ kind: 'stall', name: 's', probe: 'management', machine: 'head', atMost_s: 5 }] }),
      'unknown',
      /was not watched/,
    ],
    // data
    ['lost data', [...SOUND, data({ lost: 3, detail: 'blocks 1-3' })], 'fail', /3 lost of 900 acknowledged writes .*blocks 1-3/],
    ...BAD_BLOCKS.map((kind): (typeof cases)[number] => [
      `${kind} data`,
      [...SOUND, data({ [kind]: 1 })],
      'fail',
      new RegExp(`head: 1 ${kind} of 900`),
    ]),
    [
      'several kinds of bad data are told apart',
      [...SOUND, data({ torn: 2, stale: 1 })],
      'fail',
      /head: 1 stale, 2 torn of 900 acknowledged writes$/,
    ],
    ['the one write that was under way', [...without((entry) => entry.k === 'data'), data({ verified: 899, inflight: 1 })], 'pass', /^$/],
    [
      'a write under way, and less verified than the rest',
      [...without((entry) => entry.k === 'data'), data({ verified: 898, inflight: 1 })],
      'unknown',
      /898 were verified and 1 was being replaced, the rest is not told/,
    ],
    ['data that was not read back', without((entry) => entry.k === 'data'), 'unknown', /never read back/],
    ['nothing acknowledged', [...without((entry) => entry.k === 'data'), data({ acknowledged: 0 })], 'unknown', /nothing was at stake/],
    [
      'nothing verified',
      [...without((entry) => entry.k === 'data'), data({ verified: 0 })],
      'unknown',
      /of 900 acknowledged writes 0 were verified/,
    ],
    [
      'less verified than acknowledged, and nothing said of the rest',
      [...without((entry) => entry.k === 'data'), data({ verified: 899 })],
      'unknown',
      /head: of 900 acknowledged writes 899 were verified, the rest is not told/,
    ],
    // clean_file_system
    [
      'a damaged file system',
      [...without((entry) => entry.k === 'fsck'), fsck({ verdict: 'damaged', detail: 'e2fsck: Root inode is not a directory' })],
      'fail',
      /no_file_system_damage: head: its ext4 is damaged: e2fsck: Root inode/,
    ],
    [
      'one damaged file system beside a clean one',
      [...SOUND, fsck({ machine: 'other', verdict: 'damaged' })],
      'fail',
      /other: its ext4 is damaged/,
    ],
    [
      'a file system that could not be checked',
      [...without((entry) => entry.k === 'fsck'), fsck({ verdict: 'unknown', detail: 'it could not be unmounted' })],
      'unknown',
      /head: whether its ext4 is damaged is not known: it could not be unmounted/,
    ],
    ['a file system that was not checked', without((entry) => entry.k === 'fsck'), 'unknown', /head: its file system was never checked/],
    [
      'a check of another machine',
      [...without((entry) => entry.k === 'fsck'), fsck({ machine: 'other' })],
      'unknown',
      /head: its file system was never checked/,
    ],
    [
      'a disk without a file system',
      withAbout({ machines: [{ name: 'head', seat: 'head', probes: ['network', 'storage'], fileSystem: 'raw' }] }),
      'unknown',
      /no machine has a file system that is written to/,
    ],
    [
      'a disk without a file system beside one with it',
      [
        ...withAbout({
          machines: [
            { name: 'head', seat: 'head', probes: ['network', 'storage'], fileSystem: 'ext4' },
            { name: 'raw', seat: 'tenant', probes: ['storage'], fileSystem: 'raw' },
          ],
        }),
        data({ machine: 'raw' }),
        ...ARM_CHECKS.map((name): Entry => ({ t: 11, k: 'armed', machine: 'raw', check: name, ok: true, detail: '' })),
      ],
      'pass',
      /^$/,
    ],
    // effect
    [
      'a storm that was not real',
      withAbout({
        objectives: [{ kind: 'effect', name: 'e', evidence: { of: 'engine', engine: 'trafgen', figure: 'frames', atLeast: 1e6 } }],
      }),
      'unknown',
      /the storm was not real: frames of trafgen is 50000/,
    ],
    [
      'a storm that was not real once of two times',
      [
        ...only({ kind: 'effect', name: 'e', evidence: { of: 'engine', engine: 'trafgen', figure: 'frames', every: true, atLeast: 1000 } }),
        ...(['begin', 'end'] as const).map(
          (state, index): Entry => ({
            ...{ t: 27 + index, k: 'action', what: 'engine', name: 'trafgen', on: 'head', state },
            ...(state === 'end' ? { figures: { frames: 999 } } : {}),
          }),
        ),
      ],
      'unknown',
      /the storm was not real: frames of trafgen is 999, at least 1000 expected/,
    ],
    [
      'an effect nobody measured',
      withAbout({ objectives: [{ kind: 'effect', name: 'e', evidence: { of: 'counter', machine: 'head', counter: 'rx', atLeast: 1 } }] }),
      'unknown',
      /no proof.*added to rx on head is not known/,
    ],
  ];
  it.each(cases)('%s', (_what, entries, verdict, reason) => {
    const judged = judge(history(entries));
    expect([judged.verdict, judged.trials[0]?.verdict]).toEqual([verdict, verdict]);
    expect(judged.reasons.join('\n').replace(/^t1: /, '')).toMatch(reason);
  });

  const read = (when: 'idle' | 'before' | 'during' | 'after', t: number, values: Record<string, number>): Entry =>
    ({ t, k: 'counters', machine: 'head', when, values }) as Entry;
  it.each<[string, readonly Entry[], string, RegExp]>([
    [
      'that rose and fell again',
      [read('before', 19, { n: 40 }), read('during', 25, { n: 140 }), read('after', 42, { n: 41 })],
      'pass',
      /^$/,
    ],
    ['that rose at the end', [read('before', 19, { n: 40 }), read('during', 25, { n: 41 }), read('after', 42, { n: 140 })], 'pass', /^$/],
    ['that was never read after the storm', [read('before', 19, { n: 40 }), read('during', 25, { n: 140 })], 'pass', /^$/],
    [
      'of the last reading before the storm',
      [read('before', 18, { n: 0 }), read('before', 19, { n: 40 }), read('during', 25, { n: 139 })],
      'unknown',
      /is 99,/,
    ],
    [
      'that did not rise so far',
      [read('before', 19, { n: 40 }), read('during', 25, { n: 139 }), read('after', 42, { n: 0 })],
      'unknown',
      /the storm was not real: the rise of n on head is 99, at least 100 expected/,
    ],
    ['that only fell', [read('before', 19, { n: 400 }), read('during', 25, { n: 10 })], 'unknown', /the rise of n on head is -390,/],
    ['that was not read before the storm', [read('during', 25, { n: 140 })], 'unknown', /no proof.*the rise of n on head is not known/],
    ['that was read before it alone', [read('before', 19, { n: 140 })], 'unknown', /no proof.*the rise of n on head is not known/],
    ['that the kernel does not have', [read('before', 19, { m: 1 }), read('during', 25, { m: 200 })], 'unknown', /is not known/],
    [
      'of another machine',
      [read('before', 19, { n: 40 }), { ...read('during', 25, { n: 140 }), machine: 'tail' } as Entry],
      'unknown',
      /is not known/,
    ],
    ['that nobody read', [], 'unknown', /is not known/],
  ])('takes the peak of a counter as proof of the storm: one %s', (_what, entries, verdict, reason) => {
    const objectives = [{ kind: 'effect', name: 'p', evidence: { of: 'peak', machine: 'head', counter: 'n', atLeast: 100 } }];
    const judged = judge(history([...withAbout({ objectives }), ...entries]));
    expect(judged.verdict).toBe(verdict);
    expect(judged.reasons.join('\n').replace(/^t1: /, '')).toMatch(reason);
  });

  describe('of a boot that was tried again under emulation', () => {
    const boot = (...more: Entry[]) => [...SOUND.filter(({ k, t = 0 }) => k === 'trial' || (k === 'phase' && t < ENDS.boot)), ...more];
    const again: Entry = { t: 6, k: 'fact', machine: 'head', name: 'reset', value: 'by the controller' };
    const failed = (fault: 'infrastructure' | 'candidate'): Entry => ({
      t: 9,
      k: 'failure',
      phase: 'boot',
      fault,
      message: 'it did not boot',
    });

    it('says nothing where the second try succeeded, whatever the first one said', () => {
      expect(judge(history(boot(event({}, 5), again, failed('infrastructure')))).verdict).toBe('unknown');
    });
    it('fails where it died at both', () => {
      expect(judge(history(boot(event({}, 5), again, event({ id: 2 }, 8), failed('candidate')))).verdict).toBe('fail');
    });
    it('fails where there was no second try, and where the trial went on and was reset later', () => {
      expect(judge(history(boot(event({}, 5), failed('infrastructure')))).verdict).toBe('fail');
      expect(judge(history([...SOUND, event({}, 25), { ...again, t: 31 }])).verdict).toBe('fail');
    });
    it('leaves out what a boot told whose clock leapt, where the next one went on', () => {
      const hung = event({ kind: 'rcu_stall', class: 'hang', title: 'INFO: rcu stall' }, 5);
      expect(judge(history([...SOUND, hung, { ...again, t: 6 }])).verdict).toBe('pass');
    });
    it('does not know of a kernel that crashed in a boot whose clock leapt', () => {
      const { verdict, reasons } = judge(history([...SOUND, event({}, 5), { ...again, t: 6 }]));
      expect(verdict).toBe('unknown');
      expect(reasons.join()).toMatch(/head: "[^"]+" in a boot that was then done again/);
    });
  });

  describe('of an outage that is as long as what the kernel calls hung', () => {
    // the machine is back at 35; the timeout is 10 s, and the consoles are watched until 60
    const objectives = [
      { kind: 'no_event', name: 'no_hang', classes: ['hang'], tolerates: ['hung_task'] },
      { kind: 'effect', name: 'flooded', evidence: { of: 'engine', engine: 'trafgen', figure: 'frames', atLeast: 1000 } },
    ];
    const back: Entry = { t: 35, k: 'recovered', machine: 'head', how: 'self' };
    const hang = (kind: string, t: number) => event({ id: t, kind, class: 'hang', title: `INFO: ${kind}` }, t);
    const counted = [read('before', 19, { hung_task_detect_count: 0 }), read('after', 41, { hung_task_detect_count: 2 })];

    it.each([
      ['passes where tasks hung in it', [back, hang('hung_task', 29), hang('hung_task', 44)], 'pass', /^$/],
      ['passes where none did', [back], 'pass', /^$/],
      ['passes where the kernel counted what was seen', [back, hang('hung_task', 29), ...counted], 'pass', /^$/],
      ['is not known where the kernel counted what was not', [back, ...counted], 'unknown', /grew by 2, and no such event was seen/],
      [
        'fails where a task went on to hang once the machine was back',
        [back, hang('hung_task', 47)],
        'fail',
        /no_hang: head: "INFO: hung_task"/,
      ],
      ['fails for whatever else hangs', [back, hang('soft_lockup', 29)], 'fail', /soft_lockup/],
      ['is not known where it was not watched long enough since', [{ ...back, t: 45 }], 'unknown', /watched only 15 s after all were back/],
    ] as const)('%s', (_what, entries, verdict, reason) => {
      const { verdict: is, reasons } = judge(history([...withAbout({ objectives }), ...(entries as readonly Entry[])]));
      expect([is, reasons.join()]).toEqual([verdict, expect.stringMatching(reason)]);
    });
  });

  it('tells which of its events the storm brings with any kernel', () => {
    const objectives = [{ kind: 'no_event', name: 'no_hang', classes: ['hang'], tolerates: ['hung_task'] }];
    const hang = (t: number) => event({ id: t, kind: 'hung_task', class: 'hang', title: 'INFO: hung_task' }, t);
    const back: Entry = { t: 35, k: 'recovered', machine: 'head', how: 'self' };
    const told = (...events: Entry[]) => judge(history([...withAbout({ objectives }), back, ...events])).trials[0];
    const known = told(hang(29), hang(44));
    expect(known?.verdict).toBe('pass');
    expect(known?.objectives[0]?.measured).toBe('0 events, 2 expected of this storm');
    expect(known?.events).toMatchObject([{ count: 2, expected: 2 }]);
    // the second is of a task that the machine's own return did not free, though it follows from the first
    const late = told(hang(29), event({ id: 2, consequenceOf: 29, kind: 'hung_task', class: 'hang', title: 'INFO: hung_task' }, 47));
    expect(late?.objectives[0]?.measured).toBe('1 event, 1 expected of this storm');
    expect(late?.events).toMatchObject([{ count: 2, expected: 1 }]);
    expect(told()?.events).toEqual([]);
  });

  describe('of a hang that a machine tells by a clock of its own', () => {
    const booted = event({ id: 1, kind: 'boot', class: 'lifecycle', severity: 'info', title: 'Linux version', time: 0 }, 6);
    const hang = (time: number, t: number) => event({ id: 2, kind: 'rcu_stall', class: 'hang', title: 'INFO: rcu stall', time }, t);

    it.each([
      ['fails where that clock went as ours did', hang(21, 25), 'fail'],
      ['fails where it lagged behind, as emulated ones do', hang(5, 25), 'fail'],
      ['is not known where it had leapt ahead', hang(81, 25), 'unknown'],
    ] as const)('%s', (_what, told, verdict) => {
      const { verdict: is, reasons } = judge(history([...SOUND, booted, told]));
      expect(is).toBe(verdict);
      if (verdict === 'unknown') expect(reasons.join()).toContain('its clock had leapt ahead by 62 s');
    });
  });

  describe('where others took processors of the lab host', () => {
    /** From second to second. */
    const taken = (others: number, from: number, to: number): Entry[] =>
      Array.from({ length: to - from }, (_, second) => ({ t: from + second + 1, k: 'contention', for_s: 1, others }));
    const without = (probe: string) => SOUND.filter((entry) => !(entry.k === 'sample' && entry.probe === probe));
    const late = [...without('network'), ...samples('network', [28, 36.5])];
    const reset: Entry[] = [
      ...[...without('network'), ...samples('network', [28, 34])],
      { t: 39, k: 'recovered', machine: 'head', how: 'after reset' },
    ];
    const stalled = [...without('network'), ...samples('network', [20, 30])];
    const never = [...without('network'), ...samples('network', [28, 99])];
    const booted: Entry[] = [
      ...withAbout({ objectives: [{ kind: 'boot', name: 'boot_s', machine: 'head', atMost_s: 3 }] }),
      { t: 9, k: 'measure', machine: 'head', name: 'boot', seconds: 4 },
    ];
    const hung = [...SOUND, event({ kind: 'hung_task', class: 'hang', title: 'INFO: hung_task' }, 28)];
    const crashed = [...SOUND, event({}, 28)];

    it.each<[string, readonly Entry[], Entry[], 'fail' | 'unknown']>([
      ['a late recovery fails where they took little', late, taken(0.1, 30, 37), 'fail'],
      ['and is not known where it may have been for want of one', late, taken(0.3, 30, 37), 'unknown'],
      ['nor where so much was gone that nothing was in time', never, taken(0.6, 30, 40), 'unknown'],
      ['it fails where they had done before', late, taken(0.9, 20, 30), 'fail'],
      ['one that never came is not put down to a part of them', never, taken(0.4, 30, 40), 'fail'],
      ['nor is one that took a reset, however soon it came', reset, taken(0.4, 30, 40), 'fail'],
      ['a stall fails', stalled, [], 'fail'],
      ['and is not known', stalled, taken(0.2, 20, 30), 'unknown'],
      ['a slow boot fails', booted, taken(0.2, 5, 9), 'fail'],
      ['and is not known', booted, taken(0.3, 5, 9), 'unknown'],
      ['a hang fails', hung, taken(0.4, 8, 28), 'fail'],
      ['and is not known', hung, taken(0.6, 8, 28), 'unknown'],
      ['a crash is a crash', crashed, taken(1, 8, 28), 'fail'],
    ])('%s', (_what, entries, contention, expected) => {
      const { verdict, reasons } = judge(history([...entries, ...contention]));
      expect(verdict).toBe(expected);
      expect(reasons[0]?.includes("of the lab host's processors")).toBe(expected === 'unknown');
    });

    it('is told apart from a controller that stood still itself', () => {
      const stood: Entry = { t: 37, k: 'contention', for_s: 7, others: 1, stopped: true };
      const { verdict, reasons, trials } = judge(history([...never, stood]));
      expect([verdict, reasons[0]]).toEqual(['unknown', expect.stringMatching(/this process itself stood still meanwhile/)]);
      expect(trials[0]?.contention).toEqual({ seconds: 0, others: 0, stopped_s: 7 });
      expect(judge(history([...never, { ...stood, t: 19 }])).verdict).toBe('fail');
    });

    it('is told of the trial, where it is worth a word', () => {
      const of = (contention: Entry[]) => judge(history([...SOUND, ...contention])).trials[0]?.contention;
      expect(of([])).toBeUndefined();
      expect(of(taken(0.1, 20, 25))).toBeUndefined();
      expect(of([...taken(0.5, 20, 30), ...taken(0.2, 40, 50)])).toEqual({ seconds: 20, others: 0.35 });
    });

    it('nothing passes that did not, and what passed does', () => {
      const share = fc.double({ min: 0, max: 1, noNaN: true });
      const cases = fc.constantFrom(SOUND, late, reset, stalled, never, hung, crashed);
      fc.assert(
        fc.property(cases, share, fc.nat(60), fc.nat(60), (entries, others, from, length) => {
          const alone = judge(history(entries)).verdict;
          const { verdict } = judge(history([...entries, ...taken(others, from, from + length)]));
          expect(alone === 'pass').toBe(verdict === 'pass');
        }),
      );
    });
  });

  it('rests on the candidate as it is where sets of tweaks are compared with it', () => {
    const trialOf = (name: string, variant: string, entries: readonly Entry[]) =>
      history(
        entries.map((entry) => (entry.k === 'trial' ? ({ ...entry, variant } as Entry) : entry)),
        name,
        '2',
      );
    const both = (untweaked: readonly Entry[], set: readonly Entry[]) =>
      judge([...trialOf('a', 'untweaked', untweaked), ...trialOf('b', 'rps', set)]);
    const broken = [...SOUND, event({})];
    expect(both(SOUND, broken)).toMatchObject({ verdict: 'pass', reasons: [], trials: [{ verdict: 'pass' }, { verdict: 'fail' }] });
    expect(both(broken, SOUND)).toMatchObject({ verdict: 'fail', trials: [{ verdict: 'fail' }, { verdict: 'pass' }] });
    expect(judge(trialOf('b', 'rps', SOUND)).verdict).toBe('unknown');
    expect(judge([...trialOf('a', 'untweaked', SOUND)]).verdict).toBe('unknown');
  });

  it('does not take what was read during the storm for growth from before to after', () => {
    const objectives = [{ kind: 'effect', name: 'c', evidence: { of: 'counter', machine: 'head', counter: 'rx', atLeast: 100 } }];
    const entries = [read('idle', 14, { rx: 50 }), read('before', 19, { rx: 50 }), read('during', 25, { rx: 1000 })];
    expect(judge(history([...withAbout({ objectives }), ...entries])).reasons[0]).toMatch(/added to rx on head is not known/);
    expect(judge(history([...withAbout({ objectives }), ...entries, read('after', 42, { rx: 60 })])).reasons[0]).toMatch(/is 10, /);
  });

  it.each<[string, readonly Entry[], RegExp]>([
    // 10 a second before the storm: up to 460 in the 23 s of it are what came anyway
    ['grew enough', [read('idle', 14, { rx: 0 }), read('before', 19, { rx: 50 }), read('after', 42, { rx: 610 })], /^$/],
    [
      'grew little more than by itself',
      [read('idle', 14, { rx: 0 }), read('before', 19, { rx: 50 }), read('after', 42, { rx: 609 })],
      /is 99, /,
    ],
    ['was not read before the baseline', [read('before', 19, { rx: 50 }), read('after', 42, { rx: 9000 })], /is not known/],
    ['fell before the storm', [read('idle', 14, { rx: 90 }), read('before', 19, { rx: 0 }), read('after', 42, { rx: 100 })], /^$/],
  ])('takes from the growth of a counter what it grew by before the storm: one that %s', (_what, entries, reason) => {
    const objectives = [{ kind: 'effect', name: 'c', evidence: { of: 'counter', machine: 'head', counter: 'rx', atLeast: 100 } }];
    expect(judge(history([...withAbout({ objectives }), ...entries])).reasons.join('\n')).toMatch(reason);
  });

  it('takes growth of a counter, and a stall, as proof of the storm', () => {
    const objectives = [
      { kind: 'effect', name: 'c', evidence: { of: 'counter', machine: 'head', counter: 'rx', atLeast: 100 } },
      { kind: 'effect', name: 's', evidence: { of: 'stall', machine: 'head', probe: 'network', atLeast: 5 } },
    ];
    const counters = [read('idle', 14, { rx: 50 }), read('before', 19, { rx: 50 }), read('after', 42, { rx: 150 })];
    expect(judge(history([...withAbout({ objectives }), ...counters])).reasons).toEqual([]);
  });

  it('says a doubt once, and fails before doubts', () => {
    const { reasons } = judge(history([...noPhase('check'), event({})]));
    expect(reasons[0]).toMatch(/kernel BUG/);
    expect(reasons.filter((reason) => reason.includes('check phase'))).toHaveLength(1);
  });

  it('sums equal events for the report and leaves consequences out', () => {
    const events = [event({}), event({ id: 2 }, 26), event({ id: 3, consequenceOf: 1, title: 'panic' })];
    expect(judge(history([...SOUND, ...events])).trials[0]?.events).toEqual([
      { machine: 'head', kind: 'oops', class: 'crash', title: 'kernel BUG in x', t: 25, count: 2 },
    ]);
  });
});

describe('a run', () => {
  const run = (...trials: (readonly Entry[])[]) => {
    const [first, ...rest] = trials.map((entries, index) => history(entries, `t${index + 1}`, String(trials.length)));
    return [...(first ?? []), ...rest.flatMap((records) => records.slice(1))];
  };
  const skipped: Entry[] = [about, { k: 'skipped', reason: 'no netem here' }];

  it.each<[string, (readonly Entry[])[], string, RegExp]>([
    ['all pass', [SOUND, SOUND], 'pass', /^$/],
    ['one fails', [SOUND, noPhase('check'), [...SOUND, event({})]], 'fail', /^t3: no_crash/],
    ['one is unknown', [SOUND, skipped, noPhase('check')], 'unknown', /^t3: the trial never came/],
    ['one is skipped', [SOUND, skipped], 'skip', /^t2: skipped: no netem here/],
  ])('%s', (_what, trials, verdict, reason) => {
    const judged = judge(run(...trials));
    expect(judged.verdict).toBe(verdict);
    expect(judged.reasons.join('\n')).toMatch(reason);
  });

  it('is unknown without trials, with fewer than planned, and when nobody says how many were', () => {
    expect(judge([])).toMatchObject({ verdict: 'unknown', reasons: ['the history holds no trial'] });
    expect(judge(history(SOUND, 't1', '2'))).toMatchObject({ verdict: 'unknown', reasons: ['only 1 of 2 planned trials were begun'] });
    expect(judge(history(SOUND).slice(1)).verdict).toBe('unknown');
  });

  const broken: Entry = { t: 5, k: 'failure', phase: 'provision', fault: 'infrastructure', message: 'nbdkit did not start' };
  const cutShort = [...withAbout({}).slice(0, 3), broken];
  it('rests on the trial that stands for one of which our own side left nothing, and both are told', () => {
    const again = withAbout({ retryOf: 't1' });
    const { verdict, trials } = judge([...history(cutShort, 't1', '1'), ...history(again, 't2', '1').slice(1)]);
    expect([verdict, trials.map((trial) => [trial.verdict, trial.superseded])]).toEqual([
      'pass',
      [
        ['unknown', true],
        ['pass', undefined],
      ],
    ]);
    const failing = judge([...history(cutShort, 't1', '1'), ...history([...again, event({})], 't2', '1').slice(1)]);
    expect(failing.verdict).toBe('fail');
  });

  it('is not tried away: what failed has failed, and what is unknown for another reason stays so', () => {
    const again = history(withAbout({ retryOf: 't1' }), 't2', '1').slice(1);
    expect(judge([...history([...cutShort, event({})], 't1', '1'), ...again]).verdict).toBe('fail');
    expect(judge([...history(noPhase('check'), 't1', '1'), ...again]).verdict).toBe('unknown');
    // of a failure once a kernel ran nobody can tell whose it was
    const early = {
      ...broken,
      phase: 'boot' as const,
      message: 'head: panicked at its first boot: the emulator or the kernel, nobody can tell which',
    };
    expect(judge([...history([...withAbout({}).slice(0, 3), early], 't1', '1'), ...again]).verdict).toBe('unknown');
    // and a trial that was planned and never came is not made up for by another one's second try
    expect(judge([...history(cutShort, 't1', '2'), ...again])).toMatchObject({
      verdict: 'unknown',
      reasons: ['only 1 of 2 planned trials were begun'],
    });
  });

  it('is that of the candidate where another kernel is compared with it', () => {
    const other = withAbout({ candidate: '6.0', reference: true });
    expect(judge(run(SOUND, [...other, event({})])).verdict).toBe('pass');
    expect(judge(run([...SOUND, event({})], other)).verdict).toBe('fail');
    expect(judge(run(other)).verdict).toBe('unknown');
  });

  it('of trials that were repeated tells how often they failed', () => {
    const [first, second, third, fourth] = [1, 2, 3, 4].map((repeat) => withAbout({ repeat }));
    const four = [first as Entry[], [...(second as Entry[]), event({})], third as Entry[], fourth as Entry[]];
    const named = (kernel: string) => four.flatMap((entries, index) => history(entries, `x@${kernel}@r${index + 1}`, '8').slice(1));
    const { verdict, rates } = judge(named('k1'));
    // two kernels of one release are two
    expect(judge([...named('k1'), ...named('k2')]).rates?.map(({ of }) => of)).toEqual([4, 4]);
    expect(verdict).toBe('fail');
    expect(rates).toMatchObject([{ fails: 1, of: 4, low: expect.closeTo(0.0063, 4), high: expect.closeTo(0.8059, 4) }]);
    expect(judge(run(SOUND, SOUND)).rates).toBeUndefined();
  });

  it('of several sizes of host says how what was timed grows with them, and is judged no differently for it', () => {
    const sized = (GiB: number, seconds: number): Entry[] => [
      ...withAbout({ class: `${GiB}G` }),
      { t: 12, k: 'measure', machine: 'head', name: 'boot', seconds },
      { t: 12, k: 'memory', machine: 'head', when: 'ready', ...memoryOf(GiB * 1024 * 1024) },
    ];
    const { verdict, scaling } = judge(run(sized(128, 4), sized(384, 36), sized(768, 144)));
    expect(verdict).toBe('pass');
    expect(scaling?.measures.map(({ name, growth, fit }) => [name, growth, fit?.exponent])).toEqual([
      ['boot', 'faster than linear', 2],
      ['recovery of storage-cutoff', 'linear or slower', 0],
    ]);
    expect(judge(run(sized(128, 4))).scaling).toBeUndefined();
  });

  it.each<[string, readonly Entry[], string]>([
    ['passed', SOUND, 'unknown'],
    ['was skipped', skipped, 'unknown'],
    ['failed', [...SOUND, event({})], 'fail'],
  ])('of which a part is damaged, or left on the machine, is no pass: what is there %s', (_what, entries, verdict) => {
    const left: HistoryRecord = { t: 62, trial: '', k: 'fact', name: LEFT_BEHIND, value: 'process 12 (qemu)' };
    for (const [judged, words] of [
      [judge(history(entries), ['history.jsonl:9: the last line is cut off']), /the record is damaged: history\.jsonl:9/],
      [judge([...history(entries), left]), /is left on this machine.*stormproof clean.*process 12/],
    ] as const) {
      expect(judged.verdict).toBe(verdict);
      expect(judged.reasons.at(verdict === 'fail' ? -1 : 0)).toMatch(words);
      expect(judged.trials).toHaveLength(1);
    }
  });

  it('that an older version recorded can be judged: events had neither other titles nor a mark of damage', () => {
    const { altTitles: _, corrupted: __, ...old } = (event({}) as Extract<Entry, { k: 'event' }>).event;
    const records = history([...SOUND, { t: 25, k: 'event', machine: 'head', event: { ...old, kernelTime: 12.5 } } as unknown as Entry]);
    expect(judge(records).reasons).toEqual(['t1: no_crash: head: "kernel BUG in x"']);
  });

  const extras = fc.subarray<Entry>([
    event({}),
    event({ id: 2, class: 'storage' }, 42.5),
    event({ id: 3, kind: 'log_gap', class: 'lifecycle' }, 60.5),
    event({ id: 4, kind: 'restart', class: 'lifecycle' }, 42.7),
    { t: 39, k: 'recovered', machine: 'head', how: 'after reset' },
    { t: 42.5, k: 'failure', phase: 'collect', fault: 'infrastructure', message: 'x' },
    { t: 60.5, k: 'failure', phase: 'release', fault: 'candidate', message: 'x' },
    { t: 60.6, k: 'action', what: 'fault', name: 'link-cut', on: 'store', state: 'failed' },
    { t: 41.5, k: 'armed', machine: 'head', check: 'again', ok: false, detail: '' },
    data({ t: 41.9, lost: 1 }),
    { t: 60, k: 'skipped', reason: 'x' },
    { t: 60.7, k: 'counters', machine: 'head', when: 'before', values: { hung_task_detect_count: 0 } },
    { t: 60.8, k: 'counters', machine: 'head', when: 'after', values: { hung_task_detect_count: 1 } },
  ]);
  const entries = fc
    .tuple(extras, fc.integer({ min: 0, max: 40 }))
    .map(([more, drop]) => [...SOUND.toSpliced(drop, drop === 0 ? 0 : 1), ...more]);

  it('never passes for being cut off', () => {
    fc.assert(
      fc.property(fc.array(entries, { minLength: 1, maxLength: 2 }), fc.double({ min: 0, max: 1, noNaN: true }), (trials, share) => {
        const whole = run(...trials);
        // Half of the cuts fall where it is closest: among the last records.
        const keep = share < 0.5 ? whole.length - 1 - Math.floor(share * 40) : Math.floor((share - 0.5) * 2 * whole.length);
        if (judge(whole).verdict !== 'pass') expect(judge(whole.slice(0, Math.max(0, keep))).verdict).not.toBe('pass');
      }),
      { numRuns: 150 },
    );
  });
});
