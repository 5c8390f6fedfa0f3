/**
 * Local programs on a leash. Whatever a run starts carries the run's mark in its environment, stands in a process group of its own, is
 * ended by the machine after its time limit, and dies with the controller: so nothing outlives a run, also not one ended by SIGKILL.
 */
import type { Readable } from 'node:stream';
import { execa } from 'execa';
import { explain, InfraError } from '../results/errors.ts';
import { familyOf, processes } from './processes.ts';
import type { Job, LocalJob } from './target.ts';

/** Environment variable that names the run; `clean` finds what is left over by it. */
export const MARK = 'STORMPROOF_RUN';

/** From SIGTERM to SIGKILL: some engines ignore everything else (trafgen 0.6.8). */
const GRACE_S = 2;
const STDERR_KEPT_BYTES = 4096;

export interface LeashOptions {
  /** the run that it belongs to */
  readonly run: string;
  /** ended after so many seconds, by timeout(1) */
  readonly limit_s: number;
  /** argv prefix that enters a namespace */
  readonly within?: readonly string[];
}

/**
 * The argv that puts `argv` on a leash: setpriv(1) asks the kernel for a signal when the parent dies (prctl(2), PR_SET_PDEATHSIG),
 * timeout(1) bounds the time. Namespaces are entered first since a change of credentials clears the parent-death signal.
 */
export function leash(argv: readonly string[], options: Pick<LeashOptions, 'limit_s' | 'within'>): string[] {
  return [
    ...(options.within ?? []),
    ...['setpriv', '--pdeathsig', 'TERM', '--'],
    ...['timeout', '-k', String(GRACE_S), String(Math.ceil(options.limit_s))],
    ...['setpriv', '--pdeathsig', 'KILL', '--'],
    ...argv,
  ];
}

/** The environment of everything that run `run` starts. */
export function marked(run: string): Record<string, string> {
  return { ...process.env, [MARK]: run, PATH: `${process.env.PATH ?? ''}:/usr/sbin:/sbin:/usr/bin:/bin`, LC_ALL: 'C.UTF-8' };
}

/** Starts `argv` on a leash; its output is streamed, never gathered. */
export function start(argv: readonly string[], options: LeashOptions): LocalJob & { readonly pid: number | undefined } {
  const begun = performance.now();
  const job = startBare(leash(argv, options), options.run);
  // where timeout(1) needs SIGKILL it goes with the group and leaves no exit code: then only the clock tells
  const late = () => performance.now() - begun >= options.limit_s * 1000;
  return {
    ...job,
    done: job.done.then((how) => ({ ...how, timedOut: how.timedOut || (how.code === null && late()) })),
    pids: () => (job.pid === undefined ? [] : groupOf(job.pid)),
  };
}

/** The processes of a group and all that they started, also out of it, without its leader. */
const groupOf = (leader: number): number[] =>
  familyOf(processes(), ({ pid, group }) => pid === leader || group === leader).flatMap(({ pid, dead }) =>
    dead || pid === leader ? [] : [pid],
  );

/** As `start`, but the process is the program itself (no timeout(1) between): for a caller that needs its pid. */
export function startBare(argv: readonly string[], run: string): Job & { readonly pid: number | undefined } {
  const [file, ...args] = argv as [string, ...string[]];
  const child = execa(file, args, {
    env: marked(run),
    extendEnv: false,
    detached: true,
    cleanup: false,
    buffer: false,
    reject: false,
    stdin: 'pipe',
    stdout: 'pipe',
    stderr: 'pipe',
  });
  let stderr = '';
  let over = false;
  child.stderr.setEncoding('utf8');
  child.stderr.on('data', (text: string) => {
    stderr = (stderr + text).slice(-STDERR_KEPT_BYTES);
  });
  child.stdin.on('error', () => {
    // the program may end before it has read everything; `done` tells how it ended
  });
  const done = child.then((result) => {
    const code = result.exitCode ?? null;
    // timeout(1) exits with 124 when the limit passed and it ended the program, 137 when that took SIGKILL
    const timedOut = code === 124 || code === 137;
    // what it left in its group goes now: later its number may be that of a group of somebody else's
    over = true;
    try {
      if (child.pid !== undefined) signalGroup(child.pid, 'SIGKILL');
    } catch {
      // of another user's by now: not ours
    }
    return { code, stderr: stderr.trim() || (result.failed && code === null ? explain(result) : ''), timedOut };
  });
  const stop = async (): Promise<void> => {
    if (child.pid === undefined || over) return;
    signalGroup(child.pid, 'SIGTERM');
    const killer = setTimeout(() => signalGroup(child.pid as number, 'SIGKILL'), GRACE_S * 1000);
    await done;
    clearTimeout(killer);
  };
  return { pid: child.pid, stdin: child.stdin, stdout: child.stdout as Readable, done, stop };
}

/** Signals a whole process group; that it is gone already is what was wanted. */
function signalGroup(pid: number, signal: NodeJS.Signals): void {
  try {
    process.kill(-pid, signal);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ESRCH') throw error;
  }
}

/**
 * Runs a short program to its end and returns what it printed. Throws InfraError with its last words when it fails.
 * `input` goes to its stdin.
 */
export async function run(argv: readonly string[], options: LeashOptions & { readonly input?: string }): Promise<string> {
  const [file, ...args] = leash(argv, options) as [string, ...string[]];
  const result = await execa(file, args, {
    env: marked(options.run),
    extendEnv: false,
    reject: false,
    maxBuffer: 1_000_000,
    ...(options.input === undefined ? { stdin: 'ignore' as const } : { input: options.input }),
  });
  if (result.failed) {
    const words = (result.stderr || result.shortMessage || '').trim().split('\n').slice(-3).join(' ');
    throw new InfraError(`${argv.slice(0, 4).join(' ')}: ${words}`);
  }
  return result.stdout;
}
