/** Faults against a site that notes what is asked of it: what they do in which order, and that each is undone however often it is asked for. */
import { setTimeout as sleep } from 'node:timers/promises';
import { describe, expect, it, vi } from 'vitest';
import { InfraError } from '../../results/errors.ts';
import type { Tail } from '../../targets/tails/tail.ts';
import type { Network, Site } from '../../targets/target.ts';
import type { Fault } from './fault.ts';
import { FAULTS, type FaultName, type FaultParams } from './index.ts';

function fakeSite({ faults = ['pause', 'kill'] }: { faults?: readonly string[] } = {}) {
  const asked: string[] = [];
  const note = (what: string) => async () => void asked.push(what);
  const network = {
    name: 'store',
    ...Object.fromEntries(['cut', 'restore', 'forget', 'takeOver', 'unthrottle'].map((what) => [what, note(what)])),
    throttle: (rate_bps: number) => note(`throttle ${rate_bps}`)(),
  } as unknown as Network;
  const tailOf = (machine: string) =>
    ({
      kind: 'fake',
      faults: new Set(faults),
      refuses: ({ kind }) => (faults.includes(kind) ? undefined : `fake cannot ${kind}`),
      inject: ({ kind }) => note(`${kind} ${machine}`)(),
      heal: (kind) => note(`heal ${kind} ${machine}`)(),
    }) as Partial<Tail> as Tail;
  const tails = new Map([['one', tailOf('one')]]);
  const site = {
    networks: { store: network },
    machines: new Map([['one', { name: 'one', address: {} }]]),
    tails,
    tailOf: (machine: string) => {
      const tail = tails.get(machine);
      if (tail === undefined) throw new InfraError(`${machine} has no disk on a tail`);
      return tail;
    },
  } as unknown as Site;
  return { site, asked };
}

const faultOf = (name: FaultName) => FAULTS[name] as Fault<unknown>;

describe('a fault', () => {
  it.each<[FaultName, string, FaultParams[FaultName], string[], string[]]>([
    ['link-cut', 'store', undefined, ['cut'], ['restore']],
    ['link-rate', 'store', { rate_bps: 1000 }, ['throttle 1000'], ['unthrottle']],
    ['tail', 'one', { kind: 'pause' }, ['pause one'], ['heal pause one']],
    ['power-cut', 'store', undefined, ['cut', 'kill one', 'forget'], ['heal kill one', 'restore']],
    ['failover', 'store', undefined, ['cut', 'kill one', 'forget', 'takeOver', 'restore'], ['heal kill one', 'restore']],
  ])('%s does this and undoes it', async (name, on, params, injected, healed) => {
    const { site, asked } = fakeSite();
    await faultOf(name).inject(site, on, params);
    expect(asked).toEqual(injected);
    await faultOf(name).heal(site, on, params);
    expect(asked.slice(injected.length)).toEqual(healed);
  });

  it('link-flap goes on until it is healed, and leaves the link up', async () => {
    const { site, asked } = fakeSite();
    const flap = faultOf('link-flap');
    await flap.inject(site, 'store', { down_s: 0.02, up_s: 0.02 });
    await flap.inject(site, 'store', { down_s: 0.02, up_s: 0.02 });
    await vi.waitFor(() => expect(asked.length).toBeGreaterThanOrEqual(4), { timeout: 10_000, interval: 10 });
    await flap.heal(site, 'store', undefined);
    await flap.heal(site, 'store', undefined);
    expect(asked.slice(0, 4)).toEqual(['cut', 'restore', 'cut', 'restore']);
    expect(asked.at(-1)).toBe('restore');
    const { length } = asked;
    await sleep(60);
    expect(asked).toHaveLength(length);
  });

  it('says why it cannot be done at a site', async () => {
    const { site } = fakeSite({ faults: ['pause'] });
    expect(await faultOf('tail').refuses?.(site, 'one', { kind: 'rate' })).toBe('one: fake cannot rate');
    expect(await faultOf('tail').refuses?.(site, 'one', { kind: 'pause' })).toBeUndefined();
    expect(await faultOf('power-cut').refuses?.(site, 'store', undefined)).toBe('a tail is fake, which cannot be started again');
    // its only machine speaks through QEMU
    expect(await faultOf('link-impair').refuses?.(site, 'store', {})).toMatch(/no machine has a card of its own on the store network/);
  });

  it.each<[FaultName, FaultParams[FaultName]]>([
    ['link-cut', undefined],
    ['link-flap', { down_s: 1, up_s: 1 }],
    ['link-rate', { rate_bps: 1 }],
    ['tail', { kind: 'pause' }],
    ['connection-flood', { connections: 1 }],
  ])('%s on nothing that is there is our own failure, and starts nothing', async (name, params) => {
    const { site, asked } = fakeSite();
    await expect((async () => faultOf(name).inject(site, 'elsewhere', params))()).rejects.toThrow(InfraError);
    expect(asked).toEqual([]);
  });
});
