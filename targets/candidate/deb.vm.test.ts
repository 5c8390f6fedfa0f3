/**
 * With a real kernel: its package is downloaded once for this file, then named in every other way. Needs the apt archive, dpkg-deb, kmod, xz.
 */
import { cp, mkdir, mkdtemp, open, readdir, readFile, rm, truncate, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { basename, dirname, join } from 'node:path';
import { execa } from 'execa';
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest';
import { InfraError, Interrupted, UsageError } from '../../results/errors.ts';
import type { Candidate } from '../target.ts';
import { modulesInOrder, readModule, resolveCandidate } from './index.ts';

let dir: string;
let notes: string[] = [];
let fromArchive: Candidate;
const options = (signal = new AbortController().signal) => ({ note: (text: string) => void notes.push(text), signal });

beforeAll(async () => {
  dir = await mkdtemp(join(tmpdir(), 'candidate-'));
  vi.stubEnv('STORMPROOF_CACHE', join(dir, 'cache'));
  fromArchive = await resolveCandidate('deb:linux-image-cloud-amd64', options());
});
afterAll(async () => {
  vi.unstubAllEnvs();
  await rm(dir, { recursive: true });
});

async function refusal(asked: string): Promise<string> {
  const error: unknown = await resolveCandidate(asked, options()).catch((cause: unknown) => cause);
  expect(error).toBeInstanceOf(UsageError);
  return (error as UsageError).message;
}

/** Packs a directory as a .deb of that name, with `depends`. */
async function pack(name: string, depends: string, files: Readonly<Record<string, string | Buffer>>): Promise<string> {
  const root = join(dir, name);
  const control = `Package: ${name}\nVersion: 1\nArchitecture: amd64\nMaintainer: nobody <nobody@example.org>\nDepends: ${depends}\nDescription: made up\n`;
  for (const [path, content] of Object.entries({ 'DEBIAN/control': control, ...files })) {
    await mkdir(dirname(join(root, path)), { recursive: true });
    await writeFile(join(root, path), content);
  }
  await execa('dpkg-deb', ['--root-owner-group', '-Zgzip', '-b', root, `${root}.deb`]);
  return `${root}.deb`;
}

describe('the meta package of the archive', () => {
  test('is followed to the kernel of today', () => {
    expect(notes.join('\n')).toMatch(/linux-image-cloud-amd64 \S+ is linux-image-\S+-cloud-amd64\n(.*\n)*downloading/);
    expect(fromArchive.release).toMatch(/^\d+\.\d+\.\d+.*-cloud-amd64$/);
    expect(fromArchive.version).toMatch(new RegExp(`^${RegExp.escape(fromArchive.release)} \\(.*\\) #1 SMP .*Debian`));
    expect(fromArchive.config.get('CONFIG_X86_64')).toBe('y');
    expect(fromArchive.record.files.map(({ role }) => role)).toEqual(['package', 'config', 'image', 'modules']);
    expect(fromArchive.record.files[0]?.name).toMatch(/^linux-image-.*_amd64\.deb$/);
  });

  test('gives modules that are there, in the order of their dependencies', async () => {
    const { files, missing } = await modulesInOrder(fromArchive, ['virtio-net', 'nbd', 'kvm_amd', 'ext4', 'no-such-module']);
    expect(missing).toEqual(['no_such_module']);
    const names = files.map(({ name }) => name);
    expect(names).toEqual(expect.arrayContaining(['virtio_net', 'nbd', 'kvm', 'kvm_amd']));
    expect(names.indexOf('failover')).toBeLessThan(names.indexOf('virtio_net'));
    expect(names.indexOf('kvm')).toBeLessThan(names.indexOf('kvm_amd'));
    for (const { path } of files) expect((await readModule(path)).subarray(0, 4).toString('latin1')).toBe('\x7fELF');
  });

  test('is not downloaded twice', async () => {
    notes = [];
    const again = await resolveCandidate('deb:linux-image-cloud-amd64', options());
    expect(again).toEqual(fromArchive);
    expect(notes.join()).not.toContain('downloading');
  });

  test('with another name has a nearest one', async () => {
    expect(await refusal('deb:linux-image-cloud-amd46')).toContain('nearest is deb:linux-image-cloud-amd64');
  });

  test('is not to be had where the apt lists are empty, unless new ones may be asked for', async () => {
    await mkdir(join(dir, 'lists/partial'), { recursive: true });
    const config = [
      `Dir::State::lists "${join(dir, 'lists')}";`,
      'Dir::State::status "/dev/null";',
      'Dir::Cache::pkgcache "";',
      'Dir::Cache::srcpkgcache "";',
    ];
    await writeFile(join(dir, 'apt.conf'), config.join('\n'));
    vi.stubEnv('APT_CONFIG', join(dir, 'apt.conf'));
    try {
      const attempt = resolveCandidate('deb:linux-image-cloud-amd64', options());
      await expect(attempt).rejects.toThrow(InfraError);
      await expect(attempt).rejects.toThrow(/lists .* are empty: run apt-get update/);
      notes = [];
      const found = await resolveCandidate('deb:linux-image-cloud-amd64', { ...options(), refresh: true });
      expect(notes).toContain('apt-get update: the lists of this machine do not know linux-image-cloud-amd64');
      expect(found.digest).toBe(fromArchive.digest);
      await expect(resolveCandidate('deb:linux-image-none', { ...options(), refresh: true })).rejects.toThrow(/no such package/);
    } finally {
      vi.stubEnv('APT_CONFIG', undefined);
    }
  });
});

describe('the same kernel named otherwise is the same candidate', () => {
  test('as its image with a directory of modules that have no modules.dep', async () => {
    const out = join(dir, 'out');
    await cp(fromArchive.modules ?? '', join(out, 'lib/modules', fromArchive.release), { recursive: true });
    for (const name of ['dep', 'dep.bin']) await rm(join(out, 'lib/modules', fromArchive.release, `modules.${name}`));
    await cp(fromArchive.image, join(dir, 'bzImage'));
    await cp(join(dirname(fromArchive.image), 'config'), join(dir, `config-${fromArchive.release}`));
    expect((await resolveCandidate(join(dir, 'bzImage'), { ...options(), modules: out })).digest).toBe(fromArchive.digest);
  });

  test('as a tree, with its modules stripped or copied', async () => {
    const tree = join(dir, 'linux');
    const modules = fromArchive.modules ?? '';
    await cp(join(modules, 'kernel'), tree, { recursive: true });
    await cp(fromArchive.image, join(tree, 'arch/x86/boot/bzImage'));
    await cp(join(modules, 'modules.builtin'), join(tree, 'modules.builtin'));
    const order = (await readFile(join(modules, 'modules.order'), 'utf8')).replaceAll(/^kernel\//gm, '');
    await writeFile(join(tree, 'modules.order'), order);
    await writeFile(join(tree, '.config'), 'CONFIG_MODULES=y\nCONFIG_DEBUG_INFO=y\n');
    const candidate = await resolveCandidate(`tree:${tree}`, options());
    const wanted = ['virtio-net', 'nbd', 'kvm_amd', 'ext4'];
    const namesOf = async (of: Candidate) => (await modulesInOrder(of, wanted)).files.map(({ name }) => name);
    expect(await namesOf(candidate)).toEqual(await namesOf(fromArchive));
  });
});

describe('a package file', () => {
  test('that holds a kernel is one, also with its modules under usr/lib', async () => {
    const release = fromArchive.release;
    const [nbd] = (await modulesInOrder(fromArchive, ['nbd'])).files;
    const path = await pack('kernel', 'kmod', {
      [`boot/vmlinuz-${release}`]: await readFile(fromArchive.image),
      [`boot/config-${release}`]: 'CONFIG_SMP=y\n',
      [`usr/lib/modules/${release}/kernel/drivers/block/${basename(nbd?.path ?? '')}`]: await readFile(nbd?.path ?? ''),
    });
    const candidate = await resolveCandidate(path, options());
    expect(candidate.release).toBe(release);
    expect(candidate.config.get('CONFIG_SMP')).toBe('y');
    expect((await modulesInOrder(candidate, ['nbd'])).files).toHaveLength(1);
    expect(await resolveCandidate(path, options())).toEqual(candidate);
  });

  test.each<[string, string, Record<string, string>, RegExp]>([
    ['meta', 'linux-image-6.1.0-56-cloud-amd64 (= 6.1.192-2)', {}, /meta package.*give deb:linux-image-6\.1\.0-56-cloud-amd64$/],
    ['tool', 'libc6', { 'usr/bin/tool': '' }, /no kernel package: it holds no boot\/vmlinuz-\*/],
    ['two', 'kmod', { 'boot/vmlinuz-1': '', 'boot/vmlinuz-2': '' }, /holds 2 kernels \(vmlinuz-1, vmlinuz-2\)/],
    [
      'arm64',
      'kmod',
      { 'boot/vmlinuz-6.1.0-56-arm64': `${'\0'.repeat(0x38)}ARM\x64` },
      /arm64\.deb: boot\/vmlinuz-6\.1\.0-56-arm64 is an arm64 kernel/,
    ],
  ])('%s is refused', async (name, depends, files, reason) => {
    const path = await pack(name, depends, files);
    expect(await refusal(path)).toMatch(reason);
    expect(await refusal(path)).toContain(path);
  });

  test('without the modules that its distribution ships apart is refused', async () => {
    const image = await readFile(fromArchive.image);
    const path = await pack('apart', 'linux-modules-6.8.0-31-generic', { [`boot/vmlinuz-${fromArchive.release}`]: image });
    expect(await refusal(path)).toMatch(/holds no modules, they are in linux-modules-6\.8\.0-31-generic: give deb:NAME/);
  });

  test('that is cut short or damaged is refused, and leaves nothing in the cache', async () => {
    const path = await pack('rotten', 'kmod', { [`boot/vmlinuz-${fromArchive.release}`]: await readFile(fromArchive.image) });
    const before = await readdir(join(dir, 'cache/kernels'));
    {
      await using file = await open(path, 'r+');
      await file.write(Buffer.alloc(64), 0, 64, 1_000_000);
    }
    expect(await refusal(path)).toMatch(/rotten\.deb is damaged or cut short .*: download it again/);
    await truncate(path, 500_000);
    expect(await refusal(path)).toMatch(/rotten\.deb is damaged or cut short .*: download it again/);
    expect(await readdir(join(dir, 'cache/kernels'))).toEqual(before);
  });

  test('is left alone when the run is interrupted', async () => {
    const path = await pack('slow', 'kmod', { [`boot/vmlinuz-${fromArchive.release}`]: await readFile(fromArchive.image) });
    const controller = new AbortController();
    setTimeout(() => controller.abort(), 20);
    await expect(resolveCandidate(path, options(controller.signal))).rejects.toThrow(Interrupted);
    expect((await readdir(join(dir, 'cache/kernels'))).filter((name) => name.startsWith('.'))).toEqual([]);
  });
});
