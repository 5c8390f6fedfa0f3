/** Every fault that a tail promises does what it says, and is undone. */
import { readFileSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import { describe, expect, it, vi } from 'vitest';
import { InfraError } from '../../results/errors.ts';
import type { TailFaultKind } from './tail.ts';
import { client, EACH_KIND, FAULTS, io, KINDS, MiB, missingFor, tailOf } from './tails.testing.ts';

const FAILED = { EIO: 'Input/output error', ENOSPC: 'No space left on device' } as const;

describe.each(EACH_KIND)('a tail served by %s', (_title, kind) => {
  const here = missingFor(kind) === undefined;
  const can = (...kinds: TailFaultKind[]) => it.runIf(here && kinds.every((each) => kind.faults.has(each)));
  const on = tailOf(kind);

  it.runIf(here)('promises what its kind does, and refuses the rest beforehand', async () => {
    expect([...on.tail.faults]).toEqual([...kind.faults]);
    for (const fault of Object.values(FAULTS)) expect(on.tail.refuses(fault) === undefined).toBe(kind.faults.has(fault.kind));
    for (const each of KINDS.filter((name) => !kind.faults.has(name))) {
      await expect(on.tail.inject(FAULTS[each])).rejects.toThrow(InfraError);
      await on.tail.heal(each);
    }
  });

  can('pause')('answers nothing while it is paused, and everything once that is healed', async () => {
    await on.tail.inject(FAULTS.pause);
    const waiting = client(on.tail.uri, 'write -P 1 0 4096');
    expect(await Promise.race([waiting.done, sleep(700, 'still waiting')])).toBe('still waiting');
    await on.tail.heal('pause');
    const { said, ended } = await waiting.done;
    expect(ended).toBe(true);
    expect(said).toContain('wrote 4096/4096 bytes at offset 0');
  });

  can('kill')('is gone while it is killed, with its connections, and comes back with its disk', async () => {
    await io(on.tail, 'write -P 0x33 0 4096', 'flush');
    const connected = client(on.tail.uri, 'write -P 0x44 8192 512', 'flush', 'sleep 3000', 'read 0 512');
    await vi.waitUntil(() => readFileSync(on.tail.backing as string)[8192] === 0x44, 10_000);
    await on.tail.inject(FAULTS.kill);
    expect((await io(on.tail, 'read 0 512')).said).toMatch(/refused/);
    await on.tail.heal('kill');
    expect((await connected.done).said).toMatch(/wrote 512\/512.*read failed/s);
    expect((await io(on.tail, 'read -P 0x33 0 4096')).said).toMatch(/^read 4096\/4096/);
  });

  can('error')('answers every request with an error, until that is healed', async () => {
    await on.tail.inject(FAULTS.error);
    const broken = await io(on.tail, 'write 0 4096', 'read 0 4096', 'write 4096 4096');
    expect(broken.said.match(/(write|read) failed: Input\/output error/g)).toHaveLength(3);
    await on.tail.heal('error');
    expect((await io(on.tail, 'write 0 4096', 'read 0 4096')).said).not.toContain('failed');
  });

  it.runIf(here && kind.faults.has('error')).each([
    { errno: 'ENOSPC', share: 1 },
    { errno: 'EIO', share: 0.3 },
    { errno: 'ENOSPC', share: 0.3 },
  ] as const)('fails with $errno a share of $share of its requests, or says beforehand that it cannot', async (failing) => {
    const why = kind.refuses?.({ backing: { kind: 'file', size_MiB: 1 }, exportName: 'disk', failing });
    if (why !== undefined) {
      expect(failing.share).toBeLessThan(1);
      expect(why).toMatch(/not a share/);
      return expect(on.tail.inject({ kind: 'error', ...failing })).rejects.toThrow(why);
    }
    const other = await on.bench.start(kind, { failing });
    await other.inject({ kind: 'error', ...failing });
    const requests = 400;
    // flushes may fail too: qemu-io tells of none, and a cache of its own has nothing to flush
    const { said } = await io(other, ...Array.from({ length: requests }, (_, index) => `write ${index * 4096} 4096`));
    // a client that is cut off is told EIO by its own side
    if (failing.share === 1) expect((await io(other, 'read 0 4096')).said).toContain(`read failed: ${FAILED[failing.errno]}`);
    await other.heal('error');
    const failed = said.split(`write failed: ${FAILED[failing.errno]}`).length - 1;
    const [mean, deviation] = [requests * failing.share, Math.sqrt(requests * failing.share * (1 - failing.share))];
    // five deviations: once in two million runs by chance
    expect(Math.abs(failed - mean)).toBeLessThanOrEqual(5 * deviation);
    expect(said.split('wrote 4096/4096').length - 1).toBe(requests - failed);
    expect((await io(other, 'read 0 4096', 'write 0 4096')).said).not.toContain('failed');
    await other[Symbol.asyncDispose]();
  });

  can('delay')('makes each of a row of requests wait, until that is healed', async () => {
    // a client that thinks between two requests for longer than the tail lets everything through
    const row = Array.from({ length: 6 }, (_, index) => [`write ${index * 4096} 4096`, 'sleep 30']).flat();
    const before = await io(on.tail, ...row);
    await on.tail.inject({ kind: 'delay', delay_ms: 600 });
    const during = await io(on.tail, ...row);
    await on.tail.heal('delay');
    const after = await io(on.tail, ...row);
    expect(during.said).not.toContain('failed');
    // on a busy machine the gap between two delays is longer, and more than one goes through
    expect(during.took_s).toBeGreaterThan(before.took_s + 3 * 0.6);
    expect(during.took_s - before.took_s).toBeLessThan(15 * 0.6);
    expect(after.took_s).toBeLessThan(during.took_s - 2 * 0.6);
  });

  can('rate')('carries no more than the rate allows, until that is healed', async () => {
    // nbdkit lets a burst of two seconds through: 4 MiB of these 8
    const rate_bps = 2 * MiB * 8;
    const whole = Array.from({ length: 8 }, (_, index) => `write ${index * MiB} 1M`);
    await on.tail.inject({ kind: 'rate', rate_bps });
    await io(on.tail, 'write 0 512'); // the new rate is read at a request
    const slow = await io(on.tail, ...whole);
    await on.tail.heal('rate');
    await io(on.tail, 'write 0 512');
    const fast = await io(on.tail, ...whole);
    expect(slow.said).not.toContain('failed');
    expect(slow.took_s).toBeGreaterThan(1.4);
    expect(slow.took_s).toBeLessThan(12);
    expect(fast.took_s).toBeLessThan(slow.took_s / 2);
  });
});
