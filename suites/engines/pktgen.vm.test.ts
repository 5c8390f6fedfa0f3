/** pktgen on a real kernel that has it: inside a lab machine, from one of its cards to the other end of it. */
import { expect, test } from 'vitest';
import { openLab } from '../../targets/lab/lab.testing.ts';
import type { Aim } from '../../targets/target.ts';
import { pktgen } from './pktgen.ts';

const AIM: Aim = {
  device: 'near',
  sourceMac: '02:53:50:00:00:01',
  destinationMac: '02:53:50:00:00:02',
  source: '2001:2:0:8000::1',
  destination: '2001:2:0:8000::2',
  prefix: '2001:2:0:8000',
};
const [PPS, FOR_S] = [500, 4];
/** A pair of cards, the far one in a namespace of its own, where datagrams are counted. */
const SETUP = `modprobe pktgen
ip netns add far
ip link add near address ${AIM.sourceMac} type veth peer name far address ${AIM.destinationMac} netns far
ip link set near up
ip -n far link set far up
ip -n far address add ${AIM.destination}/64 dev far nodad`;
const COUNT = 'ip netns exec far grep -E "Udp6(NoPorts|InCsumErrors)" /proc/net/snmp6';

test('datagrams arrive at the rate that was asked for, each with a right checksum, and are counted', async () => {
  await using site = await openLab({ machines: [{ name: 'generator', seat: 'head', cpus: 2, memory_MiB: 512 }] });
  const machine = site.machines.get('generator');
  if (machine === undefined) throw new Error('no machine');
  await machine.boot(180);
  const channel = await machine.manage();
  const run = async (argv: readonly string[]) => {
    const { code, stdout, stderr } = await channel.run(argv, { limit_s: 60 });
    expect(code, stderr).toBe(0);
    return stdout;
  };
  const load = [{ at_s: 0, for_s: FOR_S, from_pps: PPS, to_pps: PPS }];
  const params = { vector: 'udp-128', load, seed: 1 } as const;
  expect((await channel.run(pktgen.attempt?.(params, AIM).argv ?? [], { limit_s: 20 })).stderr).toBe('it is not loaded here');
  await run(['sh', '-ec', SETUP]);
  await run(pktgen.attempt?.(params, AIM).argv ?? []);

  const begun = performance.now();
  const figures = pktgen.figures(await run(pktgen.command(params, FOR_S, AIM).argv));
  expect((performance.now() - begun) / 1000).toBeGreaterThan(FOR_S * 0.9);
  expect(figures).toEqual({ sent_packets: PPS * FOR_S });
  const counted = Object.fromEntries(
    (await run(['sh', '-c', COUNT]))
      .trim()
      .split('\n')
      .map((line) => line.split(/\s+/) as [string, string]),
  );
  expect(counted).toEqual({ Udp6NoPorts: String(PPS * FOR_S), Udp6InCsumErrors: '0' });
});
