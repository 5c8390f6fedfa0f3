/**
 * What a lab machine boots from, made of the candidate's own modules: an initramfs with management and just those needed to reach the
 * userland, and a squashfs with all of them. Both are cached by the candidate's digest; the few files that tell machines apart are a second
 * archive appended to the first, as the kernel allows.
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
import { BUSYBOX, fileOfUserland, MANAGEMENT_FILES } from './userland.ts';

/** Modules that a machine cannot do without, and the configuration option that each comes from. */
const NEEDED = {
  virtio_pci: 'VIRTIO_PCI',
  virtio_blk: 'VIRTIO_BLK',
  squashfs: 'SQUASHFS',
  overlay: 'OVERLAY_FS',
  virtio_net: 'VIRTIO_NET',
} as const;
/** Modules that are good to have: panics told to QEMU, and pages given back to it. */
const WELCOME = ['pvpanic_pci', 'virtio_balloon'];
/** What init loads, each group by one program: the first two side by side, the last when all else is done. */
const GROUPS = {
  network: ['virtio_pci', 'virtio_net'],
  // what it shares with the network comes last, and is there by then
  disks: ['squashfs', 'overlay', 'virtio_pci', 'virtio_blk'],
  later: WELCOME,
} as const;
/** What is mounted at once, and what is mounted in the userland when that is there; see fstab(5). */
const MOUNTS = {
  early: ['devtmpfs /dev devtmpfs rw', 'proc /proc proc rw', 'sysfs /sys sysfs rw'],
  late: [
    'devtmpfs /root/dev devtmpfs rw',
    'devpts /root/dev/pts devpts rw',
    'tmpfs /root/dev/shm tmpfs rw',
    'tmpfs /root/tmp tmpfs size=64m',
    'proc /root/proc proc rw',
    'sysfs /root/sys sysfs rw',
  ],
} as const;

