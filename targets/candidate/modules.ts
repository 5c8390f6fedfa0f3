/**
 * The modules of a candidate, in the order in which they must be loaded.
 */
import { readFile } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { promisify } from 'node:util';
import { gunzip, zstdDecompress } from 'node:zlib';
import { explain, InfraError, UsageError } from '../../results/errors.ts';
import type { Candidate } from '../target.ts';
import { run } from './program.ts';

/** What a module file is called: plain, or compressed by `CONFIG_MODULE_COMPRESS_*`. */
export const MODULE_FILE = /\.ko(\.(xz|zst|gz))?$/;

export interface ModuleFile {
  /** absolute path of the file */
  readonly path: string;
  /** the name as the kernel prints it: `kvm_amd`, never `kvm-amd` */
  readonly name: string;
}

export interface ModuleOrder {
  /** dependencies first, none twice */
  readonly files: ModuleFile[];
  /** wanted names that are neither modules nor built in */
  readonly missing: string[];
}

/**
 * The files to load for the modules `wanted` (`-` and `_` are equal), by the candidate's `modules.dep`. What `modules.builtin` lists needs no
 * file and is left out. Throws InfraError where the indexes cannot be read; a missing module is no error here, since only the caller
 * knows what it is needed for.
 */
export async function modulesInOrder(candidate: Pick<Candidate, 'modules'>, wanted: readonly string[]): Promise<ModuleOrder> {
  const dir = candidate.modules;
  if (dir === undefined) return { files: [], missing: wanted.map(moduleName) };
  const [dep, builtin] = await Promise.all([readIndex(join(dir, 'modules.dep')), readIndex(join(dir, 'modules.builtin'), '')]);
  const order = loadOrder(parseDep(dep), new Set(builtin.split('\n').map(moduleName)), wanted);
  return { files: order.paths.map((path) => ({ path: join(dir, path), name: moduleName(path) })), missing: order.missing };
}

/** `kernel/arch/x86/kvm/kvm-amd.ko.xz` -> `kvm_amd`, as the kernel's own `KBUILD_MODNAME` (scripts/Makefile.lib) does. */
export const moduleName = (path: string): string => basename(path.trim()).replace(MODULE_FILE, '').replaceAll('-', '_');

/** `modules.dep`: `path: dependency dependency …`, paths relative to its directory. */
export function parseDep(text: string): Map<string, readonly string[]> {
  const lines = text.split('\n').map((line) => line.split(':', 2));
  return new Map(
    lines.flatMap(([path, after]) =>
      path?.trim() && after !== undefined ? [[path.trim(), after.split(/\s+/).filter((word) => word !== '')] as const] : [],
    ),
  );
}

/** Depth first; depmod writes the deepest dependency last (kmod, tools/depmod.c), hence the reversal. A cycle ends where it closes. */
export function loadOrder(
  dep: ReadonlyMap<string, readonly string[]>,
  builtin: ReadonlySet<string>,
  wanted: readonly string[],
): { paths: string[]; missing: string[] } {
  const pathOf = new Map([...dep.keys()].map((path) => [moduleName(path), path]));
  const seen = new Set<string>();
  const paths: string[] = [];
  const visit = (path: string): void => {
    if (seen.has(path)) return;
    seen.add(path);
    for (const needed of (dep.get(path) ?? []).toReversed()) visit(needed);
    paths.push(path);
  };
  const missing = new Set<string>();
  for (const name of wanted.map(moduleName)) {
    const path = pathOf.get(name);
    if (path !== undefined) visit(path);
    else if (!builtin.has(name)) missing.add(name);
  }
  return { paths, missing: [...missing] };
}

const UNPACK: Readonly<Record<string, (packed: Buffer, path: string) => Promise<Buffer>>> = {
  ko: async (plain) => plain,
  gz: (packed) => promisify(gunzip)(packed),
  zst: (packed) => promisify(zstdDecompress)(packed),
  // Node has no xz; the file is read again by the program, which needs no second copy of it in memory
  xz: async (_, path) => {
    const { code, bytes, reason } = await run(['xz', '-dc', '--', path], { install: 'xz-utils', signal: undefined });
    if (code !== 0) throw new UsageError(reason);
    return bytes;
  },
};

/** The ELF bytes of a module, decompressed where it is compressed. Throws UsageError for a damaged one, InfraError without `xz`. */
export async function readModule(path: string): Promise<Buffer> {
  try {
    const unpack = UNPACK[path.slice(path.lastIndexOf('.') + 1)] ?? UNPACK.ko;
    const elf = (await unpack?.(await readFile(path), path)) ?? Buffer.alloc(0);
    if (elf.subarray(0, 4).toString('latin1') !== '\x7fELF') throw new UsageError('it does not hold an ELF file');
    return elf;
  } catch (cause) {
    if (cause instanceof InfraError) throw cause;
    throw new UsageError(`${path}: cannot be read as a kernel module (${explain(cause)})`, { cause });
  }
}

/** The release that a module was built for, from its modinfo section (`vermagic=6.1.0-56-cloud-amd64 SMP …`); undefined where it has none. */
export function moduleRelease(elf: Buffer): string | undefined {
  const at = elf.indexOf('\0vermagic=', 0, 'latin1');
  if (at < 0) return undefined;
  const from = at + '\0vermagic='.length;
  return /^[^\0 ]+/.exec(elf.toString('latin1', from, from + 256))?.[0];
}

async function readIndex(path: string, absent?: string): Promise<string> {
  try {
    return await readFile(path, 'utf8');
  } catch (cause) {
    if (absent !== undefined && (cause as NodeJS.ErrnoException).code === 'ENOENT') return absent;
    throw new InfraError(`cannot read ${path}`, { cause });
  }
}
