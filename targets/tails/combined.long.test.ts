/** Faults may be combined, and healed in any order. */
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { TAILS } from './index.ts';
import type { Tail, TailFaultKind, TailKind } from './tail.ts';
import { Bench, client, FAULTS, io, KINDS, missingFor, title } from './tails.testing.ts';

describe.each(Object.values<TailKind>(TAILS).map((kind) => [title(kind), kind] as const))('a tail served by %s', (_title, kind) => {
  const here = missingFor(kind) === undefined;
  const can = (...kinds: TailFaultKind[]) => it.runIf(here && kinds.every((each) => kind.faults.has(each)));
  let bench: Bench;
  let tail: Tail;

  beforeAll(async () => {
    if (!here) return;
    bench = new Bench();
    tail = await bench.start(kind);
  });
  afterAll(async () => {
    if (here) await bench[Symbol.asyncDispose]();
  });

  it.runIf(here).each([
    ['in the order in which they came', (all: TailFaultKind[]) => all],
    ['the last one first', (all: TailFaultKind[]) => all.toReversed()],
    ['the kill in the middle', (all: TailFaultKind[]) => [...all.slice(1, -1), 'kill' as const, ...all.slice(0, 1)]],
  ])('takes all its faults at once, each twice, and is whole when they are healed %s', async (_how, order) => {
    const kinds = KINDS.filter((each) => kind.faults.has(each));
    for (const each of kinds) for (let times = 0; times < 2; times += 1) await tail.inject(FAULTS[each]);
    for (const each of order(kinds)) for (let times = 0; times < 2; times += 1) await tail.heal(each);
    const { said, took_s } = await io(tail, 'write -P 9 0 4096', 'read -P 9 0 4096');
    expect(said).toMatch(/wrote 4096\/4096.*read 4096\/4096/s);
    expect(took_s).toBeLessThan(5);
  });

  can('kill')('comes back with what else was injected before or while it was dead', async () => {
    const others = KINDS.filter((each) => each !== 'kill' && each !== 'rate' && each !== 'delay' && kind.faults.has(each));
    await tail.inject(FAULTS.pause);
    await tail.inject(FAULTS.kill);
    for (const each of others.filter((name) => name !== 'pause')) await tail.inject(FAULTS[each]);
    await tail.heal('kill');
    const waiting = client(tail.uri, 'write 0 4096');
    expect(await Promise.race([waiting.done, sleep(500, 'still waiting')])).toBe('still waiting');
    await tail.heal('pause');
    expect((await waiting.done).said).toMatch(kind.faults.has('error') ? /write failed: Input\/output error/ : /wrote 4096/);
    for (const each of others) await tail.heal(each);
    expect((await io(tail, 'write 0 4096')).said).toContain('wrote 4096');
  });
});
