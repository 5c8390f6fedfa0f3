/**
 * Puts a kernel's files where a candidate has them: `vmlinuz`, `config`, `lib/modules/<release>`; as a package's maintainer scripts or
 * `make modules_install` would, for one directory and without privilege.
 */
import { constants, copyFile, mkdir, readFile, rm, symlink, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { InfraError, UsageError } from '../../results/errors.ts';
import { batches } from './batches.ts';
import { filesUnder } from './cache.ts';
import { MODULE_FILE, moduleRelease, parseDep, readModule } from './modules.ts';
import { run } from './program.ts';

export const IMAGE = 'vmlinuz';
export const CONFIG = 'config';
export const modulesDir = (release: string): string => join('lib/modules', release);

/** A file to install: where it is, and where it goes below `lib/modules/<release>`. */
export interface Placed {
  readonly from: string;
  readonly to: string;
}

/** Placing may start a program for each module (strip). */
const AT_ONCE = 8;

/** A copy that shares its blocks where the file system can (btrfs, XFS). */
export const copy = (from: string, to: string): Promise<void> => copyFile(from, to, constants.COPYFILE_FICLONE);

/** The files of an installed `lib/modules/<release>` that a machine needs: modules and depmod's indexes, no build tree, no vDSO. */
export async function installedModules(dir: string): Promise<Placed[]> {
  const files = await filesUnder(dir);
  return files
    .filter((path) => MODULE_FILE.test(path) || /^modules\.[\w.]+$/.test(path))
    .map((path) => ({ from: join(dir, path), to: path }));
}

/**
 * Installs `files` with `place` below `base` and indexes them where their `modules.dep` does not fit. `from` names their source in errors.
 * Throws UsageError for modules of another release, InfraError without depmod.
 */
export async function installModules(
  base: string,
  release: string,
  files: readonly Placed[],
  { from, place, signal }: { from: string; place: (from: string, to: string) => Promise<unknown>; signal: AbortSignal },
): Promise<void> {
  const dir = join(base, modulesDir(release));
  const modules = files.filter(({ to }) => MODULE_FILE.test(to));
  await refuseOtherRelease(modules[0], release, from);
  await mkdir(dir, { recursive: true });
  for (const parent of new Set(files.map(({ to }) => dirname(join(dir, to))))) await mkdir(parent, { recursive: true });
  for (const batch of batches(files, AT_ONCE)) await Promise.all(batch.map((file) => place(file.from, join(dir, file.to))));
  if (modules.length === 0) return writeFile(join(dir, 'modules.dep'), '');
  if (!(await indexed(dir, modules))) await index(base, release, from, signal);
}

/** The kernel compares this string before it loads a module (kernel/module/version.c, same_magic); one file speaks for all of a directory. */
async function refuseOtherRelease(module: Placed | undefined, release: string, from: string): Promise<void> {
  if (module === undefined) return;
  const built = moduleRelease(await readModule(module.from));
  if (built === undefined || built === release) return;
  throw new UsageError(`${from} holds modules of ${built}, and the kernel is ${release}: give the modules of the same build`);
}

/** Whether `modules.dep` is there and lists exactly these modules. */
async function indexed(dir: string, modules: readonly Placed[]): Promise<boolean> {
  // absent is the usual case for a package: depmod runs when it is installed
  const text = await readFile(join(dir, 'modules.dep'), 'utf8').catch(() => '');
  const dep = parseDep(text);
  return dep.size === modules.length && modules.every(({ to }) => dep.has(to));
}

async function index(base: string, release: string, from: string, signal: AbortSignal): Promise<void> {
  // kmod may be built to look below usr/lib/modules (its --with-module-directory): give it both
  await mkdir(join(base, 'usr'));
  await symlink('../lib', join(base, 'usr/lib'));
  const { code, reason } = await run(['depmod', '-b', base, release], { install: 'kmod', signal });
  await rm(join(base, 'usr'), { recursive: true });
  if (code !== 0) throw new UsageError(`${from}: its modules cannot be indexed (depmod: ${reason})`);
  const dep = parseDep(await readFile(join(base, modulesDir(release), 'modules.dep'), 'utf8'));
  if (dep.size === 0) throw new InfraError(`depmod found no modules of ${release} in ${base}: is kmod newer than 20 installed?`);
}
