import { describe, expect, it } from 'vitest';
import { InfraError } from '../results/errors.ts';
import type { Channel } from '../targets/target.ts';
import { untilNothingHangs } from './stuck-tasks.ts';

/** A FAKE machine that lists these tasks at one look after the other, and the last of them from then on. */
function lists(...looks: readonly string[]): { channel: Channel; looked: () => number } {
  let looked = 0;
  const run = async () => ({ code: 0, stdout: looks[Math.min(looked++, looks.length - 1)] });
  return { channel: { run } as unknown as Channel, looked: () => looked };
}
const signal = new AbortController().signal;
const task = (pid: number, switches: number) => `/proc/${pid}/task/${pid}/status ${switches} 3\n`;

describe('waiting for tasks that hang', () => {
  it('ends at once where none sleeps uninterruptibly', async () => {
    const { channel, looked } = lists('');
    await untilNothingHangs(channel, 10, signal);
    expect(looked()).toBe(1);
  });

  it('ends when all of them have run since, though they sleep again', async () => {
    const { channel, looked } = lists(task(7, 1) + task(8, 1), task(7, 2) + task(8, 1), task(7, 3) + task(8, 2));
    await untilNothingHangs(channel, 10, signal);
    expect(looked()).toBe(3);
  });

  it('ends after its limit, since the kernel will have told of one that hangs still', async () => {
    const { channel, looked } = lists(task(7, 1));
    const from = performance.now();
    await untilNothingHangs(channel, 1.5, signal);
    expect(performance.now() - from).toBeGreaterThan(1490);
    // a second apart at least: on a busy machine the second one may come when the limit is over
    expect(looked()).toBeOneOf([2, 3]);
  });

  it('tells where the machine does not answer, and ends with the run', async () => {
    const silent = { run: async () => Promise.reject(new InfraError('no answer')) } as unknown as Channel;
    await expect(untilNothingHangs(silent, 10, signal)).rejects.toThrow('no answer');
    const torn = { run: async () => ({ code: 124, stdout: '' }) } as unknown as Channel;
    await expect(untilNothingHangs(torn, 10, signal)).rejects.toThrow(/did not tell which of its tasks sleep: exit 124/);
    await expect(untilNothingHangs(lists(task(7, 1)).channel, 10, AbortSignal.abort())).rejects.toThrow(/abort/);
  });
});
