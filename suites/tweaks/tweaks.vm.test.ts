/** Tweaks on a real kernel: those that can be set are, and are read back; those that cannot say why. */
import { expect, test } from 'vitest';
import { openLab } from '../../targets/lab/lab.testing.ts';
import type { Channel, MachineSpec } from '../../targets/target.ts';
import type { Preparation } from '../flood/vector.ts';
import { applyTweak, applyTweaks, UNCHANGED } from './apply.ts';
import { parseTweak, parseTweaks } from './parse.ts';

const SPEC = { name: 'head', seat: 'head', cpus: 2, memory_MiB: 1024 } as const satisfies MachineSpec;
const silent = () => '';
const BOOT = parseTweaks(
  [
    'boot:threadirqs',
    'boot:mitigations=off',
    'boot:nonsense',
    'boot:nothing.there=1',
    'boot:nf_conntrack.acct=1',
    'boot:vsyscall=sometimes',
  ],
  silent,
);

const run = (channel: Channel, { argv }: Preparation) => channel.run(argv, { limit_s: 60 });

/** What setting it prints or complains of, then what reading it back does. */
async function tried(channel: Channel, text: string, device = 'front'): Promise<{ set: string; is: string }> {
  const { prepare, verify } = applyTweak(parseTweak(text, silent), { device });
  const words = { set: '', is: '' };
  for (const each of prepare) {
    const { code, stdout, stderr } = await run(channel, each);
    words.set = (code === 0 ? stdout : stderr).trim();
  }
  for (const each of verify) {
    const { code, stdout, stderr } = await run(channel, each);
    words.is = (code === 0 ? stdout : stderr).trim();
  }
  return words;
}

test('tweaks are set and read back, or say why they cannot be', async () => {
  const { append } = applyTweaks(BOOT, { device: 'front' });
  await using site = await openLab({ machines: [SPEC] }, { append });
  const machine = site.machines.get('head');
  if (machine === undefined) throw new Error('no machine');
  await machine.boot(180);
  const channel = await machine.manage();

  for (const [text, set, is] of [
    ['module:nf_conntrack.hashsize=65536', /: it was not loaded$/, '65536'],
    ['module:nf_conntrack.acct=0', /: it was Y$/, '0'],
    ['net.ipv6.neigh.default.gc_thresh3=8192', /: it was 1024$/, '8192'],
    ['net.ipv4.tcp_rmem=4096 131072 8388608', /: it was 4096 131072 6291456$/, '4096 131072 8388608'],
    ['vm.min_free_kbytes=131072', /: it was \d+$/, '131072'],
    ['rx-ring=64', /: it was 256$/, '64'],
    ['gro=off', /: it was on$/, 'off'],
    ['gro-hw=off', /: it was on$/, 'off'],
    ['gso=off', /: it was on$/, 'off'],
    ['tso=off', /: it was on$/, 'off'],
    ['lro=off', new RegExp(`: ${UNCHANGED}$`), 'off'],
    ['mtu=1400', /: it was 1500$/, '1400'],
    ['tx-queue-len=10000', /: it was 1000$/, '10000'],
    ['threaded-napi=on', /: it was off$/, 'on'],
    ['napi-defer-irqs=2', /: it was 0$/, '2'],
    ['gro-flush-ns=200000', /: it was 0$/, '200000'],
    ['rps=on', /: it was 0$/, '3'],
    ['rfs=32768', /: it was 0$/, '32768'],
    ['qdisc=fq', /: it was fq_codel$/, 'fq'],
    ['notrack=on', /: it was off$/, 'on'],
    ['boot:threadirqs', /^$/, 'threadirqs'],
    ['boot:mitigations=off', /^$/, 'mitigations=off'],
  ] as const) {
    const words = await tried(channel, text);
    expect(words.set, text).toMatch(set);
    expect(words.is, text).toBe(is);
  }

  for (const [text, why] of [
    ['rx-ring=1024', /^tweak rx-ring=1024 cannot be set here: netlink error: requested ring size exceeds maximum.*; it is 64$/],
    ['channels=2', /^tweak channels=2 cannot be set here: .*exceeds maximum.*; it is 1$/],
    ['coalesce-rx-usecs=50', /^tweak coalesce-rx-usecs=50 cannot be set here: netlink error: Operation not supported; it is 0$/],
    ['lro=on', /^tweak lro=on cannot be set here: .*Could not change any device features.*; it is off$/],
    ['net.ipv6.route.maxsize=1', / cannot be set here: this kernel has no net\.ipv6\.route\.maxsize, .*; there is: .*\bmax_size\b/],
    ['net.ipv6.ip6frag_high_thresh=1000', / cannot be set here: sysctl: .*Invalid argument; it is 4194304$/],
    // sysctl(8) itself exits with 0
    ['kernel.osrelease=5', / cannot be set here: sysctl: .*Invalid argument; it is 6\.1/],
    ['module:nonsense.x=1', / cannot be set here: modprobe: FATAL: Module nonsense not found .*; it is not loaded$/],
    ['module:nf_conntrack.nonsense=1', / cannot be set here: nf_conntrack has no parameter nonsense that can be read back$/],
    ['module:virtio_net.napi_weight=1', / cannot be set here: .* try boot:virtio_net\.napi_weight=1; it is 64$/],
    ['rps=ff', / cannot be set here: .*; it is 3$/],
  ] as const) {
    const words = await tried(channel, text);
    expect(words.set, text).toMatch(why);
    expect(words.is, text).toMatch(/ is not in force: /);
  }

  for (const [text, why] of [
    ['boot:nonsense', /this kernel does not know it$/],
    // a value that nobody understood: vsyscall_setup() in arch/x86/entry/vsyscall/vsyscall_64.c
    ['boot:vsyscall=sometimes', /this kernel says: .*Malformed early option 'vsyscall'$/],
    ['boot:nothing.there=1', /there is no \/sys\/module\/nothing\/parameters\/there to read it back from$/],
    ['boot:mitigations=auto', /it is mitigations=off$/],
    ['boot:nosmt', /it is not on the command line of this kernel$/],
    // taken back above: what the command line says is not what is in force
    ['boot:nf_conntrack.acct=1', /it is nf_conntrack\.acct=N$/],
  ] as const) {
    const words = await tried(channel, text);
    expect(words.is, text).toMatch(/^tweak boot:\S+ is not in force: /);
    expect(words.is, text).toMatch(why);
  }

  // a card with several queues: each of them counts
  const cards = 'ip link add many numtxqueues 3 numrxqueues 3 type veth peer name other && ip link set many up && ip link set other up';
  expect((await channel.run(['sh', '-c', cards], { limit_s: 60 })).code).toBe(0);
  for (const [text, set, is] of [
    ['rps=2', /: it was 0$/, '2'],
    ['rps=on', /: it was 2$/, '3'],
    ['rfs=4096', /: it was 32768 with 0 for a queue$/, '4096'],
    ['qdisc=fq', /: it was (noqueue|fq_codel)$/, 'fq'],
    ['qdisc=noqueue', /: it was fq$/, 'noqueue'],
  ] as const) {
    const words = await tried(channel, text, 'many');
    expect(words.set, text).toMatch(set);
    expect(words.is, text).toBe(is);
  }
  const one = 'echo 1 > /sys/class/net/many/queues/rx-1/rps_cpus';
  await channel.run(['sh', '-c', one], { limit_s: 60 });
  const [check] = applyTweak(parseTweak('rps=on', silent), { device: 'many' }).verify;
  expect((await run(channel, check as Preparation)).stderr).toBe('tweak rps=on is not in force: it is 1 3');
  expect(site.faults).toEqual([]);
});
