import { describe, expect, it } from 'vitest';
import { UsageError } from '../../results/errors.ts';
import type { DiskLimit, Site } from '../../targets/target.ts';
import { AXES, POLICIES, parsePolicies } from './index.ts';
import type { Policy, PoolParams } from './policy.ts';

const POOL: PoolParams = { stormers: ['stormer'], victims: ['victim'], rate_bps: 20_000_000 };

/** A head that answers as told, and keeps what it was asked to do. */
function headWith(answer: (script: string) => { code?: number; stdout?: string; stderr?: string }) {
  const asked: string[] = [];
  const run = async (argv: readonly string[]) => {
    const script = argv.at(-1) ?? '';
    asked.push(script);
    return { code: 0, stdout: '', stderr: '', ...answer(script) };
  };
  const machine = { disk: '/dev/nbd0', manage: async () => ({ run }) };
  return { site: { machines: new Map([['head', machine]]) } as unknown as Site, asked };
}

const device = (script: string) => (script === 'cat /sys/block/nbd0/dev' ? { stdout: '43:0\n' } : {});
const scheduler = (words: string) => (script: string) =>
  script.endsWith('cat /sys/block/nbd0/queue/scheduler') ? { stdout: words } : device(script);

describe('policies are asked for', () => {
  it('by name and by axis, each once, the first being the reference', () => {
    expect(parsePolicies('bfq,scheduler', () => '')).toEqual(['bfq', 'none', 'mq-deadline', 'kyber', 'cfq']);
    expect(parsePolicies('throttle', () => '')).toEqual(['unlimited', 'qemu-throttle', 'tail-rate']);
    expect(() => parsePolicies('bfg', (word) => `, did you mean ${word}?`)).toThrow(UsageError);
    expect(() => parsePolicies('none,,bfq', () => '')).toThrow('unknown policy ""');
    expect(() => parsePolicies('constructor', () => '')).toThrow(UsageError);
  });

  it('along axes that hold nothing but policies of that axis, and what they are compared with', () => {
    for (const [axis, names] of Object.entries(AXES))
      expect(names.slice(1).filter((name) => (POLICIES[name] as Policy).axis !== axis)).toEqual([]);
  });
});

describe("a head's policies", () => {
  it.each([
    ['io.max', "echo '43:0 wbps=1250000 wiops=305' > /sys/fs/cgroup/tenants/stormer/io.max"],
    ['bfq.weight', "echo 'default 800' > /sys/fs/cgroup/tenants/victim/io.bfq.weight"],
    ['io.latency', "echo '43:0 target=50000' > /sys/fs/cgroup/tenants/victim/io.latency"],
    [
      'iocost',
      "echo '43:0 ctrl=user model=linear rbps=2000000 rseqiops=488 rrandiops=488 wbps=2000000 wseqiops=488 wrandiops=488' > /sys/fs/cgroup/io.cost.model",
    ],
  ] as const)('%s sets what the kernel documents, and takes it back', async (name, line) => {
    const { site, asked } = headWith(scheduler(`mq-deadline [${name === 'bfq.weight' ? 'bfq' : 'none'}]\n`));
    const policy: Policy = POLICIES[name];
    await policy.apply(site, 'head', POOL);
    expect(asked.join('\n')).toContain(line);
    asked.length = 0;
    await policy.undo(site, 'head', POOL);
    expect(asked.join('\n')).toMatch(/wbps=max|default 100|target=0|enable=0/);
  });

  it('give the disk back the scheduler that it had before the first of them', async () => {
    let scheduler = 'mq-deadline';
    const { site } = headWith((script) => {
      scheduler = /^echo (\S+) > \S+scheduler/.exec(script)?.[1] ?? scheduler;
      return script.endsWith('/scheduler') && script.startsWith('cat') ? { stdout: `[${scheduler}] other\n` } : device(script);
    });
    await POLICIES.kyber.apply(site, 'head', POOL);
    await POLICIES.bfq.apply(site, 'head', POOL);
    expect(scheduler).toBe('bfq');
    await POLICIES.bfq.undo(site, 'head', POOL);
    expect(scheduler).toBe('mq-deadline');
  });

  it('are not in force where the scheduler is another one afterwards, or a write failed', async () => {
    await expect(POLICIES.bfq.apply(headWith(scheduler('[none] bfq\n')).site, 'head', POOL)).rejects.toThrow('the scheduler is [none] bfq');
    const refused = headWith((script) =>
      script.startsWith('echo none') ? { code: 2, stderr: 'Invalid argument\n' } : scheduler('[none]\n')(script),
    );
    await expect(POLICIES['io.max'].apply(refused.site, 'head', POOL)).rejects.toThrow('it could not be set: Invalid argument');
  });

  it('say which scheduler or file a kernel lacks', async () => {
    const without = headWith(scheduler('[none] mq-deadline\n'));
    expect(await POLICIES.kyber.refuses(without.site, 'head', POOL)).toBe('this kernel has no I/O scheduler kyber');
    const old = headWith((script) =>
      script.startsWith('was=') ? { stdout: '/sys/fs/cgroup/tenants/victim/io.latency\n' } : scheduler('[none]\n')(script),
    );
    expect(await POLICIES['io.latency'].refuses(old.site, 'head', POOL)).toBe('this kernel has no io.latency');
    expect(await POLICIES.none.refuses(headWith(scheduler('[none]\n')).site, 'head', POOL)).toBeUndefined();
  });
});

describe('policies between machines and their pool', () => {
  it('hold every stormer, and nobody else, to half of the pool, and let go of it', async () => {
    const limits: (readonly [string, DiskLimit | undefined])[] = [];
    const machine = (name: string) => ({ limitDisk: async (limit: DiskLimit | undefined) => void limits.push([name, limit]) });
    const site = { machines: new Map(['stormer1', 'stormer2', 'victim'].map((name) => [name, machine(name)])) } as unknown as Site;
    const pool = { ...POOL, stormers: ['stormer1', 'stormer2'] };
    const policy = POLICIES['qemu-throttle'];
    expect(await policy.refuses(site, 'victim', pool)).toBeUndefined();
    await policy.apply(site, 'victim', pool);
    await policy.undo(site, 'victim', pool);
    const half = { bytes_per_s: 625_000, requests_per_s: 153 };
    expect(limits).toEqual([
      ['stormer1', half],
      ['stormer2', half],
      ['stormer1', undefined],
      ['stormer2', undefined],
    ]);
    const kernels = { machines: new Map([['stormer', {}]]) } as unknown as Site;
    expect(await policy.refuses(kernels, 'victim', POOL)).toBe('no QEMU serves their disks');
  });
});
