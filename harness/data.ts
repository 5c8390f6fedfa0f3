/** A machine's data: its file system is made before the storm, and every acknowledged block is read back after it; then it is checked. */
import { setTimeout as sleep } from 'node:timers/promises';
import { z } from 'zod';
import { BAD_BLOCKS, BlockCounts } from '../results/blocks.ts';
import { explain, InfraError } from '../results/errors.ts';
import type { History } from '../results/history.ts';
import type { Fsck } from '../results/model.ts';
import { BLOCKS, blocksPath, MOUNTED_AT } from '../suites/probes/storage.ts';
import type { Machine, Output } from '../targets/target.ts';
import { FILE_SYSTEMS, type FileSystem, readCheck } from './file-systems.ts';

const MKFS_LIMIT_S = 120;
const MOUNT_LIMIT_S = 120;
const VERIFY_LIMIT_S = 600;
const UNMOUNT_LIMIT_S = 60;
const FSCK_LIMIT_S = 120;
/** What a program that was ended still holds open it gives up within this time. */
const BUSY_MS = 5000;
const BUSY_PAUSE_MS = 250;
const ANSWER_SHOWN_CHARS = 80;
const MiB = 2 ** 20;

type Disk = Pick<Machine, 'name' | 'disk' | 'fileSystem' | 'manage'>;
type Told = Pick<Fsck, 'verdict' | 'detail'>;

/** Whether the kernel has a file system, loaded first where it is a module: nobody else finds modules on the kernel's behalf. */
const HAVE = ['sh', '-c', 'modprobe -q "$1"; grep -qw "$1" /proc/filesystems', 'sh'];

/**
 * Makes what the machine's disk is to carry, and mounts it. `why` says what its kernel lacks for that, which is no failure of anybody.
 * Throws InfraError.
 */
export async function makeFileSystem(machine: Disk): Promise<{ readonly why?: string }> {
  const [device, how] = carried(machine);
  if (device === undefined || how === undefined) return {};
  if ((await ask(machine, [...HAVE, String(machine.fileSystem)], MOUNT_LIMIT_S)).code !== 0)
    return { why: `the kernel of ${machine.name} has no ${machine.fileSystem}` };
  const size_MiB = Number(await must(machine, ['blockdev', '--getsize64', device], MOUNT_LIMIT_S)) / MiB;
  if (!(size_MiB >= how.least_MiB))
    throw new InfraError(`${machine.name}: ${machine.fileSystem} needs a disk of ${how.least_MiB} MiB at least, this one has ${size_MiB}`);
  await must(machine, [...how.mkfs, device], MKFS_LIMIT_S);
  await mountFileSystem(machine);
  await must(machine, ['touch', blocksPath(machine)], MOUNT_LIMIT_S);
  return {};
}

/** Mounts the file system again, after a reset; the journal is replayed. Throws InfraError. */
export async function mountFileSystem(machine: Disk): Promise<void> {
  const [device, how] = carried(machine);
  if (device === undefined || how === undefined) return;
  await ask(machine, [...HAVE, String(machine.fileSystem)], MOUNT_LIMIT_S); // where it is missing, mount says so
  await must(machine, ['mount', '-t', String(machine.fileSystem), device, MOUNTED_AT], MOUNT_LIMIT_S);
}

/** The machine's disk, and the file system on it: undefined where there is none. */
const carried = ({ disk, fileSystem }: Disk): [string | undefined, FileSystem | undefined] => [
  disk,
  fileSystem === undefined ? undefined : FILE_SYSTEMS[fileSystem],
];

async function ask(machine: Disk, argv: readonly string[], limit_s: number): Promise<Output> {
  const channel = await machine.manage();
  return await channel.run(argv, { limit_s });
}

async function must(machine: Disk, argv: readonly string[], limit_s: number): Promise<string> {
  const { code, stdout, stderr } = await ask(machine, argv, limit_s);
  if (code !== 0) throw new InfraError(`${machine.name}: ${argv.join(' ')}: ${stderr.trim().split('\n').at(-1) || `exit ${code}`}`);
  return stdout;
}

/** What the writer's `verify` prints: the counts, and the first of the bad slots. */
const Account = z.strictObject({
  ...BlockCounts.shape,
  bad: z.array(z.strictObject({ slot: z.int(), seq: z.int(), kind: z.enum(BAD_BLOCKS), detail: z.string() })),
});
export type Account = z.infer<typeof Account>;

/** Reads an account that was printed. Throws InfraError for anything else. */
export function readAccount(text: string, machine: string): Account {
  let json: unknown;
  try {
    json = JSON.parse(text);
  } catch {
    json = undefined; // what it is instead is told below
  }
  const { data, success } = Account.safeParse(json);
  if (success) return data;
  throw new InfraError(`${machine}: the data check answered ${JSON.stringify(text.trim().slice(0, ANSWER_SHOWN_CHARS))}`);
}

/** Reads back `slots` slots past the page cache, of which the blocks up to sequence number `last` were acknowledged. Throws InfraError. */
export async function accountOf(machine: Disk, last: number, slots: number = BLOCKS.slots): Promise<Account> {
  const argv = ['python3', BLOCKS.writer, 'verify', blocksPath(machine), machine.name, String(slots), String(last)];
  return readAccount(await must(machine, argv, VERIFY_LIMIT_S), machine.name);
}

/** Reads back what was acknowledged up to sequence number `last` and records the account. Throws InfraError when it cannot be read at all. */
export async function verifyData(machine: Disk, last: number, history: History, trial: string): Promise<void> {
  const { bad, ...counts } = await accountOf(machine, last);
  const told = bad.map(({ slot, seq, kind, detail }) => `slot ${slot}, sequence ${seq}: ${kind} (${detail})`);
  history.write(trial, { k: 'data', machine: machine.name, ...counts, detail: told.join('; ') });
}

/** Unmounts the machine's file system, has it checked by its own checker, and records what that found; not being able to tell is told too. */
export async function checkFileSystem(machine: Disk, history: History, trial: string): Promise<void> {
  const { name, fileSystem } = machine;
  const [device, how] = carried(machine);
  if (device === undefined || how === undefined || fileSystem === undefined || fileSystem === 'raw') return;
  const found = await unmountAndCheck(machine, device, how).catch((error): Told => ({ verdict: 'unknown', detail: explain(error) }));
  history.write(trial, { k: 'fsck', machine: name, fileSystem, ...found });
}

async function unmountAndCheck(machine: Disk, device: string, { checks }: FileSystem): Promise<Told> {
  await unmount(machine);
  let all: Told = { verdict: 'clean', detail: '' };
  for (const check of checks) {
    const { code, stdout, stderr } = await ask(machine, [...check.argv, device], FSCK_LIMIT_S);
    const found = readCheck(check, code, `${stdout}\n${stderr}`);
    if (found.verdict === 'damaged') return found;
    if (found.verdict === 'unknown') all = found;
  }
  return all;
}

/** Throws InfraError where it stays busy, hangs, or was not mounted: a journal that nobody replayed is no damage. */
async function unmount(machine: Disk): Promise<void> {
  for (const end = performance.now() + BUSY_MS; ; await sleep(BUSY_PAUSE_MS)) {
    const { code, stderr } = await ask(machine, ['umount', MOUNTED_AT], UNMOUNT_LIMIT_S);
    if (code === 0) return;
    if (!/busy/.test(stderr) || performance.now() > end)
      throw new InfraError(`it could not be unmounted: ${stderr.trim() || `exit ${code}`}`);
  }
}
