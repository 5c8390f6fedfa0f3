/** Management: the round trip of a line through an SSH channel that echoes. */
import type { Job } from '../../targets/target.ts';
import { eachLine } from './lines.ts';
import { ANSWER_LIMIT_MS, CADENCE_HZ, type Probe } from './probe.ts';

export const management: Probe = async ({ machine, limit_s, emit }) => {
  const sent = new Map<number, number>();
  let job: Job | undefined;
  let number = 0;
  let opening = false;
  let stopped = false;

  const open = async (): Promise<void> => {
    const channel = await machine.manage();
    const opened = await channel.start(['cat'], { limit_s, name: 'echo' });
    job = opened;
    void opened.done.then(() => {
      if (job === opened) job = undefined;
    });
    eachLine(opened.stdout as never, (line) => {
      const start = sent.get(Number(line));
      if (start === undefined) return;
      sent.delete(Number(line));
      emit({ ms: performance.now() - start });
    });
  };
  const reopen = (): void => {
    if (opening) return;
    opening = true;
    open()
      .catch(() => undefined) // no answer is what is measured here; the next tick tries again
      .finally(() => {
        opening = false;
      });
  };
  await open();
  const timer = setInterval(() => {
    const now = performance.now();
    for (const [line, start] of sent) {
      if (now - start < ANSWER_LIMIT_MS) break;
      sent.delete(line);
      emit({ ms: null });
    }
    number += 1;
    sent.set(number, now);
    if (job === undefined) reopen();
    else job.stdin?.write(`${number}\n`);
  }, 1000 / CADENCE_HZ);
  return {
    stop: async () => {
      if (stopped) return;
      stopped = true;
      clearInterval(timer);
      await job?.stop();
    },
  };
};
