import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { UsageError } from '../../results/errors.ts';
import { CandidateRecord } from '../../results/model.ts';
import { cacheDir, stateDir } from '../../results/paths.ts';
import { SAMPLE_BANNER, SAMPLE_RELEASE, sampleBzImage } from './bzimage.sample.ts';
import { modulesInOrder, resolveCandidate, split } from './index.ts';
import { installedKernel } from './running.ts';
import { parseOrder } from './tree.ts';

let dir: string;
let notes: string[];
const options = () => ({ note: (text: string) => void notes.push(text), signal: new AbortController().signal });

beforeEach(async () => {
  dir = await mkdtemp(join(tmpdir(), 'candidate-'));
  vi.stubEnv('STORMPROOF_CACHE', join(dir, 'cache'));
  notes = [];
});
afterEach(async () => {
  vi.unstubAllEnvs();
  await rm(dir, { recursive: true });
});

/** Writes files, `path -> content`, below the test's directory. */
async function write(files: Readonly<Record<string, string | Buffer>>): Promise<void> {
  for (const [path, content] of Object.entries(files)) {
    await mkdir(dirname(join(dir, path)), { recursive: true });
    await writeFile(join(dir, path), content);
  }
}

/** The error of resolving `asked` where `DIR` stands for the test's directory. */
async function refusal(asked: string, modules?: string): Promise<string> {
  const error: unknown = await resolveCandidate(asked.replace('DIR', dir), { ...options(), modules }).catch((cause: unknown) => cause);
  expect(error).toBeInstanceOf(UsageError);
  const { message } = error as UsageError;
  expect(message).not.toContain('\n');
  return message.replaceAll(dir, 'DIR');
}

/** A module as far as anything here reads it. */
const module = (release: string): string => `\x7fELF\0vermagic=${release} SMP preempt mod_unload \0`;

describe('how a kernel is named', () => {
  test.each([
    ['deb:linux-image-cloud-amd64', { kind: 'deb', name: 'linux-image-cloud-amd64' }],
    ['tree:/usr/src/linux', { kind: 'tree', name: '/usr/src/linux' }],
    ['./linux-image-6.1.0-56-cloud-amd64_6.1.192-2_amd64.deb', { kind: 'package' }],
    ['linux-image.deb', { kind: 'package', name: 'linux-image.deb' }],
    ['/boot/vmlinuz-that-is-not-there', { kind: 'image' }],
    ['running', { kind: 'running' }],
  ])('%s', async (asked, expected) => {
    expect(await split(asked)).toMatchObject(expected);
  });

  test('a file is what its content says where its name does not', async () => {
    await write({ 'a:b': sampleBzImage(), download: '!<arch>\ndebian-binary   ' });
    expect((await split(join(dir, 'a:b'))).kind).toBe('image');
    expect((await split(join(dir, 'download'))).kind).toBe('package');
  });

  test.each([
    ['', /^"" names no kernel: write deb:NAME .* running /],
    ['deb:', /deb:NAME/],
    ['git:v6.12', /"git:v6\.12" names no kernel: write deb:NAME/],
    ['bzImage-typo', /neither a file here nor another spelling.*tree:DIR/],
    ['linux-image-cloud-amd64', /for the package write deb:linux-image-cloud-amd64/],
    ['deb:-oAPT::Update::Pre-Invoke=x', /no package can have this name/],
    ['deb:linux-image-amd64-dbg', /debug information/],
    ['tree:DIR/nowhere', /^tree:DIR\/nowhere: no such directory/],
    ['tree:DIR', /not a built x86 kernel tree.*run make/],
    ['DIR', /^DIR: it is a directory; a built kernel tree is named tree:DIR/],
    ['DIR/nowhere', /^DIR\/nowhere: no such file$/],
    ['DIR/nowhere.deb', /^DIR\/nowhere\.deb: no such file$/],
    ['/dev/null', /^\/dev\/null: it is not a regular file/],
  ])('%s is refused', async (asked, reason) => {
    expect(await refusal(asked)).toMatch(reason);
  });

  test('a .deb that is none is refused before anything unpacks it', async () => {
    await write({ 'empty.deb': '', 'page.deb': '<html>404</html>' });
    expect(await refusal('DIR/empty.deb')).toMatch(/^DIR\/empty\.deb is empty/);
    expect(await refusal('DIR/page.deb')).toMatch(/^DIR\/page\.deb is not a Debian package/);
  });

  test('a tree named as a path gets the right spelling', async () => {
    await write({ 'linux/arch/x86/boot/bzImage': sampleBzImage() });
    expect(await refusal('DIR/linux')).toBe('DIR/linux is a kernel tree: write tree:DIR/linux');
  });
});

