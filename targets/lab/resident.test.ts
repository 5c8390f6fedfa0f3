import { spawn } from 'node:child_process';
import { setTimeout as sleep } from 'node:timers/promises';
import { describe, expect, it } from 'vitest';
import { InfraError } from '../../results/errors.ts';
import { residentOf, watchDisk, watchResidence } from './resident.ts';

const PLENTY = { free_MiB: 10_000, limitedBy: 'nothing' };

describe('the memory that a run takes', () => {
  it('is that of its processes and all that they started', async () => {
    // a program of a program, which writes to 200 MiB and says so
    const script = 'x = bytearray(200 << 20)\nfor at in range(0, len(x), 4096): x[at] = 1\nprint("ready", flush=True)\ninput()';
    const child = spawn('sh', ['-c', 'python3 -c "$0"; true', script], { stdio: ['pipe', 'pipe', 'inherit'] });
    try {
      await new Promise((resolve) => child.stdout.once('data', resolve));
      expect(residentOf(child.pid as number)).toBeGreaterThan(190);
      expect(residentOf(process.pid)).toBeGreaterThan(residentOf(child.pid as number));
    } finally {
      child.stdin.end('\n');
    }
  });

  it('is remembered at its peak', () => {
    using residence = watchResidence(
      () => undefined,
      () => PLENTY,
    );
    expect(residence.peak_MiB()).toBeGreaterThan(20);
  });

  it('ends the run once, with the figures, before its host has none left', async () => {
    const faults: Error[] = [];
    let free_MiB = 10_000;
    using _residence = watchResidence(
      (error) => faults.push(error),
      () => ({ free_MiB, limitedBy: 'the control group /ci allows no more' }),
    );
    expect(faults).toEqual([]);
    free_MiB = 200;
    for (let waited = 0; faults.length === 0 && waited < 50; waited += 1) await sleep(100);
    expect(faults).toHaveLength(1);
    expect(faults[0]).toBeInstanceOf(InfraError);
    expect(faults[0]?.message).toMatch(/^the lab host has 200 MiB of memory left \(the control group \/ci allows no more\)/);
    await sleep(1200);
    expect(faults).toHaveLength(1);
  });
});

describe('the room that disks of tails have', () => {
  it('ends the trial, once, before a write of a machine is refused for want of it', async () => {
    const faults: Error[] = [];
    let free_MiB = 10_000;
    using _room = watchDisk(
      '/tmp',
      (error) => faults.push(error),
      () => ({ free_MiB, inMemory: false }),
    );
    await sleep(1200);
    expect(faults).toEqual([]);
    free_MiB = 100;
    for (let waited = 0; faults.length === 0 && waited < 50; waited += 1) await sleep(100);
    expect(faults).toEqual([expect.any(InfraError)]);
    expect(faults[0]?.message).toMatch(/^the lab host has 100 MiB left in \/tmp, /);
    await sleep(1200);
    expect(faults.length).toBe(1);
  });
});
