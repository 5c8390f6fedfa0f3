/**
 * What is taken of a machine's memory, from outside: the kernel's log, for which a few pages are read; or a core of what is the kernel's own, for which
 * all that the machine uses is copied first. The machine must stand still meanwhile.
 */
import { readFile, rename, rm, statfs, writeFile } from 'node:fs/promises';
import { dirname } from 'node:path';
import { explain, InfraError } from '../../../results/errors.ts';
import { gibText } from '../../../results/memory.ts';
import type { DumpAccount, DumpBudget, DumpKind } from '../../target.ts';
import { notesOf } from './elf-core.ts';
import { type Ask, GuestMemory } from './guest-memory.ts';
import { readKernelLog } from './kernel-log.ts';
import { filterCore, filterFor, makedumpfileVersion } from './makedumpfile.ts';
import { writeMemoryImage } from './memory-image.ts';
import { pagingIn } from './page-tables.ts';
import { findVmcoreInfo, type VmcoreInfo } from './vmcoreinfo.ts';

const MIBI = 2 ** 20;
const GIBI = 2 ** 30;
/** Left of the disk for everything else. */
const SPARE_BYTES = GIBI;
/** By then the deadline has ended the program already. */
const LATE_S = 5;
const COUNTED_BYTES = 64 << 20;

export interface DumpSource {
  /** the process of QEMU */
  readonly pid: number;
  /** what the programs that work on it are marked with */
  readonly run: string;
  readonly ask: Ask;
  /** has QEMU write a core of one page to a path, for its notes: they tell of the processors */
  readonly writeNotes: (path: string) => Promise<void>;
}

/** Writes it to `path`, whole or not at all. Throws InfraError with the reason why it cannot be had, or the signal's. */
export async function dump(kind: DumpKind, path: string, source: DumpSource, budget: DumpBudget): Promise<DumpAccount> {
  const deadline = AbortSignal.timeout(Math.ceil(budget.limit_s * 1000));
  const signal = budget.signal === undefined ? deadline : AbortSignal.any([deadline, budget.signal]);
  const end = performance.now() + budget.limit_s * 1000;
  try {
    await using memory = await GuestMemory.open(source.pid, source.ask);
    const { info, tables } = await findVmcoreInfo(memory, pagingIn(await source.ask('info registers -a')), signal);
    if (kind === 'log') return await writeLog(path, await readKernelLog(info, tables), budget.most_bytes);
    const left_s = (): number => Math.max(1, (end - performance.now()) / 1000);
    return await writeCore(path, { memory, info, source, signal, left_s, most_bytes: budget.most_bytes });
  } catch (cause) {
    if (budget.signal?.aborted) throw budget.signal.reason;
    if (deadline.aborted) throw new InfraError(`not done in ${budget.limit_s} s`, { cause });
    throw cause instanceof InfraError ? cause : new InfraError(explain(cause), { cause });
  }
}

/** Of a log that is too long its end, which tells of the panic. */
async function writeLog(path: string, log: string, most_bytes: number): Promise<DumpAccount> {
  const all = Buffer.from(log);
  const kept = all.subarray(Math.max(0, all.length - most_bytes));
  try {
    await writeFile(`${path}.partial`, kept);
    await rename(`${path}.partial`, path);
  } finally {
    await rm(`${path}.partial`, { force: true });
  }
  return { bytes: kept.length, detail: kept.length < all.length ? `the last of ${all.length} bytes` : 'the whole log' };
}

interface CorePlan {
  readonly memory: GuestMemory;
  readonly info: VmcoreInfo;
  readonly source: DumpSource;
  readonly signal: AbortSignal;
  readonly left_s: () => number;
  readonly most_bytes: number;
}

async function writeCore(path: string, { memory, info, source, signal, left_s, most_bytes }: CorePlan): Promise<DumpAccount> {
  const { level, without } = filterFor(info.release, await makedumpfileVersion(source.run));
  const used_bytes = await refuseWithoutSpace(dirname(path), memory, most_bytes);
  const notes = Buffer.concat([await processorNotes(`${path}.notes`, source), info.note]);
  await using image = await writeMemoryImage(`${path}.memory`, notes, { memory, signal });
  const bytes = await filterCore(image.path, path, { run: source.run, level, limit_s: left_s() + LATE_S, most_bytes, signal });
  return { bytes, detail: `of ${Math.round(used_bytes / MIBI)} MiB in use, without ${without}` };
}

/** A full disk would end the run for everybody: what the machine uses must fit, beside the most that is to be kept. Gives what it uses. */
async function refuseWithoutSpace(dir: string, memory: GuestMemory, most_bytes: number): Promise<number> {
  let used_bytes = 0;
  for await (const { bytes } of memory.populated(COUNTED_BYTES)) used_bytes += bytes;
  const { bavail, bsize } = await statfs(dir);
  const needed = used_bytes + Math.min(used_bytes, most_bytes) + SPARE_BYTES;
  if (bavail * bsize < needed) {
    throw new InfraError(`it takes ${gibText(needed / MIBI)} of disk on the way, and ${dir} has ${gibText((bavail * bsize) / MIBI)}`);
  }
  return used_bytes;
}

async function processorNotes(path: string, { writeNotes }: DumpSource): Promise<Buffer> {
  try {
    await writeNotes(path);
    return notesOf(await readFile(path));
  } finally {
    await rm(path, { force: true });
  }
}