const GUEST = join(import.meta.dirname, 'guest');
const SCRIPTS = ['init', 'management-shell'] as const;
/** What the userland finds in /run/stormproof. */
const PROGRAMS = ['accounting.py', 'ballast', 'card.py', 'tenant', 'writer.py'] as const;
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
  // the recipe is this file and the scripts: whatever is changed in them makes another archive
  const scripts = [import.meta.filename, ...[...SCRIPTS, ...PROGRAMS].map((name) => join(GUEST, name))];
  const recipe = [candidate.digest, basename(userland), ...scripts.map((path) => readFileSync(path))];
  const key = recipe.reduce((hash, part) => hash.update(part).update('\0'), createHash('sha256')).digest('hex');
  const archive = join(dir, `${key.slice(0, 16)}.cpio`);
  const modules = candidate.modules === undefined ? undefined : join(dir, `${candidate.digest.slice(0, 16)}.modules.squashfs`);
  await withLock(
    join(dir, 'lock'),
    LOCK_LIMIT_S,
    () => undefined,
    async () => {
      if (!existsSync(archive)) await whole(archive, async (partial) => writeFileSync(partial, cpio(await entries(candidate, userland))));
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

async function entries(candidate: Candidate, userland: string): Promise<Entry[]> {
  const { files, missing } = await modulesInOrder(candidate, [...Object.keys(NEEDED), ...WELCOME]);
  const lacking = missing.filter((name) => name in NEEDED && candidate.config.get(`CONFIG_${NEEDED[name as keyof typeof NEEDED]}`) !== 'y');
  // a kernel whose configuration is not known may have them built in: its console will tell
  if (lacking.length > 0 && candidate.config.size > 0) {
    const options = lacking.map((name) => `CONFIG_${NEEDED[name as keyof typeof NEEDED]}`).join(', ');
    throw new UsageError(`${candidate.asked}: this kernel cannot run in the lab, it lacks ${options} (neither built in nor as a module)`);
  }
  // in the order in which they must be loaded, so that their index need not know of dependencies
  const groups = Object.entries(GROUPS).map(async ([group, wanted]): Promise<Entry> => {
    const names = (await modulesInOrder(candidate, wanted)).files.map(({ name }) => name);
    return { kind: 'file', path: `modules.${group}`, data: names.map((name) => `${name}\n`).join('') };
  });
  const modules = `lib/modules/${candidate.release}`;
  const directories = ['bin', 'dev', 'etc', 'proc', 'sys', 'lower', 'upper', 'work', 'root', 'machine', 'lib', 'lib/modules', modules];
  const written = ['run', 'run/lock', 'run/stormproof', 'run/stormproof/jobs', 'mnt', 'mnt/disk', 'usr', 'usr/lib', 'usr/lib/modules'];
  return [
    ...[...directories, ...written.map((path) => `upper/${path}`)].map((path): Entry => ({ kind: 'directory', path })),
    ...PROGRAMS.map(
      (name): Entry => ({ kind: 'file', path: `upper/run/stormproof/${name}`, mode: 0o755, data: readFileSync(join(GUEST, name)) }),
    ),
    // busybox looks there for what is mounted already, before there is a /proc
    { kind: 'file', path: 'proc/mounts', data: '' },
    ...Object.entries(MOUNTS).map(
      ([when, lines]): Entry => ({ kind: 'file', path: `${when}.fstab`, data: lines.map((line) => `${line} 0 0\n`).join('') }),
    ),
    { kind: 'device', path: 'dev/console', major: 5, minor: 1, mode: 0o600 },
    ...SCRIPTS.map((name): Entry => ({ kind: 'file', path: name, mode: 0o755, data: readFileSync(join(GUEST, name)) })),
    { kind: 'file', path: 'bin/busybox', mode: 0o755, data: await fileOfUserland(userland, BUSYBOX) },
    // for `--append rdinit=/bin/sh`: a shell on the console, to look at a candidate by hand
    { kind: 'link', path: 'bin/sh', to: 'busybox' },
    ...(await management(userland)),
    ...(await Promise.all(groups)),
    { kind: 'file', path: `${modules}/modules.dep`, data: files.map(({ name }) => `${name}.ko:\n`).join('') },
    ...(await Promise.all(
      files.map(async ({ path, name }): Promise<Entry> => ({ kind: 'file', path: `${modules}/${name}.ko`, data: await readModule(path) })),
    )),
  ];
}

/** The SSH server with its libraries, and the account that it serves. */
async function management(userland: string): Promise<Entry[]> {
  const account = 'root:x:0:0:root:/machine:/management-shell\n';
  const listed = (await fileOfUserland(userland, MANAGEMENT_FILES)).toString().trim().split('\n');
  const programs = await Promise.all(
    listed.map(async (line): Promise<Entry> => {
      const [path = '', source = ''] = line.split(' ').map((name) => name.slice(1));
      return { kind: 'file', path, mode: 0o755, data: await fileOfUserland(userland, source) };
    }),
  );
  const parents = programs.flatMap(({ path }) => ancestors(path));
  return [
    ...[...new Set(parents)].map((path): Entry => ({ kind: 'directory', path })),
    ...programs,
    { kind: 'file', path: 'etc/passwd', data: account },
    { kind: 'file', path: 'etc/shells', data: '/management-shell\n' },
  ];
}

/** `a`, `a/b` for `a/b/c`. */
const ancestors = (path: string): string[] =>
  path
    .split('/')
    .slice(0, -1)
    .map((_, index, parts) => parts.slice(0, index + 1).join('/'));

/** A card of a machine, by its link-layer address; addresses with their prefix length. */
export interface CardPlan {
  readonly mac: string;
  readonly name: string;
  readonly addresses: readonly string[];
  /** where its default route leads */
  readonly gateway?: string | undefined;
}

/** The archive of one machine: its name, addresses and keys. */
export function machineArchive(options: {
  readonly name: string;
  readonly cards: readonly CardPlan[];
  readonly hostKey: Buffer;
  readonly authorizedKey: string;
}): Buffer {
  const line = ({ mac, name, gateway, addresses }: CardPlan) => [mac, name, gateway ?? '-', ...addresses].join(' ');
  const management = options.cards.find(({ name }) => name === 'mgmt')?.mac ?? '';
  const others = options.cards.filter(({ name }) => name !== 'mgmt').map(line);
  const conf = [`NAME='${options.name}'`, `MANAGEMENT='${management}'`, `CARDS='${others.join('\n')}'`];
  return cpio([
    { kind: 'directory', path: 'machine' },
    { kind: 'directory', path: 'machine/.ssh', mode: 0o700 },
    { kind: 'file', path: 'machine/.ssh/authorized_keys', mode: 0o600, data: `${options.authorizedKey}\n` },
    { kind: 'file', path: 'machine/machine.conf', data: `${conf.join('\n')}\n` },
    { kind: 'file', path: 'machine/host_key', mode: 0o600, data: options.hostKey },
  ]);
}
