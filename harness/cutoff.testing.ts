/** For tests of storage that goes away on real kernels: what they say of it and when, and how exactly its return is measured. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect } from 'vitest';
import { run, theRun, type Where } from './commandline.testing.ts';

/** Of the profile `quick`. */
const TIMEOUT_S = 10;
const OUTAGES = [1, 5, 15, 40] as const;
/** The kernel looks once in each timeout, so a task is told of between one and two timeouts after it stopped (kernel/hung_task.c), give or take. */
const HUNG_TOLERANCE_S = 2;
/** What a measured recovery may be off from the first reply that the tail knows of. */
const TRUTH_S = 0.2;
const TENANTS = ['tenant1', 'tenant2'] as const;

/** Runs cases of storage-cutoff with these outages, as one would type it, and holds every outage of every tenant against what is known of it. */
export async function proveOutages(kernel: string, cases: readonly string[], space: Where): Promise<void> {
  const forms = cases.map((name) => `storage-cutoff/${name}`);
  const { code, stdout, stderr } = await run(['run', ...forms, '--kernel', kernel, '--outages', OUTAGES.join()], space);
  expect(code, stdout + stderr).toBe(0);
  const { path, run: record, records } = theRun(space.dir);
  expect(record.trials).toHaveLength(cases.length);
  for (const { name, outages = [] } of record.trials) {
    expect(outages.map(({ asked_s }) => asked_s)).toEqual(OUTAGES);
    for (const { asked_s, hosts } of outages)
      for (const { machine, how, recovery_s, firstReply_s = Number.NaN, hungTasks } of hosts) {
        const { storage = null } = recovery_s;
        const about = `${name}, ${machine}: ${asked_s} s, recovered after ${storage} s, first reply after ${firstReply_s} s, ${hungTasks} hung`;
        console.log(about);
        expect(how, about).toBe('self');
        expect(Math.abs((storage ?? Number.NaN) - firstReply_s), about).toBeLessThanOrEqual(TRUTH_S);
        if (asked_s < TIMEOUT_S) expect(hungTasks, about).toBe(0);
      }
    const begin = outages.at(-1)?.begin ?? Number.NaN;
    for (const machine of TENANTS) {
      const first = records.find(
        (each) =>
          each.k === 'event' && each.trial === name && each.machine === machine && each.event.kind === 'hung_task' && each.t > begin,
      );
      const after_s = (first?.t ?? Number.NaN) - begin;
      console.log(`${name}, ${machine}: the first hung task is told after ${after_s.toFixed(1)} s`);
      expect(after_s).toBeGreaterThanOrEqual(TIMEOUT_S - HUNG_TOLERANCE_S);
      expect(after_s).toBeLessThanOrEqual(2 * TIMEOUT_S + HUNG_TOLERANCE_S);
      const console_ = readFileSync(join(path, 'console', `${name}.${machine}.log`), 'latin1');
      expect(console_).toMatch(/INFO: task jbd2\/(vda|nbd0)-8:\d+ blocked for more than \d+ seconds\./);
    }
  }
}
