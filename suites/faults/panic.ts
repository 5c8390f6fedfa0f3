/** A machine's kernel is made to panic, as by its system request key; nothing heals that but a reset. */
import type { Machine } from '../../targets/target.ts';
import { type Fault, machineOf } from './fault.ts';

const LIMIT_S = 10;

export const panic: Fault = {
  summary: "a machine's kernel panics",
  breaks: 'machine',
  downs: true,
  inject: (site, on) => crash(machineOf(site, on)),
  heal: async () => undefined,
};

/** Throws InfraError where the machine cannot be reached; that it gives no answer any more is what is wanted. */
export async function crash(machine: Machine): Promise<void> {
  const channel = await machine.manage();
  const job = await channel.start(['sh', '-c', 'echo 1 > /proc/sys/kernel/sysrq; echo c > /proc/sysrq-trigger'], { limit_s: LIMIT_S });
  job.stdout.resume();
}
