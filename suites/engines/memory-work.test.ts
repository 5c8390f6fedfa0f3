import { spawnSync } from 'node:child_process';
import { describe, expect, it } from 'vitest';
import { CLASSES, type HostClass } from '../classes.ts';
import { type MemoryWork, WORKS, type WorkName } from '../memory/works.ts';
import { memoryWork } from './memory-work.ts';

const NAMES = Object.keys(WORKS) as WorkName[];
const argsOf = (work: WorkName, size: HostClass): readonly string[] => (WORKS[work] as MemoryWork).args?.(size) ?? [];

describe('a work on memory', () => {
  it.each(NAMES)('%s is a script that a shell can read, and its program one that python can', (work) => {
    const { argv } = memoryWork.command({ work, args: argsOf(work, CLASSES['384G']) }, 10, undefined);
    const [shell, , script, , ...args] = argv;
    expect([shell, args[0]]).toEqual(['sh', '10']);
    const read = spawnSync('sh', ['-n', '-c', String(script)], { encoding: 'utf8' });
    expect(read.stderr).toBe('');
    for (const program of args.filter((each) => /^import /m.test(each))) {
      const compiled = spawnSync('python3', ['-c', 'import sys; compile(sys.argv[1], "work", "exec")', program], { encoding: 'utf8' });
      expect(compiled.stderr).toBe('');
    }
  });

  it('tells the figures that it printed, whatever stands between them', () => {
    const said = 'timed_drop-caches_ms 136\ntimed_compaction_ms 342\nstress-ng: info: [12] 3 hogs\nforks 88.5\nsh: 1: cannot\n';
    expect(memoryWork.figures(said)).toEqual({ 'timed_drop-caches_ms': 136, timed_compaction_ms: 342, forks: 88.5 });
    expect(memoryWork.figures('')).toEqual({});
  });

  it('measures how long something takes, in milliseconds', () => {
    const timed = WORKS.chores.script.slice(0, WORKS.chores.script.indexOf('truncate'));
    const { stdout } = spawnSync('sh', ['-c', `${timed}\ntimed nap sleep 0.3`], { encoding: 'utf8' });
    const { timed_nap_ms = 0 } = memoryWork.figures(stdout);
    expect(timed_nap_ms).toBeGreaterThanOrEqual(300);
    expect(timed_nap_ms).toBeLessThan(5000);
  });
});
