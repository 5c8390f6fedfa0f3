/**
 * A built kernel tree (or the output directory of `make O=DIR`): its bzImage, its `.config` and the modules that `modules.order` lists,
 * copied as `make modules_install INSTALL_MOD_STRIP=1` would place them, without running anything of the tree.
 */
import { readFile } from 'node:fs/promises';
import { homedir } from 'node:os';
import { join, relative } from 'node:path';
import { InfraError, UsageError } from '../../results/errors.ts';
import { loose } from './bzimage.ts';
import { firstOf, readImage } from './image.ts';
import { copy, type Placed } from './install.ts';
import { parseKconfig } from './kconfig.ts';
import { MODULE_FILE } from './modules.ts';
import { run } from './program.ts';
import type { Find, ResolveOptions } from './source.ts';

export const tree: Find = async (name, options) => {
  // a shell expands ~ only at the start of a word
  const dir = name.startsWith('~/') ? join(homedir(), name.slice(2)) : name;
  if ((await firstOf('directory', [dir])) === undefined) throw new UsageError(`tree:${dir}: no such directory`);
  const image = join(dir, 'arch/x86/boot/bzImage');
  if ((await firstOf('file', [image])) === undefined) {
    throw new UsageError(
      `tree:${dir} is not a built x86 kernel tree: it has no arch/x86/boot/bzImage; run make there (bzImage and modules)`,
    );
  }
  const { release } = await readImage(image);
  await refuseStale(dir, image, release);
  const configFile = await firstOf('file', [join(dir, '.config')]);
  const config = parseKconfig(configFile === undefined ? '' : await readFile(configFile, 'utf8'));
  if (config.get('CONFIG_MODULE_SIG_FORCE') === 'y') {
    throw new UsageError(
      `tree:${dir}: CONFIG_MODULE_SIG_FORCE=y, and modules are signed only when they are installed: run make modules_install INSTALL_MOD_PATH=OUT there, then give ${image} with --modules OUT`,
    );
  }
  return loose(
    {
      name: `tree:${dir}`,
      release,
      image,
      config: configFile,
      modules: await builtModules(dir, config.get('CONFIG_MODULES') === 'y'),
      modulesFrom: `tree:${dir}`,
      place: config.get('CONFIG_DEBUG_INFO') === 'y' ? stripped(options) : copy,
    },
    options,
  );
};

async function refuseStale(dir: string, image: string, release: string): Promise<void> {
  // older and partial trees lack the file; then there is nothing to compare with
  const told = (await readFile(join(dir, 'include/config/kernel.release'), 'utf8').catch(() => '')).trim();
  if (told === '' || told === release) return;
  throw new UsageError(`tree:${dir}: ${image} is ${release}, and the tree is now ${told}: run make there again`);
}

/** The modules and indexes of a tree. Throws UsageError where some are not built. */
async function builtModules(dir: string, expected: boolean): Promise<Placed[] | undefined> {
  // a kernel without modules has neither of the two lists
  const order = await readFile(join(dir, 'modules.order'), 'utf8').catch(() => undefined);
  if (order === undefined && expected)
    throw new UsageError(`tree:${dir}: its modules are not built (no modules.order): run make modules there`);
  const listed = parseOrder(order ?? '');
  // before Linux 5.3 the paths had a leading `kernel/`, which since then is a directory of the tree like any other
  const found = await Promise.all(listed.map((path) => firstOf('file', [join(dir, path), join(dir, path.replace(/^kernel\//, ''))])));
  const absent = listed.filter((_, index) => found[index] === undefined);
  if (absent.length > 0) {
    throw new UsageError(
      `tree:${dir}: ${absent.length} of its ${listed.length} modules are not built (${absent[0]}): run make modules there`,
    );
  }
  const modules = found.flatMap((from) => (from === undefined ? [] : [{ from, to: join('kernel', relative(dir, from)) }]));
  const indexes = ['modules.builtin', 'modules.builtin.modinfo', 'modules.order'].map((name) => ({ from: join(dir, name), to: name }));
  const there = await Promise.all(indexes.map(({ from }) => firstOf('file', [from])));
  const files = [...modules, ...indexes.filter((_, index) => there[index] !== undefined)];
  return files.length > 0 ? files : undefined;
}

/** `modules.order` lists objects (`.o`) since Linux 6.2, modules (`.ko`) before. */
export function parseOrder(text: string): string[] {
  const lines = text.split('\n').map((line) => line.trim());
  return lines.filter((line) => line !== '').map((line) => line.replace(/\.o$/, '.ko'));
}

/**
 * Copies without debug information, as INSTALL_MOD_STRIP=1 does: with it, a distribution's set of modules takes gigabytes. Where binutils
 * is missing or refuses, the whole file is as good.
 */
function stripped({ signal, note }: ResolveOptions): (from: string, to: string) => Promise<unknown> {
  let told = false;
  return async (from, to) => {
    if (MODULE_FILE.test(from)) {
      if (await strip(from, to, signal)) return;
      if (!told) note('modules are copied with their debug information: strip (binutils) did not run');
      told = true;
    }
    await copy(from, to);
  };
}

async function strip(from: string, to: string, signal: AbortSignal): Promise<boolean> {
  try {
    return (await run(['strip', '--strip-debug', '-o', to, from], { install: 'binutils', signal })).code === 0;
  } catch (cause) {
    // missing; were it the disk, the copy that follows says so
    if (cause instanceof InfraError) return false;
    throw cause;
  }
}
