/**
 * Boot to management-ready, against the same kernel booted by a hand-written QEMU line to a shell in an initramfs. Rounds are interleaved, and
 * the order within a round is turned each time, so that the noise of a shared machine falls on both alike.
 */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { CLASSES, DEFAULT_CLASS, emptyHeadOf, type HostClass, isLarge } from '../suites/classes.ts';
import { resolveCandidate } from '../targets/candidate/index.ts';
import { cpio } from '../targets/lab/cpio.ts';
import { lab } from '../targets/lab/lab.ts';
import { BUSYBOX, fileOfUserland, userland } from '../targets/lab/userland.ts';
import { start } from '../targets/leash.ts';
import { show, spread } from './statistics.ts';

const ROUNDS = 7;
const LIMIT_S = 300;
/** Of a large host what the machine does for itself weighs more than what is done for it. */
const BOUNDS = { small: 1.3, large: 1.2 } as const;
const KERNEL = 'deb:linux-image-cloud-amd64';
const MARKER = 'SHELL READY';

/** `npm run bench -- boot [KERNEL] [CLASS]`. Prints both times and their ratio; exit 1 when the ratio's median is above the bound. */
export async function boot(args: readonly string[]): Promise<number> {
  const size: HostClass | undefined = CLASSES[(args[1] ?? DEFAULT_CLASS) as keyof typeof CLASSES];
  if (size === undefined) throw new Error(`there is no class ${args[1]}: ${Object.keys(CLASSES).join(', ')}`);
  const bound = isLarge(size) ? BOUNDS.large : BOUNDS.small;
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
      contended: () => undefined,
    };
    let accelerator = '';
    const ours = async (round: number): Promise<number> => {
      await using site = await lab.open(
        { machines: [{ ...emptyHeadOf(size), name: 'machine' }] },
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
    const bare = () => bareBoot({ kernel: candidate.image, initrd, accelerator, size }, run);
    await bare();
    const times = { ours: [] as number[], bare: [] as number[] };
    for (let round = 1; round <= ROUNDS; round += 1) {
      const steps = [async () => times.ours.push(await ours(round)), async () => times.bare.push(await bare())];
      for (const step of round % 2 === 0 ? steps : steps.toReversed()) await step();
      note(`round ${round} of ${ROUNDS}: ready ${times.ours.at(-1)?.toFixed(2)} s, bare ${times.bare.at(-1)?.toFixed(2)} s`);
    }
    const ratio = spread(times.ours.map((time, index) => time / (times.bare[index] as number)));
    console.log(
      `${candidate.release}, ${accelerator}, class ${size.name}, ${size.cpus} CPUs, ${size.memory_MiB} MiB, ${ROUNDS} interleaved rounds`,
    );
    console.log(`management ready  ${show(spread(times.ours), ' s')}`);
    console.log(`bare QEMU line    ${show(spread(times.bare), ' s')}`);
    console.log(`ratio             ${show(ratio, 'x')}, bound ${bound}x`);
    return ratio.median <= bound ? 0 : 1;
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

interface Bare {
  readonly kernel: string;
  readonly initrd: string;
  readonly accelerator: string;
  readonly size: HostClass;
}

/** No more than a host of several nodes, or of more memory than there is, cannot be had without. */
function nodesArgv(size: HostClass): string[] {
  const { nodes, cpus, memory_MiB } = size;
  if (!isLarge(size)) return ['-smp', String(cpus)];
  const each = Array.from({ length: nodes }, (_, node) => [
    ...['-object', `memory-backend-ram,id=m${node},size=${memory_MiB / nodes}M,reserve=off`],
    ...['-numa', `node,memdev=m${node},cpus=${(node * cpus) / nodes}-${((node + 1) * cpus) / nodes - 1}`],
  ]);
  return ['-smp', `${cpus},sockets=${nodes}`, ...each.flat()];
}

/** The line that a person would write by hand, timed from its start to the shell. */
async function bareBoot({ kernel, initrd, accelerator, size }: Bare, run: string): Promise<number> {
  const cpu = accelerator === 'kvm' ? ['-accel', 'kvm', '-cpu', 'host'] : ['-accel', 'tcg,thread=multi', '-cpu', 'max'];
  const start_ms = performance.now();
  const argv = ['qemu-system-x86_64', ...cpu, '-m', `${size.memory_MiB}M`, ...nodesArgv(size), '-nographic', '-kernel', kernel];
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
