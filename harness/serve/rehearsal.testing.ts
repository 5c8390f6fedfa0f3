/**
 * A run that was never made, told as a real one tells itself: for tests of what watches runs. `node rehearsal.testing.ts DIR SPEED` writes it into DIR
 * as it goes on, so many times faster than a clock.
 */
import { appendFileSync, mkdirSync, renameSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { readHistory } from '../../results/history.ts';
import {
  ARM_CHECKS,
  type HistoryEntry,
  type HistoryRecord,
  type Objective,
  PHASES,
  type Phase,
  type ProbeName,
  type Run,
} from '../../results/model.ts';
import { createDetector } from '../detect/detector.ts';
import { judge, PLANNED_TRIALS } from '../judge.ts';

const KERNEL = '6.1.0-56-cloud-amd64';
const SEED = 1_600_824_546;
const STEP_MS = 50;
/** How often a probe asks, in seconds, and how long it usually waits for the answer, in milliseconds. */
const PACES: Partial<Record<ProbeName, readonly [every_s: number, usual_ms: number]>> = {
  network: [0.1, 0.7],
  storage: [0.1, 4],
  management: [0.3, 3],
};

type Step = { readonly t: number } & ({ readonly line: string } | { readonly file: string; readonly text: string });

/** What is to come of it. */
export interface Rehearsal {
  /** how long storage is cut off; from 10 s on tasks are told of as hung, and the run fails */
  readonly outage_s: number;
  /** said by tenant1's kernel in the storm, beside all else */
  readonly console?: readonly string[];
}

const USUAL: Rehearsal = { outage_s: 14 };
export const TRIALS = ['ipv6-flood.udp-66', 'storage-cutoff.cut'] as const;

const COMMON: readonly Objective[] = [
  { kind: 'no_event', name: 'no_crash', classes: ['crash'] },
  { kind: 'no_event', name: 'no_hang', classes: ['hang'] },
  { kind: 'recovery', name: 'network_recovery_s', probe: 'network', atMost_s: 60 },
  { kind: 'recovery', name: 'storage_recovery_s', probe: 'storage', atMost_s: 60 },
];

/** The whole run, in the order of time. The same figures every time. */
export function rehearse(rehearsal: Rehearsal = USUAL): Step[] {
  const script = new Script();
  script.note(0.4, '', { k: 'fact', name: PLANNED_TRIALS, value: String(TRIALS.length) });
  const flooded = script.trial(1, TRIALS[0], ['head'], { storm: 10, collect: 18 }, (storm) => {
    const figures = { sent_packets: 600_000, sent_bytes: 39_600_000 };
    script.action(storm + 0.2, storm + 9.8, TRIALS[0], 'engine', 'xdp-frames', 'head', 'udp-66, 60000 packets/s for 10 s', figures);
    script.say(storm + 1.3, TRIALS[0], 'head', [
      'TCP: request_sock_TCP: Possible SYN flooding on port 7. Sending cookies.  Check SNMP counters.',
    ]);
    return { slow: [storm + 0.2, storm + 9.8] };
  });
  const { outage_s, console: words = [] } = rehearsal;
  script.trial(flooded + 1, TRIALS[1], ['tenant1', 'tenant2'], { storm: outage_s + 4, collect: 18 }, (storm) => {
    const cut = storm + 3;
    for (const tenant of ['tenant1', 'tenant2']) {
      const load = 'pattern write, block_bytes 16384, depth 1, fsync_every 8, size_MiB 32';
      script.action(storm + 0.1, cut + outage_s + 1.2, TRIALS[1], 'load', 'fio', tenant, load, {
        writes: 109,
        longest_fsync_ms: 1000 * outage_s,
      });
      for (let at = 10; at < outage_s; at += 10) script.say(cut + at + (tenant === 'tenant1' ? 0.3 : 0.9), TRIALS[1], tenant, hung(at));
    }
    script.action(cut, cut + outage_s, TRIALS[1], 'fault', 'link-cut', 'store', '', { asked_s: outage_s });
    if (words.length > 0) script.say(storm + 1, TRIALS[1], 'tenant1', words);
    return { cut: [cut, cut + outage_s] };
  });
  return script.steps.sort((a, b) => a.t - b.t);
}

const hung = (seconds: number): string[] => [
  `INFO: task jbd2/vda-8:165 blocked for more than ${seconds} seconds.`,
  `      Not tainted ${KERNEL} #1 Debian 6.1.192-2`,
  '"echo 0 > /proc/sys/kernel/hung_task_timeout_secs" disables this message.',
  'task:jbd2/vda-8      state:D stack:0     pid:165   ppid:2      flags:0x00004000',
  'Call Trace:',
  ' <TASK>',
  ' __schedule+0x34d/0x9e0',
  ' schedule+0x5a/0xd0',
  ' io_schedule+0x42/0x70',
  ' bit_wait_io+0xd/0x60',
  ' __wait_on_bit+0x4b/0x140',
  ' out_of_line_wait_on_bit+0x91/0xb0',
  ' jbd2_journal_commit_transaction+0x1204/0x1b10 [jbd2]',
  ' kjournald2+0xa9/0x280 [jbd2]',
  ' kthread+0xda/0x100',
  ' ret_from_fork+0x22/0x30',
  ' </TASK>',
];

const BOOT = [
  `Linux version ${KERNEL} (debian-kernel@lists.debian.org) (gcc-12 (Debian 12.2.0-14+deb12u1) 12.2.0) #1 SMP PREEMPT_DYNAMIC Debian 6.1.192-2`,
  'Command line: console=ttyS0,115200 printk.time=1 panic=0 net.ifnames=0',
  'BIOS-provided physical RAM map:',
  'BIOS-e820: [mem 0x0000000000000000-0x000000000009fbff] usable',
  'tsc: Fast TSC calibration failed',
  'Memory: 988400K/1048052K available (14342K kernel code, 2340K rwdata, 9088K rodata)',
  'smp: Brought up 1 node, 2 CPUs',
  'virtio_blk virtio1: [vda] 2097152 512-byte logical blocks (1.07 GB/1.00 GiB)',
  'EXT4-fs (vda): mounted filesystem with ordered data mode. Quota mode: none.',
  'Run /init as init process',
  'stormproof: management is up',
];

interface Lengths {
  readonly storm: number;
  readonly collect: number;
}
interface Trouble {
  readonly cut?: readonly [number, number];
  readonly slow?: readonly [number, number];
}

class Script {
  readonly steps: Step[] = [];
  readonly #random = mulberry32(SEED);
  readonly #consoles = new Map<string, { booted: number; bytes: Buffer[]; times: number[] }>();

  note(t: number, trial: string, entry: HistoryEntry): void {
    this.steps.push({ t, line: JSON.stringify({ t: Math.round(t * 1000) / 1000, trial, ...entry } as HistoryRecord) });
  }

  /** Lines of a kernel; its clock starts with its first ones. */
  say(t: number, trial: string, machine: string, lines: readonly string[]): void {
    const file = `${trial}.${machine}.log`;
    const console = this.#consoles.get(file) ?? { booted: t, bytes: [], times: [] };
    this.#consoles.set(file, console);
    const text = lines.map((line, at) => `[${(t - console.booted + at / 1e4).toFixed(6).padStart(12)}] ${line}\r\n`).join('');
    console.bytes.push(Buffer.from(text));
    console.times.push(t);
    this.steps.push({ t, file, text });
  }

  action(
    from: number,
    to: number,
    trial: string,
    what: 'engine' | 'load' | 'fault',
    name: string,
    on: string,
    detail: string,
    figures: Record<string, number>,
  ): void {
    const about = { k: 'action', what, name, on } as const;
    this.note(from, trial, { ...about, state: 'begin', ...(detail === '' ? {} : { detail }) });
    this.note(to, trial, { ...about, state: 'end', figures });
  }

  /** One trial from `begin` on; `storm` tells what goes on in it. Returns its end. */
  trial(begin: number, trial: string, machines: readonly string[], lengths: Lengths, storm: (t: number) => Trouble): number {
    const [suite = '', name = ''] = trial.split('.');
    const probes: ProbeName[] = ['network', 'storage', 'management'];
    this.note(begin, trial, {
      ...{ k: 'trial', suite, case: name, class: '1G', seed: SEED, candidate: KERNEL, objectives: [...COMMON], hungTaskTimeout_s: 10 },
      tolerance: { floor_ms: 50, hold_s: 2, limit_s: 60 },
      machines: machines.map((machine) => ({ name: machine, seat: machine === 'head' ? 'head' : 'tenant', probes, fileSystem: 'ext4' })),
    });
    const took: Record<Phase, number> = {
      ...{ provision: 0.4, boot: 3.1, arm: 1.4, baseline: 5, recovery: 4, check: 1.2, release: 0.3, ...lengths },
    };
    const at = {} as Record<Phase, number>;
    let t = begin;
    for (const phase of PHASES) {
      at[phase] = t;
      this.note(t, trial, { k: 'phase', phase, state: 'begin' });
      t += took[phase];
      this.note(t, trial, { k: 'phase', phase, state: 'end' });
    }
    for (const machine of machines) this.say(at.boot + 0.6, trial, machine, BOOT);
    const trouble = storm(at.storm);
    for (const machine of machines) {
      for (const check of ARM_CHECKS) {
        const when = check === 'console after the storm' ? t - 0.8 : at.arm + 0.3;
        this.note(when, trial, { k: 'armed', machine, check, ok: true, detail: 'as it should be' });
      }
      for (const probe of probes) this.#samples(trial, machine, probe, [at.baseline, at.check], trouble);
      this.note(at.check - 0.2, trial, { k: 'recovered', machine, how: 'self' });
      this.#events(trial, machine);
    }
    return t;
  }

  #samples(trial: string, machine: string, probe: ProbeName, [from, to]: readonly [number, number], { cut, slow }: Trouble): void {
    const [every, usual] = PACES[probe] ?? [0.1, 1];
    for (let t = from + every * this.#random(); t < to; t += every * (0.9 + 0.2 * this.#random())) {
      const drawn = usual * Math.exp(0.5 * (this.#random() + this.#random() + this.#random() - 1.5));
      const waits = probe === 'storage' && cut !== undefined && t > cut[0] && t < cut[1];
      const heavy = slow !== undefined && t > slow[0] && t < slow[1];
      const lost = heavy && probe === 'network' && this.#random() < 0.04;
      const ms = lost ? null : waits ? 1000 * (cut[1] - t) + drawn : drawn * (heavy ? 6 : 1);
      if (waits) t = cut[1] + 0.2;
      this.note(t, trial, { k: 'sample', probe, machine, ms: ms === null ? null : Math.round(ms * 1000) / 1000 });
    }
  }

  /** What the detector finds in a console, as the monitor would tell it. */
  #events(trial: string, machine: string): void {
    const console = this.#consoles.get(`${trial}.${machine}.log`);
    const detector = createDetector();
    const told = (console?.bytes ?? []).map((bytes, at) => ({
      t: console?.times[at] ?? 0,
      found: [...detector.push(bytes), ...detector.flush()],
    }));
    for (const { t, found } of told) for (const event of found) this.note(t + 0.4, trial, { k: 'event', machine, event });
  }
}

/** Tommy Ettinger's generator of 32 bits: small, and the same everywhere. */
function mulberry32(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let t = Math.imul(state ^ (state >>> 15), 1 | state);
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
    return ((t ^ (t >>> 14)) >>> 0) / 4_294_967_296;
  };
}

