/** How storage is attached and served, where somebody wants it otherwise than a suite has it: laid over a suite's plan. Pure. */
import { UsageError } from '../results/errors.ts';
import type { NbdSettings } from '../targets/target.ts';
import type { SuitePlan } from './suite.ts';

export interface StorageSettings {
  /** of disks that kernels attach */
  readonly nbd?: NbdSettings;
}

/** The settings of the kernel's driver as a person spells them: `timeout=30`, `connections=4`, `persist=off`. */
const NBD: Readonly<Record<string, (value: string) => NbdSettings | undefined>> = {
  timeout: (value) => (isWhole(value) ? { timeout_s: Number(value) } : undefined),
  connections: (value) =>
    isWhole(value) && Number(value) >= 1 && Number(value) <= MOST_CONNECTIONS ? { connections: Number(value) } : undefined,
  persist: (value) => ({ on: { persist: true }, off: { persist: false } })[value],
};
const MOST_CONNECTIONS = 16;
export const NBD_SPELLING = `timeout=SECONDS, connections=1..${MOST_CONNECTIONS} or persist=on|off`;

const isWhole = (value: string): boolean => /^\d{1,6}$/.test(value);

/** Throws UsageError for what is none of them. */
export function parseNbd(settings: readonly string[]): NbdSettings {
  return Object.assign(
    {},
    ...settings.map((text) => {
      const [name = '', value = ''] = text.split(/=(.*)/s);
      const parsed = Object.hasOwn(NBD, name) ? NBD[name]?.(value) : undefined;
      if (parsed === undefined) throw new UsageError(`--nbd ${text}: ${NBD_SPELLING}`);
      return parsed;
    }),
  );
}

/** The plan with its storage as it was asked for. */
export function withStorage(plan: SuitePlan, { nbd }: StorageSettings): SuitePlan {
  if (nbd === undefined) return plan;
  const machines = plan.topology.machines.map((machine) =>
    machine.disk?.attach === 'kernel' ? { ...machine, disk: { ...machine.disk, nbd: { ...machine.disk.nbd, ...nbd } } } : machine,
  );
  return { ...plan, topology: { ...plan.topology, machines } };
}

/** Why settings cannot take effect on a plan; undefined where they can. */
export function complaintOfSettings(plan: SuitePlan, { nbd }: StorageSettings): string | undefined {
  const kernels = plan.topology.machines.some(({ disk }) => disk?.attach === 'kernel');
  return nbd !== undefined && !kernels ? '--nbd is for disks that kernels attach, and none does there' : undefined;
}

/** The settings for a reader; empty where nothing was asked for. */
export const storageInWords = ({ nbd = {} }: StorageSettings): string[] =>
  Object.keys(nbd).length === 0
    ? []
    : [
        `the kernel's nbd driver: ${Object.entries(nbd)
          .map(([name, value]) => `${name} ${value}`)
          .join(', ')}`,
      ];
