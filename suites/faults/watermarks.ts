/** A machine keeps less memory in reserve: its zones' watermarks are lowered, down to which an allocation that cannot wait may take pages. */
import { InfraError } from '../../results/errors.ts';
import type { Machine } from '../../targets/target.ts';
import { type Fault, machineOf } from './fault.ts';

export interface WatermarkParams {
  /** vm.min_free_kbytes, of what the machine has it at: down to which part of it allocations go that cannot wait */
  readonly share: number;
  /** vm.watermark_scale_factor: of a zone, in parts of 10,000, what lies between that and where reclaim begins */
  readonly scaleFactor: number;
}

const FILES = ['/proc/sys/vm/min_free_kbytes', '/proc/sys/vm/watermark_scale_factor'] as const;
const LIMIT_S = 20;
/** The least that a kernel chooses for itself (mm/page_alloc.c, calculate_min_free_kbytes()). */
const LEAST_kB = 128;

/** Adds up what the kernel has made of them, over all zones Normal: `min low` in kB (mm/vmstat.c, zoneinfo_show_print()). */
const SUM =
  '/^Node/ { normal = $4 == "Normal" } normal && ($1 == "min" || $1 == "low") { sum[$1] += 4 * $2 } END { print sum["min"], sum["low"] }';

/** What is in force on each machine now, and what it had before. */
const inForce = new WeakMap<Machine, Readonly<Record<string, number>>>();
const before = new WeakMap<Machine, readonly string[]>();

export const watermarks: Fault<WatermarkParams> = {
  summary: "a machine's zones keep less memory for allocations that cannot wait",
  breaks: 'machine',
  inWords: ({ share, scaleFactor }) => `min_free_kbytes times ${share}, watermark_scale_factor ${scaleFactor}`,
  async inject(site, on, { share, scaleFactor }) {
    const machine = machineOf(site, on);
    const channel = await machine.manage();
    const { stdout } = await channel.run(['cat', ...FILES], { limit_s: LIMIT_S });
    if (!/^\d+\n\d+\n$/.test(stdout)) throw new InfraError(`${on} does not say its ${FILES.join(' and ')}`);
    const was = before.get(machine) ?? stdout.trim().split('\n');
    before.set(machine, was);
    await write(machine, [String(Math.max(LEAST_kB, Math.round(share * Number(was[0])))), String(scaleFactor)]);
    const sums = await channel.run(['awk', SUM, '/proc/zoneinfo'], { limit_s: LIMIT_S });
    const [min_kB, low_kB] = sums.stdout.trim().split(' ').map(Number);
    if (min_kB !== undefined && low_kB !== undefined) inForce.set(machine, { min_kB, low_kB });
  },
  figures: (site, on) => inForce.get(machineOf(site, on)) ?? {},
  async heal(site, on) {
    const machine = machineOf(site, on);
    const was = before.get(machine);
    if (was === undefined) return;
    await write(machine, was);
    before.delete(machine);
  },
};

async function write(machine: Machine, values: readonly string[]): Promise<void> {
  const channel = await machine.manage();
  const script = FILES.map((file, index) => `echo "$${index + 1}" > ${file}`).join(' && ');
  const { code, stderr } = await channel.run(['sh', '-c', script, 'sh', ...values], { limit_s: LIMIT_S });
  if (code !== 0) throw new InfraError(`${machine.name}: its watermarks cannot be set to ${values.join(', ')}: ${stderr.trim()}`);
}