/** The record at the start of a run. */
export function rehearsedRun(id: string, started = new Date()): Run {
  return {
    ...{ schema: 1, id, name: 'nightly', argv: ['certify', '--name', 'nightly', '--seed', String(SEED)], started: started.toISOString() },
    ...{ profile: 'quick', notes: ["the hung-task timeout is 10 s instead of the kernel's default of 120 s"], seed: SEED, target: 'lab' },
    candidates: [
      {
        ...{
          asked: 'deb:linux-image-cloud-amd64',
          release: KERNEL,
          version: `${KERNEL} #1 SMP PREEMPT_DYNAMIC Debian 6.1.192-2 (2026-11-16)`,
        },
        files: [
          { role: 'image', name: 'vmlinuz', sha256: '51349501a3d1ff83836437d2b365fd2d57f2feb8642d315e5181dec23d4c3275', bytes: 14_186_432 },
        ],
      },
    ],
    scope: { kind: 'lab', emulated: ['virtual machines, and the tails that serve them, share one lab host', 'processors emulated (tcg)'] },
    versions: { stormproof: '0.1.0', node: '24.21.0', qemu: '7.2.22', nbdkit: '1.32.5' },
    host: { name: 'lab1', system: 'Debian GNU/Linux 12 (bookworm)', cpus: 2, memory_MiB: 24_106, accelerator: 'tcg' },
    ...{ reasons: [], trials: [] },
  };
}

