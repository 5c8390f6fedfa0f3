/** Faults may be combined, and healed in any order. */
import { setTimeout as sleep } from 'node:timers/promises';
import { describe, expect, it } from 'vitest';
import type { TailFaultKind } from './tail.ts';
import { client, EACH_KIND, FAULTS, io, KINDS, missingFor, tailOf } from './tails.testing.ts';

describe.each(EACH_KIND)('a tail served by %s', (_title, kind) => {
  const here = missingFor(kind) === undefined;
  const can = (...kinds: TailFaultKind[]) => it.runIf(here && kinds.every((each) => kind.faults.has(each)));
  const on = tailOf(kind);

  it.runIf(here).each([
    ['in the order in which they came', (all: TailFaultKind[]) => all],
    ['the last one first', (all: TailFaultKind[]) => all.toReversed()],
    ['the kill in the middle', (all: TailFaultKind[]) => [...all.slice(1, -1), 'kill' as const, ...all.slice(0, 1)]],
  ])('takes all its faults at once, each twice, and is whole when they are healed %s', async (_how, order) => {
    const kinds = KINDS.filter((each) => kind.faults.has(each));
    for (const each of kinds) for (let times = 0; times < 2; times += 1) await on.tail.inject(FAULTS[each]);
    for (const each of order(kinds)) for (let times = 0; times < 2; times += 1) await on.tail.heal(each);
    const { said, took_s } = await io(on.tail, 'write -P 9 0 4096', 'read -P 9 0 4096');
    expect(said).toMatch(/wrote 4096\/4096.*read 4096\/4096/s);
    expect(took_s).toBeLessThan(5);
  });

  can('kill')('comes back with what else was injected before or while it was dead', async () => {
    const others = KINDS.filter((each) => each !== 'kill' && each !== 'rate' && each !== 'delay' && kind.faults.has(each));
    await on.tail.inject(FAULTS.pause);
    await on.tail.inject(FAULTS.kill);
    for (const each of others.filter((name) => name !== 'pause')) await on.tail.inject(FAULTS[each]);
    await on.tail.heal('kill');
    const waiting = client(on.tail.uri, 'write 0 4096');
    expect(await Promise.race([waiting.done, sleep(500, 'still waiting')])).toBe('still waiting');
    await on.tail.heal('pause');
    expect((await waiting.done).said).toMatch(kind.faults.has('error') ? /write failed: Input\/output error/ : /wrote 4096/);
    for (const each of others) await on.tail.heal(each);
    expect((await io(on.tail, 'write 0 4096')).said).toContain('wrote 4096');
  });
});
