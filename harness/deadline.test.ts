import { getEventListeners } from 'node:events';
import { setTimeout as sleep } from 'node:timers/promises';
import { describe, expect, it } from 'vitest';
import { InfraError, Interrupted } from '../results/errors.ts';
import { within } from './deadline.ts';

const never = new Promise<never>(() => undefined);
const open = () => new AbortController().signal;

describe('waiting within a limit', () => {
  it('gives what the work gives', async () => {
    expect(await within(sleep(10, 'done'), 'the boot', 5, open())).toBe('done');
  });

  it('passes on how the work failed', async () => {
    const failure = new TypeError('no');
    await expect(within(Promise.reject(failure), 'the boot', 5, open())).rejects.toBe(failure);
  });

  it('ends when the time is up, as our own failure that names the work', async () => {
    const from = performance.now();
    const error = await within(never, 'the boot phase', 0.1, open()).catch((cause: unknown) => cause);
    expect(error).toBeInstanceOf(InfraError);
    expect((error as Error).message).toBe('the boot phase did not end in 0.1 s');
    expect(performance.now() - from).toBeGreaterThan(90);
  });

  it.each([
    ['later', 50],
    ['before it began', 0],
  ])('ends with the reason of an abort that came %s', async (_what, after_ms) => {
    const abort = new AbortController();
    const reason = new Interrupted('interrupted by SIGINT');
    if (after_ms === 0) abort.abort(reason);
    else setTimeout(() => abort.abort(reason), after_ms);
    await expect(within(never, 'the boot', 5, abort.signal)).rejects.toBe(reason);
  });

  it('hears no more of work that fails after it was given up', async () => {
    const late = sleep(50).then(() => {
      throw new Error('too late to matter');
    });
    await expect(within(late, 'the boot', 0.02, open())).rejects.toThrow('did not end');
    await sleep(80); // a rejection that nobody handles would end the test run
  });

  it('does not end at once where the limit is longer than a timer can be', async () => {
    expect(await within(sleep(50, 'done'), 'the recovery phase', 1e9, open())).toBe('done');
  });

  it('leaves no listener and no timer behind, however it ended', async () => {
    const abort = new AbortController();
    const timers = () => process.getActiveResourcesInfo().filter((kind) => kind === 'Timeout').length;
    const before = timers();
    await within(Promise.resolve(), 'a', 60, abort.signal);
    await within(Promise.reject(new Error('no')), 'b', 60, abort.signal).catch(() => undefined);
    await within(never, 'c', 0.01, abort.signal).catch(() => undefined);
    expect(getEventListeners(abort.signal, 'abort')).toEqual([]);
    expect(timers()).toBeLessThanOrEqual(before);
  });
});