/** Makes the directory of a run that has just begun. */
export function beginRun(dir: string, run: Run): void {
  mkdirSync(join(dir, 'console'), { recursive: true });
  writeRecord(dir, run);
  writeFileSync(join(dir, 'history.jsonl'), '');
}

/** Writes steps as they are, at once. */
export function writeSteps(dir: string, steps: readonly Step[]): void {
  const files = new Map<string, string[]>();
  for (const step of steps) {
    const [file, text] = 'line' in step ? ['history.jsonl', `${step.line}\n`] : [join('console', step.file), step.text];
    files.set(file, [...(files.get(file) ?? []), text]);
  }
  for (const [file, texts] of files) appendFileSync(join(dir, file), texts.join(''));
}

/** Ends a run as a run ends: judged from what it wrote. */
export function finishRun(dir: string, run: Run, finished = new Date()): Run {
  const { records } = readHistory(join(dir, 'history.jsonl'));
  const { scaling: _, ...judged } = judge(records);
  const done = { ...run, ...judged, finished: finished.toISOString() };
  writeRecord(dir, done);
  return done;
}

function writeRecord(dir: string, run: Run): void {
  writeFileSync(join(dir, 'run.json.partial'), `${JSON.stringify(run, null, 2)}\n`);
  renameSync(join(dir, 'run.json.partial'), join(dir, 'run.json'));
}

if (process.argv[1] === import.meta.filename) {
  const [, , dir = '', speed = '1', id = 'rehearsal'] = process.argv;
  const run = rehearsedRun(id);
  beginRun(dir, run);
  const begun = performance.now();
  const steps = rehearse();
  while (steps.length > 0) {
    const now = ((performance.now() - begun) / 1000) * Number(speed);
    const due = steps.findIndex(({ t }) => t > now);
    writeSteps(dir, steps.splice(0, due < 0 ? steps.length : due));
    await sleep(STEP_MS);
  }
  finishRun(dir, run);
}
