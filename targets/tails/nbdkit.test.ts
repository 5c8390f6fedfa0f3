/** What only nbdkit's filters can: beside what every tail does (tails.long.test.ts, faults.long.test.ts). */
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { nbdkit } from './nbdkit.ts';
import type { Tail } from './tail.ts';
import { Bench, client, io, MiB, missingFor, title } from './tails.testing.ts';

describe.skipIf(missingFor(nbdkit) !== undefined)(`a tail served by ${title(nbdkit)}`, () => {
  let bench: Bench;
  let tail: Tail;
  beforeAll(async () => {
    bench = new Bench();
    tail = await bench.start(nbdkit, { log: true });
  });
  afterAll(() => bench[Symbol.asyncDispose]());

  const stillWaiting = (done: Promise<unknown>) => Promise.race([done.then(() => false), sleep(400, true)]);

  it('logs a reply when it leaves, also where it was held up', async () => {
    await tail.inject({ kind: 'pause' });
    const waiting = client(tail.uri, 'write 65536 4096');
    await sleep(600);
    const healed_ms = Date.now();
    await tail.heal('pause');
    await waiting.done;
    const requests = ((await tail.requests()) ?? []).filter(({ op }) => op === 'write');
    const [request, reply] = requests.slice(-2);
    expect([request?.what, reply?.what, request?.offset]).toEqual(['request', 'reply', 65_536]);
    expect(request?.at_ms).toBeLessThan(healed_ms - 100);
    expect(reply?.at_ms).toBeGreaterThan(healed_ms - 1);
  });

  it('logs what it failed on purpose, and counts connections on when it comes back from its death', async () => {
    await tail.inject({ kind: 'error', errno: 'EIO', share: 1 });
    await io(tail, 'write 0 4096');
    await tail.heal('error');
    const before = (await tail.requests()) ?? [];
    expect(before.at(-1)).toMatchObject({ op: 'flush', what: 'reply' }); // of qemu-io's end: flushes are let through
    expect(before.findLast(({ op }) => op === 'write')).toMatchObject({ what: 'reply', failed: 'EIO' });
    await tail.inject({ kind: 'kill' });
    await tail.heal('kill');
    await io(tail, 'write 0 4096');
    const after = ((await tail.requests()) ?? []).slice(before.length);
    const newest = Math.max(...before.map(({ connection }) => connection));
    expect(after.length).toBeGreaterThan(1);
    for (const { connection } of after) expect(connection).toBeGreaterThan(newest);
  });

  it('stays paused when a delay is healed, and slow when a pause is', async () => {
    await tail.inject({ kind: 'delay', delay_ms: 100 });
    await tail.inject({ kind: 'pause' });
    const first = client(tail.uri, 'write 0 4096');
    expect(await stillWaiting(first.done)).toBe(true);
    await tail.heal('delay');
    expect(await stillWaiting(first.done)).toBe(true);
    await tail.inject({ kind: 'delay', delay_ms: 100 });
    await tail.heal('pause');
    expect((await first.done).said).toContain('wrote 4096');
    const row = Array.from({ length: 8 }, () => ['write 0 4096', 'sleep 30']).flat();
    const { took_s } = await io(tail, ...row);
    // on a busy machine the gap between two delays is longer, and more than one goes through
    expect(took_s).toBeGreaterThan(8 * 0.03 + 4 * 0.1);
    await tail.heal('delay');
  });

  it('is paused at once, also while a slow request is on its way', async () => {
    await tail.inject({ kind: 'rate', rate_bps: 0.5 * MiB * 8 });
    await io(tail, 'write 0 512');
    const slow = client(tail.uri, 'write 0 1M', 'write 1M 1M');
    await sleep(400);
    const from = performance.now();
    await tail.inject({ kind: 'pause' });
    expect(performance.now() - from).toBeLessThan(1000);
    await tail.heal('rate');
    await tail.heal('pause');
    expect((await slow.done).said).not.toContain('failed');
  });

  it('cannot fail otherwise than it was told at its start, and says so', async () => {
    const why = /fixed when it starts, here to EIO to 100 % of the requests: it cannot give ENOSPC to 5 % of the requests/;
    expect(tail.refuses({ kind: 'error', errno: 'ENOSPC', share: 0.05 })).toMatch(why);
    await expect(tail.inject({ kind: 'error', errno: 'ENOSPC', share: 0.05 })).rejects.toThrow(why);
    expect((await io(tail, 'write 0 4096')).said).toContain('wrote 4096');
  });
});
