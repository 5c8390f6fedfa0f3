/** Runs for tests and benchmarks: one that failed, with three tenants and a console. */
import type { EventClass, HistoryRecord, KernelEvent, ProbeName, Run, Severity, TrialResult } from '../../model.ts';
import type { RunContents } from './contents.ts';

export const PROBES = ['network', 'storage', 'management'] as const satisfies readonly ProbeName[];
type Probe = (typeof PROBES)[number];
export const TYPICAL_MS: Readonly<Record<Probe, number>> = { network: 0.6, storage: 9, management: 3.5 };

/** Noise that is the same each time (Park and Miller's generator). */
export function noise(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state * 48271) % 2147483647;
    return state / 2147483647;
  };
}

export const sampleTrial = (change: Partial<TrialResult> = {}): TrialResult => ({
  name: 'storage-cutoff.cut',
  suite: 'storage-cutoff',
  case: 'cut',
  class: '1G',
  seed: 7,
  candidate: '6.1.0-56-cloud-amd64',
  verdict: 'fail',
  reasons: ['no_hang: tenant2: 2 x "INFO: task hung in jbd2_journal_commit_transaction"', 'storage_recovery_s: tenant2 was not recovered'],
  objectives: [
    { name: 'no_crash', verdict: 'pass', measured: '0 events', threshold: 'no crash event', reason: '' },
    {
      name: 'no_hang',
      verdict: 'fail',
      measured: '2 events',
      threshold: 'no hang event',
      reason: 'tenant2: 2 x "INFO: task hung in jbd2_journal_commit_transaction"',
    },
    {
      name: 'storage_recovery_s',
      verdict: 'fail',
      measured: 'tenant2 not recovered',
      threshold: '<= 30 s',
      reason: 'tenant2 was not recovered',
    },
  ],
  recovery: [
    { machine: 'tenant1', probe: 'network', seconds: 0, how: 'self' },
    { machine: 'tenant1', probe: 'storage', seconds: 4.2, how: 'self' },
    { machine: 'tenant2', probe: 'storage', seconds: null, how: 'not recovered' },
    { machine: 'tenant3', probe: 'storage', seconds: 11.7, how: 'after reset' },
  ],
  events: [],
  seconds: 90,
  ...change,
});

export const sampleRun = (trials: TrialResult[], change: Partial<Run> = {}): Run => ({
  schema: 1,
  id: '20260102-030405z-ab12',
  name: 'nightly',
  argv: ['run', 'storage-cutoff/cut', '--append', 'a b', '--out', '/somewhere/else'],
  started: '2026-01-02T03:04:05.678Z',
  finished: '2026-01-02T03:06:00.000Z',
  profile: 'quick',
  notes: ['the hung-task timeout is 10 s instead of the kernel\u2019s default of 120 s'],
  seed: 7,
  target: 'lab',
  scope: { kind: 'lab', emulated: ['processors emulated (tcg)', 'disks virtual (virtio-blk, nbd)'] },
  candidates: [
    {
      asked: 'deb:linux-image-cloud-amd64',
      release: '6.1.0-56-cloud-amd64',
      version: '6.1.0-56-cloud-amd64 (debian-kernel@lists.debian.org) #1 SMP',
      files: [
        { role: 'image', name: 'vmlinuz', sha256: '51349501a3d1ff83836437d2b365fd2d57f2feb8642d315e5181dec23d4c3275', bytes: 14186432 },
      ],
    },
  ],
  versions: { stormproof: '0.1.0', qemu: '7.2.22' },
  host: { cpu: 'a processor', cpus: 2, memory_MiB: 24106, accelerator: 'tcg' },
  verdict: 'fail',
  reasons: trials.flatMap((trial) => trial.reasons.map((reason) => `${trial.name}: ${reason}`)),
  trials,
  ...change,
});

export interface EventText {
  readonly title: string;
  readonly kind?: string;
  readonly class?: EventClass;
  readonly severity?: Severity;
  readonly report: readonly string[];
}

/** A console of 60 quiet lines with `report` behind the fortieth, and the event that a detector makes of it. */
export function sampleConsole(
  id: number,
  { title, kind = 'hung_task', class: family = 'hang', severity = 'error', report }: EventText,
): { text: string; event: KernelEvent } {
  const quiet = (at: number): string => `[   ${(at / 10 + 1).toFixed(6)}] virtio_net virtio${at % 8} front: renamed from eth${at % 3}\r\n`;
  const before = Array.from({ length: 40 }, (_, at) => quiet(at)).join('');
  const own = report.map((line) => `[   12.345678] ${line}\r\n`).join('');
  const event: KernelEvent = {
    ...{ id, kind, class: family, severity, title, altTitles: [], corrupted: false, task: 'jbd2/vda-8', pid: 165, time: 12.345678 },
    ...{ line: 41, endLine: 40 + report.length, byteOffset: Buffer.byteLength(before), report: [...report] },
  };
  return { text: before + own + Array.from({ length: 20 }, (_, at) => quiet(at + 50)).join(''), event };
}

export const HUNG: EventText = {
  title: 'INFO: task hung in jbd2_journal_commit_transaction',
  report: [
    'INFO: task jbd2/vda-8:165 blocked for more than 10 seconds.',
    '      Not tainted 6.1.0-56-cloud-amd64 #1 Debian 6.1.192-2',
    '"echo 0 > /proc/sys/kernel/hung_task_timeout_secs" disables this message.',
    'task:jbd2/vda-8      state:D stack:0     pid:165   ppid:2      flags:0x00004000',
    'Call Trace:',
    ' <TASK>',
    ' __schedule+0x34d/0x9e0',
    ' schedule+0x5a/0xd0',
    ' jbd2_journal_commit_transaction+0x118d/0x1a70 [jbd2]',
    ' kjournald2+0xa9/0x280 [jbd2]',
    ' </TASK>',
  ],
};

