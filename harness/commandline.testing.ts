/** For tests of the whole program: it is started as a person starts it, and what it leaves behind is looked for afterwards. */
import { type ChildProcess, spawn } from 'node:child_process';
import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { readHistory } from '../results/history.ts';
import { Run } from '../results/model.ts';
import { MARK } from '../targets/leash.ts';

const MAIN = join(import.meta.dirname, 'main.ts');

export interface Started {
  readonly child: ChildProcess;
  /** everything printed so far */
  readonly said: () => string;
  readonly done: Promise<{ readonly code: number | null; readonly stdout: string; readonly stderr: string }>;
  /** resolves as soon as the pattern stands in what was printed; rejects when the program ends without it */
  saw(pattern: RegExp): Promise<void>;
}

/** A directory of the test's own: undo records, results and a working directory, gone when disposed. */
export function workspace(): Disposable & { readonly dir: string; readonly env: NodeJS.ProcessEnv } {
  const dir = mkdtempSync(join(tmpdir(), 'sp-test-'));
  return {
    dir,
    env: { ...process.env, STORMPROOF_STATE: join(dir, 'state'), STORMPROOF_STORE: '', TMPDIR: dir, CI: 'true' },
    [Symbol.dispose]: () => {
      // a test that failed halfway must not leave a run going on; what hangs on its leash goes with it
      for (const child of children.get(dir) ?? []) if (child.exitCode === null) child.kill('SIGKILL');
      children.delete(dir);
      rmSync(dir, { recursive: true, force: true });
    },
  };
}

/** Everything started in a workspace that may still be going on. */
const children = new Map<string, ChildProcess[]>();

export interface Where {
  readonly dir: string;
  readonly env: NodeJS.ProcessEnv;
  /** a program that starts it, where it is not to be started directly */
  readonly through?: readonly string[];
}

/** Starts stormproof in `dir`. */
export function start(args: readonly string[], options: Where): Started {
  const [file, ...rest] = [...(options.through ?? []), process.execPath, MAIN, ...args] as [string, ...string[]];
  const child = spawn(file, rest, { cwd: options.dir, env: options.env, stdio: ['ignore', 'pipe', 'pipe'] });
  children.set(options.dir, [...(children.get(options.dir) ?? []), child]);
  let stdout = '';
  let stderr = '';
  child.stdout.setEncoding('utf8').on('data', (text: string) => {
    stdout += text;
  });
  child.stderr.setEncoding('utf8').on('data', (text: string) => {
    stderr += text;
  });
  const done = new Promise<{ code: number | null; stdout: string; stderr: string }>((resolve) => {
    child.on('close', (code) => resolve({ code, stdout, stderr }));
  });
  const saw = (pattern: RegExp) =>
    new Promise<void>((resolve, reject) => {
      const look = () => pattern.test(stdout + stderr) && resolve();
      child.stdout.on('data', look);
      child.stderr.on('data', look);
      void done.then(() => reject(new Error(`ended without ${pattern}: ${stdout}${stderr}`)));
      look();
    });
  return { child, said: () => stdout + stderr, done, saw };
}

/** Starts stormproof and waits for its end. */
export const run = (args: readonly string[], options: Where) => start(args, options).done;

/** The one run below `dir`, its record checked against the schema, and its history. */
export function theRun(dir: string) {
  const runs = join(dir, 'results', 'runs');
  const [name, ...others] = readdirSync(runs);
  if (name === undefined || others.length > 0) throw new Error(`expected one run in ${runs}, found ${[name, ...others].join(', ')}`);
  const path = join(runs, name);
  return {
    path,
    run: Run.parse(JSON.parse(readFileSync(join(path, 'run.json'), 'utf8'))),
    junit: readFileSync(join(path, 'junit.xml'), 'utf8'),
    ...readHistory(join(path, 'history.jsonl')),
  };
}

/** What is there of runs that were started in a workspace: their processes, directories and undo records. */
export function leftovers(env: NodeJS.ProcessEnv): { processes: string[]; directories: string[]; leases: string[] } {
  const leases = list(join(env.STORMPROOF_STATE ?? '', 'leases'));
  return {
    processes: processesOf(env),
    directories: list(env.TMPDIR ?? '').filter((name) => name.startsWith('stormproof-')),
    leases,
  };
}

export const NOTHING = { processes: [], directories: [], leases: [] };

/** Whatever a run starts has the run's environment, and so the workspace's. */
function processesOf(env: NodeJS.ProcessEnv): string[] {
  const wanted = `STORMPROOF_STATE=${env.STORMPROOF_STATE}`;
  return list('/proc').flatMap((pid) => {
    if (!/^\d+$/.test(pid)) return [];
    try {
      const environment = readFileSync(`/proc/${pid}/environ`, 'latin1').split('\0');
      if (!environment.includes(wanted) || !environment.some((each) => each.startsWith(`${MARK}=`))) return [];
      return [`${pid} ${readFileSync(`/proc/${pid}/comm`, 'utf8').trim()}`];
    } catch {
      return []; // it ended while we looked
    }
  });
}

function list(dir: string): string[] {
  try {
    return readdirSync(dir).sort();
  } catch {
    return []; // nothing was ever written there
  }
}
