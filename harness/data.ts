/** A machine's data: its file system is made before the storm, and every acknowledged block is read back after it. */
import { z } from 'zod';
import { BAD_BLOCKS, BlockCounts } from '../results/blocks.ts';
import { InfraError } from '../results/errors.ts';
import type { History } from '../results/history.ts';
import { BLOCKS } from '../suites/probes/storage.ts';
import type { Machine } from '../targets/target.ts';

const MKFS_LIMIT_S = 120;
const MOUNT_LIMIT_S = 120;
const VERIFY_LIMIT_S = 600;
const ANSWER_SHOWN_CHARS = 80;

/** Makes a journalled file system on the machine's disk and mounts it. Throws InfraError. */
export async function makeFileSystem(machine: Machine): Promise<void> {
  if (machine.disk === undefined) return;
  // inode tables at once rather than by a kernel thread later, which would be noise in the baseline
  await must(machine, ['mkfs.ext4', '-q', '-F', '-N', '1024', '-E', 'lazy_itable_init=0,lazy_journal_init=0', machine.disk], MKFS_LIMIT_S);
  await mountFileSystem(machine);
  await must(machine, ['touch', BLOCKS.path], MOUNT_LIMIT_S);
}

/** Mounts the file system again, after a reset; the journal is replayed. */
export async function mountFileSystem(machine: Machine): Promise<void> {
  if (machine.disk === undefined) return;
  await must(machine, ['mount', machine.disk, '/mnt/disk'], MOUNT_LIMIT_S);
}

async function must(machine: Machine, argv: readonly string[], limit_s: number): Promise<string> {
  const channel = await machine.manage();
  const { code, stdout, stderr } = await channel.run(argv, { limit_s });
  if (code !== 0) throw new InfraError(`${machine.name}: ${argv.join(' ')}: ${stderr.split('\n').at(-1) || `exit ${code}`}`);
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

/** Reads back what was acknowledged up to sequence number `last` and records the account. Throws InfraError when it cannot be read at all. */
export async function verifyData(machine: Machine, last: number, history: History, trial: string): Promise<void> {
  const argv = ['python3', BLOCKS.writer, 'verify', BLOCKS.path, machine.name, String(BLOCKS.slots), String(last)];
  const { bad, ...counts } = readAccount(await must(machine, argv, VERIFY_LIMIT_S), machine.name);
  const told = bad.map(({ slot, seq, kind, detail }) => `slot ${slot}, sequence ${seq}: ${kind} (${detail})`);
  history.write(trial, { k: 'data', machine: machine.name, ...counts, detail: told.join('; ') });
}
