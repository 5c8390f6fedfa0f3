/** A tail is gone when it is disposed, when its controller is killed, and when it dies; whatever was wrong with it. */
import { spawn } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { InfraError } from '../../results/errors.ts';
import { signal } from './program.ts';
import type { Tail, TailFault } from './tail.ts';
import { answers, Bench, EACH_KIND, missingFor } from './tails.testing.ts';

describe.each(EACH_KIND)('a tail served by %s', (_title, kind) => {
  const here = missingFor(kind) === undefined;
  let bench: Bench;
  beforeAll(() => {
    if (here) bench = new Bench();
  });
  afterAll(async () => {
    if (here) await bench[Symbol.asyncDispose]();
  });

  it.runIf(here).each<[string, TailFault[]]>([
    ['paused', [{ kind: 'pause' }]],
    ['killed', [{ kind: 'kill' }]],
    ['paused and killed', [{ kind: 'pause' }, { kind: 'kill' }]],
    ['paused and slow', [{ kind: 'delay', delay_ms: 5000 }, { kind: 'pause' }]],
  ])('is gone once it is disposed, also while it is %s', async (_how, faults) => {
    const options = await bench.options(kind);
    const tail = await bench.start(kind, options);
    for (const fault of faults) if (tail.faults.has(fault.kind)) await tail.inject(fault);
    const pids = bench.jobs.flatMap((job) => job.pids());
    const from = performance.now();
    await tail[Symbol.asyncDispose]();
    expect(performance.now() - from).toBeLessThan(5000);
    expect(await answers(options.port)).toBe(false);
    expect([...pids, ...bench.jobs.flatMap((job) => job.pids())].filter(isAlive)).toEqual([]);
  });

  it.runIf(here)('is told of where it died by itself, and not where it was killed or is no longer wanted', async () => {
    const told: string[] = [];
    const tail = await bench.start(kind, { ...(await bench.options(kind)), died: (error) => told.push(error.message) });
    if (tail.faults.has('kill')) {
      await tail.inject({ kind: 'kill' });
      await tail.heal('kill');
    }
    await sleep(100);
    expect(told).toEqual([]);
    const last = bench.jobs.at(-1);
    if (last !== undefined) signal(last, 'SIGKILL');
    for (const end = Date.now() + 5000; told.length === 0 && Date.now() < end; ) await sleep(20);
    expect(told).toEqual([expect.stringMatching(new RegExp(`^a tail died: ${kind.name}: `))]);
    await tail[Symbol.asyncDispose]();
    expect(told).toHaveLength(1);
  });

  it.runIf(here)('dies with its controller, however that died, also while it is paused', async () => {
    const { spawn: _spawn, ...options } = await bench.options(kind);
    const script = `import { start } from ${JSON.stringify(join(import.meta.dirname, '..', 'leash.ts'))};
      import { TAILS } from ${JSON.stringify(join(import.meta.dirname, 'index.ts'))};
      const pids = [];
      const spawn = (argv) => {
        const job = start(argv, { run: ${JSON.stringify(bench.run)}, limit_s: 60 });
        pids.push(job);
        return job;
      };
      const tail = await TAILS[${JSON.stringify(kind.name)}].start({ ...${JSON.stringify(options)}, spawn });
      await tail.inject({ kind: 'pause' });
      console.log(JSON.stringify(pids.flatMap((job) => job.pids())));
      setInterval(() => undefined, 1000);`;
    const controller = spawn(process.execPath, ['--input-type=module', '-e', script], { stdio: ['ignore', 'pipe', 'inherit'] });
    const pids: number[] = await new Promise((resolve) =>
      controller.stdout.once('data', (text: Buffer) => resolve(JSON.parse(String(text)))),
    );
    expect(pids.length).toBeGreaterThan(0);
    expect(await answers(options.port)).toBe(true);
    controller.kill('SIGKILL');
    const alive = () => pids.filter(isAlive);
    for (const end = Date.now() + 6_000; alive().length > 0 && Date.now() < end; ) await sleep(20);
    expect(alive()).toEqual([]);
    expect(await answers(options.port)).toBe(false);
  });

  it.runIf(here)('that dies by itself is told to whoever pauses it', async () => {
    const before = bench.jobs.length;
    const tail: Tail = await bench.start(kind);
    await Promise.all(bench.jobs.slice(before).map((job) => job.stop()));
    await expect(tail.inject({ kind: 'pause' })).rejects.toThrow(InfraError);
    await tail[Symbol.asyncDispose]();
  });

  it.runIf(here && kind.faults.has('delay'))('that dies during a delay is told to whoever heals it, and to nobody else', async () => {
    const before = bench.jobs.length;
    const tail = await bench.start(kind);
    await tail.inject({ kind: 'delay', delay_ms: 20 });
    await Promise.all(bench.jobs.slice(before).map((job) => job.stop()));
    await sleep(200); // a rejection that nobody handles would end the test run
    await expect(tail.heal('delay')).rejects.toThrow(InfraError);
    await tail[Symbol.asyncDispose]();
  });
});

/** Whether it is more than the record of a dead one. */
function isAlive(pid: number): boolean {
  try {
    return !/\) Z /.test(readFileSync(`/proc/${pid}/stat`, 'latin1'));
  } catch {
    return false; // no such process
  }
}
