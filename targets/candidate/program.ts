/**
 * Runs the packaging programs of this machine. Their messages are asked for in English, since some causes are told only by words.
 */
import { execa } from 'execa';
import { InfraError, Interrupted } from '../../results/errors.ts';

/** Generous, for a slow disk and a slow mirror; only there so that nothing waits for ever. */
const LIMIT_ms = 900_000;

/** Where an ordinary user's PATH does not reach, although the programs there need no privilege (depmod). */
const SYSTEM_PATH = '/usr/sbin:/sbin';

/** Not the input's fault, whatever the program concludes from it. */
const OUR_SIDE = /no space left on device|disk quota exceeded|read-only file system|input\/output error/i;

export interface RunOptions {
  /** the Debian package that has the program */
  readonly install: string;
  readonly signal: AbortSignal | undefined;
  readonly cwd?: string;
}

export interface Ran {
  readonly code: number;
  readonly stdout: string;
  /** stdout as it came */
  readonly bytes: Buffer;
  /** the line of stderr that tells why it failed: the first that calls itself an error, else the last */
  readonly reason: string;
}

/** Runs to the end; a non-zero exit is returned. Throws InfraError when it is missing, slow or has no disk left, Interrupted when asked to stop. */
export async function run(argv: readonly [string, ...string[]], { install, signal, cwd }: RunOptions): Promise<Ran> {
  const [program, ...args] = argv;
  const result = await execa(program, args, {
    reject: false,
    encoding: 'buffer',
    stdin: 'ignore',
    timeout: LIMIT_ms,
    env: { LC_ALL: 'C', PATH: `${process.env.PATH ?? '/usr/bin:/bin'}:${SYSTEM_PATH}` },
    ...(signal && { cancelSignal: signal }),
    ...(cwd !== undefined && { cwd }),
  });
  if (signal?.aborted) throw interruption(signal);
  if (result.code === 'ENOENT') throw new InfraError(`${program} is missing on this machine: apt-get install ${install}`);
  if (result.timedOut) throw new InfraError(`${program} did not end within ${LIMIT_ms / 1000} s`);
  if (result.exitCode === undefined) throw new InfraError(`${program} could not be run`, { cause: result });
  const said = Buffer.from(result.stderr).toString().trim().split('\n');
  const space = said.find((line) => OUR_SIDE.test(line));
  if (result.exitCode !== 0 && space !== undefined) throw new InfraError(`${argv.join(' ')}: ${space.trim()}`);
  const bytes = Buffer.from(result.stdout);
  return {
    code: result.exitCode,
    stdout: bytes.toString(),
    bytes,
    reason: (said.find((line) => /^E: |error|unexpected end of file/i.test(line)) ?? said.at(-1) ?? '').trim(),
  };
}

/** What to throw for an aborted signal: its reason where somebody gave one. */
export function interruption(signal: AbortSignal): Error {
  const { reason } = signal;
  return reason instanceof Error && reason.name !== 'AbortError' ? reason : new Interrupted('interrupted while the kernel was resolved');
}
