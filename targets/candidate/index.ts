/**
 * What a person calls a kernel -> a `Candidate`: files with hashes, in the cache, that do not change while a run uses them.
 */
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { UsageError } from '../../results/errors.ts';
import { cacheDir } from '../../results/paths.ts';
import type { Candidate } from '../target.ts';
import { archive } from './archive.ts';
import { bzImage } from './bzimage.ts';
import { cached, type Entry } from './cache.ts';
import { DEB_MAGIC, debFile } from './deb.ts';
import { combine, type FileHash } from './hash.ts';
import { firstOf, readHead, readImage } from './image.ts';
import { CONFIG, IMAGE, modulesDir } from './install.ts';
import { parseKconfig } from './kconfig.ts';
import { MODULE_FILE } from './modules.ts';
import { interruption } from './program.ts';
import { running } from './running.ts';
import type { Find, RecordFile, ResolveOptions } from './source.ts';
import { tree } from './tree.ts';

export { modulesInOrder, readModule } from './modules.ts';
export type { ResolveOptions } from './source.ts';

/** Every kind of source: how it is written, what that means, who finds it. */
export const SOURCES = {
  deb: { spelling: 'deb:NAME', means: 'a package of the apt archive', find: archive },
  package: { spelling: './FILE.deb', means: 'a package file', find: debFile },
  image: { spelling: '/path/to/bzImage', means: 'an x86-64 kernel image; its modules with --modules DIR', find: bzImage },
  tree: { spelling: 'tree:DIR', means: 'a built kernel tree', find: tree },
  running: { spelling: 'running', means: 'the kernel of this machine', find: running },
} as const satisfies Record<string, { spelling: string; means: string; find: Find }>;

export type SourceKind = keyof typeof SOURCES;

/**
 * Resolves `asked` to a candidate in the cache (`cacheDir()`), downloading and unpacking what is not there yet.
 * Throws UsageError for what cannot be a candidate (one line that names the file), InfraError where this machine failed, Interrupted.
 */
export async function resolveCandidate(asked: string, options: ResolveOptions): Promise<Candidate> {
  if (options.signal.aborted) throw interruption(options.signal);
  const { kind, name } = await split(asked);
  if (options.modules !== undefined && kind !== 'image') options.note(`--modules is for a bzImage; ${asked} brings its own`);
  const source = await SOURCES[kind].find(name, options);
  const entry = await cached(join(cacheDir(), 'kernels'), source.key, (dir) => source.fill(dir), options.signal);
  return candidateOf(asked, entry, source.origin);
}

/** Which kind of source `asked` names, and what is left for it. Throws UsageError with the right spellings. */
export async function split(asked: string): Promise<{ kind: SourceKind; name: string }> {
  if (asked === 'running') return { kind: 'running', name: '' };
  const [, prefix, rest] = /^(deb|tree):(.+)$/.exec(asked) ?? [];
  if ((prefix === 'deb' || prefix === 'tree') && rest !== undefined) return { kind: prefix, name: rest };
  if (asked.endsWith('.deb')) return { kind: 'package', name: asked };
  const there = asked !== '' && ((await firstOf('file', [asked])) ?? (await firstOf('directory', [asked])));
  if (there) return { kind: await kindOfFile(asked), name: asked };
  if (/^[a-z]*:|^$/.test(asked)) throw new UsageError(`"${asked}" names no kernel: ${spellings()}`);
  // something that can only be a path: the reader of the file says that it is not there
  if (asked.includes('/')) return { kind: 'image', name: asked };
  const hint = /^(linux|pve|proxmox)-[a-z]/.test(asked) ? `for the package write deb:${asked}` : spellings();
  throw new UsageError(`"${asked}" is neither a file here nor another spelling of a kernel: ${hint}`);
}

async function kindOfFile(path: string): Promise<SourceKind> {
  const tree = await firstOf('file', [join(path, 'arch/x86/boot/bzImage')]);
  if (tree !== undefined) throw new UsageError(`${path} is a kernel tree: write tree:${path}`);
  const { head } = await readHead(path);
  return head.toString('latin1', 0, DEB_MAGIC.length) === DEB_MAGIC ? 'package' : 'image';
}

const spellings = (): string =>
  `write ${Object.values(SOURCES)
    .map(({ spelling, means }) => `${spelling} (${means})`)
    .join(', ')}`;

async function candidateOf(asked: string, { dir, files }: Entry, origin: readonly RecordFile[]): Promise<Candidate> {
  const image = join(dir, IMAGE);
  const { release, version } = await readImage(image);
  const under = `${modulesDir(release)}/`;
  const modules = files.filter(({ path }) => path.startsWith(under));
  const config = files.some(({ path }) => path === CONFIG) ? await readFile(join(dir, CONFIG), 'utf8') : '';
  const single = files.filter(({ path }) => path === IMAGE || path === CONFIG);
  return {
    asked,
    release,
    version,
    image,
    modules: modules.length > 0 ? join(dir, modulesDir(release)) : undefined,
    config: parseKconfig(config),
    digest: combine([...single, ...modules.filter(({ path }) => LOADED.test(path))]),
    record: { asked, release, version, files: [...origin, ...single.map(recorded), ...together(under, modules)] },
  };
}

/** What decides how a machine with these modules behaves; depmod's other indexes differ with its version. */
const LOADED = new RegExp(`${MODULE_FILE.source}|/modules\\.(dep|builtin)$`);

const recorded = ({ path, bytes, sha256 }: FileHash): RecordFile => ({
  role: path === IMAGE ? 'image' : 'config',
  name: path,
  bytes,
  sha256,
});

/** Thousands of modules are one line of the record. */
function together(name: string, modules: readonly FileHash[]): RecordFile[] {
  const loaded = modules.filter(({ path }) => LOADED.test(path));
  if (loaded.length === 0) return [];
  return [{ role: 'modules', name, sha256: combine(loaded), bytes: loaded.reduce((sum, { bytes }) => sum + bytes, 0) }];
}
