/** The data account on a real kernel: what a tail does to one acknowledged block is found, and nothing is accused without it. */
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { eachLine } from '../suites/probes/lines.ts';
import { BLOCKS, blocksPath, writerSample } from '../suites/probes/storage.ts';
import { openLab } from '../targets/lab/lab.testing.ts';
import type { Job, Machine } from '../targets/target.ts';
import { accountOf, makeFileSystem, mountFileSystem } from './data.ts';
import { tamper } from './tamper.ts';
import { accusesOnly, heldBy, TAMPERINGS, tries } from './tampering.testing.ts';
import { clean, TENANT, WHY_NOT, Writer } from './writer.testing.ts';

const SPEC = { name: TENANT, seat: 'tenant', cpus: 1, memory_MiB: 512 } as const;
const SLOTS = 64;
const RESETS = 3;
/** so that every slot is written over, and over again */
const LEAST_BLOCKS = 3 * SLOTS + 20;

/** The real writer from block `first` on, until so many more are acknowledged; it goes on until its job is stopped, or lost. */
async function write(machine: Machine, first: number, count: number): Promise<{ job: Job; last: () => number }> {
  const channel = await machine.manage();
  const argv = ['python3', BLOCKS.writer, 'write', blocksPath(machine), machine.name, '1000', String(SLOTS), String(first)];
  const job = await channel.start(argv, { limit_s: 120, name: 'writer' });
  let last = first - 1;
  const enough = new Promise<void>((resolve) => {
    eachLine(job.stdout as never, (line) => {
      last = writerSample(line)?.seq ?? last;
      if (last >= first + count) resolve();
    });
  });
  await Promise.race([enough, job.done]);
  return { job, last: () => last };
}

test.skipIf(WHY_NOT !== '').for([
  ['qemu', 'ext4'],
  ['kernel', 'raw'],
] as const)(
  `of a disk attached by %s, with %s, 50 tampered blocks are found, and 50 untampered ones are not accused${WHY_NOT}`,
  async ([attach, fileSystem]) => {
    const seed = Date.now() % 1_000_000;
    console.log(`seed ${seed}`);
    await using site = await openLab({ machines: [{ ...SPEC, disk: { attach, size_MiB: 64, fileSystem } }] });
    const machine = site.machines.get(TENANT);
    if (machine === undefined) throw new Error('no machine');
    await machine.boot(120);
    expect(await makeFileSystem(machine)).toEqual({});
    const writing = await write(machine, 0, LEAST_BLOCKS);
    await writing.job.stop();
    const last = writing.last();
    expect(await accountOf(machine, last, SLOTS)).toEqual(clean(SLOTS));

    using writer = new Writer();
    const backing = site.tailOf(TENANT).backing as string;
    const found: string[] = [];
    // one more block may have been written without our knowing, into the slot that is next
    const settled = tries(SLOTS).filter(({ slot }) => slot !== (last + 1) % SLOTS);
    for (const { what, slot, ...draw } of fc.sample(settled, { seed, numRuns: 50 })) {
      const block = heldBy(slot, SLOTS, last);
      const { kind, change } = TAMPERINGS[what];
      const { undo } = tamper(backing, block, await change(block, { what, ...draw }, SLOTS, writer));
      const accused = await accountOf(machine, last, SLOTS);
      undo();
      expect(accusesOnly(accused, block, kind), `seed ${seed}: ${what} in slot ${slot}: ${JSON.stringify(accused)}`).toBe(true);
      expect(await accountOf(machine, last, SLOTS)).toEqual(clean(SLOTS));
      found.push(what);
    }
    expect(new Set(found).size).toBeGreaterThan(5);
    // the tries can fail: a tail that does nothing is accused of nothing
    const block = heldBy(last % SLOTS, SLOTS, last);
    tamper(backing, block, (untouched) => untouched);
    expect(accusesOnly(await accountOf(machine, last, SLOTS), block, 'corrupt')).toBe(false);
    expect(site.faults).toEqual([]);
  },
);

test.for([
  ['qemu', 'ext4'],
  ['kernel', 'raw'],
] as const)('of a disk attached by %s, with %s, nothing is accused after resets in the middle of writing', async ([attach, fileSystem]) => {
  await using site = await openLab({ machines: [{ ...SPEC, disk: { attach, size_MiB: 64, fileSystem } }] });
  const machine = site.machines.get(TENANT);
  if (machine === undefined) throw new Error('no machine');
  await machine.boot(120);
  await makeFileSystem(machine);
  let last = -1;
  for (let reset = 0; reset < RESETS; reset += 1) {
    const writing = await write(machine, last + 1, 2 * SLOTS);
    await machine.power.reset();
    await writing.job.done;
    last = writing.last();
    await machine.rejoin(120);
    await mountFileSystem(machine);
    const { verified, inflight, bad } = await accountOf(machine, last, SLOTS);
    expect(bad, `reset ${reset}, ${last} acknowledged`).toEqual([]);
    expect(verified + inflight).toBe(SLOTS);
  }
  expect(site.faults).toEqual([]);
});
