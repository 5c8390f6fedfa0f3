/**
 * What a run would leave behind if it died now, on disk before it is made: so that `clean` needs nothing else. A lease is one JSON file in
 * the state directory; a run that ends takes its own away.
 *
 * Processes are found by the run's mark in their environment. Namespaces, taps, links and the faults of tails go with their processes.
 */
import { mkdirSync, readdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { z } from 'zod';
import { explain, InfraError } from '../results/errors.ts';
import { stateDir } from '../results/paths.ts';
import { MARK } from '../targets/leash.ts';

const Lease = z.object({
  run: z.string().regex(/^[a-z0-9-]+$/),
  /** the controller, and when it started (clock ticks since boot: proc(5), stat field 22), since numbers are used again */
  controller: z.object({ pid: z.int(), started: z.string() }),
  /** sockets, disks of tails, initramfs: only ever a directory that `newRuntimeDir` named */
  runtimeDir: z.string(),
  /** where the run's record is written, for whoever wants to watch it */
  dir: z.string().optional(),
});
type Lease = z.infer<typeof Lease>;

const RUNTIME_PREFIX = 'stormproof-';
const DEATH_LIMIT_MS = 5_000;

const leaseDir = (): string => join(stateDir(), 'leases');
const leasePath = (run: string): string => join(leaseDir(), `${run}.json`);

/** A UNIX socket's path has 108 bytes (unix(7)); what the run puts below its directory needs the rest. */
const TMPDIR_LIMIT_CHARS = 40;

/** Where runs have their sockets and disks: `$TMPDIR` where that is short enough. */
export const runtimeRoot = (): string => (tmpdir().length <= TMPDIR_LIMIT_CHARS ? tmpdir() : '/tmp');

/** A directory of run `run` for sockets and disks, not made yet. */
export const newRuntimeDir = (run: string): string => join(runtimeRoot(), `${RUNTIME_PREFIX}${run}`);

/** Writes the lease of a run of this process, whose record is in `dir`. Throws InfraError when it cannot be written: then nothing may be started. */
export function takeLease(run: string, runtimeDir: string, dir?: string): void {
  const controller = { pid: process.pid, started: startOf(process.pid) ?? '' };
  const lease: Lease = { run, controller, runtimeDir, ...(dir === undefined ? {} : { dir }) };
  try {
    mkdirSync(leaseDir(), { recursive: true });
    // whole or not at all: a `clean` that reads half of it takes the run for a dead one
    writeFileSync(`${leasePath(run)}.partial`, `${JSON.stringify(lease)}\n`);
    renameSync(`${leasePath(run)}.partial`, leasePath(run));
  } catch (cause) {
    throw new InfraError(`cannot write the undo record ${leasePath(run)}: ${explain(cause)}`, { cause });
  }
}

/** Removes everything of run `run`: its processes first, then its files, its lease last. Returns what was removed, in words. */
export async function settle(run: string, runtimeDir: string): Promise<string[]> {
  const done: string[] = [];
  const processes = marked(run);
  for (const { pid, name } of processes) {
    kill(pid);
    done.push(`process ${pid} (${name})`);
  }
  let left = marked(run);
  for (const end = performance.now() + DEATH_LIMIT_MS; left.length > 0 && performance.now() < end; left = marked(run)) {
    for (const { pid } of left) kill(pid); // one that was started meanwhile, too
    await sleep(20);
  }
  if (left.length > 0)
    throw new InfraError(`processes of run ${run} do not die: ${left.map(({ pid, name }) => `${pid} (${name})`).join(', ')}`);
  if (basename(runtimeDir) === `${RUNTIME_PREFIX}${run}`) {
    try {
      readdirSync(runtimeDir);
      done.push(runtimeDir);
    } catch {
      // never made, or gone already: nothing to tell
    }
    rmSync(runtimeDir, { recursive: true, force: true });
  }
  rmSync(leasePath(run), { force: true });
  return done;
}

export interface Leftover {
  readonly run: string;
  /** the run's controller still lives: it is under way, not left over */
  readonly alive: boolean;
  readonly runtimeDir: string;
  /** where its record is written */
  readonly dir?: string;
  /** why the undo record cannot be used, where it cannot */
  readonly damaged?: string;
}

/** Every run that has a lease, under way or left over. */
export function leases(): Leftover[] {
  let names: string[];
  try {
    names = readdirSync(leaseDir()).filter((name) => name.endsWith('.json'));
  } catch {
    return []; // no run has ever been here
  }
  return names.sort().map((name) => {
    const run = basename(name, '.json');
    try {
      const lease = Lease.parse(JSON.parse(readFileSync(join(leaseDir(), name), 'utf8')));
      const alive = lease.controller.started !== '' && startOf(lease.controller.pid) === lease.controller.started;
      return { run: lease.run, alive, runtimeDir: lease.runtimeDir, ...(lease.dir === undefined ? {} : { dir: lease.dir }) };
    } catch (error) {
      // a lease torn by a full disk or a crash still names its run, and with it its processes and its directory
      return { run, alive: false, runtimeDir: newRuntimeDir(run), damaged: explain(error) };
    }
  });
}

/** Start time of a process in clock ticks, or undefined when there is none. */
function startOf(pid: number): string | undefined {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, 'latin1');
    // the name in parentheses may hold spaces; fields are counted from behind it
    return stat.slice(stat.lastIndexOf(')') + 2).split(' ')[19];
  } catch {
    return undefined; // it is gone
  }
}

/** Processes that carry the run's mark; zombies and this process itself left out. */
function marked(run: string): { pid: number; name: string }[] {
  const wanted = `${MARK}=${run}`;
  return readdirSync('/proc')
    .filter((entry) => /^\d+$/.test(entry))
    .flatMap((entry) => {
      const pid = Number(entry);
      if (pid === process.pid) return [];
      try {
        if (!readFileSync(`/proc/${pid}/environ`, 'latin1').split('\0').includes(wanted)) return [];
        return [{ pid, name: readFileSync(`/proc/${pid}/comm`, 'latin1').trim() }];
      } catch {
        return []; // it ended meanwhile, or is another user's
      }
    });
}

function kill(pid: number): void {
  try {
    process.kill(pid, 'SIGKILL');
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ESRCH')
      throw new InfraError(`cannot end process ${pid}: ${explain(error)}`, { cause: error });
  }
}
