/** Storage of a tenant: a small write and fsync on the file system of its disk; each acknowledged block is accounted for later. */
import { eachLine } from './lines.ts';
import { CADENCE_HZ, type Probe, type Sample } from './probe.ts';

/** Where the blocks are written, and how many there are before the first is written over. */
export const BLOCKS = { path: '/mnt/disk/blocks', slots: 8192, writer: '/run/stormproof/writer.py' } as const;

export const storage: Probe = async ({ machine, limit_s, first, emit }) => {
  const channel = await machine.manage();
  const argv = ['python3', BLOCKS.writer, 'write', BLOCKS.path, machine.name, String(CADENCE_HZ), String(BLOCKS.slots), String(first)];
  const job = await channel.start(argv, { limit_s, name: 'writer' });
  eachLine(job.stdout as never, (line) => {
    const sample = writerSample(line);
    if (sample !== undefined) emit(sample);
  });
  return { stop: () => job.stop() };
};

/** Reads one line of the writer: `SEQ MICROSECONDS`, or `SEQ error NAME`. */
export function writerSample(line: string): Sample | undefined {
  const done = /^(\d+) (\d+)$/.exec(line);
  if (done !== null) return { ms: Number(done[2]) / 1000, seq: Number(done[1]) };
  return /^\d+ error /.test(line) ? { ms: null } : undefined;
}
