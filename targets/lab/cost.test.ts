import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { costOf_MiB, diskRoom, disksOf_MiB, roomHere, whyNoDisk, whyNoRoom } from './cost.ts';

const roots: string[] = [];
/** A host of which nothing but these files is known. */
function host(files: Readonly<Record<string, string>>): string {
  const root = mkdtempSync(join(tmpdir(), 'sp-room-'));
  roots.push(root);
  for (const [path, text] of Object.entries(files)) {
    mkdirSync(join(root, dirname(path)), { recursive: true });
    writeFileSync(join(root, path), text);
  }
  return root;
}
afterAll(() => {
  for (const root of roots) rmSync(root, { recursive: true });
});

const MEMINFO = 'MemTotal:       24685824 kB\nMemFree:         8000000 kB\nMemAvailable:   20971520 kB\n';
const GiB = 2 ** 30;

describe('what a host has for a run', () => {
  it('is what is available', () => {
    expect(roomHere(host({ 'proc/meminfo': MEMINFO }))).toEqual({ free_MiB: 20_480, limitedBy: 'what this machine has available' });
  });

  it.each([
    ['no limit', 'max\n', `${GiB}\n`, 20_480],
    ['a limit far above', `${64 * GiB}\n`, `${GiB}\n`, 20_480],
    ['a limit below', `${8 * GiB}\n`, `${2 * GiB}\n`, 6144],
    ['a limit that is reached', `${GiB}\n`, `${GiB}\n`, 0],
  ])('is no more than its control group allows: %s', (_what, max, current, free_MiB) => {
    const group = 'sys/fs/cgroup/ci/job';
    const root = host({
      'proc/meminfo': MEMINFO,
      'proc/self/cgroup': '0::/ci/job\n',
      [`${group}/memory.max`]: max,
      [`${group}/memory.current`]: current,
    });
    expect(roomHere(root).free_MiB).toBe(free_MiB);
  });

  it('is no more than any group above allows, and what is cached there can be had back', () => {
    const root = host({
      'proc/meminfo': MEMINFO,
      'proc/self/cgroup': '0::/ci/job\n',
      'sys/fs/cgroup/ci/job/memory.max': 'max\n',
      'sys/fs/cgroup/ci/job/memory.current': `${GiB}\n`,
      'sys/fs/cgroup/ci/memory.max': `${4 * GiB}\n`,
      'sys/fs/cgroup/ci/memory.current': `${3 * GiB}\n`,
      'sys/fs/cgroup/ci/memory.stat': `anon ${GiB}\ninactive_file ${2 * GiB}\n`,
    });
    expect(roomHere(root)).toEqual({ free_MiB: 3072, limitedBy: 'the control group /ci allows no more' });
  });

  it('counts a group of the first version too', () => {
    const root = host({
      'proc/meminfo': MEMINFO,
      'proc/self/cgroup': '9:name=systemd:/\n4:cpu,memory:/box\n0::/\n',
      'sys/fs/cgroup/memory/box/memory.limit_in_bytes': `${2 * GiB}\n`,
      'sys/fs/cgroup/memory/box/memory.usage_in_bytes': `${GiB}\n`,
      'sys/fs/cgroup/memory/memory.limit_in_bytes': '9223372036854771712\n',
      'sys/fs/cgroup/memory/memory.usage_in_bytes': `${GiB}\n`,
    });
    expect(roomHere(root)).toEqual({ free_MiB: 1024, limitedBy: 'the control group /box allows no more' });
  });
});

describe('what machines cost', () => {
  const head = (memory_GiB: number, more: object = {}) =>
    ({ name: 'head', seat: 'head', cpus: 2, memory_MiB: 1024 * memory_GiB, ...more }) as const;
  const cost_GiB = (memory_GiB: number, more: object = {}) => costOf_MiB({ machines: [head(memory_GiB, more)] }) / 1024;

  it('is what was measured of them, and a little more', () => {
    // resident at the peak of a boot, all processes together: 13.8 GiB of 768, 2.0 of 64
    expect(cost_GiB(768)).toBeGreaterThan(13.4);
    expect(cost_GiB(768)).toBeLessThan(15);
    expect(cost_GiB(64)).toBeGreaterThan(2);
    expect(cost_GiB(64)).toBeLessThan(2.6);
  });

  it('grows with what is written to, and is never more than the machine has', () => {
    expect(cost_GiB(768, { touched_MiB: 4096 }) - cost_GiB(768)).toBeCloseTo(4, 1);
    expect(cost_GiB(1, { touched_MiB: 100_000 })).toBeLessThan(1.6);
  });

  it('is also what guests may write to their disks', () => {
    const machines = [
      head(1, { disk: { attach: 'kernel', size_MiB: 4096 } }),
      { ...head(1, { disk: { attach: 'qemu', size_MiB: 256 } }), name: 'tenant' },
    ];
    expect(disksOf_MiB({ machines })).toBe(4352);
    expect(whyNoDisk(4352, '/var/tmp', 4736)).toBeUndefined();
    expect(whyNoDisk(4352, '/var/tmp', 4735)).toMatch(/^needs up to/);
    expect(whyNoDisk(4352, '/var/tmp', 2048)).toBe(
      'needs up to 4.3 GiB in /var/tmp for its disks and 0.4 GiB to spare, and there are 2.0 GiB; TMPDIR chooses another place',
    );
    expect(diskRoom('/dev/shm').inMemory).toBe(true);
    expect(diskRoom(process.cwd()).free_MiB).toBeGreaterThan(0);
  });

  it('is refused with both figures where there is too little', () => {
    const room = { free_MiB: 8 * 1024, limitedBy: 'what this machine has available' };
    expect(whyNoRoom(7 * 1024, room)).toBeUndefined();
    expect(whyNoRoom(786_432 * 0.017, room)).toMatch(/^needs about 13\.1 GiB .* there are 8\.0 GiB \(what this/);
  });
});