describe('a bzImage', () => {
  const DEP = 'kernel/nbd.ko:\n';
  beforeEach(() =>
    write({
      bzImage: sampleBzImage(),
      [`config-${SAMPLE_RELEASE}`]: 'CONFIG_SMP=y\n',
      [`out/lib/modules/${SAMPLE_RELEASE}/modules.dep`]: DEP,
      [`out/lib/modules/${SAMPLE_RELEASE}/kernel/nbd.ko`]: module(SAMPLE_RELEASE),
      [`out/lib/modules/${SAMPLE_RELEASE}/vdso/vdso64.so`]: 'not wanted',
      'other/lib/modules/6.12.117+deb12-cloud-amd64/modules.dep': DEP,
      'mixed/modules.dep': DEP,
      'mixed/kernel/nbd.ko': module('6.12.117+deb12-cloud-amd64'),
      'nothing/readme': '',
    }),
  );

  test('alone is a candidate without modules, and that is said', async () => {
    const candidate = await resolveCandidate(join(dir, 'bzImage'), options());
    expect(candidate).toMatchObject({ asked: join(dir, 'bzImage'), release: SAMPLE_RELEASE, version: SAMPLE_BANNER, modules: undefined });
    expect(candidate.config.get('CONFIG_SMP')).toBe('y');
    expect(CandidateRecord.parse(candidate.record).files.map(({ role }) => role)).toEqual(['config', 'image']);
    expect(await readFile(candidate.image)).toEqual(sampleBzImage());
    expect(notes.join()).toContain('no --modules');
  });

  test.each(['out', `out/lib/modules`, `out/lib/modules/${SAMPLE_RELEASE}`])('takes its modules from --modules %s', async (modules) => {
    const candidate = await resolveCandidate(join(dir, 'bzImage'), { ...options(), modules: join(dir, modules) });
    const { files } = await modulesInOrder(candidate, ['nbd']);
    expect(files).toEqual([{ name: 'nbd', path: join(candidate.modules ?? '', 'kernel/nbd.ko') }]);
    expect(await readFile(files[0]?.path ?? '', 'latin1')).toBe(module(SAMPLE_RELEASE));
    expect(candidate.record.files.map(({ role }) => role)).toEqual(['config', 'image', 'modules']);
  });

  test.each([
    ['other', /holds no modules of 6\.1\.0-56-cloud-amd64, only of 6\.12\.117\+deb12-cloud-amd64/],
    ['mixed', /holds modules of 6\.12\.117\+deb12-cloud-amd64, and the kernel is 6\.1\.0-56-cloud-amd64/],
    ['nothing', /holds no modules of 6\.1\.0-56-cloud-amd64: expected DIR\/nothing\/lib\/modules/],
    ['absent', /DIR\/absent: no such directory of modules/],
  ])('with --modules %s is refused', async (modules, reason) => {
    expect(await refusal('DIR/bzImage', join(dir, modules))).toMatch(reason);
  });

  test('has the digest of its content: another module is another candidate, another place is not', async () => {
    const digest = async () => (await resolveCandidate(join(dir, 'bzImage'), { ...options(), modules: join(dir, 'out') })).digest;
    const first = await digest();
    await rm(join(dir, 'cache'), { recursive: true });
    expect(await digest()).toBe(first);
    await write({ [`out/lib/modules/${SAMPLE_RELEASE}/kernel/nbd.ko`]: `${module(SAMPLE_RELEASE)}changed` });
    expect(await digest()).not.toBe(first);
  });

  test('stays as it was resolved when its file is overwritten', async () => {
    const { image } = await resolveCandidate(join(dir, 'bzImage'), options());
    await write({ bzImage: sampleBzImage('6.13.0 (a@b) #2') });
    expect(await readFile(image)).toEqual(sampleBzImage());
  });
});

