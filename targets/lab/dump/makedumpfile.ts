/** makedumpfile(8): a core without what nobody needs to find a kernel's bug, in the form that crash(8) reads. */
import { rename, rm, stat } from 'node:fs/promises';
import { InfraError } from '../../../results/errors.ts';
import { isOlder, numbersOf } from '../../../results/release.ts';
import { run, start } from '../../leash.ts';

const VERSION_LIMIT_S = 20;
/** Its kinds of pages, added up (-d in makedumpfile(8)). */
const ZERO_AND_CACHE = 1 + 2 + 4;
const USER = 8;
const FREE = 16;
/**
 * From which kernel on an older makedumpfile takes some of the kernel's own pages for a process's, and so leaves them out: slab pages (its commits
 * 5f17bdd, bad2a7c and 72c3414), and tails of compound pages (f50c015).
 */
const MISTAKES = [
  { kernel: [6, 2], mended: [1, 7, 3] },
  { kernel: [6, 10], mended: [1, 7, 7] },
  { kernel: [7, 1], mended: [1, 8, 0] },
] as const;

export interface Filter {
  /** of `-d` */
  readonly level: number;
  /** in words */
  readonly without: string;
}

/** What this makedumpfile can be trusted to leave out of this kernel's memory. Versions as `6.12.117+deb12-cloud-amd64`, `1.7.2`. */
export function filterFor(kernel: string, makedumpfile: string): Filter {
  const mistaken = MISTAKES.some((each) => !isOlder(numbersOf(kernel), each.kernel) && isOlder(numbersOf(makedumpfile), each.mended));
  return mistaken
    ? {
        level: ZERO_AND_CACHE + FREE,
        without: `zero, free and cache pages; makedumpfile ${makedumpfile} does not know this kernel's user pages`,
      }
    : { level: ZERO_AND_CACHE + USER + FREE, without: 'zero, free, cache and user pages' };
}

/** Compressed by LZO: of 13 GB in 30 s, where zlib takes three times as long for two thirds of the size. The file cannot grow beyond the limit. */
export const makedumpfileArgv = (core: string, to: string, level: number, most_bytes: number): string[] => [
  ...['prlimit', '--core=0', `--fsize=${most_bytes}`, '--'],
  ...['makedumpfile', '-l', '-d', String(level), '--message-level', '4', core, to],
];

/** Throws InfraError where there is no makedumpfile. */
export async function makedumpfileVersion(mark: string): Promise<string> {
  const said = await run(['makedumpfile', '-v'], { run: mark, limit_s: VERSION_LIMIT_S });
  const version = /version ([\d.]+)/.exec(said)?.[1];
  if (version === undefined) throw new InfraError(`makedumpfile -v tells no version: ${said.split('\n')[0]}`);
  return version;
}

export interface FilterOptions {
  /** the run that it belongs to */
  readonly run: string;
  readonly level: number;
  readonly limit_s: number;
  readonly most_bytes: number;
  readonly signal: AbortSignal;
}

/** Filters a core into `path`, which is whole or not there. Gives its size; throws InfraError, or the signal's reason. */
export async function filterCore(core: string, path: string, options: FilterOptions): Promise<number> {
  const { run: mark, level, limit_s, most_bytes, signal } = options;
  const partial = `${path}.partial`;
  try {
    const job = start(makedumpfileArgv(core, partial, level, most_bytes), { run: mark, limit_s });
    job.stdout.resume();
    const end = (): void => void job.stop();
    signal.addEventListener('abort', end);
    if (signal.aborted) end();
    const { code, stderr } = await job.done.finally(() => signal.removeEventListener('abort', end));
    signal.throwIfAborted();
    const bytes = await sizeOf(partial);
    // at its limit a program is ended by SIGXFSZ (setrlimit(2))
    if (bytes >= most_bytes) throw new InfraError(`what is left of it takes more than ${most_bytes} bytes`);
    if (code === null) throw new InfraError(`makedumpfile was killed, at ${bytes} bytes`);
    if (code !== 0) throw new InfraError(`makedumpfile: ${stderr.trim().split('\n').slice(-3).join('; ') || `exit ${code}`}`);
    await rename(partial, path);
    return bytes;
  } finally {
    await rm(partial, { force: true });
  }
}

async function sizeOf(path: string): Promise<number> {
  try {
    return (await stat(path)).size;
  } catch {
    return 0; // it wrote nothing, and says why
  }
}
