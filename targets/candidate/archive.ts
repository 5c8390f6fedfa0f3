/**
 * A package of the apt archive, by name: `deb:linux-image-cloud-amd64`. Meta packages are followed to the kernel that they stand for today.
 * `apt-get download` checks what it fetches against the archive's signatures and needs no privilege.
 */
import { mkdir, readdir, rm } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { distance } from 'fastest-levenshtein';
import { InfraError, UsageError } from '../../results/errors.ts';
import { parseDepends, unpack } from './deb.ts';
import { combine, hashFile } from './hash.ts';
import { run } from './program.ts';
import type { Find, ResolveOptions } from './source.ts';

/** What the archive says of a package. */
interface Package {
  readonly name: string;
  readonly version: string;
  readonly depends: ReturnType<typeof parseDepends>;
  readonly file: string;
  readonly sha256: string;
  readonly bytes: number;
}

/** Debian's chain has one link, Ubuntu's two. */
const LONGEST_CHAIN = 5;

export const archive: Find = async (asked, options) => {
  // a name that began with a dash would be an option of apt
  if (!/^[a-z0-9][a-z0-9+.-]+(=[\w.+:~-]+)?$/.test(asked)) throw new UsageError(`deb:${asked}: no package can have this name`);
  if (/-dbg(sym)?(=|$)/.test(asked)) throw new UsageError(`deb:${asked} holds debug information, no kernel: leave the -dbg away`);
  const packages = await packagesOf(asked, options);
  const hashes = packages.map(({ name, sha256 }) => ({ path: name, sha256 }));
  return {
    // one package has the key of the same package as a file
    key: hashes.length === 1 ? (hashes[0]?.sha256 ?? '') : combine(hashes),
    origin: packages.map(({ file, sha256, bytes }) => ({ role: 'package', name: basename(file), sha256, bytes })),
    async fill(dir) {
      const downloads = join(dir, 'download');
      await mkdir(downloads);
      const files: string[] = [];
      for (const wanted of packages) files.push(await download(wanted, downloads, options));
      await unpack(files, dir, `deb:${packages[0]?.name}`, options);
      await rm(downloads, { recursive: true });
    },
  };
};

/** The kernel's package, and that of its modules where the distribution ships them apart. */
async function packagesOf(asked: string, options: ResolveOptions): Promise<Package[]> {
  let found = await show(asked, options);
  for (let links = 0; links < LONGEST_CHAIN; links += 1) {
    const next = found.depends.find(({ name }) => name.startsWith('linux-image-'));
    if (next === undefined) {
      const apart = found.depends.filter(({ name }) => name.startsWith('linux-modules-'));
      const modules = await Promise.all(apart.map((each) => show(pin(each), options)));
      return [found, ...modules];
    }
    options.note(`${found.name} ${found.version} is ${next.name}`);
    found = await show(pin(next), options);
  }
  throw new UsageError(
    `deb:${asked}: its dependencies lead to no kernel within ${LONGEST_CHAIN} steps; name the package of the kernel itself`,
  );
}

const pin = ({ name, version }: { name: string; version: string | undefined }): string =>
  version === undefined ? name : `${name}=${version}`;

async function show(asked: string, options: ResolveOptions): Promise<Package> {
  const { stdout } = await apt(['apt-cache', 'show', '--no-all-versions', asked], options);
  const found = parseStanza(stdout);
  if (found === undefined) {
    if (!mayRefresh(options)) throw await unknown(asked, options);
    await refresh(asked, options);
    return await show(asked, { ...options, refresh: false });
  }
  if (found.file === '' || found.sha256 === '') {
    throw new InfraError(`the apt lists of this machine do not say where ${asked} is: run apt-get update`);
  }
  return found;
}

const mayRefresh = ({ refresh }: ResolveOptions): boolean => refresh === true && process.getuid?.() === 0;

/** Lists that are weeks old do not know this week's kernels. That it failed is told; whether the package is known then shows. */
async function refresh(asked: string, options: ResolveOptions): Promise<void> {
  options.note(`apt-get update: the lists of this machine do not know ${asked}`);
  const { code, reason } = await apt(['apt-get', 'update', '-q'], options);
  if (code !== 0) options.note(`apt-get update failed: ${reason}`);
}

/** The first stanza of `apt-cache show`; undefined where there is none. A field's continuation lines begin with a space. */
export function parseStanza(text: string): Package | undefined {
  const stanza = text.trimStart().split(/\n\s*\n/, 1)[0] ?? '';
  const fields = new Map(
    [...stanza.matchAll(/^([A-Za-z0-9-]+):[ \t]*(.*(?:\n[ \t].*)*)/gm)].map(([, name = '', value = '']) => [name, value.trim()]),
  );
  const name = fields.get('Package');
  if (name === undefined) return undefined;
  return {
    name,
    version: fields.get('Version') ?? '',
    depends: parseDepends([fields.get('Pre-Depends'), fields.get('Depends')].filter(Boolean).join(', ')),
    file: fields.get('Filename') ?? '',
    sha256: fields.get('SHA256') ?? '',
    bytes: Number(fields.get('Size') ?? 0),
  };
}

/** The error for a name that the archive does not have: the nearest that it has, or that it has none at all. */
async function unknown(asked: string, options: ResolveOptions): Promise<Error> {
  const names = (await apt(['apt-cache', 'pkgnames', 'linux-image'], options)).stdout.split('\n').filter((name) => name !== '');
  if (names.length === 0) return new InfraError(`deb:${asked}: the apt lists of this machine are empty: run apt-get update`);
  const near = nearest(asked.split('=', 1)[0] ?? asked, names);
  return new UsageError(
    `deb:${asked}: the archive has no such package${near === undefined ? '' : `; nearest is deb:${near}`} (apt-get update learns of new ones)`,
  );
}

/** The nearest name of a package that can hold a kernel; the first in order where several are as near. */
export function nearest(asked: string, names: readonly string[]): string | undefined {
  const kernels = names.filter((name) => !/-(dbg|dbgsym|unsigned|signed-template)$/.test(name));
  const ranked = kernels.map((name) => ({ name, steps: distance(asked, name) }));
  return ranked.sort((a, b) => a.steps - b.steps || a.name.localeCompare(b.name))[0]?.name;
}

async function download(wanted: Package, dir: string, options: ResolveOptions): Promise<string> {
  options.note(`downloading ${wanted.name} ${wanted.version} (${Math.ceil(wanted.bytes / 1e6)} MB)`);
  const before = new Set(await readdir(dir));
  const { code, reason } = await apt(['apt-get', 'download', '-q', `${wanted.name}=${wanted.version}`], options, dir);
  const file = (await readdir(dir)).find((name) => name.endsWith('.deb') && !before.has(name));
  if (code !== 0 || file === undefined) {
    throw new InfraError(`cannot download ${wanted.name} (${reason}): is the network up, and apt-get update recent?`);
  }
  const path = join(dir, file);
  if ((await hashFile(path)).sha256 !== wanted.sha256)
    throw new InfraError(`${wanted.name} arrived with another hash than the archive announced: try again`);
  return path;
}

const apt = (argv: [string, ...string[]], { signal }: ResolveOptions, cwd?: string) =>
  run(argv, {
    install: 'apt (deb:NAME needs Debian or Ubuntu; elsewhere give a .deb or a bzImage)',
    signal,
    ...(cwd !== undefined && { cwd }),
  });
