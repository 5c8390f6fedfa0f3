/**
 * A Debian package as a file: unpacked with `dpkg-deb -x`, which needs no privilege and runs none of its scripts.
 */
import { mkdir, readdir, rename, rm } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { UsageError } from '../../results/errors.ts';
import { hashFile } from './hash.ts';
import { firstOf, readHead, readImage } from './image.ts';
import { CONFIG, IMAGE, installedModules, installModules } from './install.ts';
import { run } from './program.ts';
import type { Find, ResolveOptions } from './source.ts';

/** First bytes of every `.deb` (deb(5)): an ar archive. */
export const DEB_MAGIC = '!<arch>\n';

export const debFile: Find = async (path, options) => {
  const { head, size_bytes } = await readHead(path);
  if (size_bytes === 0) throw new UsageError(`${path} is empty: download it again`);
  if (head.toString('latin1', 0, DEB_MAGIC.length) !== DEB_MAGIC)
    throw new UsageError(`${path} is not a Debian package, whatever its name: download it again`);
  const { bytes, sha256 } = await hashFile(path);
  return {
    key: sha256,
    origin: [{ role: 'package', name: basename(path), sha256, bytes }],
    fill: (dir) => unpack([path], dir, path, options),
  };
};

/** Unpacks the packages of one kernel into `dir` as `Source.fill` wants it. `name` names them in errors. */
export async function unpack(packages: readonly string[], dir: string, name: string, options: ResolveOptions): Promise<void> {
  const root = join(dir, 'unpacked');
  await mkdir(root);
  for (const path of packages) await extract(path, root, name, options.signal);
  const image = await onlyImage(root, packages, name, options);
  const { release } = await readImage(image, `${name}: ${image.slice(root.length + 1)}`);
  await rename(image, join(dir, IMAGE));
  const config = await firstOf('file', [join(root, `boot/config-${release}`), join(root, `usr/lib/modules/${release}/config`)]);
  if (config !== undefined) await rename(config, join(dir, CONFIG));
  const modules = await firstOf('directory', [join(root, 'lib/modules', release), join(root, 'usr/lib/modules', release)]);
  if (modules === undefined) await refuseApart(packages, name, options);
  else await installModules(dir, release, await installedModules(modules), { from: name, place: rename, signal: options.signal });
  await rm(root, { recursive: true });
}

async function extract(path: string, root: string, name: string, signal: AbortSignal): Promise<void> {
  const { code, reason } = await run(['dpkg-deb', '-x', path, root], { install: 'dpkg', signal });
  if (code !== 0) throw new UsageError(`${name} is damaged or cut short (${reason}): download it again`);
}

async function onlyImage(root: string, packages: readonly string[], name: string, options: ResolveOptions): Promise<string> {
  // no boot directory: no kernel in it
  const names = (await readdir(join(root, 'boot')).catch(() => [])).filter((file) => file.startsWith('vmlinuz-'));
  if (names.length > 1) throw new UsageError(`${name} holds ${names.length} kernels (${names.sort().join(', ')}), and a candidate is one`);
  if (names[0] !== undefined) return join(root, 'boot', names[0]);
  const followed = (await dependsOf(packages, options)).find((depended) => depended.startsWith('linux-image-'));
  if (followed !== undefined) throw new UsageError(`${name} is a meta package without a kernel of its own: give deb:${followed}`);
  throw new UsageError(`${name} is no kernel package: it holds no boot/vmlinuz-*`);
}

/** Ubuntu ships a kernel's modules in a second package; without it the candidate would seem not to boot. */
async function refuseApart(packages: readonly string[], name: string, options: ResolveOptions): Promise<void> {
  const apart = (await dependsOf(packages, options)).find((depended) => depended.startsWith('linux-modules-'));
  if (apart === undefined) return options.note(`${name} holds no modules`);
  throw new UsageError(
    `${name} holds no modules, they are in ${apart}: give deb:NAME, which takes both, or unpack them and give the image with --modules`,
  );
}

async function dependsOf(packages: readonly string[], { signal }: ResolveOptions): Promise<string[]> {
  const fields = await Promise.all(packages.map((path) => run(['dpkg-deb', '-f', path, 'Depends'], { install: 'dpkg', signal })));
  return fields.flatMap(({ stdout }) => parseDepends(stdout).map(({ name }) => name));
}

/** A relationship field (deb-control(5)): every alternative, with the version where it must be exactly that. */
export function parseDepends(field: string): { name: string; version: string | undefined }[] {
  return field.split(/[,|]/).flatMap((entry) => {
    const [, name, exact] = /^\s*([a-z0-9][a-z0-9+.-]+)(?::\w+)?\s*(?:\(=\s*([^)\s]+)\s*\))?/.exec(entry) ?? [];
    return name === undefined ? [] : [{ name, version: exact }];
  });
}
