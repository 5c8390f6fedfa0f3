/**
 * What a lab machine boots from, made of the candidate's own modules: an initramfs with just those needed to reach the userland, and a
 * squashfs with all of them. Both are cached by the candidate's digest; the few files that tell machines apart are a second archive
 * appended to the first, as the kernel allows.
 */
import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import { execa } from 'execa';
import { explain, InfraError, UsageError } from '../../results/errors.ts';
import { cacheDir } from '../../results/paths.ts';
import { modulesInOrder, readModule } from '../candidate/modules.ts';
import { withLock } from '../lock.ts';
import type { Candidate } from '../target.ts';
import { cpio, type Entry } from './cpio.ts';

/** Modules that a machine cannot do without, and the configuration option that each comes from. */
const NEEDED = {
  virtio_pci: 'VIRTIO_PCI',
  virtio_blk: 'VIRTIO_BLK',
  squashfs: 'SQUASHFS',
  overlay: 'OVERLAY_FS',
  virtio_net: 'VIRTIO_NET',
} as const;
/** Those that are needed before the userland can be mounted. */
const DISKS = ['virtio_pci', 'virtio_blk'];
const FILE_SYSTEMS = ['squashfs', 'overlay'];
/** Modules that are good to have: panics told to QEMU, entropy. */
const WELCOME = ['pvpanic_pci', 'virtio_rng'];

const GUEST = join(import.meta.dirname, 'guest');
const LOCK_LIMIT_S = 300;

export interface BootFiles {
  readonly initramfs: Buffer;
  /** squashfs with the modules tree, or undefined for a kernel without modules */
  readonly modules: string | undefined;
}

/** Makes or finds the boot files of a candidate; `userland` is the squashfs that busybox is taken from. Throws UsageError for a candidate that cannot work. */
export async function bootFiles(candidate: Candidate, userland: string, signal: AbortSignal): Promise<BootFiles> {
  const dir = join(cacheDir(), 'boot');
  mkdirSync(dir, { recursive: true });
  const first = readFileSync(join(GUEST, 'init'));
  // the recipe is this file: whatever is changed in it makes another archive
  const recipe = [candidate.digest, first, basename(userland), readFileSync(import.meta.filename)];
  const key = recipe.reduce((hash, part) => hash.update(part).update('\0'), createHash('sha256')).digest('hex');
  const archive = join(dir, `${key.slice(0, 16)}.cpio`);
  const modules = candidate.modules === undefined ? undefined : join(dir, `${candidate.digest.slice(0, 16)}.modules.squashfs`);
  await withLock(
    join(dir, 'lock'),
    LOCK_LIMIT_S,
    () => undefined,
    async () => {
      if (!existsSync(archive))
        await whole(archive, async (partial) => writeFileSync(partial, cpio(await entries(candidate, userland, first))));
      if (modules !== undefined && !existsSync(modules)) {
        await whole(modules, async (partial) => {
          const args = [candidate.modules as string, partial, '-keep-as-directory', '-comp', 'lz4', '-all-root', '-quiet', '-no-progress'];
          await execa('mksquashfs', args, { cancelSignal: signal, timeout: LOCK_LIMIT_S * 1000 });
        });
      }
    },
  );
  return { initramfs: readFileSync(archive), modules };
}

/** Writes through a partial file, so that what stands under `path` is always whole. */
async function whole(path: string, write: (partial: string) => Promise<void>): Promise<void> {
  const partial = `${path}.partial`;
  rmSync(partial, { force: true });
  try {
    await write(partial);
    renameSync(partial, path);
  } catch (cause) {
    rmSync(partial, { force: true });
    if (cause instanceof UsageError || cause instanceof InfraError) throw cause;
    throw new InfraError(`cannot make ${path}: ${explain(cause)}`, { cause });
  }
}

