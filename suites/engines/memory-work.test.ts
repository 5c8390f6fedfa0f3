import { spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { CLASSES, type HostClass } from '../classes.ts';
import { type MemoryWork, SETTING, WORKS, type WorkName, ZONES } from '../memory/works.ts';
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

  it('knows the zones of every node, whatever the kernel tells of a node before its first', () => {
    const marks = (free: number) =>
      `  pages free     ${free}\n        boost    0\n        min      10\n        low      20\n        high     30\n`;
    const text = [
      `Node 0, zone      DMA\n  per-node stats\n      nr_inactive_anon 7\n${marks(1)}  pagesets\n    cpu: 0\n              high:  378\n`,
      `Node 0, zone   Normal\n${marks(2)}        protection: (0, 0)\n`,
      `Node 1, zone   Normal\n  per-node stats\n      nr_inactive_anon 7\n      nr_free 9\n${marks(3)}      nr_free_pages 3\n`,
    ].join('');
    const { stdout } = spawnSync('python3', ['-c', `${ZONES}\nimport json, sys\nprint(json.dumps(zones(sys.argv[1])))`, text], {
      encoding: 'utf8',
    });
    const zone = (pages: number) => ({ free: 4096 * pages, min: 40_960, low: 81_920, high: 122_880 });
    expect(JSON.parse(stdout)).toEqual({ 0: zone(2), 1: zone(3) });
  });

  it('sets back what it set, also where it fails', () => {
    const dir = mkdtempSync(join(tmpdir(), 'sp-setting-'));
    const [file, other] = [join(dir, 'one'), join(dir, 'other')];
    try {
      for (const [index, path] of [file, other].entries()) writeFileSync(path, `${index}\n`);
      const { status, stdout } = spawnSync('sh', ['-c', `${SETTING}\nset_to 7 ${file}; set_to 8 ${other}\ncat ${file} ${other}\nfalse`], {
        encoding: 'utf8',
      });
      expect([status, stdout]).toEqual([1, '7\n8\n']);
      expect([file, other].map((path) => readFileSync(path, 'utf8'))).toEqual(['0\n', '1\n']);
    } finally {
      rmSync(dir, { recursive: true });
    }
  });

  it('measures how long something takes, in milliseconds', () => {
    const timed = WORKS.chores.script.slice(0, WORKS.chores.script.indexOf('truncate'));
    const { stdout } = spawnSync('sh', ['-c', `${timed}\ntimed nap sleep 0.3`], { encoding: 'utf8' });
    const { timed_nap_ms = 0 } = memoryWork.figures(stdout);
    expect(timed_nap_ms).toBeGreaterThanOrEqual(300);
    expect(timed_nap_ms).toBeLessThan(5000);
    expect(spawnSync('sh', ['-c', `${timed}\ntimed nap false`], { encoding: 'utf8' })).toMatchObject({ status: 1, stdout: '' });
  });
});
