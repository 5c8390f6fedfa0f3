/**
 * A bzImage as a file, with the modules and the configuration that lie where its builder or distribution puts them.
 */
import { readdir, readFile, writeFile } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import { promisify } from 'node:util';
import { gunzip } from 'node:zlib';
import { UsageError } from '../../results/errors.ts';
import { combine, hashFiles } from './hash.ts';
import { firstOf, readImage } from './image.ts';
import { CONFIG, copy, IMAGE, installedModules, installModules, type Placed } from './install.ts';
import type { Find, ResolveOptions, Source } from './source.ts';

/** `/boot/vmlinuz-R`, `build/arch/x86/boot/bzImage` or any other name. */
export const bzImage: Find = async (path, options) => {
  const { release } = await readImage(path);
  const modules = options.modules === undefined ? undefined : await findModules(options.modules, release);
  if (modules === undefined) options.note(`${path}: no --modules, so whatever ${basename(path)} has not built in will be missing`);
  const beside = dirname(path);
  const config = await firstOf('file', [
    ...[`config-${release}`, '.config', '../../../.config'].map((name) => join(beside, name)),
    ...(modules === undefined ? [] : [join(modules, 'config'), join(modules, 'build/.config')]),
  ]);
  const files = modules === undefined ? undefined : await installedModules(modules);
  return loose({ name: path, release, image: path, config, modules: files, modulesFrom: options.modules ?? path }, options);
};

/** A kernel whose files lie apart. */
export interface Loose {
  /** names it in errors */
  readonly name: string;
  readonly release: string;
  readonly image: string;
  readonly config: string | undefined;
  /** undefined for none, which is not the same as an empty list: that one has indexes of what is built in */
  readonly modules: readonly Placed[] | undefined;
  /** names the modules in errors */
  readonly modulesFrom: string;
  /** how a module gets into the candidate; a copy unless told */
  readonly place?: (from: string, to: string) => Promise<unknown>;
}

/** The source that copies them together. */
export async function loose(kernel: Loose, { signal, note }: ResolveOptions): Promise<Source> {
  const { name, release, image, config, modules, modulesFrom, place = copy } = kernel;
  const key = await keyOf(kernel);
  return {
    key,
    origin: [],
    async fill(dir) {
      await copy(image, join(dir, IMAGE));
      if (config !== undefined) await writeFile(join(dir, CONFIG), await readConfig(config));
      if (modules !== undefined) {
        note(`copying ${modules.length} module files of ${release}`);
        await installModules(dir, release, modules, { from: modulesFrom, place, signal });
      }
      if ((await keyOf(kernel)) !== key) throw new UsageError(`${name} changed while it was copied: wait for the build to end`);
    },
  };
}

/** `/proc/config.gz` and its like are unpacked. */
async function readConfig(path: string): Promise<Buffer> {
  const bytes = await readFile(path);
  return path.endsWith('.gz') ? promisify(gunzip)(bytes) : bytes;
}

async function keyOf({ image, config, modules, release }: Loose): Promise<string> {
  const files = [
    { from: image, to: IMAGE },
    ...(config === undefined ? [] : [{ from: config, to: CONFIG }]),
    ...(modules ?? []).map(({ from, to }) => ({ from, to: `${release}/${to}` })),
  ];
  const hashes = await hashFiles(
    '',
    files.map(({ from }) => from),
  );
  return combine(files.map(({ to }, index) => ({ path: to, sha256: hashes[index]?.sha256 ?? '' })));
}

/** Where modules of `release` are, for what a person may mean by `--modules dir`. Throws UsageError that says what is there instead. */
export async function findModules(dir: string, release: string): Promise<string> {
  if ((await firstOf('directory', [dir])) === undefined) throw new UsageError(`${dir}: no such directory of modules`);
  // the directory itself goes last, so that lib/modules is never taken for modules of its own
  const places = [join(dir, release), join(dir, 'lib/modules', release), join(dir, 'usr/lib/modules', release), dir];
  for (const place of places) if (await holdsModules(place)) return place;
  const others = [
    ...(await releasesIn(dir)),
    ...(await releasesIn(join(dir, 'lib/modules'))),
    ...(await releasesIn(join(dir, 'usr/lib/modules'))),
  ];
  throw new UsageError(
    `${dir} holds no modules of ${release}${others.length > 0 ? `, only of ${others.join(', ')}` : `: expected ${join(dir, 'lib/modules', release)}`}`,
  );
}

const holdsModules = async (dir: string): Promise<boolean> =>
  (await firstOf(
    'file',
    ['modules.dep', 'modules.order', 'modules.builtin'].map((name) => join(dir, name)),
  )) !== undefined || (await firstOf('directory', [join(dir, 'kernel')])) !== undefined;

async function releasesIn(dir: string): Promise<string[]> {
  // not there: no releases in it
  const names = await readdir(dir).catch(() => []);
  const kept: string[] = [];
  for (const name of names.sort()) if (/^\d/.test(name) && (await holdsModules(join(dir, name)))) kept.push(name);
  return kept;
}
