import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { UsageError } from '../../results/errors.ts';
import { applyTweak, applyTweaks, nothingToTry } from './apply.ts';
import { KINDS } from './kinds.ts';
import { parseTweak, parseTweaks } from './parse.ts';
import { QUEUEING } from './queues.ts';
import type { Kind } from './tweak.ts';

const kinds: readonly Kind[] = Object.values(KINDS);
const silent = () => '';
const parse = (text: string) => parseTweak(text, silent);
const front = { device: 'front' };

describe('a tweak', () => {
  it.each(kinds.map(({ example }) => example))('may be what the help shows: %s', (example) => {
    expect(parse(example).text).toBe(example);
  });

  it.each([
    ['net.ipv4.tcp_rmem=4096  131072\t8388608', { name: 'net.ipv4.tcp_rmem', value: '4096 131072 8388608', kind: 'sysctl' }],
    ['net.ipv6.conf.front/100.mtu=1400', { name: 'net.ipv6.conf.front/100.mtu', value: '1400', kind: 'sysctl' }],
    ['vm.min_free_kbytes=131072', { name: 'vm.min_free_kbytes', value: '131072', kind: 'sysctl' }],
    ['rps=ff,ffffffff', { name: 'rps', value: 'ff,ffffffff', kind: 'rps' }],
    ['boot:threadirqs', { name: 'boot:threadirqs', value: '', kind: 'boot' }],
    ['boot:crashkernel=1G-:256M=x', { name: 'boot:crashkernel', value: '1G-:256M=x', kind: 'boot' }],
    ['module:nf_conntrack.hashsize=65536', { name: 'module:nf_conntrack.hashsize', value: '65536', kind: 'module' }],
  ])('is read: %s', (text, expected) => {
    expect(parse(text)).toMatchObject(expected);
  });

  it.each([
    ['', '--tweak "" is no tweak'],
    ['gro', '--tweak gro needs a value: gro=on|off'],
    ['gro=', '--tweak gro has an empty value: gro=on|off'],
    ['gro=false', '--tweak gro cannot be "false"'],
    ['grow=on', '--tweak grow is no tweak'],
    ['rx-ring=1k', '--tweak rx-ring is a whole number from 1 to 65536, not "1k"'],
    ['rx-ring=0', '--tweak rx-ring is a whole number from 1 to 65536, not "0"'],
    ['mtu=576', '--tweak mtu is a whole number from 1280 to 65535, not "576"'],
    ['rfs=30000', '--tweak rfs is a power of two up to 536870912, or 0, not "30000"'],
    ['rps=0xf', '--tweak rps is on, off or a mask of CPUs (3, ff, 1,00000000), not "0xf"'],
    ['rps=123456789', '--tweak rps is on, off or a mask of CPUs (3, ff, 1,00000000), not "123456789"'],
    ['qdisc=tbf', '--tweak qdisc cannot be "tbf"'],
    ['notrack=off', '--tweak notrack cannot be "off"'],
    ['ipv6.route.max_size=1', '--tweak ipv6.route.max_size is no sysctl that can be tweaked: they begin with net. vm. kernel. fs.'],
    ['net.ipv6..x=1', '--tweak net.ipv6..x is no name of a sysctl: words of letters, digits, "_" and "-" with dots between them'],
    ['net.ipv6./../x=1', '--tweak net.ipv6./../x is no name of a sysctl: words of letters, digits, "_" and "-" with dots between them'],
    ['net.core.somaxconn', '--tweak net.core.somaxconn needs a value: net.…|vm.…|kernel.…|fs.…=VALUE'],
    ['kernel.printk=1', '--tweak kernel.printk is set by stormproof itself, which needs it to see what the kernel reports'],
    [
      'boot:sysctl.kernel.hung_task_check_count=1',
      '--tweak boot:sysctl.kernel.hung_task_check_count is set by stormproof itself, which boots by it or sees by it what the kernel reports',
    ],
    [
      'boot:rcupdate.rcu_cpu_stall_suppress=1',
      '--tweak boot:rcupdate.rcu_cpu_stall_suppress is set by stormproof itself, which boots by it or sees by it what the kernel reports',
    ],
    [
      'boot:workqueue.watchdog_thresh=0',
      '--tweak boot:workqueue.watchdog_thresh is set by stormproof itself, which boots by it or sees by it what the kernel reports',
    ],
    [
      'boot:sysctl.kernel.soft_watchdog=0',
      '--tweak boot:sysctl.kernel.soft_watchdog is set by stormproof itself, which boots by it or sees by it what the kernel reports',
    ],
    ['module:printk.time=0', '--tweak module:printk.time is set by stormproof itself, which sees by it what the kernel reports'],
    [
      'kernel.hung_task_warnings=0',
      '--tweak kernel.hung_task_warnings is set by stormproof itself, which needs it to see what the kernel reports',
    ],
    ['module:hashsize=1', '--tweak module:hashsize is spelt module:NAME.PARAMETER, as in module:nf_conntrack.hashsize'],
    ['module:a.b', '--tweak module:a.b needs a value: module:NAME.PARAMETER=VALUE'],
    ['boot:=x', '--tweak boot: is spelt boot:PARAMETER or boot:PARAMETER=VALUE, as in boot:mitigations=off'],
    ['boot:a b', '--tweak boot:a b is spelt boot:PARAMETER or boot:PARAMETER=VALUE, as in boot:mitigations=off'],
    ['boot:a=b c', '--tweak boot:a is a value of printable ASCII without spaces and quotes, not "b c"'],
    ['boot:a=', '--tweak boot:a has an empty value: boot:PARAMETER[=VALUE]'],
    ['boot:console=tty0', '--tweak boot:console is set by stormproof itself, which boots by it or sees by it what the kernel reports'],
    [
      'boot:nmi-watchdog=0',
      '--tweak boot:nmi-watchdog is set by stormproof itself, which boots by it or sees by it what the kernel reports',
    ],
    ['gro=o\u0000ff\n', '--tweak gro cannot be "o?ff"'],
  ])('is refused in one line: %j', (text, message) => {
    expect(() => parse(text)).toThrow(new UsageError(message));
  });

  it('is offered what it may have meant', () => {
    const offered: (readonly [string, readonly string[]])[] = [];
    const suggest = (word: string, known: readonly string[]) => {
      offered.push([word, known]);
      return ', did you mean that?';
    };
    expect(() => parseTweak('grow=on', suggest)).toThrow('--tweak grow is no tweak, did you mean that?');
    expect(() => parseTweak('qdisc=fqcodel', suggest)).toThrow('--tweak qdisc cannot be "fqcodel", did you mean that?');
    expect(offered[0]?.[1]).toEqual(expect.arrayContaining(['gro', 'rx-ring', 'boot:threadirqs', 'module:nf_conntrack.hashsize']));
    expect(offered[1]?.[1]).toContain('fq_codel');
  });

  it('is the same when it is read again, or refused', () => {
    const word = fc.stringMatching(/^[a-z0-9_-]{1,8}$/);
    const value = fc.oneof(fc.nat().map(String), fc.string(), fc.constantFrom('on', 'off', 'a=b', '4096 1 2'));
    const name = fc.oneof(
      fc.constantFrom(...Object.keys(KINDS)),
      fc.tuple(fc.constantFrom('net', 'vm', 'fs', 'x'), fc.array(word, { maxLength: 4 })).map(([root, rest]) => [root, ...rest].join('.')),
      fc.tuple(fc.constantFrom('boot:', 'module:'), word, word).map(([prefix, a, b]) => `${prefix}${a}.${b}`),
      fc.string(),
    );
    let good = 0;
    fc.assert(
      fc.property(name, value, (key, content) => {
        try {
          const tweak = parse(`${key}=${content}`);
          expect(parse(tweak.text)).toEqual(tweak);
          good += 1;
        } catch (error) {
          expect(error).toBeInstanceOf(UsageError);
          expect((error as Error).message).toMatch(/^--tweak [ -~…]+$/);
        }
      }),
      { numRuns: 2000, seed: 1 },
    );
    expect(good).toBeGreaterThan(200);
  });

  it('may be given twice, but not with two values', () => {
    expect(parseTweaks(['gro=off', 'rps=on', 'gro=off'], silent).map(({ text }) => text)).toEqual(['gro=off', 'rps=on']);
    expect(() => parseTweaks(['gro=off', 'gro=on'], silent)).toThrow(new UsageError('--tweak gro=on contradicts --tweak gro=off'));
  });
});

