/**
 * Tasks that hang, before the kernel says so: khungtaskd tells of one only after a whole timeout, or nearly two (kernel/hung_task.c), and by then
 * another load may be offered, which would be blamed for it.
 */
import { setTimeout as sleep } from 'node:timers/promises';
import { InfraError } from '../results/errors.ts';
import type { Channel } from '../targets/target.ts';

const COMMAND_LIMIT_S = 30;
/** Between two looks. */
const PAUSE_MS = 1000;

/** Every task in uninterruptible sleep (proc_pid_status(5)), with how often it was switched away from: `/proc/7/task/7/status 12 3`. */
const LIST = `for status in $(grep -ls '^State:.D' /proc/[0-9]*/task/[0-9]*/status)
do echo $status $(sed -n 's/.*ctxt_switches:.//p' $status 2>/dev/null); done`;

/**
 * Waits while any task of a machine sleeps uninterruptibly and has not run since the last look, which is how khungtaskd tells a hung one, for at
 * most `limit_s`. Throws InfraError where the machine does not answer, and the signal's reason.
 */
export async function untilNothingHangs(channel: Channel, limit_s: number, signal: AbortSignal): Promise<void> {
  const end = performance.now() + limit_s * 1000;
  const look = async () => {
    const { code, stdout } = await channel.run(['sh', '-c', LIST], { limit_s: COMMAND_LIMIT_S });
    if (code !== 0) throw new InfraError(`a machine did not tell which of its tasks sleep: exit ${code}`);
    return new Set(stdout.split('\n').filter((line) => line !== ''));
  };
  for (let before = await look(); before.size > 0 && performance.now() < end; ) {
    await sleep(PAUSE_MS, undefined, { signal });
    const now = await look();
    if (now.isDisjointFrom(before)) return;
    before = now;
  }
}
