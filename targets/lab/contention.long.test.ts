import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { availableParallelism } from 'node:os';
import { setTimeout as sleep } from 'node:timers/promises';
import { describe, expect, it, vi } from 'vitest';
import { contention, readTimes, watchContention } from './contention.ts';

const START = { total: 1000, idle: 100, programs: 800, stolen: 10, own: 300, kernel: 50 };
const later = (grown: Partial<typeof START>) => ({
  ...START,
  ...Object.fromEntries(Object.entries(grown).map(([name, by]) => [name, START[name as keyof typeof START] + by])),
});

describe('what others take of the processors', () => {
  it.each([
    ['is nothing while nobody does anything', { total: 200, idle: 200 }, 0],
    ['is nothing where the run has all', { total: 200, programs: 200, own: 200 }, 0],
    ['is nothing where the kernel is busy, or interrupts', { total: 200, programs: 150, kernel: 100, own: 50 }, 0],
    ['is nothing where enough is idle', { total: 200, idle: 20, programs: 180, own: 10 }, 0],
    ['is what other programs ran where none was', { total: 200, idle: 10, programs: 190, own: 90 }, 0.5],
    ['is what a hypervisor gave to others', { total: 200, idle: 0, programs: 120, own: 120, stolen: 80 }, 0.4],
    ['is both', { total: 200, programs: 120, own: 70, stolen: 80 }, 0.65],
    ['is all at most', { total: 200, programs: 200, stolen: 50 }, 1],
    ['is nothing where the clock did not move', {}, 0],
    ['bears a family that got smaller', { total: 200, programs: 200, own: -50 }, 1],
  ])('%s', (_what, grown, expected) => {
    expect(contention(START, later(grown))).toBeCloseTo(expected, 6);
  });

  it('can be read of this machine', () => {
    const times = readTimes();
    for (const value of Object.values(times)) expect(value).toBeGreaterThanOrEqual(0);
    expect(times.own).toBeGreaterThan(0);
    expect(times.total).toBeGreaterThan(times.programs + times.idle - 1);
  });

  const busy = `i=0; while [ $i -lt ${availableParallelism() + 1} ]; do timeout 5 sh -c 'while :; do :; done' & i=$((i+1)); done`;

  it('is told each second of programs that the run did not start', async () => {
    const told: number[] = [];
    // the shell that started them ends at once: they are nobody's children
    spawn('sh', ['-c', busy], { stdio: 'ignore' });
    await sleep(500);
    {
      using _watch = watchContention(
        ({ others }) => told.push(others),
        (error) => expect.unreachable(error.message),
      );
      await sleep(3500);
    }
    expect(Math.max(0, ...told)).toBeGreaterThan(0.3);
  });

  it('is all of them while this process itself was stopped, however idle the rest was', () => {
    vi.useFakeTimers({ toFake: ['setInterval', 'clearInterval', 'performance'] });
    try {
      const told: unknown[] = [];
      const zero = performance.now();
      using _watch = watchContention(
        (of) => told.push(of),
        (error) => expect.unreachable(error.message),
      );
      vi.spyOn(performance, 'now').mockReturnValue(zero + 9000);
      vi.advanceTimersByTime(1000);
      expect(told).toEqual([{ for_s: 9, others: 1, stopped: true }]);
    } finally {
      vi.restoreAllMocks();
      vi.useRealTimers();
    }
  });

  it('leaves out what the run started, and what that started', async () => {
    const starter = spawn('sh', ['-c', `${busy}; wait`], { stdio: 'ignore' });
    const stranger = spawn('sleep', ['5'], { stdio: 'ignore' });
    await sleep(500);
    // all three look at one stretch of time, so that whatever else this machine does is the same for each of them
    const look = () => [starter, stranger, process].map(({ pid }) => readTimes(pid));
    const before = look();
    await sleep(2000);
    const after = look();
    const grown = (at: number, of: keyof typeof START) => (after[at]?.[of] ?? 0) - (before[at]?.[of] ?? 0);
    const others = before.map((each, at) => contention(each, after[at] as typeof each)) as [number, number, number];
    const loops = grown(0, 'own') / grown(0, 'total');
    expect(loops).toBeGreaterThan(0);
    expect(grown(1, 'own')).toBeLessThanOrEqual(1);
    expect(grown(2, 'own')).toBeGreaterThan(grown(0, 'own') / 2);
    expect(others[1] - others[0]).toBeGreaterThan(loops / 2);
    if (starter.exitCode === null) await once(starter, 'exit');
    stranger.kill();
  });
});
