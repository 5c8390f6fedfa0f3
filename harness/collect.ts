/** What is taken from a machine at the end of a trial, beside its console. */
import { writeFileSync } from 'node:fs';
import { explain } from '../results/errors.ts';
import type { Machine } from '../targets/target.ts';

const COMMAND_LIMIT_S = 30;

const COLLECTED = {
  dmesg: 'dmesg',
  sysctl: 'sysctl -a 2>/dev/null',
  slabinfo: 'cat /proc/slabinfo',
  network: 'ip -s -s link; nstat -a -s 2>/dev/null; cat /proc/net/softnet_stat',
  disks: 'cat /proc/diskstats; df -h; cat /proc/mounts',
  memory: 'cat /proc/meminfo /proc/vmstat',
} as const;

/** Writes each to `<stem>.<what>.txt`; one that cannot be had is told to `failed`, and the others are still worth having. */
export async function collect(machine: Machine, stem: string, failed: (machine: string, what: string, why: string) => void): Promise<void> {
  for (const [what, argv] of Object.entries(COLLECTED)) {
    try {
      const channel = await machine.manage();
      const { stdout } = await channel.run(['sh', '-c', argv], { limit_s: COMMAND_LIMIT_S });
      writeFileSync(`${stem}.${what}.txt`, stdout);
    } catch (error) {
      failed(machine.name, what, explain(error));
    }
  }
}