async function entries(candidate: Candidate, userland: string, init: Buffer): Promise<Entry[]> {
  const { files, missing } = await modulesInOrder(candidate, [...Object.keys(NEEDED), ...WELCOME]);
  const namesOf = async (wanted: readonly string[]) => (await modulesInOrder(candidate, wanted)).files.map(({ name }) => name);
  const disks = await namesOf(DISKS);
  const fileSystems = (await namesOf(FILE_SYSTEMS)).filter((name) => !disks.includes(name));
  const later = files.map(({ name }) => name).filter((name) => !disks.includes(name) && !fileSystems.includes(name));
  const list = (names: readonly string[]) => names.map((name) => `${name}\n`).join('');
  const lacking = missing.filter((name) => name in NEEDED && candidate.config.get(`CONFIG_${NEEDED[name as keyof typeof NEEDED]}`) !== 'y');
  // a kernel whose configuration is not known may have them built in: its console will tell
  if (lacking.length > 0 && candidate.config.size > 0) {
    const options = lacking.map((name) => `CONFIG_${NEEDED[name as keyof typeof NEEDED]}`).join(', ');
    throw new UsageError(`${candidate.asked}: this kernel cannot run in the lab, it lacks ${options} (neither built in nor as a module)`);
  }
  const busybox = await execa('sqfscat', [userland, 'bin/busybox', 'usr/bin/busybox'], { encoding: 'buffer', reject: false });
  if (busybox.stdout.length === 0) throw new InfraError(`no busybox in ${userland}: remove that file, it will be built again`);
  const modules = `lib/modules/${candidate.release}`;
  const directories = ['bin', 'dev', 'proc', 'sys', 'lower', 'upper', 'root', 'machine', 'lib', 'lib/modules', modules];
  return [
    ...directories.map((path): Entry => ({ kind: 'directory', path })),
    { kind: 'device', path: 'dev/console', major: 5, minor: 1, mode: 0o600 },
    { kind: 'file', path: 'bin/busybox', mode: 0o755, data: Buffer.from(busybox.stdout) },
    // for `--append rdinit=/bin/sh`: a shell on the console, to look at a candidate by hand
    { kind: 'link', path: 'bin/sh', to: 'busybox' },
    { kind: 'file', path: 'init', mode: 0o755, data: init },
    // in the order in which they must be loaded, so that their index need not know of dependencies
    { kind: 'file', path: 'modules.disks', data: list(disks) },
    { kind: 'file', path: 'modules.filesystems', data: list(fileSystems) },
    { kind: 'file', path: 'modules.later', data: list(later) },
    { kind: 'file', path: `${modules}/modules.dep`, data: files.map(({ name }) => `${name}.ko:\n`).join('') },
    ...(await Promise.all(
      files.map(async ({ path, name }): Promise<Entry> => ({ kind: 'file', path: `${modules}/${name}.ko`, data: await readModule(path) })),
    )),
  ];
}

/** The archive of one machine: its name, addresses and keys. */
export function machineArchive(options: {
  readonly name: string;
  readonly cards: readonly { readonly mac: string; readonly name: string; readonly address: string }[];
  readonly hostKey: Buffer;
  readonly authorizedKey: string;
}): Buffer {
  const line = ({ mac, name, address }: (typeof options.cards)[number]) => `${mac} ${name} ${address}`;
  const management = options.cards.find(({ name }) => name === 'mgmt')?.mac ?? '';
  const others = options.cards.filter(({ name }) => name !== 'mgmt').map(line);
  const conf = [
    `NAME='${options.name}'`,
    `AUTHORIZED_KEY='${options.authorizedKey}'`,
    `MANAGEMENT='${management}'`,
    `CARDS='${others.join('\n')}'`,
  ];
  return cpio([
    { kind: 'directory', path: 'machine' },
    { kind: 'file', path: 'machine/machine.conf', data: `${conf.join('\n')}\n` },
    { kind: 'file', path: 'machine/host_key', mode: 0o600, data: options.hostKey },
    { kind: 'file', path: 'machine/second-stage', mode: 0o755, data: readFileSync(join(GUEST, 'second-stage')) },
    { kind: 'file', path: 'machine/writer.py', mode: 0o755, data: readFileSync(join(GUEST, 'writer.py')) },
  ]);
}
