/** Policies on a real kernel and a real QEMU: they are in force while they should be, and gone afterwards. */
import { expect, test } from 'vitest';
import { POLICIES, type PolicyName } from '../suites/policies/index.ts';
import type { Policy, PoolParams } from '../suites/policies/policy.ts';
import { preparationOf } from '../suites/storm/tenants.ts';
import { openLab } from '../targets/lab/lab.testing.ts';
import { quote } from '../targets/quote.ts';
import type { Machine, Site } from '../targets/target.ts';
import { makeFileSystem } from './data.ts';

const POOL: PoolParams = { stormers: ['stormer'], victims: ['victim'], rate_bps: 20_000_000 };
const GROUPS = '/sys/fs/cgroup';
const SCHEDULER = '/sys/block/nbd0/queue/scheduler';

const machineOf = (site: Site, name: string): Machine => {
  const machine = site.machines.get(name);
  if (machine === undefined) throw new Error(`no machine ${name}`);
  return machine;
};

async function told(machine: Machine, script: string): Promise<string> {
  const { code, stdout, stderr } = await (await machine.manage()).run(['sh', '-c', script], { limit_s: 60 });
  if (code !== 0) throw new Error(`${script}: ${stderr}`);
  return stdout.trim();
}

/** What the kernel gives a disk of several queues by itself (block/elevator.c, elevator_get_default()), one of one queue among them. */
const DEFAULT = /\[(mq-deadline|none)\]/;

/** What is in force, and what is left of it afterwards. */
const HEAD: readonly (readonly [PolicyName, file: string, inForce: RegExp, undone: RegExp])[] = [
  ['none', SCHEDULER, /\[none\]/, DEFAULT],
  ['mq-deadline', SCHEDULER, /\[mq-deadline\]/, DEFAULT],
  ['kyber', SCHEDULER, /\[kyber\]/, DEFAULT],
  ['bfq', SCHEDULER, /\[bfq\]/, DEFAULT],
  ['io.max', `${GROUPS}/tenants/stormer/io.max`, /wbps=1250000 riops=max wiops=305/, /^$/],
  ['bfq.weight', `${GROUPS}/tenants/victim/io.bfq.weight`, /800/, /^$|100/],
  ['iocost', `${GROUPS}/io.cost.qos`, /enable=1 ctrl=user/, /enable=0/],
];

test('a head sets what control groups and schedulers can do, and says what its kernel lacks', async () => {
  await using site = await openLab({
    machines: [{ name: 'head', seat: 'head', cpus: 2, memory_MiB: 1024, disk: { attach: 'kernel', size_MiB: 64 } }],
  });
  const head = machineOf(site, 'head');
  await head.boot(180);
  await makeFileSystem(head);
  for (const { argv } of preparationOf(['stormer', 'victim'], true)) await told(head, quote(argv));
  for (const [name, file, inForce, undone] of HEAD) {
    const policy: Policy = POLICIES[name];
    expect(await policy.refuses(site, 'head', POOL), name).toBeUndefined();
    await policy.apply(site, 'head', POOL);
    expect(await told(head, `cat ${file}`), name).toMatch(inForce);
    await policy.undo(site, 'head', POOL);
    await policy.undo(site, 'head', POOL);
    // bfq's files go with it
    expect(await told(head, `cat ${file} 2>/dev/null || true`), name).toMatch(undone);
  }
  // Debian's cloud kernels are built without CONFIG_BLK_CGROUP_IOLATENCY
  expect(await POLICIES['io.latency'].refuses(site, 'head', POOL)).toBe('this kernel has no io.latency');
  expect(await POLICIES.cfq.refuses(site, 'head', POOL)).toBe('this kernel has no I/O scheduler cfq');
});

test.for(['qemu-throttle', 'tail-rate'] as const)('%s holds a storming machine to its share, and lets go of it', async (name) => {
  await using site = await openLab({
    machines: [{ name: 'stormer', seat: 'tenant', cpus: 1, memory_MiB: 512, disk: { attach: 'qemu', size_MiB: 64 } }],
  });
  const stormer = machineOf(site, 'stormer');
  await stormer.boot(180);
  const written = async () => {
    const before_ms = Date.now();
    await told(stormer, `dd if=/dev/zero of=${stormer.disk} bs=64k count=96 oflag=direct 2>/dev/null`);
    return (96 * 65_536) / ((Date.now() - before_ms) / 1000);
  };
  const free = await written();
  const policy: Policy = POLICIES[name];
  // half of this pool is 1 MB/s; a throttle lets a burst of its first tenth of a second through
  const pool = { ...POOL, rate_bps: 16_000_000 };
  expect(await policy.refuses(site, 'stormer', pool)).toBeUndefined();
  await policy.apply(site, 'stormer', pool);
  const held = await written();
  await policy.undo(site, 'stormer', pool);
  const again = await written();
  expect(held).toBeLessThan(1_500_000);
  expect(Math.min(free, again)).toBeGreaterThan(2 * held);
});
