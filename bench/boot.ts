/**
 * Boot to management-ready, against the same kernel booted by a hand-written QEMU line to a shell in an initramfs. Rounds are interleaved, and
 * the order within a round is turned each time, so that the noise of a shared machine falls on both alike.
 */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { resolveCandidate } from '../targets/candidate/index.ts';
import { cpio } from '../targets/lab/cpio.ts';
import { lab } from '../targets/lab/lab.ts';
import { BUSYBOX, fileOfUserland, userland } from '../targets/lab/userland.ts';
import { start } from '../targets/leash.ts';
import { show, spread } from './statistics.ts';

const ROUNDS = 7;
const LIMIT_S = 120;
const BOUND = 1.3;
const MEMORY_MiB = 1024;
const CPUS = 2;
const KERNEL = 'deb:linux-image-cloud-amd64';
const MARKER = 'SHELL READY';

/** `npm run bench -- boot [KERNEL]`. Prints both times and their ratio; exit 1 when the ratio's median is above the bound. */
export async function boot(args: readonly string[]): Promise<number> {
  const { signal } = new AbortController();
  const note = (text: string) => console.error(text);
  const candidate = await resolveCandidate(args[0] ?? KERNEL, { note, signal, refresh: true });
  const dir = mkdtempSync(join(tmpdir(), 'sp-bench-'));
  const run = `bench-${process.pid}`;
  try {
    const image = await userland({ run, runtimeDir: dir, note, signal });
    const initrd = join(dir, 'shell.cpio');
    writeFileSync(initrd, shellInitramfs(await fileOfUserland(image, BUSYBOX)));
    const siteOptions = {
      candidate,
      run,
      consoleDir: dir,
      prefix: '',
      limit_s: LIMIT_S,
      append: [],
      signal,
      note,
      fault: (error: Error) => {
        throw error;
      },
    };
    let accelerator = '';
    const ours = async (round: number): Promise<number> => {
      await using site = await lab.open(
        { machines: [{ name: 'machine', seat: 'head', cpus: CPUS, memory_MiB: MEMORY_MiB }] },
        { ...siteOptions, runtimeDir: join(dir, `round${round}`) },
      );
      accelerator = site.accelerator.kind;
      const machine = site.machines.get('machine');
      const start_ms = performance.now();
      await machine?.boot(LIMIT_S);
      return (performance.now() - start_ms) / 1000;
    };
    // the first boot chooses the accelerator and fills caches; it does not count
    await ours(0);
    const bare = () => bareBoot(candidate.image, initrd, accelerator, run);
    await bare();
    const times = { ours: [] as number[], bare: [] as number[] };
    for (let round = 1; round <= ROUNDS; round += 1) {
      const steps = [async () => times.ours.push(await ours(round)), async () => times.bare.push(await bare())];
      for (const step of round % 2 === 0 ? steps : steps.toReversed()) await step();
      note(`round ${round} of ${ROUNDS}: ready ${times.ours.at(-1)?.toFixed(2)} s, bare ${times.bare.at(-1)?.toFixed(2)} s`);
    }
    const ratio = spread(times.ours.map((time, index) => time / (times.bare[index] as number)));
    console.log(`${candidate.release}, ${accelerator}, ${CPUS} CPUs, ${MEMORY_MiB} MiB, ${ROUNDS} interleaved rounds`);
    console.log(`management ready  ${show(spread(times.ours), ' s')}`);
    console.log(`bare QEMU line    ${show(spread(times.bare), ' s')}`);
    console.log(`ratio             ${show(ratio, 'x')}, bound ${BOUND}x`);
    return ratio.median <= BOUND ? 0 : 1;
  } finally {
    rmSync(dir, { recursive: true, force: true });
  }
}

/** A busybox, and an init that says that it is there and becomes a shell. */
function shellInitramfs(busybox: Buffer): Buffer {
  return cpio([
    { kind: 'directory', path: 'bin' },
    { kind: 'directory', path: 'dev' },
    { kind: 'device', path: 'dev/console', major: 5, minor: 1, mode: 0o600 },
    { kind: 'file', path: 'bin/busybox', mode: 0o755, data: busybox },
    { kind: 'file', path: 'init', mode: 0o755, data: `#!/bin/busybox sh\necho ${MARKER}\nexec /bin/busybox sh\n` },
  ]);
}

/** The line that a person would write by hand, timed from its start to the shell. */
async function bareBoot(kernel: string, initrd: string, accelerator: string, run: string): Promise<number> {
  const cpu = accelerator === 'kvm' ? ['-accel', 'kvm', '-cpu', 'host'] : ['-accel', 'tcg,thread=multi', '-cpu', 'max'];
  const start_ms = performance.now();
  const argv = ['qemu-system-x86_64', ...cpu, '-smp', String(CPUS), '-m', `${MEMORY_MiB}M`, '-nographic', '-kernel', kernel];
  const job = start([...argv, '-initrd', initrd, '-append', 'console=ttyS0'], { run, limit_s: LIMIT_S });
  let text = '';
  const ready = new Promise<boolean>((resolve) => {
    job.stdout.on('data', (chunk: Buffer) => {
      text = (text + chunk.toString('latin1')).slice(-1000);
      if (text.includes(MARKER)) resolve(true);
    });
    void job.done.then(() => resolve(false));
  });
  const reached = await ready;
  const seconds = (performance.now() - start_ms) / 1000;
  await job.stop();
  if (!reached) throw new Error(`the bare QEMU line did not reach its shell: ${(await job.done).stderr}`);
  return seconds;
}
