/** Nights of runs, one like the other but for what their number decides: for tests, and for as many as a benchmark wants. */
import type { Run, TrialResult } from '../model.ts';

const FIRST_NIGHT = Date.UTC(2026, 0, 1, 2);
const HOURS_ms = 3_600_000;
const KERNELS = ['6.1.0-56-cloud-amd64', '6.12.9-amd64', '6.18.0-rc3+'] as const;
const CLASSES = ['1G', '384G'] as const;
const CASES = [
  ['ipv6-flood', 'udp-66'],
  ['ipv6-flood', 'mixed'],
  ['storage-cutoff', 'cut'],
  ['io-storm', 'randwrite-16'],
] as const;

/** The run of number `night`, from 0, with `trials` trials; one starts every eight hours. Every fifth fails, every seventh is unknown. */
export function sampleRun(night: number, change: Partial<Run> = {}, trials: number = CASES.length): Run {
  const started = new Date(FIRST_NIGHT + night * 8 * HOURS_ms);
  const kernel = KERNELS[night % KERNELS.length] as string;
  const size = CLASSES[Math.floor(night / 2) % CLASSES.length] as string;
  const all = Array.from({ length: trials }, (_, index) => sampleTrial(night, index, { candidate: kernel, class: size }));
  const verdict = (['fail', 'unknown'] as const).find((each) => all.some((trial) => trial.verdict === each)) ?? 'pass';
  const stamp = started.toISOString().replaceAll(/[-:]|\.\d+/g, '');
  return {
    schema: 1,
    id: `${stamp.replace('T', '-').toLowerCase()}-${night.toString(16).padStart(4, '0')}`,
    name: 'nightly',
    argv: ['certify', '--profile', 'nightly', '--name', 'nightly'],
    started: started.toISOString(),
    finished: new Date(started.getTime() + HOURS_ms).toISOString(),
    profile: 'nightly',
    notes: ['lab: virtual machines, virtual network cards and NBD tails on one machine; no figure here is a line rate'],
    seed: 1_000_000 + night,
    target: 'lab',
    candidates: [{ asked: `deb:linux-image-${kernel}`, release: kernel, version: `${kernel} #1 SMP`, files: [] }],
    versions: { stormproof: '0.1.0', node: '24.21.0', qemu: '7.2.22' },
    host: { name: 'lab1', cpus: 2, memory_MiB: 24_106, accelerator: 'tcg', accelerator_why: '/dev/kvm: ENOENT' },
    verdict,
    reasons: [],
    trials: all,
    ...change,
  };
}

export function sampleTrial(night: number, index: number, change: Partial<TrialResult> = {}): TrialResult {
  const [suite, name] = CASES[index % CASES.length] as (typeof CASES)[number];
  const verdict = night % 5 === 4 && index === 2 ? 'fail' : night % 7 === 6 && index === 1 ? 'unknown' : 'pass';
  const machines = suite === 'ipv6-flood' ? ['head'] : ['tenant1', 'tenant2'];
  return {
    name: `${suite}.${name}${index < CASES.length ? '' : `.${index}`}`,
    suite,
    case: name,
    class: '1G',
    seed: 1_000_000 + night,
    candidate: KERNELS[0],
    verdict,
    reasons: verdict === 'pass' ? [] : ['no_hang: tenant1: "INFO: task hung in jbd2_journal_commit_transaction"'],
    objectives: ['no_crash', 'no_hang', 'network_recovery_s'].map((each) => ({
      name: each,
      verdict: verdict === 'fail' && each === 'no_hang' ? ('fail' as const) : ('pass' as const),
      measured: '0 events',
      threshold: '',
      reason: '',
    })),
    recovery: machines.flatMap((machine) =>
      (['network', 'storage', 'management'] as const).map((probe, at) => ({
        machine,
        probe,
        seconds: Math.round(10 * (at + (night % 11) / 5)) / 10,
        how: 'self' as const,
      })),
    ),
    measures: machines.map((machine) => ({ machine, name: 'boot', seconds: 5 + (night % 13) / 10 })),
    peakResident_MiB: 1800,
    events:
      verdict === 'fail'
        ? [
            {
              machine: 'tenant1',
              kind: 'hung_task',
              class: 'hang',
              title: 'INFO: task hung in jbd2_journal_commit_transaction',
              t: 33,
              count: 6,
            },
          ]
        : [],
    seconds: 60 + (night % 17),
    ...change,
  };
}
