/**
 * KVM or TCG? `/dev/kvm` may be there and unable to boot a stock kernel (nested, paravirtual hosts), so only a bounded trial boot tells.
 * Its outcome is remembered for this machine, kernel and QEMU.
 */
import { accessSync, constants, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { cpus, release } from 'node:os';
import { join } from 'node:path';
import { explain, InfraError } from '../../results/errors.ts';
import { cacheDir } from '../../results/paths.ts';
import { run, start } from '../leash.ts';
import type { Candidate } from '../target.ts';
import { ACCELERATOR_ARGV, KERNEL_PARAMETERS } from './qemu.ts';

export interface Accelerator {
  readonly kind: 'kvm' | 'tcg';
  /** in words, for the record: a lab's figures mean nothing without it */
  readonly why: string;
}

/** A stock kernel reaches its init under working KVM in about a second. */
const TRIAL_LIMIT_S = 20;
const MARKER = 'stormproof: init';

export async function qemuVersion(runId: string): Promise<string> {
  try {
    const text = await run(['qemu-system-x86_64', '--version'], { run: runId, limit_s: 20 });
    return /version (\S+)/.exec(text)?.[1] ?? 'unknown';
  } catch (cause) {
    throw new InfraError(`QEMU cannot be run: ${explain(cause)}; install the package qemu-system-x86`, { cause });
  }
}

/**
 * Chooses the accelerator; `initramfs` must be the candidate's, its init says the marker. A trial that fails is held against KVM here,
 * never against the candidate; it will be judged under TCG, and the record says why.
 */
export async function chooseAccelerator(options: {
  readonly run: string;
  readonly candidate: Candidate;
  readonly initramfs: Buffer;
  readonly scratch: string;
  readonly note: (text: string) => void;
}): Promise<Accelerator> {
  try {
    accessSync('/dev/kvm', constants.R_OK | constants.W_OK);
  } catch (error) {
    return {
      kind: 'tcg',
      why: (error as NodeJS.ErrnoException).code === 'ENOENT' ? 'there is no /dev/kvm' : '/dev/kvm may not be opened by this user',
    };
  }
  const key = `${release()} | ${cpus()[0]?.model ?? ''} | QEMU ${await qemuVersion(options.run)}`;
  const memory = join(cacheDir(), 'accelerator.json');
  const remembered = recall(memory)[key];
  if (remembered !== undefined) return remembered;
  options.note('trying whether /dev/kvm can boot a kernel (once)');
  const failure = await trialBoot(options);
  const found: Accelerator =
    failure === undefined
      ? { kind: 'kvm', why: 'a trial boot under KVM reached its init' }
      : { kind: 'tcg', why: `/dev/kvm is there, but a trial boot under it failed: ${failure}` };
  mkdirSync(cacheDir(), { recursive: true });
  writeFileSync(memory, `${JSON.stringify({ ...recall(memory), [key]: found }, null, 2)}\n`);
  return found;
}

/** What earlier trials found; a damaged memory is as good as none. */
function recall(path: string): Record<string, Accelerator> {
  try {
    return JSON.parse(readFileSync(path, 'utf8'));
  } catch {
    return {}; // missing or damaged: the trial is done again
  }
}

/** Undefined when the marker was seen, else why not, in QEMU's words where it has any. */
async function trialBoot(options: {
  readonly run: string;
  readonly candidate: Candidate;
  readonly initramfs: Buffer;
  readonly scratch: string;
}): Promise<string | undefined> {
  const initrd = join(options.scratch, 'trial.cpio');
  writeFileSync(initrd, options.initramfs);
  const job = start(
    [
      'qemu-system-x86_64',
      ...['-nodefaults', '-no-user-config', '-display', 'none', '-no-reboot', '-machine', 'q35', '-m', '512M', '-smp', '2'],
      ...ACCELERATOR_ARGV.kvm,
      ...['-kernel', options.candidate.image, '-initrd', initrd, '-append', KERNEL_PARAMETERS.join(' '), '-serial', 'stdio'],
    ],
    { run: options.run, limit_s: TRIAL_LIMIT_S },
  );
  let text = '';
  const reached = new Promise<boolean>((resolve) => {
    job.stdout.on('data', (chunk: Buffer) => {
      text = (text + chunk.toString('latin1')).slice(-10_000);
      if (text.includes(MARKER)) resolve(true);
    });
    void job.done.then(() => resolve(false));
  });
  const works = await reached;
  await job.stop();
  rmSync(initrd, { force: true });
  if (works) return undefined;
  const { stderr, timedOut } = await job.done;
  const words =
    stderr
      .split('\n')
      .map((line) => line.trim())
      .find((line) => line.includes('error')) ?? stderr.split('\n')[0];
  return timedOut || !words ? `it did not reach its init in ${TRIAL_LIMIT_S} s` : words;
}
