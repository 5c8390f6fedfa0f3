import { describe, expect, it } from 'vitest';
import { type QemuPlan, qemuArgv } from './qemu.ts';

const PLAN: QemuPlan = {
  spec: { name: 'head', cpus: 4, memory_MiB: 2048 },
  accelerator: 'tcg',
  kernel: '/boot/vmlinuz',
  initrd: '/tmp/head.cpio',
  append: ['panic=5', 'quiet'],
  disks: [
    { serial: 'tail', source: { nbdHost: '2001:2:0:8001::1', nbdPort: 10_809, nbdExport: 'tenant1' } },
    { serial: 'userland', source: { file: '/cache/userland.squashfs' } },
  ],
  cards: [
    { name: 'front', mac: '02:53:50:00:0f:10', source: { tap: 'front0' } },
    { name: 'mgmt', mac: '02:53:50:00:00:10', source: { forwardedPort: 2200 } },
  ],
  consoleSocket: '/tmp/head.console',
  qmpSocket: '/tmp/head.qmp',
};

/** The values of an option, in order. */
const valuesOf = (argv: readonly string[], option: string): string[] =>
  argv.flatMap((word, index) => (argv[index - 1] === option ? [word] : []));

describe("a lab machine's command line", () => {
  const argv = qemuArgv(PLAN);

  it('says what machine it is', () => {
    expect(argv[0]).toBe('qemu-system-x86_64');
    expect(valuesOf(argv, '-name')).toEqual(['head,process=stormproof-qemu']);
    expect(valuesOf(argv, '-smp')).toEqual(['4']);
    expect(valuesOf(argv, '-m')).toEqual(['2048M']);
    expect(valuesOf(argv, '-kernel')).toEqual(['/boot/vmlinuz']);
    expect(valuesOf(argv, '-initrd')).toEqual(['/tmp/head.cpio']);
  });

  it('starts stopped, without anything that nobody asked for, so that no byte of the console is missed', () => {
    for (const switch_ of ['-S', '-nodefaults', '-no-user-config']) expect(argv).toContain(switch_);
    expect(valuesOf(argv, '-display')).toEqual(['none']);
    expect(valuesOf(argv, '-serial')).toEqual(['chardev:console']);
    expect(valuesOf(argv, '-chardev')).toEqual(['socket,id=console,path=/tmp/head.console,server=on,wait=off']);
    expect(valuesOf(argv, '-qmp')).toEqual(['unix:/tmp/head.qmp,server=on,wait=off']);
  });

  it('gives each node of NUMA its share of memory and processors, and a package of its own, and reserves nothing', () => {
    const large = qemuArgv({ ...PLAN, spec: { name: 'head', cpus: 4, memory_MiB: 786_432, nodes: 2 } });
    expect(valuesOf(large, '-smp')).toEqual(['4,sockets=2']);
    expect(valuesOf(large, '-object')).toEqual([
      'memory-backend-ram,id=memory0,size=393216M,reserve=off',
      'memory-backend-ram,id=memory1,size=393216M,reserve=off',
    ]);
    expect(valuesOf(large, '-numa')).toEqual(['node,nodeid=0,memdev=memory0,cpus=0-1', 'node,nodeid=1,memdev=memory1,cpus=2-3']);
    expect(valuesOf(large, '-device')).toContain('virtio-balloon-pci,free-page-reporting=on');
    expect(valuesOf(argv, '-numa')).toEqual([]);
  });

  it.each([1, 2, 3, 4, 7])('shares out all of %i nodes, whatever is left over', (nodes) => {
    const large = qemuArgv({ ...PLAN, spec: { name: 'head', cpus: 5, memory_MiB: 100_001, nodes } });
    const sizes = valuesOf(large, '-object').map((object) => Number(/size=(\d+)M/.exec(object)?.[1]));
    expect(sizes).toHaveLength(nodes);
    expect(sizes.reduce((sum, size) => sum + size)).toBe(100_001);
    const cpus = valuesOf(large, '-numa').flatMap((node) => [...(/cpus=(\d+)-(\d+)/.exec(node) ?? [])].slice(1).map(Number));
    expect([cpus[0], cpus.at(-1)]).toEqual([0, 4]);
  });

  it('has a kernel that clears nothing for the sake of a ballast, and else leaves that alone', () => {
    const full = qemuArgv({ ...PLAN, spec: { name: 'head', cpus: 2, memory_MiB: 65_536, unused_MiB: 4096 } });
    expect(valuesOf(full, '-append').join()).toMatch(/ init_on_alloc=0 .*panic=5 quiet$/);
    expect(valuesOf(argv, '-append').join()).not.toContain('init_on_alloc');
  });

  it("gives the candidate's own kernel parameters the last word", () => {
    const words = valuesOf(argv, '-append').join().split(' ');
    expect(words).toContain('console=ttyS0,115200');
    expect(words.indexOf('panic=0')).toBeLessThan(words.indexOf('panic=5'));
    expect(words.slice(-2)).toEqual(['panic=5', 'quiet']);
  });

  it.each([
    ['tcg', ['tcg,thread=multi'], ['max']],
    ['kvm', ['kvm'], ['host']],
  ] as const)('runs under %s', (accelerator, accel, cpu) => {
    const under = qemuArgv({ ...PLAN, accelerator });
    expect([valuesOf(under, '-accel'), valuesOf(under, '-cpu')]).toEqual([accel, cpu]);
  });

  it('tells of a panic and stops nothing: the controller wants the rest of its text', () => {
    expect(valuesOf(argv, '-action')).toEqual(['panic=none', 'reboot=reset', 'watchdog=none']);
    expect(valuesOf(argv, '-device')).toContain('pvpanic-pci');
  });

  it('gives disks in their order, each with the serial by which the machine finds it', () => {
    expect(valuesOf(argv, '-blockdev').map((text) => JSON.parse(text))).toEqual([
      {
        'node-name': 'tail',
        discard: 'unmap',
        driver: 'nbd',
        server: { type: 'inet', host: '2001:2:0:8001::1', port: '10809' },
        export: 'tenant1',
        'reconnect-delay': 3600,
      },
      {
        'node-name': 'userland',
        discard: 'unmap',
        driver: 'raw',
        'read-only': true,
        file: { driver: 'file', filename: '/cache/userland.squashfs' },
      },
    ]);
    expect(valuesOf(argv, '-device').filter((device) => device.includes('blk'))).toEqual([
      'virtio-blk-pci,id=tail-disk,drive=tail,serial=tail,werror=report',
      'virtio-blk-pci,id=userland-disk,drive=userland,serial=userland,werror=report',
    ]);
  });

  it('has management on loopback only, shut off from everything else', () => {
    expect(valuesOf(argv, '-netdev')).toEqual([
      'tap,id=front,ifname=front0,script=no,downscript=no',
      'user,id=mgmt,restrict=on,ipv6=off,hostfwd=tcp:127.0.0.1:2200-10.0.2.15:22',
    ]);
    expect(valuesOf(argv, '-device').filter((device) => device.includes('net'))).toEqual([
      'virtio-net-pci,netdev=front,mac=02:53:50:00:0f:10,romfile=',
      'virtio-net-pci,netdev=mgmt,mac=02:53:50:00:00:10,romfile=',
    ]);
  });

  it('tells a card how large its packets may be, where that is not the usual', () => {
    const jumbo = qemuArgv({ ...PLAN, cards: [{ name: 'front', mac: '02:53:50:00:0f:10', mtu_bytes: 9000, source: { tap: 'front0' } }] });
    expect(valuesOf(jumbo, '-device')).toContain('virtio-net-pci,netdev=front,mac=02:53:50:00:0f:10,host_mtu=9000,romfile=');
  });

  it('hands paths over as they are, blanks and all, since no shell reads them', () => {
    const odd = qemuArgv({ ...PLAN, kernel: '/boot/a b/vm "x"', disks: [{ serial: 'userland', source: { file: '/a "b",c/u' } }] });
    expect(valuesOf(odd, '-kernel')).toEqual(['/boot/a b/vm "x"']);
    expect(JSON.parse(valuesOf(odd, '-blockdev')[0] as string).file.filename).toBe('/a "b",c/u');
  });
});
