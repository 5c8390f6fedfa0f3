/**
 * The userland of lab machines: a small Debian built with mmdebstrap from this machine's own apt sources, packed as a squashfs and
 * shared read-only by all machines. Built once, under a lock, and cached by the hash of its recipe.
 */
import { createHash } from 'node:crypto';
import { existsSync, globSync, mkdirSync, readFileSync, renameSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { execa } from 'execa';
import { explain, InfraError } from '../../results/errors.ts';
import { cacheDir } from '../../results/paths.ts';
import { start } from '../leash.ts';
import { withLock } from '../lock.ts';
import { quote } from '../quote.ts';

const PACKAGES = [
  'btrfs-progs',
  'busybox-static', // init
  'dropbear-bin', // management
  'e2fsprogs',
  'ethtool',
  'fio',
  'iperf3',
  'iproute2',
  'iputils-ping',
  'kmod',
  'nbd-client',
  'nftables', // connection tracking of what is forwarded
  'procps',
  'python3-minimal', // the writer of the data check
  'stress-ng',
  'util-linux',
  'xfsprogs',
];

/** Where busybox stands in it. */
export const BUSYBOX = 'usr/bin/busybox';
/** What management needs, a line each: its path, and the path of the file itself where that is a link. */
export const MANAGEMENT_FILES = 'usr/lib/stormproof/management';
const LIST_MANAGEMENT = `for file in /usr/sbin/dropbear $(ldd /usr/sbin/dropbear | grep -o '/[^ ]*'); do echo "$file $(readlink -f "$file")"; done`;

/** Documentation and translations are left out: nobody reads them there. */
const LEFT_OUT = ['/usr/share/doc/*', '/usr/share/man/*', '/usr/share/locale/*', '/usr/share/info/*', '/var/cache/apt/*.bin'];

const BUILD_LIMIT_S = 900;

/** The parts of /etc/apt that say where packages come from; changing them makes another image. */
function aptSources(): string {
  const files = ['/etc/apt/sources.list', ...globSync('/etc/apt/sources.list.d/*').sort()];
  return files
    .filter((file) => existsSync(file))
    .map((file) => readFileSync(file, 'utf8'))
    .join('\n');
}

/** The release's own code name, as /etc/os-release gives it. */
function codename(): string {
  const text = readFileSync('/etc/os-release', 'utf8');
  const name = /^VERSION_CODENAME=(\S+)$/m.exec(text)?.[1];
  if (name === undefined)
    throw new InfraError('/etc/os-release names no VERSION_CODENAME: the guest image can be built on Debian and Ubuntu only');
  return name.replaceAll('"', '');
}

export interface UserlandOptions {
  readonly run: string;
  /** what is unpacked on the way stands here, and goes with the run however that ends */
  readonly runtimeDir: string;
  readonly note: (text: string) => void;
  readonly signal: AbortSignal;
}

/**
 * Gives the path of the squashfs, building it first where needed (about half a minute to two minutes).
 * Throws InfraError with mmdebstrap's last words.
 */
export async function userland(options: UserlandOptions): Promise<string> {
  const argv = [
    'mmdebstrap',
    '--variant=minbase',
    `--include=${PACKAGES.join(',')}`,
    ...LEFT_OUT.map((path) => `--dpkgopt=path-exclude=${path}`),
    `--customize-hook=mkdir "$1/usr/lib/stormproof"; chroot "$1" sh -c ${quote([LIST_MANAGEMENT])} > "$1/${MANAGEMENT_FILES}"`,
    codename(),
    '-',
  ];
  // not compressed: the emulated machine would pay for it at every start of a program
  const pack = ['-noI', '-noD', '-noF', '-noX', '-quiet', '-no-progress'];
  const key = createHash('sha256')
    .update(JSON.stringify([argv, pack, aptSources()]))
    .digest('hex')
    .slice(0, 16);
  const dir = join(cacheDir(), 'userland');
  const image = join(dir, `${key}.squashfs`);
  if (existsSync(image)) return image;
  mkdirSync(dir, { recursive: true });
  await withLock(
    join(dir, 'lock'),
    BUILD_LIMIT_S,
    () => options.note('waiting for another run that builds the guest image'),
    async () => {
      if (existsSync(image)) return;
      options.note('building the guest image with mmdebstrap (once; a minute or two)');
      const partial = `${image}.partial`;
      rmSync(partial, { force: true });
      try {
        await build(argv, [...pack, partial], options);
        renameSync(partial, image);
      } catch (cause) {
        rmSync(partial, { force: true });
        throw cause instanceof InfraError ? cause : new InfraError(`the guest image could not be built: ${explain(cause)}`, { cause });
      }
    },
  );
  return image;
}

/** One file of the userland, not a link and without a leading slash (sqfscat 4.5 resolves neither). Throws InfraError. */
export async function fileOfUserland(image: string, path: string): Promise<Buffer> {
  const { stdout } = await execa('sqfscat', [image, path], { encoding: 'buffer', reject: false });
  if (stdout.length === 0) throw new InfraError(`no ${path} in ${image}: remove that file, it will be built again`);
  return Buffer.from(stdout);
}

/** In a chroot `/` is no mount, and what it lies on cannot be had: what is mounted there is then only taken away by who mounted it. */
const APART = 'mount --make-rprivate / 2>/dev/null; exec "$@"';

/**
 * mmdebstrap's archive goes straight into sqfstar, which keeps owners and modes without root. As root mmdebstrap mounts /proc and more in
 * what it builds: in a mount namespace of its own, so that these are gone with it. Throws InfraError with the last words of who failed.
 */
async function build(debootstrap: readonly string[], pack: readonly string[], { run, runtimeDir, signal }: UserlandOptions): Promise<void> {
  const scratch = join(runtimeDir, 'userland');
  // apt's own user must be able to pass through
  mkdirSync(scratch, { recursive: true, mode: 0o711 });
  const apart = process.getuid?.() === 0 ? ['unshare', '--mount', '--propagation', 'unchanged', 'sh', '-c', APART, 'sh'] : [];
  const limits = { run, limit_s: BUILD_LIMIT_S };
  const archive = start([...apart, 'env', `TMPDIR=${scratch}`, ...debootstrap], limits);
  const packer = start(['sqfstar', ...pack], limits);
  const stop = () => void Promise.all([archive.stop(), packer.stop()]);
  signal.addEventListener('abort', stop);
  try {
    if (signal.aborted) stop();
    archive.stdin?.end();
    packer.stdout.resume();
    archive.stdout.pipe(packer.stdin as NodeJS.WritableStream);
    const ends = await Promise.all([archive.done, packer.done]);
    signal.throwIfAborted();
    const failed = ends.find(({ code }) => code !== 0);
    if (failed === undefined) return;
    const words = failed.timedOut ? `not done in ${BUILD_LIMIT_S} s` : failed.stderr.split('\n').slice(-3).join(' ');
    throw new InfraError(`the guest image could not be built: ${words || `exit ${failed.code}`}`);
  } finally {
    signal.removeEventListener('abort', stop);
    rmSync(scratch, { recursive: true, force: true });
  }
}
