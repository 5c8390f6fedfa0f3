/** A kernel module of ours, built against the headers of the kernel that it is for. */
import { cpSync, existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { execa } from 'execa';
import { InfraError, UsageError } from '../results/errors.ts';

const BUILD_LIMIT_MS = 120_000;

/** Where packages put the headers of a kernel. */
const headersOf = (release: string): readonly string[] => [`/usr/src/linux-headers-${release}`, `/lib/modules/${release}/build`];

export interface ModuleSource {
  /** the directory of its source and Makefile */
  readonly dir: string;
  readonly name: string;
}

/** Builds it in `dir`, a new directory. Throws UsageError where the headers are missing, InfraError with the last words of a failed build. */
export async function buildModule(source: ModuleSource, release: string, dir: string, cancelSignal: AbortSignal): Promise<Buffer> {
  const headers = headersOf(release).find((path) => existsSync(join(path, 'Makefile')));
  if (headers === undefined)
    throw new UsageError(
      `no headers of ${release} here to build a module with: apt-get install --no-install-recommends linux-headers-${release}`,
    );
  cpSync(source.dir, dir, { recursive: true });
  const options = { cwd: dir, cancelSignal, timeout: BUILD_LIMIT_MS, reject: false } as const;
  for (const argv of [
    ['make', '-s', '-C', headers, `M=${dir}`, 'modules'],
    ['strip', '--strip-debug', `${source.name}.ko`],
  ] as const) {
    const { failed, stderr, shortMessage } = await execa(argv[0], argv.slice(1), options);
    cancelSignal.throwIfAborted();
    if (failed)
      throw new InfraError(`${source.name} for ${release} could not be built: ${stderr.split('\n').slice(-3).join(' ') || shortMessage}`);
  }
  return readFileSync(join(dir, `${source.name}.ko`));
}
