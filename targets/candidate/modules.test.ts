import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gzipSync, zstdCompressSync } from 'node:zlib';
import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { UsageError } from '../../results/errors.ts';
import { loadOrder, moduleName, moduleRelease, modulesInOrder, parseDep, readModule } from './modules.ts';

/** From the modules.dep and modules.builtin of Debian's 6.1.0-56-cloud-amd64. */
const DEP = `kernel/arch/x86/kvm/kvm.ko: kernel/virt/lib/irqbypass.ko
kernel/arch/x86/kvm/kvm-amd.ko: kernel/arch/x86/kvm/kvm.ko kernel/virt/lib/irqbypass.ko
kernel/drivers/virtio/virtio.ko: kernel/drivers/virtio/virtio_ring.ko
kernel/drivers/virtio/virtio_ring.ko:
kernel/drivers/block/nbd.ko:
kernel/drivers/net/virtio_net.ko: kernel/drivers/net/net_failover.ko kernel/net/core/failover.ko kernel/drivers/virtio/virtio.ko kernel/drivers/virtio/virtio_ring.ko
kernel/drivers/net/net_failover.ko: kernel/net/core/failover.ko
kernel/net/core/failover.ko:
kernel/virt/lib/irqbypass.ko:
`;
const BUILTIN = 'kernel/fs/ext4/ext4.ko\nkernel/fs/jbd2/jbd2.ko\nkernel/crypto/crc32c_generic.ko\n';

let dir: string;
beforeAll(async () => {
  dir = await mkdtemp(join(tmpdir(), 'modules-'));
  await writeFile(join(dir, 'modules.dep'), DEP);
  await writeFile(join(dir, 'modules.builtin'), BUILTIN);
});
afterAll(() => rm(dir, { recursive: true }));

const names = async (...wanted: string[]) => {
  const { files, missing } = await modulesInOrder({ modules: dir }, wanted);
  return { files: files.map(({ name }) => name), missing };
};

describe('the order in which modules are loaded', () => {
  test.each([
    ['what a module needs comes before it', ['virtio_net'], ['virtio_ring', 'virtio', 'failover', 'net_failover', 'virtio_net']],
    ['a module that two need comes once', ['kvm_amd', 'kvm'], ['irqbypass', 'kvm', 'kvm_amd']],
    ['a dash is an underscore', ['kvm-amd'], ['irqbypass', 'kvm', 'kvm_amd']],
    ['what is built in needs no file', ['ext4', 'crc32c-generic', 'nbd'], ['nbd']],
    ['nothing wanted, nothing loaded', [], []],
  ])('%s', async (_, wanted, files) => {
    expect(await names(...wanted)).toEqual({ files, missing: [] });
  });

  test('the files are those below the directory of modules.dep', async () => {
    expect((await modulesInOrder({ modules: dir }, ['nbd'])).files).toEqual([
      { name: 'nbd', path: join(dir, 'kernel/drivers/block/nbd.ko') },
    ]);
  });

  test('a module that the kernel does not have is told, once, and the others are still resolved', async () => {
    expect(await names('zfs', 'nbd', 'zfs')).toEqual({ files: ['nbd'], missing: ['zfs'] });
  });

  test('a kernel without modules has none of them', async () => {
    expect(await modulesInOrder({ modules: undefined }, ['nbd'])).toEqual({ files: [], missing: ['nbd'] });
  });

  test('any dependencies, also circular ones, give every needed module once and, without a circle, after all it needs', () => {
    const module = fc.integer({ min: 0, max: 12 });
    fc.assert(
      fc.property(fc.array(fc.tuple(module, fc.array(module, { maxLength: 4 })), { maxLength: 13 }), fc.boolean(), (edges, acyclic) => {
        const dep = new Map(
          edges.map(([from, to]) => [`m${from}.ko`, to.filter((each) => !acyclic || each < from).map((each) => `m${each}.ko`)]),
        );
        const { paths } = loadOrder(dep, new Set(), [...dep.keys()]);
        expect(new Set(paths).size).toBe(paths.length);
        expect(new Set(paths)).toEqual(new Set([...dep].flatMap(([path, needed]) => [path, ...needed])));
        if (!acyclic) return;
        for (const [path, needed] of dep) for (const each of needed) expect(paths.indexOf(each)).toBeLessThan(paths.indexOf(path));
      }),
    );
  });
});

test.each([
  ['kernel/arch/x86/kvm/kvm-amd.ko.xz', 'kvm_amd'],
  ['kernel/drivers/net/virtio_net.ko', 'virtio_net'],
  ['virtio-net', 'virtio_net'],
])('%s is module %s', (path, name) => {
  expect(moduleName(path)).toBe(name);
});

test('lines of modules.dep that are none are passed over', () => {
  expect([...parseDep('\n# comment\na.ko: b.ko\nb.ko:\n')]).toEqual([
    ['a.ko', ['b.ko']],
    ['b.ko', []],
  ]);
});

describe('the bytes of a module', () => {
  const elf = Buffer.from('\x7fELF\x02\x01…\0name=nbd\0vermagic=6.1.0-56-cloud-amd64 SMP preempt mod_unload modversions \0', 'latin1');

  test.each([
    ['nbd.ko', elf],
    ['nbd.ko.gz', gzipSync(elf)],
    ['nbd.ko.zst', zstdCompressSync(elf)],
  ])('%s is read as the ELF file it holds', async (name, content) => {
    await writeFile(join(dir, name), content);
    expect(await readModule(join(dir, name))).toEqual(elf);
  });

  test.each([
    ['damaged.ko.gz', gzipSync(elf).subarray(0, 20)],
    ['damaged.ko.zst', Buffer.from('not zstd at all')],
    ['text.ko', Buffer.from('version https://git-lfs.github.com/spec/v1\n')],
  ])('%s is refused by name', async (name, content) => {
    await writeFile(join(dir, name), content);
    await expect(readModule(join(dir, name))).rejects.toThrow(UsageError);
    await expect(readModule(join(dir, name))).rejects.toThrow(name);
  });

  test('the release it was built for stands in its modinfo', () => {
    expect(moduleRelease(elf)).toBe('6.1.0-56-cloud-amd64');
    expect(moduleRelease(Buffer.from('\x7fELF'))).toBeUndefined();
  });
});