describe('a built tree', () => {
  const built = {
    'linux/arch/x86/boot/bzImage': sampleBzImage('6.13.0-rc1 (me@here) #7 SMP'),
    'linux/include/config/kernel.release': '6.13.0-rc1\n',
  };

  test('without loadable modules is whole as it is; what is built in is known', async () => {
    await write({
      ...built,
      'linux/.config': '# CONFIG_MODULES is not set\nCONFIG_EXT4_FS=y\n',
      'linux/modules.builtin': 'kernel/fs/ext4/ext4.ko\n',
    });
    const candidate = await resolveCandidate(`tree:${dir}/linux`, options());
    expect(candidate.release).toBe('6.13.0-rc1');
    expect(candidate.config.get('CONFIG_EXT4_FS')).toBe('y');
    expect(await modulesInOrder(candidate, ['ext4', 'nbd'])).toEqual({ files: [], missing: ['nbd'] });
  });

  test.each<[string, Readonly<Record<string, string>>, RegExp]>([
    [
      'with an image older than its release',
      { 'linux/include/config/kernel.release': '6.13.0-rc2\n' },
      /is 6\.13\.0-rc1, and the tree is now 6\.13\.0-rc2: run make/,
    ],
    ['without its modules', { 'linux/.config': 'CONFIG_MODULES=y\n' }, /modules are not built \(no modules\.order\): run make modules/],
    [
      'with some of its modules',
      { 'linux/modules.order': 'drivers/block/nbd.o\nfs/a.o\n', 'linux/fs/a.ko': '' },
      /1 of its 2 modules are not built \(drivers\/block\/nbd\.ko\)/,
    ],
    [
      'whose modules must be signed',
      { 'linux/.config': 'CONFIG_MODULE_SIG_FORCE=y\n' },
      /make modules_install INSTALL_MOD_PATH=OUT.*--modules OUT/,
    ],
    [
      'with modules of another release',
      { 'linux/modules.order': 'a.o\n', 'linux/a.ko': module('6.12.0') },
      /holds modules of 6\.12\.0, and the kernel is 6\.13\.0-rc1/,
    ],
  ])('%s is refused', async (_, files, reason) => {
    await write({ ...built, ...files });
    expect(await refusal('tree:DIR/linux')).toMatch(reason);
  });

  test('lists objects since Linux 6.2 and modules before', () => {
    expect(parseOrder('drivers/block/nbd.o\n')).toEqual(['drivers/block/nbd.ko']);
    expect(parseOrder('drivers/block/nbd.ko\n\n')).toEqual(['drivers/block/nbd.ko']);
  });
});

describe('the running kernel', () => {
  test('is taken from where it is installed', async () => {
    await write({ [`boot/vmlinuz-${SAMPLE_RELEASE}`]: sampleBzImage(), [`lib/modules/${SAMPLE_RELEASE}/modules.dep`]: '' });
    const source = await installedKernel(dir, SAMPLE_RELEASE, options());
    await mkdir(join(dir, 'filled'));
    await source.fill(join(dir, 'filled'));
    expect(await readFile(join(dir, 'filled/vmlinuz'))).toEqual(sampleBzImage());
  });

  test.each([
    ['that has no file', {}, /this machine runs 6\.1\.0-56-cloud-amd64 but has no DIR\/boot\/vmlinuz-6\.1\.0-56-cloud-amd64/],
    [
      'whose file was replaced',
      { [`boot/vmlinuz-${SAMPLE_RELEASE}`]: sampleBzImage('6.1.0-57-cloud-amd64 #1') },
      /is 6\.1\.0-57-cloud-amd64, and this machine runs/,
    ],
  ])('%s is refused', async (_, files, reason) => {
    await write(files);
    const error = await installedKernel(dir, SAMPLE_RELEASE, options()).catch((cause: unknown) => cause);
    expect(error).toBeInstanceOf(UsageError);
    expect((error as UsageError).message.replaceAll(dir, 'DIR')).toMatch(reason);
  });
});

test('nothing is resolved for a run that was interrupted already', async () => {
  await expect(resolveCandidate('running', { ...options(), signal: AbortSignal.abort() })).rejects.toThrow(/interrupted/);
});

describe('where files are kept', () => {
  test.each([
    [{ HOME: '/home/a' }, '/home/a/.cache/stormproof', '/home/a/.local/state/stormproof'],
    [{ HOME: '/home/a', XDG_CACHE_HOME: '/c', XDG_STATE_HOME: '/s' }, '/c/stormproof', '/s/stormproof'],
    [{ HOME: '/home/a', XDG_CACHE_HOME: 'relative', XDG_STATE_HOME: '' }, '/home/a/.cache/stormproof', '/home/a/.local/state/stormproof'],
    [{ STORMPROOF_CACHE: '/own/c', STORMPROOF_STATE: '/own/s', XDG_CACHE_HOME: '/c' }, '/own/c', '/own/s'],
  ])('%j', (env, cache, state) => {
    expect([cacheDir(env), stateDir(env)]).toEqual([cache, state]);
  });
});
