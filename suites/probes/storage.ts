/** Storage of a tenant: a small write and fsync on the file system of its disk; each acknowledged block is accounted for later. */
import { setTimeout as sleep } from 'node:timers/promises';
import type { Job, Machine } from '../../targets/target.ts';
import { eachLine } from './lines.ts';
import { CADENCE_HZ, type Probe, type Sample } from './probe.ts';

/** How many blocks there are before the first is written over, and who writes them. */
export const BLOCKS = { slots: 8192, writer: '/run/stormproof/writer.py' } as const;
/** Where a machine's file system is mounted. */
export const MOUNTED_AT = '/mnt/disk';

/** Where the blocks are written: a file on the file system of the disk, or straight to the disk. */
export const blocksPath = ({ disk, fileSystem }: Pick<Machine, 'disk' | 'fileSystem'>): string =>
  fileSystem === 'raw' && disk !== undefined ? disk : `${MOUNTED_AT}/blocks`;

export const storage: Probe = async ({ machine, limit_s, first, emit }) => {
  let next = first;
  let job: Job | undefined;
  let stopped = false;

  const open = async (): Promise<void> => {
    const channel = await machine.manage();
    const argv = [
      'python3',
      BLOCKS.writer,
      'write',
      blocksPath(machine),
      machine.name,
      String(CADENCE_HZ),
      String(BLOCKS.slots),
      String(next),
    ];
    const opened = await channel.start(argv, { limit_s, name: 'writer' });
    job = opened;
    eachLine(opened.stdout as never, (line) => {
      const sample = writerSample(line);
      if (sample === undefined) return;
      next = Math.max(next, (sample.seq ?? -1) + 1);
      emit(sample);
    });
    if (stopped) await opened.stop();
    void opened.done.then(reopen);
  };
  // The connection may break under a storm that the machine survives. No writer is no answer, until there is one again.
  const reopen = async (): Promise<void> => {
    while (!stopped) {
      emit({ ms: null });
      try {
        return await open();
      } catch {
        await sleep(REOPEN_PAUSE_MS); // unreachable still
      }
    }
  };
  await open();
  return {
    stop: async () => {
      stopped = true;
      await job?.stop();
    },
  };
};

const REOPEN_PAUSE_MS = 500;

/** Reads one line of the writer: `SEQ MICROSECONDS`, or `SEQ error NAME`. */
export function writerSample(line: string): Sample | undefined {
  const done = /^(\d+) (\d+)$/.exec(line);
  if (done !== null) return { ms: Number(done[2]) / 1000, seq: Number(done[1]) };
  return /^\d+ error /.test(line) ? { ms: null } : undefined;
}
