/** The machine as the doctor sees it; a test passes another one. */
import { accessSync, constants, globSync, readdirSync, readFileSync, statfsSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { execa } from 'execa';
import { cacheDir } from '../../results/paths.ts';
import { type Room, roomHere } from '../../targets/lab/cost.ts';

export interface System {
  readonly uid: number;
  readonly cacheDir: string;
  /** the path of a program, which may be a path itself, or undefined */
  find(program: string): string | undefined;
  exists(path: string): boolean;
  /** Runs to the end, or until `signal` aborts; never throws. `output` is stdout and stderr, bounded. */
  run(argv: readonly string[], limit_s: number, signal?: AbortSignal): Promise<{ readonly ok: boolean; readonly output: string }>;
  /** the text of /etc/os-release, empty where there is none */
  osRelease(): string;
  hasPackageLists(): boolean;
  /** undefined when the file can be opened for reading and writing, else the error's code */
  openError(path: string): string | undefined;
  freeBytes(dir: string): number;
  memoryRoom(): Room;
}

/** A user's PATH often lacks the system's directories, where half of the programs stand. */
const ALSO = ['/usr/local/sbin', '/usr/sbin', '/sbin', '/usr/local/bin', '/usr/bin', '/bin'];
/** Debian has several versions of PostgreSQL beside each other. */
const BY_VERSION = '/usr/lib/postgresql/*/bin';
const MOST_OUTPUT = 200_000;
/** dpkg unpacks and configures a package within this, and a half-installed one is left behind by SIGKILL. */
const GRACE_MS = 30_000;

const directories = (): string[] => [
  ...new Set([...(process.env.PATH ?? '').split(':').filter((dir) => dir !== ''), ...ALSO, ...globSync(BY_VERSION)]),
];

export const thisSystem: System = {
  uid: process.getuid?.() ?? -1,
  cacheDir: cacheDir(),
  find: (program) =>
    (program.includes('/') ? [program] : directories().map((dir) => join(dir, program))).find((path) => can(path, constants.X_OK)),
  exists: (path) => can(path, constants.F_OK),
  async run([file = '', ...args], limit_s, signal) {
    const env = { PATH: directories().join(':'), LC_ALL: 'C.UTF-8', DEBIAN_FRONTEND: 'noninteractive' };
    const options = {
      env,
      reject: false,
      all: true,
      stdin: 'ignore',
      timeout: limit_s * 1000,
      // what apt-get takes for "no further package": it lets dpkg finish the one in hand (apt-pkg/deb/dpkgpm.cc, SigINT())
      killSignal: 'SIGINT',
      forceKillAfterDelay: GRACE_MS,
      ...(signal === undefined ? {} : { cancelSignal: signal }),
      maxBuffer: MOST_OUTPUT,
    } as const;
    const { failed, all, shortMessage } = await execa(file, args, options);
    return { ok: !failed, output: all || (shortMessage ?? '') };
  },
  osRelease: () => textOf('/etc/os-release'),
  hasPackageLists: () => names('/var/lib/apt/lists').some((name) => /_Packages(?:\.\w+)?$/.test(name)),
  openError(path) {
    try {
      accessSync(path, constants.R_OK | constants.W_OK);
      return undefined;
    } catch (error) {
      return (error as NodeJS.ErrnoException).code ?? 'unknown';
    }
  },
  freeBytes(dir) {
    for (let at = dir; ; at = dirname(at)) {
      if (!can(at, constants.F_OK) && at !== dirname(at)) continue;
      const { bavail, bsize } = statfsSync(at);
      return bavail * bsize;
    }
  },
  memoryRoom: roomHere,
};

function can(path: string, mode: number): boolean {
  try {
    accessSync(path, mode);
    return true;
  } catch {
    // not there or not allowed: both mean that we cannot
    return false;
  }
}

function textOf(path: string): string {
  try {
    return readFileSync(path, 'utf8');
  } catch {
    // a machine without this file simply does not say
    return '';
  }
}

function names(dir: string): string[] {
  try {
    return readdirSync(dir);
  } catch {
    // no directory, no names
    return [];
  }
}
