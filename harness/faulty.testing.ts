/** For tests that need a kernel with a known bug: Debian's cloud kernel with the module of `faulty-module/` among its own. */
import { cpSync, mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { execa } from 'execa';
import { resolveCandidate } from '../targets/candidate/index.ts';
import { buildModule } from './kernel-module.ts';

const MODULE = { dir: join(import.meta.dirname, 'faulty-module'), name: 'option_oops' } as const;
const INSTALL_LIMIT_MS = 300_000;

/** The command line that asks for it, to break above so many packets/s with the option that it cannot stand; made in `dir`. */
export async function faultyKernel(dir: string, above_pps: number): Promise<string[]> {
  const { signal } = new AbortController();
  const { release, image, modules } = await resolveCandidate('deb:linux-image-cloud-amd64', {
    note: () => undefined,
    signal,
    refresh: true,
  });
  await execa('apt-get', ['install', '-y', '--no-install-recommends', `linux-headers-${release}`, 'make'], { timeout: INSTALL_LIMIT_MS });
  const tree = join(dir, 'lib', 'modules', release);
  mkdirSync(tree, { recursive: true });
  cpSync(modules as string, tree, { recursive: true });
  const module = await buildModule(MODULE, release, join(dir, 'module'), signal);
  writeFileSync(join(tree, 'kernel', `${MODULE.name}.ko`), module);
  await execa('depmod', ['--basedir', dir, release]);
  return ['--kernel', image, '--modules', tree, '--tweak', `module:${MODULE.name}.above_pps=${above_pps}`];
}
