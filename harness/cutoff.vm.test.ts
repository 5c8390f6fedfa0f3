/** Storage that goes away, on real kernels: what they say of it and when, and how exactly its return is measured, against what the tail itself knows. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { run, theRun, workspace } from './commandline.testing.ts';

const TIMEOUT_S = 10;
const OUTAGES = [1, 5, 15, 40];
/** The kernel looks once in each timeout, so a task is told of between one and two timeouts after it stopped (kernel/hung_task.c), give or take. */
const HUNG_TOLERANCE_S = 2;
const TRUTH_S = 0.2;

/** As one would type it; two trials of three minutes each. */
const RUNS = [{ kernel: 'deb:linux-image-cloud-amd64', cases: ['cut', 'pause/kernel'] }] as const;

test.each(RUNS)('$cases on $kernel: hung tasks are told in time, and recovery is what the tail knows', async ({ kernel, cases }) => {
  using space = workspace();
  const forms = cases.map((name) => `storage-cutoff/${name}`);
  const { code, stdout, stderr } = await run(['run', ...forms, '--kernel', kernel, '--outages', OUTAGES.join()], space);
  expect(code, stdout + stderr).toBe(0);
  const { path, run: record, records } = theRun(space.dir);
  for (const trial of record.trials) {
    const outages = trial.outages ?? [];
    expect(outages.map(({ asked_s }) => asked_s)).toEqual(OUTAGES);
    for (const { asked_s, hosts, seconds } of outages)
      for (const { machine, how, recovery_s, firstReply_s, hungTasks } of hosts) {
        const about = `${trial.name}, ${asked_s} s (${seconds} s), ${machine}: recovered ${recovery_s.storage} s, first reply ${firstReply_s} s, ${hungTasks} hung`;
        console.log(about);
        expect(how, about).toBe('self');
        expect(Math.abs((recovery_s.storage ?? Number.NaN) - (firstReply_s ?? Number.NaN)), about).toBeLessThanOrEqual(TRUTH_S);
        if (asked_s < TIMEOUT_S) expect(hungTasks, about).toBe(0);
      }
    const longest = outages.at(-1);
    for (const { name: machine } of ['tenant1', 'tenant2'].map((name) => ({ name }))) {
      const first = records.find(
        (each) =>
          each.trial === trial.name &&
          each.k === 'event' &&
          each.machine === machine &&
          each.event.kind === 'hung_task' &&
          each.t > (longest?.begin ?? 0),
      );
      const after_s = (first?.t ?? Number.NaN) - (longest?.begin ?? Number.NaN);
      console.log(`${trial.name}, ${machine}: first hung task told after ${after_s.toFixed(1)} s`);
      expect(after_s).toBeGreaterThanOrEqual(TIMEOUT_S - HUNG_TOLERANCE_S);
      expect(after_s).toBeLessThanOrEqual(2 * TIMEOUT_S + HUNG_TOLERANCE_S);
      const console_ = readFileSync(join(path, 'console', `${trial.name}.${machine}.log`), 'latin1');
      expect(console_).toMatch(/INFO: task \S+:\d+ blocked for more than 10 seconds\./);
    }
  }
});