describe('what is run for a tweak', () => {
  it.each(kinds.map(({ example }) => example))('is sound shell text: %s', (example) => {
    const { prepare, append, verify } = applyTweak(parse(example), front);
    expect(prepare.length + append.length).toBe(1);
    expect(verify).toHaveLength(1);
    for (const { argv } of [...prepare, ...verify]) {
      expect(argv.slice(-3, -1)).toEqual(['sh', '-c']);
      execFileSync('sh', ['-n', '-c', argv.at(-1) as string]);
    }
  });

  it('tells whether the host had all of it before, and there is nothing to try', () => {
    const release = execFileSync('uname', ['-r'], { encoding: 'utf8' }).trim();
    const now = applyTweaks(parseTweaks([`kernel.osrelease=${release}`, 'kernel.ostype=Linux'], silent), front);
    const said = [...now.prepare, ...now.verify].map(({ argv: [file = '', ...args] }) =>
      execFileSync(file, args, { encoding: 'utf8' }).trim(),
    );
    expect(nothingToTry(now, said)).toBe(
      `there is nothing to try: kernel.osrelease=${release}: it was so already; kernel.ostype=Linux: it was so already`,
    );
    expect(nothingToTry(now, said.with(1, 'kernel.ostype=Linux: it was BSD'))).toBeUndefined();
    expect(nothingToTry({ ...now, append: ['threadirqs'] }, said)).toBeUndefined();
    expect(nothingToTry(applyTweaks([], front), [])).toBeUndefined();
  });

  it('never takes names and values for shell text', () => {
    const [first] = applyTweak(parse("kernel.core_pattern=|$(reboot)'"), front).prepare;
    expect(first?.argv.slice(0, 5)).toEqual([
      'env',
      "tweak=kernel.core_pattern=|$(reboot)'",
      'device=front',
      'key=kernel.core_pattern',
      "value=|$(reboot)'",
    ]);
    expect(first?.argv.at(-1)).not.toContain('reboot');
  });

  it('comes in the order in which one needs the other, and sysctls in their own', () => {
    const asked = [
      'rps=on',
      'net.ipv6.ip6frag_low_thresh=2',
      'net.ipv6.ip6frag_high_thresh=3',
      'channels=2',
      'boot:a=1',
      'module:x.y=1',
      'boot:b',
    ];
    const { prepare, append, verify } = applyTweaks(parseTweaks(asked, silent), front);
    expect(append).toEqual(['a=1', 'b']);
    expect(prepare.map(({ name }) => name.replace('tweak ', ''))).toEqual([
      'module:x.y=1',
      'net.ipv6.ip6frag_low_thresh=2',
      'net.ipv6.ip6frag_high_thresh=3',
      'channels=2',
      'rps=on',
    ]);
    expect(verify).toHaveLength(asked.length);
  });

  it.each([
    ['0', '1'],
    ['0-1', '3'],
    ['0-3,5', '2f'],
    ['0-31', 'ffffffff'],
    ['32', '1,00000000'],
    ['0-63', 'ffffffff,ffffffff'],
    ['0-127', 'ffffffff,ffffffff,ffffffff,ffffffff'],
    ['64-67', 'f,00000000,00000000'],
  ])('steers to the CPUs that are online: %s', (online, mask) => {
    const dir = mkdtempSync(join(tmpdir(), 'online-'));
    try {
      writeFileSync(join(dir, 'online'), `${online}\n`);
      const script = QUEUEING.rps.setting.want.replaceAll('/sys/devices/system/cpu/online', join(dir, 'online'));
      const output = execFileSync('sh', ['-c', `${script}; echo; mask`], { env: { ...process.env, value: 'on' }, encoding: 'utf8' });
      const [want, written] = output.split('\n').filter((line) => line !== '');
      expect(written).toBe(mask);
      expect(want).toBe(mask.replaceAll(',', ''));
    } finally {
      rmSync(dir, { recursive: true });
    }
  });
});
