import { describe, expect, it } from 'vitest';
import { CLASSES, classOf, type HostClass, isLarge } from './classes.ts';
import { largeMemory } from './large-memory.ts';
import { PROFILES, type Profile } from './profiles.ts';

const LARGE = Object.values<HostClass>(CLASSES).filter(isLarge);
const settings = LARGE.flatMap((size) =>
  Object.values<Profile>(PROFILES).map((profile) => [`${size.name}, ${profile.name}`, size, profile] as const),
);

const end_s = ({ at_s, for_s }: { readonly at_s: number; readonly for_s: number }): number => at_s + for_s;

describe('allocations that cannot wait', () => {
  const plan = (size: HostClass, profile: Profile) => largeMemory.plan(size, profile, 7, 'atomic-allocations');

  it.each(settings)("come first at the kernel's own watermarks, and then each time within lower ones: %s", (_name, size, profile) => {
    const steps = plan(size, profile).schedule.flatMap((action) => (action.kind === 'step' ? [action] : []));
    const parts = steps.map(({ for_s, during }) => {
      const [flood, work] = [during.find(({ kind }) => kind === 'flood'), during.find(({ kind }) => kind === 'engine')];
      const fault = during.flatMap((each) => (each.kind === 'fault' && each.fault === 'watermarks' ? [each] : []))[0];
      if (flood === undefined || work === undefined) throw new Error('a step without a flood, or without what uses memory up');
      // what is free is used up before the packets come, and they are over before it is given back
      expect([work.at_s < flood.at_s, end_s(work) > end_s(flood)]).toEqual([true, true]);
      if (fault !== undefined) expect([fault.at_s < work.at_s, end_s(fault) >= end_s(work)]).toEqual([true, true]);
      expect(Math.max(...during.map(end_s))).toBeLessThanOrEqual(for_s);
      return { share: fault?.params.share ?? 1 };
    });
    expect(parts.map(({ share }) => share)).toEqual([1, 1 / 4, 1 / 16, 1 / 64]);
    for (const [index, step] of steps.slice(1).entries()) expect(step.at_s).toBeGreaterThan(end_s(steps[index] as (typeof steps)[number]));
  });

  it('come to a host that is nearly full: reclaim is about to begin, and has not', () => {
    const unused = (size: HostClass) => plan(size, PROFILES.quick).topology.machines[0]?.unused_MiB ?? 0;
    // high watermarks of Debian's 6.1 as it told them: 189 MiB of 64 GiB, 1654 MiB of 768 GiB
    expect(unused(CLASSES['64G']) - 189).toBeGreaterThan(128);
    expect(unused(CLASSES['768G']) - 1654).toBeGreaterThan(128);
    expect(unused(CLASSES['768G']) - 1654).toBeLessThan(512);
  });
});

describe('a case of large memory', () => {
  const of = (name: string, size: HostClass = CLASSES['64G']) => largeMemory.plan(size, PROFILES.quick, 7, name);

  it('is an empty host, a full one or one that is about to reclaim', () => {
    expect(of('boot').topology.machines[0]).not.toHaveProperty('unused_MiB');
    expect(of('slab').topology.machines[0]?.unused_MiB).toBe(4096);
    expect(of('page-cache').topology.machines[0]?.unused_MiB).toBeLessThan(1024);
  });

  it('has the nodes of its class, and two where memory is to go from one to the other', () => {
    expect(of('boot').topology.machines[0]?.nodes).toBe(1);
    expect(of('nodes').topology.machines[0]?.nodes).toBe(2);
    expect(of('nodes', classOf('wide', { memory_GiB: 64, nodes: 4 })).topology.machines[0]?.nodes).toBe(4);
  });

  it('asks for the bounds of its class, but not of a host that is flooded: an emulated one is drowned by that alone', () => {
    const names = (name: string) =>
      of(name, classOf('own', { memory_GiB: 64, boot_s: 33, stall_s: 2 })).objectives.map((each) => each.name);
    expect(names('page-cache')).toEqual(expect.arrayContaining(['boot_s', 'network_stall_s', 'management_stall_s', 'management_p90_ms']));
    expect(names('atomic-allocations')).not.toContain('network_stall_s');
  });

  it('panics on purpose, and may need a reset then, but excuses no other crash', () => {
    const { schedule, objectives } = of('panic');
    expect(schedule).toMatchObject([{ kind: 'fault', fault: 'panic', on: 'head' }]);
    expect(objectives.find(({ name }) => name === 'no_crash')).toMatchObject({ exceptDuring: 'panic' });
    for (const each of objectives) if (each.kind === 'recovery') expect(each.resetAllowed).toBe(true);
    for (const each of of('slab').objectives) if (each.kind === 'recovery') expect(each.resetAllowed).toBeUndefined();
    expect(of('slab').objectives.find(({ name }) => name === 'no_crash')).not.toHaveProperty('exceptDuring');
  });

  it('excuses nothing but what it brings itself', () => {
    const memory = (name: string) => of(name).objectives.find((each) => each.name === 'no_memory_failure');
    expect(memory('page-cache')).toEqual({ kind: 'no_event', name: 'no_memory_failure', classes: ['memory'] });
    expect(memory('group-limit')).toMatchObject({ tolerates: ['oom_kill'] });
    expect(memory('atomic-allocations')).toMatchObject({ exceptDuring: 'watermarks', tolerates: ['oom_kill'] });
  });
});
