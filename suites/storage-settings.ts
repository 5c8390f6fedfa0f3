/** How storage is attached and served, where somebody wants it otherwise than a suite has it: laid over a suite's plan. Pure. */
import { UsageError } from '../results/errors.ts';
import type { FileSystemName } from '../results/model.ts';
import type { TailName } from '../targets/tails/index.ts';
import type { DiskSpec, NbdSettings } from '../targets/target.ts';
import { enginesOf, type SuitePlan } from './suite.ts';

/** Of every suite's disks: large enough for every file system (mkfs.xfs wants 300), and sparse. */
export const DISK_MiB = 320;

export interface StorageSettings {
  /** who serves */
  readonly tail?: TailName;
  /** the server's binary, where it is not in PATH */
  readonly tailProgram?: string;
  /** clients must use it */
  readonly tls?: true;
  /** what disks carry */
  readonly fileSystem?: FileSystemName;
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
export function withStorage(plan: SuitePlan, { nbd, fileSystem, tail, tailProgram, tls }: StorageSettings): SuitePlan {
  const { machines, tails } = plan.topology;
  const served = {
    ...(tail === undefined ? {} : { kind: tail }),
    ...(tailProgram === undefined ? {} : { program: tailProgram }),
    ...(tls === undefined ? {} : { tls }),
  };
  const carries = fileSystem === undefined ? {} : { fileSystem };
  const changed = (disk: DiskSpec): DiskSpec => ({
    ...disk,
    ...carries,
    ...(nbd !== undefined && disk.attach === 'kernel' ? { nbd: { ...disk.nbd, ...nbd } } : {}),
  });
  const topology = {
    ...plan.topology,
    ...(Object.keys(served).length === 0 ? {} : { tails: { ...tails, ...served } }),
    machines: machines.map((machine) => (machine.disk === undefined ? machine : { ...machine, disk: changed(machine.disk) })),
  };
  // who works on files has none there: the probes write to the device itself
  const schedule =
    fileSystem === 'raw' ? plan.schedule.filter((action) => !(action.kind === 'load' && action.engine === 'fio')) : plan.schedule;
  return { ...plan, topology, schedule };
}

/** Why a plan cannot be carried out on disks without a file system, in a sentence for a `skip`; undefined where it can. */
export function whyNotRaw({ topology: { machines }, schedule }: SuitePlan): string | undefined {
  const raw = machines.some(({ disk }) => disk?.fileSystem === 'raw');
  const files = enginesOf(schedule).some(({ kind, engine }) => kind === 'engine' && engine === 'fio');
  return raw && files ? 'its storm writes files, and its disks are to carry no file system' : undefined;
}

/** Why settings cannot take effect on a plan; undefined where they can. */
export function complaintOfSettings(plan: SuitePlan, settings: StorageSettings): string | undefined {
  const { nbd } = settings;
  const kernels = plan.topology.machines.some(({ disk }) => disk?.attach === 'kernel');
  if (nbd !== undefined && !kernels) return '--nbd is for disks that kernels attach, and none does there';
  return whyNotRaw(withStorage(plan, settings));
}

/** The settings for a reader; empty where nothing was asked for. */
export function storageInWords({ nbd = {}, fileSystem, tail, tls }: StorageSettings): string[] {
  const driver = Object.entries(nbd).map(([name, value]) => `${name} ${value}`);
  return [
    ...(tail === undefined ? [] : [`tails are served by ${tail}`]),
    ...(tls === undefined ? [] : ['clients of tails use TLS']),
    ...(fileSystem === undefined ? [] : [`disks carry ${fileSystem}`]),
    ...(driver.length === 0 ? [] : [`the kernel's nbd driver: ${driver.join(', ')}`]),
  ];
}