/** A run whose storage was cut: tenant1 came back, tenant2 hung, tenant3 had to be reset. Of the event's texts any may be replaced. */
export function failedRun(
  change: { readonly run?: Partial<Run>; readonly trial?: Partial<TrialResult>; readonly event?: Partial<EventText> } = {},
): RunContents {
  const trial = sampleTrial(change.trial);
  const { name } = trial;
  const { text, event } = sampleConsole(2, { ...HUNG, ...change.event });
  const machines = ['tenant1', 'tenant2', 'tenant3'];
  const records: HistoryRecord[] = [
    {
      ...{
        t: 1,
        trial: name,
        k: 'trial',
        suite: trial.suite,
        class: trial.class,
        seed: 7,
        candidate: trial.candidate,
        hungTaskTimeout_s: 10,
      },
      machines: machines.map((machine) => ({ name: machine, seat: 'tenant', probes: [...PROBES] })),
      objectives: [{ kind: 'recovery', name: 'storage_recovery_s', probe: 'storage', atMost_s: 30 }],
      tolerance: { floor_ms: 50, hold_s: 3, limit_s: 60 },
    },
    ...(
      [
        ['boot', 1, 5],
        ['baseline', 6, 12],
        ['storm', 12, 30],
        ['recovery', 30, 75],
        ['check', 75, 80],
      ] as const
    ).flatMap(([phase, from, to]): HistoryRecord[] => [
      { t: from, trial: name, k: 'phase', phase, state: 'begin' },
      { t: to, trial: name, k: 'phase', phase, state: 'end' },
    ]),
    ...machines.flatMap((machine, at): HistoryRecord[] => [
      {
        t: 12 + at / 10,
        trial: name,
        k: 'action',
        what: 'load',
        name: 'fio',
        on: machine,
        state: 'begin',
        detail: 'pattern write, depth 1',
      },
      { t: 34 + at, trial: name, k: 'action', what: 'load', name: 'fio', on: machine, state: 'end' },
    ]),
    {
      t: 13,
      trial: name,
      k: 'action',
      what: 'engine',
      name: 'xdp-frames',
      on: 'tenant1',
      state: 'begin',
      detail: 'udp-66, 60000 packets/s',
    },
    { t: 20, trial: name, k: 'action', what: 'engine', name: 'xdp-frames', on: 'tenant1', state: 'failed', detail: 'it ended with 1' },
    { t: 18, trial: name, k: 'action', what: 'fault', name: 'link-cut', on: 'store', state: 'begin' },
    { t: 30, trial: name, k: 'action', what: 'fault', name: 'link-cut', on: 'store', state: 'end' },
    { t: 32.5, trial: name, k: 'event', machine: 'tenant2', event },
    { t: 42.5, trial: name, k: 'event', machine: 'tenant2', event: { ...event, id: 3 } },
    { t: 60, trial: name, k: 'action', what: 'reset', name: 'reset', on: 'tenant3', state: 'begin' },
    { t: 63, trial: name, k: 'action', what: 'reset', name: 'reset', on: 'tenant3', state: 'end' },
    { t: 31, trial: name, k: 'firstReply', machine: 'tenant1', healed: 30, at: 31.4 },
    { t: 6, trial: name, k: 'armed', machine: 'tenant1', check: 'console', ok: false, detail: 'the message did not come back' },
    {
      t: 79,
      trial: name,
      k: 'data',
      machine: 'tenant1',
      acknowledged: 113,
      verified: 113,
      inflight: 0,
      lost: 0,
      unreadable: 0,
      stale: 0,
      torn: 0,
      misdirected: 0,
      corrupt: 0,
      detail: '',
    },
    ...machines.flatMap((machine, at) => PROBES.flatMap((probe) => stormySamples(name, machine, probe, at))),
  ];
  return {
    run: sampleRun([trial], change.run),
    records,
    consoleOf: (_trial, machine) => (machine === 'tenant2' ? Buffer.from(text) : undefined),
  };
}

/** 70 s of one probe. Storage is cut from 18 s to 30 s: it waits; the network of tenant3 is not answered while it is reset. */
function stormySamples(trial: string, machine: string, probe: Probe, at: number): HistoryRecord[] {
  const random = noise(100 * at + PROBES.indexOf(probe) + 1);
  const samples: HistoryRecord[] = [];
  const back = [34.2, 75, 63][at] as number;
  for (let t = 6; t < 75; t += 0.1) {
    const time = Math.round((t + random() / 50) * 1000) / 1000;
    const strain = t > 12 && t < 30 ? 4 : 1;
    const ms = TYPICAL_MS[probe] * strain * (0.8 + random() + (random() > 0.99 ? 8 : 0));
    if (probe === 'storage' && t >= 18 && t < back) {
      t = back;
      if (back < 75) samples.push({ t: back, trial, k: 'sample', probe, machine, ms: (back - 18) * 1000 });
      continue;
    }
    const gone = at === 2 && t >= 60 && t < 63;
    samples.push({ t: time, trial, k: 'sample', probe, machine, ms: gone ? null : Math.round(ms * 100) / 100 });
  }
  return samples;
}
