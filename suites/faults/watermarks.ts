/** A machine keeps less memory in reserve: its zones' watermarks are lowered, down to which an allocation that cannot wait may take pages. */
import { InfraError } from '../../results/errors.ts';
import type { Machine } from '../../targets/target.ts';
import { type Fault, machineOf } from './fault.ts';

export interface WatermarkParams {
  /** vm.min_free_kbytes */
  readonly minFree_kB: number;
}

const FILE = '/proc/sys/vm/min_free_kbytes';
const LIMIT_S = 20;

/** What each machine had before. */
const before = new WeakMap<Machine, string>();

export const watermarks: Fault<WatermarkParams> = {
  summary: "a machine's zones keep less memory for allocations that cannot wait",
  inWords: ({ minFree_kB }) => `${minFree_kB} kB`,
  async inject(site, on, { minFree_kB }) {
    const machine = machineOf(site, on);
    const channel = await machine.manage();
    const { stdout } = await channel.run(['cat', FILE], { limit_s: LIMIT_S, repeatable: true });
    if (!/^\d+\s*$/.test(stdout)) throw new InfraError(`${on} does not say its ${FILE}`);
    if (!before.has(machine)) before.set(machine, stdout.trim());
    await write(machine, String(minFree_kB));
  },
  async heal(site, on) {
    const machine = machineOf(site, on);
    const was = before.get(machine);
    if (was === undefined) return;
    await write(machine, was);
    before.delete(machine);
  },
};

async function write(machine: Machine, value: string): Promise<void> {
  const channel = await machine.manage();
  const { code, stderr } = await channel.run(['sh', '-c', `echo "$1" > ${FILE}`, 'sh', value], { limit_s: LIMIT_S, repeatable: true });
  if (code !== 0) throw new InfraError(`${machine.name}: ${FILE} cannot be set to ${value}: ${stderr.trim()}`);
}
